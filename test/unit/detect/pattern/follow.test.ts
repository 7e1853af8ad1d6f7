// What stands beside an anchor may rule a match out, but must never rule out one that is there.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createPrefilter } from '../../../../src/detect/prefilter/prefilter.js'
import { prepareRules } from '../../../../src/detect/prepared-rules.js'
import { type Window, Windows } from '../../../../src/detect/windows.js'
import { eachHit } from '../hits.js'
import { ownRule, ruleSetOf } from '../own-rules.js'

function seenIn(text: string, pattern: string, kind: 'generic' | 'format' = 'generic'): readonly Window[] {
  const rule = ownRule({ id: 'own-word', kind, keywords: ['token'], pattern, flags: 'i' })
  const { uses, boundaries, follows, tables } = prepareRules(ruleSetOf(rule))
  const bytes = Buffer.from(text, 'latin1')
  const windows = new Windows(bytes, boundaries, follows)
  createPrefilter(tables).find(
    bytes,
    eachHit((anchor, at) => {
      for (const use of uses[anchor] ?? []) windows.add(use, at)
    }),
  )
  return [...windows.all()].flatMap(([, list]) => list)
}

const sees = (windows: readonly Window[], index: number, length: number): boolean =>
  windows.some(
    ({ start, end, from, to, starts }) =>
      from <= index && index < to && start <= index && index + length <= end && (starts?.includes(index) ?? true),
  )

/** Of what a pattern is made before and behind its word, each with texts that it takes. */
const HEADS = [
  ['', ''],
  ['(?<=[(,]\\s?)', '(', ', '],
  ['(?<=(?:a|=>)["\' ]{0,2})(?<![a-z])', 'a" ', "=>''", '=>'],
  ['(?<![a-z])', ' '],
  ['[a-z_]{0,8}?', '', 'abc_', 'xx'],
  ['(?<=b)[a-z]{0,4}', 'b', 'babc'],
] as const
const TAILS = [
  ['\\s{0,3}', '', '   '],
  ['[=:]', '=', ':'],
  ['(?:=>|:=|==?)', '=>', ':=', '=', '=='],
  ['["\']?', '', '"'],
  ['(?<!x)', ''],
  ['["\']?(?:(?<=")[a-z{]{1,3}|(?<!["\'])[a-z(]{1,3})', '"a{', 'ab(', '(', '"{'],
  ['(?:(?<=(?<!b)")a?=|(?<=[^"])b+|(?<!=)(?<![,"])[({]x?)', '(x', 'bb', '{'],
  ['(?:abc|b+c)', 'abc', 'bc', 'bbbbc'],
  ['[a-z]{2,5}', 'ab', 'xxxxx'],
  ['[^"\\s]{1,9}', '=', '(((((((((', 'a:b'],
  ['(?:[(,]|a*)', '', '(', 'aaaa'],
] as const
/** How a pattern ends: with looks at what comes behind, which its texts are free to break. */
const ENDS = [
  ['', ''],
  ['(?![a-z])', '', 'x', ' '],
  ['["\']?(?![\\w(]|=>)', '"', '', '=', '"a'],
  ['(?=[:,])', ',', ''],
  ['(?![^)])', ')', 'a'],
] as const
type Part = (typeof HEADS)[number] | (typeof TAILS)[number] | (typeof ENDS)[number]

/** A part of a pattern with one of the texts that it takes. */
const partOf = (parts: readonly Part[]) =>
  fc.constantFrom(...parts).chain(([source, ...texts]) => fc.constantFrom(...texts).map((text) => ({ source, text })))
const noise = (maxLength: number) =>
  fc.array(fc.constantFrom(...PIECES), { maxLength }).map((pieces) => pieces.join(''))
const PIECES = ['token', 'TOKEN', '=', ':', '=>', ' ', '"', "'", 'a', 'b', 'c', 'x', '(', ',', 'abc', '\n', '_', 'bbbc']

