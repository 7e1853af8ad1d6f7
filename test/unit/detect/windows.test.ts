// Long runs of anchors are cut into windows: what is found must not depend on where, and a slow rule must be stopped between them.
import assert from 'node:assert/strict'
import { createTextDetector } from '../../../src/detect/detector.js'
import { createPrefilter } from '../../../src/detect/prefilter/prefilter.js'
import { prepareRules } from '../../../src/detect/prepared-rules.js'
import { Windows } from '../../../src/detect/windows.js'
import { eachHit } from './hits.js'
import { ACME, ruleSetOf } from './own-rules.js'

const USE = { rule: 0, before: 10, after: 50 }
const windowsOf = (length: number, places: readonly number[]) => {
  const windows = new Windows(Buffer.alloc(length), [], [])
  for (const place of places) windows.add(USE, place)
  return [...windows.all()].flatMap(([, list]) => list)
}

/** The windows of a pattern, as its anchors tell. */
function seenIn(text: string, pattern: string, keyword: string) {
  const ruleSet = ruleSetOf({ ...ACME, kind: 'service', pattern, keywords: [keyword] })
  const { uses, boundaries, tables } = prepareRules(ruleSet)
  const bytes = Buffer.from(text)
  const windows = new Windows(bytes, boundaries, [])
  createPrefilter(tables).find(
    bytes,
    eachHit((anchor, at) => {
      for (const use of uses[anchor] ?? []) windows.add(use, at)
    }),
  )
  return [...windows.all()].flatMap(([, list]) => list)
}

/** Where matches of a pattern can begin. */
const startsIn = (text: string, pattern: string, keyword: string) =>
  seenIn(text, pattern, keyword).map(({ starts }) => starts)

describe('places where a match can begin', () => {
  it('are one, where what stands before the anchor cannot stand before the match', () => {
    const pattern = '(?<![a-z_])(?<name>[a-z_]{0,9}?token)=(?<secret>[0-9]{4,8})'
    assert.deepEqual(startsIn('x my_token=1234 token=5678 a_far_too_long_token=1234', pattern, 'token'), [[2, 16]])
  })

  it('are few, where few bytes can stand before the anchor', () => {
    assert.deepEqual(startsIn('xx  token=1234', '(?:[A-Z]{1,2})?token=(?<secret>[0-9]{4,8})', 'token'), [[2, 3, 4]])
  })

  it('are not told where many can', () => {
    assert.deepEqual(startsIn('xx  token=1234', '[A-Z ]{0,60}token=(?<secret>[0-9]{4,8})', 'token'), [undefined])
  })

  it('are no more tried one by one where they stand close together', () => {
    assert.deepEqual(startsIn('token=4711 '.repeat(40), 'token=(?<secret>[0-9]{4,8})', 'token'), [undefined])
  })

  it('miss no match, however anchors overlap', () => {
    const pieces = ['token=', 'A', 'AB', ' ', '4711', 'token=90817263', 'x'.repeat(30), 'KEY.', '\n']
    const pattern = '(?:[A-Z]{1,2})?token=(?<secret>[0-9]{4,8}(?:A?token=)?)'
    let state = 7
    for (let round = 0; round < 200; round++) {
      let text = ''
      for (let n = 0; n < 40; n++) {
        state = (state * 75 + 74) % 65_537
        text += pieces[state % pieces.length] ?? ''
      }
      const windows = seenIn(text, pattern, 'token')
      for (const { index, 0: found } of text.matchAll(new RegExp(pattern, 'g'))) {
        const window = windows.find(({ from, to }) => from <= index && index < to)
        assert.ok(window !== undefined && window.start <= index && index + found.length <= window.end, text)
        assert.ok(window.starts === undefined || window.starts.includes(index), text)
      }
    }
  })

  it('let the earlier of two matches have what both could', () => {
    const rules = ruleSetOf({ ...ACME, pattern: '(?<![a-z])key[=:](?<secret>[a-z=]{4,20})', keywords: ['key'] })
    const { matches } = createTextDetector(rules, { maxDecodeDepth: 0 }).scan({
      bytes: Buffer.from('key=abcd=key=efgh key:ijkl'),
      offset: 0,
      last: true,
    })
    assert.deepEqual(
      matches.map(({ value }) => Buffer.from(value).toString()),
      ['abcd=key=efgh', 'ijkl'],
    )
  })
})

describe('windows', () => {
  it('reach round an anchor, within the text', () => {
    assert.deepEqual(windowsOf(100, [5]), [{ start: 0, end: 55, from: 0, to: 55, starts: undefined }])
    assert.deepEqual(windowsOf(100, [70]), [{ start: 60, end: 100, from: 60, to: 100, starts: undefined }])
  })

  it('are one where they touch, in whatever order the anchors come', () => {
    const spans = windowsOf(1000, [500, 100, 140, 460]).map(({ start, end }) => [start, end])
    assert.deepEqual(spans, [
      [90, 190],
      [450, 550],
    ])
  })

  it('are cut where they grow long, each match belonging to exactly one', () => {
    const places = Array.from({ length: 10_000 }, (_, index) => index * 40)
    const windows = windowsOf(400_000, places)
    assert.ok(windows.length > 4 && windows.every(({ start, end }) => end - start < 70_000))
    for (const [index, { from, to, start, end }] of windows.entries()) {
      assert.equal(from, windows[index - 1]?.to ?? 0)
      assert.ok(start <= Math.max(0, from - USE.before) && end >= Math.min(400_000, to + USE.after))
    }
  })

  it('find every one of many matches that follow each other closely', () => {
    const detector = createTextDetector(ruleSetOf(ACME), { maxDecodeDepth: 0 })
    const token = (index: number) => `acme_${String(index).padStart(24, '0')}`
    const text = Array.from({ length: 20_000 }, (_, index) => token(index)).join('\n')
    const { matches } = detector.scan({ bytes: Buffer.from(text), offset: 0, last: true })
    assert.equal(new Set(matches.map(({ value }) => Buffer.from(value).toString())).size, matches.length)
    assert.equal(matches.length, 20_000)
  })
})
