// Anchors must stand in every match: a text that the pattern matches and the anchors miss would never be looked at.
import assert from 'node:assert/strict'
import { type Anchor, patternAnchors } from '../../../../src/detect/pattern/anchors.js'
import { lookWidth, parsePattern, widthOf } from '../../../../src/detect/pattern/tree.js'

const stands = ({ sets }: Anchor, text: string): boolean =>
  [...text].some((_, at) => sets.every((set, index) => set[text.charCodeAt(at + index)] === 1))

const anchorsOf = (pattern: string, keywords: readonly string[], flags = '') =>
  patternAnchors(parsePattern(pattern, flags), keywords)

describe('anchors of patterns', () => {
  for (const [pattern, flags, keywords, matches, others] of [
    ['\\b(?<secret>abc_[0-9]{4})', '', ['abc_'], ['abc_1234', 'x abc_0000 y'], ['abc_12x4', 'ABC_1234', 'abc_']],
    [
      '(?:sk|rk)_(?:live|test)_[a-z]{3}',
      '',
      ['_live_', '_test_'],
      ['sk_live_abc', 'rk_test_xyz'],
      ['sk_live_123', 'sk_demo_abc'],
    ],
    ['api[_-]?key[ ]{0,3}=', 'i', ['api'], ['API_KEY  =', 'apikey=', 'Api-Key ='], ['api key', 'apikez=']],
    ['[a-z]{0,9}token["]?:', '', ['token'], ['token:', 'mytoken":', 'tokentoken:'], ['tokens:', 'token,']],
    ['(?:foo(?:bar)?){1,2}\\.x', '', ['foo'], ['foo.x', 'foobar.x', 'foobarfoo.x'], ['fob.x', 'fooz']],
  ] as const)
    it(`${pattern} holds them wherever it matches, and not elsewhere`, () => {
      const anchors = anchorsOf(pattern, keywords, flags)
      assert.ok(anchors !== undefined)
      for (const text of matches) {
        assert.match(text, new RegExp(pattern, flags))
        assert.ok(
          anchors.some((anchor) => stands(anchor, text)),
          text,
        )
      }
      for (const text of others) assert.ok(!anchors.some((anchor) => stands(anchor, text)), text)
    })

  it('say how far a match reaches to both sides', () => {
    const [anchor] = anchorsOf('[a-z]{0,5}=key:(?<secret>[0-9]{10,20})', ['key:']) ?? []
    assert.equal(anchor?.before, 5)
    assert.equal(anchor?.after, '=key:'.length + 20)
  })

  it('are none where a match can do without the keyword', () => {
    assert.equal(anchorsOf('(?<secret>[0-9a-f]{32})', ['datadog']), undefined)
    assert.equal(anchorsOf('(?:abc|def)[0-9]{4}', ['abc']), undefined)
  })
})

describe('widths of patterns', () => {
  for (const [pattern, min, max, behind, ahead] of [
    ['a{2,5}(?:bc|d)?', 2, 7, 0, 0],
    ['(?<![0-9]{3})x(?!yz)', 1, 1, 3, 2],
    ['(?<=a(?=bcd))x(?=yz(?<=wxyz))', 1, 1, 4, 3],
    ['\\bx+$', 1, Number.POSITIVE_INFINITY, 1, 1],
    ['[^\\]\\d-]\\x41\\.', 3, 3, 0, 0],
  ] as const)
    it(pattern, () => {
      const tree = parsePattern(pattern)
      assert.deepEqual([widthOf(tree), lookWidth(tree, false), lookWidth(tree, true)], [{ min, max }, behind, ahead])
    })
})