describe('the bytes beside an anchor', () => {
  it('never rule out a match', () => {
    fc.assert(
      fc.property(
        partOf(HEADS),
        fc.array(partOf(TAILS), { minLength: 1, maxLength: 6 }),
        partOf(ENDS),
        noise(20),
        noise(20),
        (head, tails, end, before, behind) => {
          const pattern = `${head.source}(?:my)?token${tails.map(({ source }) => source).join('')}(?<secret>[a-z"=]*)${end.source}`
          const text = `${before}${head.text}token${tails.map((tail) => tail.text).join('')}abc${end.text}${behind}`
          const windows = seenIn(text, pattern)
          for (const { index, 0: found } of text.matchAll(new RegExp(pattern, 'gi')))
            assert.ok(sees(windows, index, found.length), `${pattern} in ${JSON.stringify(text)}`)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('rule out what cannot go on as the pattern does', () => {
    const pattern = '(?<![a-z])token\\s{0,20}=\\s{0,20}(?<secret>[a-z]{4,9})'
    assert.equal(seenIn('the token of a user, token  : abcdef, tokens = abcdef, token = 4711', pattern).length, 0)
    assert.equal(seenIn('token  = abcdef', pattern).length, 1)
  })

  it('rule out what does not stand before it', () => {
    const pattern = '(?<=["\'][a-z]{4,20}["\'] ?== ?)(?<secret>token)'
    assert.equal(seenIn('if (token == "abcdef") and abcdef == token', pattern).length, 0)
    assert.equal(seenIn('if ("abcdef" == token)', pattern).length, 1)
  })

  it('ask what a look behind within the match refuses', () => {
    const pattern = '(?<![a-z])token ?= ?"?(?<secret>(?<=")[^"]{1,9}|(?<!")[a-z]{4,9})'
    assert.equal(seenIn('token = {}, token = {', pattern).length, 0)
    assert.equal(seenIn('token = "{}"', pattern).length, 1)
    assert.equal(seenIn('token = abcd', pattern).length, 1)
  })

  it('keep the kernel from giving what they rule out', () => {
    const hitsIn = (text: string, pattern: string): number => {
      const rule = ownRule({ id: 'own-word', kind: 'generic', keywords: ['token'], pattern, flags: 'i' })
      let hits = 0
      createPrefilter(prepareRules(ruleSetOf(rule)).tables).find(
        Buffer.from(text),
        eachHit(() => hits++),
      )
      return hits
    }
    const behind = '(?<![a-z])token\\s{0,20}=\\s{0,20}(?<secret>[a-z]{4,9})'
    assert.equal(hitsIn(`token  : abcdef ${'-'.repeat(50)} tokens = abcdef, mytoken = abcdef`, behind), 0)
    assert.equal(hitsIn(`token  : abcdef ${'-'.repeat(50)} token = abcdef`, behind), 1)
    const before = '(?<=["\'][a-z]{4,20}["\'] ?== ?)(?<secret>token)'
    assert.equal(hitsIn(`'abcdef' = token ${'-'.repeat(50)} 'abcdef' == token`, before), 1)
    assert.equal(hitsIn('token', '(?<secret>token)["\']?(?![\\w(]|=>)'), 1)
    assert.equal(hitsIn('the token( and tokens', '(?<secret>token)["\']?(?![\\w(]|=>)'), 0)
  })

  it('rule out what would be over before a place as far as the pattern goes', () => {
    const pattern = '(?<=[(,][a-z" ]{0,30})(?<secret>token)'
    assert.equal(seenIn(`(${' '.repeat(31)}token`, pattern).length, 0)
    assert.equal(seenIn(`(${' '.repeat(30)}token`, pattern).length, 1)
  })

  it('are seen far enough where anchors stand close together', () => {
    const pattern = '(?<![a-z])(?:token )+[a-z ]{0,200}= (?<secret>[a-z]{4,9})'
    const text = `${'token '.repeat(30)}${'x '.repeat(90)}= abcdef`
    assert.equal(sees(seenIn(text, pattern), 0, text.length), true)
  })

  it('are not looked at for named formats: escapes are undone round what was not found', () => {
    const pattern = '(?<![a-z])token\\s{0,20}=\\s{0,20}(?<secret>[a-z]{4,9})'
    assert.equal(seenIn('the token of a user', pattern).length, 0)
    assert.equal(seenIn('the token of a user', pattern, 'format').length, 1)
  })

  it('stay open where a text ends or a match may be over', () => {
    assert.equal(seenIn('token', 'token(?<secret>[a-z]{0,4})').length, 1)
    assert.equal(seenIn(`token${' '.repeat(500)}=abcd`, 'token\\s{0,600}=(?<secret>[a-z]{4})').length, 1)
  })
})
