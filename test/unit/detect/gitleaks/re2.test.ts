// RE2 patterns as JavaScript: what they match stays the same, what cannot be said is refused.
import assert from 'node:assert/strict'
import { translatePattern } from '../../../../src/detect/gitleaks/re2.js'
import { secretSpan } from '../../../../src/detect/secret-group.js'

/** The secret that the translated pattern finds in `text`, which is read as bytes. */
function secretIn(pattern: string, text: string, secretGroup?: number): string | undefined {
  const { source, flags } = translatePattern(pattern, secretGroup === undefined ? {} : { secretGroup })
  const bytes = Buffer.from(text).toString('latin1')
  const span = secretSpan(new RegExp(source, `d${flags}`).exec(bytes)?.indices?.groups)
  return span && bytes.slice(...span)
}

describe('RE2 patterns', () => {
  for (const [name, pattern, text, secret] of [
    ['no group: all of it', 'ab[0-9]+', 'xab12y', 'ab12'],
    ['one group', 'key=([a-z]+);', 'key=abc;', 'abc'],
    ['the first of several groups', '(a+)-(b+)', 'aa-bb', 'aa'],
    ['a group that may be missing: all of it', 'x(a)?y', 'xy', 'xy'],
    ['a group that may be missing and is there', 'x(a)?y', 'xay', 'a'],
    ['a group of another alternative: all of it', '(a)b|cd', 'cd', 'cd'],
    ['a group of each alternative', '(a)b|c(d)', 'cd', 'd'],
    ['a named group', '(?P<token>t[0-9]+)!', 't12!', 't12'],
    ['(?i) for the whole', '(?i)abc', 'xABc', 'ABc'],
    ['(?i) from the middle on', 'ab(?i)cd', 'abCD', 'abCD'],
    ['(?i) in a group only', '(?i:ab)cd', 'ABcd', 'ABcd'],
    ['(?-i) inside (?i)', '(?i)ab(?-i:CD)', 'ABCD', 'ABCD'],
    ['a class under (?i) of a group', 'x(?i:[a-c_]+)', 'xAbC_', 'xAbC_'],
    ['(?s) and the dot', '(?s)a.b', 'a\nb', 'a\nb'],
    ['(?s:.) of a group', 'a(?s:.){2}b', 'a\n\nb', 'a\n\nb'],
    ['the dot without (?s)', 'a.b', 'a\nb', undefined],
    ['POSIX classes', '[[:alnum:]_]{3}[[:digit:]]', 'aZ_7', 'aZ_7'],
    ['a "]" that begins a class', '[]a]+', 'a]a', 'a]a'],
    ['a "]" that begins a negated class', '[^]a]+', ']bc]', 'bc'],
    ['a "-" at the end of a class', '[a-]+', 'a-a', 'a-a'],
    ['a "[" in a class', '[[a]+', '[a', '[a'],
    ['Perl classes in a class', '[\\w.-]+', 'a_1.-', 'a_1.-'],
    ['quoted text', '\\Qa.b(\\E+', 'a.b((', 'a.b(('],
    ['hexadecimal characters', '\\x41\\x{42}', 'AB', 'AB'],
    ['octal characters', '\\101\\0', 'A\0', 'A\0'],
    ['a back-tick as \\x60', '[\\x60]a', '`a', '`a'],
    ['the beginning and end of the text', '\\Aab\\z', 'ab', 'ab'],
    ['the end of the text, not of a line', 'ab\\z', 'ab\nc', undefined],
    ['a slash and a quote', 'a/b"', 'a/b"', 'a/b"'],
    ['a character of two bytes', 'é+', 'éé', Buffer.from('éé').toString('latin1')],
    ['Unicode letters', '\\p{L}{2}\\pN', 'aB1', 'aB1'],
    ['lazy repeats', 'a+?b??', 'aab', 'a'],
    ['the bell', '\\a', '\x07', '\x07'],
  ] as const)
    it(name, () => assert.equal(secretIn(pattern, text), secret))

  it('takes the group that is asked for', () => {
    assert.equal(secretIn('(a+)-(b+)', 'aa-bb', 2), 'bb')
    assert.equal(secretIn('(?:x)(a(b+))', 'xabb', 2), 'bb')
  })

  it('spells cases out where no flag can say it', () => {
    const { source, flags } = translatePattern('(?i)a[b-c]', { spelled: true })
    assert.equal(flags, '')
    assert.match('xABx', new RegExp(source))
  })

  for (const [pattern, problem] of [
    ['(?U)a+', /flag "U"/],
    ['\\C', /"\\C" cannot be translated/],
    ['\\p{Greek}', /cannot be translated/],
    ['(?=a)', /cannot be translated/],
    ['(a', /"\(" without its "\)"/],
    ['a)', /"\)" without its "\("/],
    ['[a', /"\[" without its "\]"/],
    ['[b-a]', /range is the wrong way round/],
    ['*a', /nothing for "\*" to repeat/],
  ] as const)
    it(`refuses ${pattern}`, () => assert.throws(() => translatePattern(pattern), problem))

  it('refuses a group that is not there', () =>
    assert.throws(() => translatePattern('(a)', { secretGroup: 2 }), /no group 2/))
})
