// Shorthands of patterns: what a value may stand behind, and what joins it to its name.
import assert from 'node:assert/strict'
import { expandShorthands } from '../../../src/detect/shorthands.js'

const found = (pattern: string, text: string): string | undefined =>
  new RegExp(expandShorthands(pattern)).exec(text)?.groups?.['secret']

describe('shorthands of patterns', () => {
  const token = '%{begin}(?<secret>acme_[0-9]{6})(?![0-9])'
  for (const text of [
    'acme_123456',
    'x = "acme_123456"',
    '"a=1\\nacme_123456"',
    '${TOKEN:-acme_123456}',
    '/acme_123456',
  ])
    it(`%{begin} finds the value in ${text}`, () => assert.equal(found(token, text), 'acme_123456'))
  for (const text of ['xacme_123456', 'x_acme_123456', 'my-acme_123456', '1acme_123456'])
    it(`%{begin} leaves ${text}`, () => assert.equal(found(token, text), undefined))

  it('%{edge} minds letters and digits only', () => {
    const pattern = '%{edge}(?<secret>acme_[0-9]{6})'
    assert.equal(found(pattern, 'my-acme_123456'), 'acme_123456')
    assert.equal(found(pattern, 'x_acme_123456'), 'acme_123456')
    assert.equal(found(pattern, 'xacme_123456'), undefined)
  })

  const assigned = 'acme_key%{assign}(?<secret>[0-9a-f]{8})(?![0-9a-f])'
  for (const text of [
    'acme_key=1a2b3c4d',
    'acme_key := "1a2b3c4d"',
    'var acme_key string = `1a2b3c4d`',
    'acme_key: |\n    1a2b3c4d\n',
    '<key>acme_key</key>\n\t<string>1a2b3c4d</string>',
    '{"name": "acme_key",\n "value": "1a2b3c4d"}',
    'variable "acme_key" {\n  default = "1a2b3c4d"\n}',
    'my $acme_key = q{1a2b3c4d};',
    "os.environ.get('acme_key', '1a2b3c4d')",
    'set acme_key to 1a2b3c4d',
  ])
    it(`%{assign} joins ${JSON.stringify(text)}`, () => assert.equal(found(assigned, text), '1a2b3c4d'))
  for (const text of ['acme_key of commit 1a2b3c4d', 'acme_keys1a2b3c4d', 'acme_key = digest("1a2b3c4d")'])
    it(`%{assign} does not join ${text}`, () => assert.equal(found(assigned, text), undefined))

  it('%{assign} leaves a sign of base64 to the value', () =>
    assert.equal(found('acme_key%{assign}(?<secret>[0-9a-f+/-]{8})(?![0-9a-f])', 'acme_key = "/a2b3c4d"'), '/a2b3c4d'))

  for (const [text, word] of [
    ['acme -k Lights77 run', 'Lights77'],
    ["acme -k 'harbour $ lights' run", 'harbour $ lights'],
    ['acme -k "harbour lights" run', 'harbour lights'],
    ['acme -k "$p1ckl3#Canyon12" run', '$p1ckl3#Canyon12'],
    ['acme -k "$ACME_KEY" run', undefined],
    ['acme -k ${ACME_KEY} run', undefined],
    ['acme -k --verbose', undefined],
  ] as const)
    it(`%{argument} is the word in ${text}`, () => assert.equal(found('acme -k %{argument}', text), word))

  it('leaves what is none as it is', () => assert.equal(expandShorthands('a%{other}b%{c'), 'a%{other}b%{c'))
})
