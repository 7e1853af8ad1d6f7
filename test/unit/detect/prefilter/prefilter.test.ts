// The WebAssembly kernels against a search that a child would write: the same places, with SIMD and without.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isReadable } from '../../../../src/detect/decode/encoded.js'
import { type Anchor, anchorOf } from '../../../../src/detect/pattern/anchors.js'
import { setOf, singleton } from '../../../../src/detect/pattern/byte-set.js'
import { createPrefilter } from '../../../../src/detect/prefilter/prefilter.js'
import { buildTables } from '../../../../src/detect/prefilter/tables.js'
import { eachHit } from '../hits.js'

/** "a", "B" for either case of a letter; "?" for any lower-case letter or digit. */
function anchor(text: string): Anchor {
  const sets = [...text].map((character) =>
    character === '?'
      ? setOf((byte) => /[a-z0-9]/.test(String.fromCharCode(byte)))
      : singleton(character.charCodeAt(0), true),
  )
  const found = anchorOf(sets, { before: 0, after: sets.length, start: undefined })
  assert.ok(found !== undefined, `${text} has three narrow bytes`)
  return found
}

function naive(anchors: readonly Anchor[], text: Uint8Array): string[] {
  const places: string[] = []
  for (const [number, { sets }] of anchors.entries()) {
    for (let start = 0; start + sets.length <= text.length; start++) {
      if (sets.every((set, index) => set[text[start + index] as number] === 1)) places.push(`${number}@${start}`)
    }
  }
  return places.sort()
}

function found(anchors: readonly Anchor[], text: Uint8Array, simd: boolean): string[] {
  const places: string[] = []
  createPrefilter(buildTables(anchors), { simd }).find(
    text,
    eachHit((number, start) => places.push(`${number}@${start}`)),
  )
  return places.sort()
}

const KEYWORDS = ['abc', 'aab', 'token', 'ghp_?', 'pass', 'passw', 'sk_live_', '://', 'a-b-c', '_key??=', 'BEGIN RSA ']
const ANCHORS = KEYWORDS.map(anchor)

/** Texts in which keywords, their beginnings and noise stand close together. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(...KEYWORDS, ...KEYWORDS.map((word) => word.slice(0, -1)), 'GHP_x', '_KEY9z=', 'begin rsa '),
      fc.constantFrom('a', 'b', 'c', '_', '\n', '\0', ' '),
      fc.string({ maxLength: 20 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.from(parts.join(''), 'latin1'))

for (const simd of [true, false]) {
  describe(`prefilter ${simd ? 'with' : 'without'} SIMD`, () => {
    it('finds what a naive search finds, each place once', () => {
      fc.assert(
        fc.property(texts, (text) => {
          assert.deepEqual(found(ANCHORS, text, simd), naive(ANCHORS, text))
        }),
        { numRuns: 300 },
      )
    })

    it('finds an anchor that is the whole text, and one at each place of a block', () => {
      assert.deepEqual(found(ANCHORS, Buffer.from('token'), simd), ['2@0'])
      for (let at = 0; at < 70; at++)
        assert.deepEqual(found(ANCHORS, Buffer.from(`${' '.repeat(at)}token`), simd), [`2@${at}`])
    })

    it('sees nothing of an earlier, longer text', () => {
      const prefilter = createPrefilter(buildTables(ANCHORS), { simd })
      prefilter.find(Buffer.from('---------------token'), () => {})
      const places: number[] = []
      prefilter.find(
        Buffer.from('---------------tok'),
        eachHit((_, start) => places.push(start)),
      )
      assert.deepEqual(places, [])
    })

    it('gives every hit where there are more than the kernel has room for', () => {
      const text = Buffer.from('abc'.repeat(150_000))
      let hits = 0
      let sum = 0
      createPrefilter(buildTables(ANCHORS), { simd }).find(
        text,
        eachHit((_, start) => {
          hits++
          sum += start
        }),
      )
      assert.equal(hits, 150_000)
      assert.equal(sum, (150_000 * 149_999 * 3) / 2)
    })

    it('finds nothing in an empty text', () => {
      assert.deepEqual(found(ANCHORS, new Uint8Array(0), simd), [])
    })

    it('gives base64 of what can be read, and none of what only begins so', () => {
      const prefilter = createPrefilter(buildTables(ANCHORS), { simd })
      const isGiven = (decoded: Uint8Array) => {
        // Between characters of no alphabet: a run at the very start of a text is always given.
        prefilter.find(Buffer.from(`= ${Buffer.from(decoded).toString('base64').replaceAll('=', '')} =`), () => {})
        return prefilter.runs().narrow.length === 1
      }
      const odd = [0, 1, 8, 14, 31, 127, 128, 200, 255]
      const beginning = Buffer.from('user=shop pa')
      for (let length = 0; length < 700; length++) {
        for (let odds = 0; odds < Math.min(length, 12); odds++) {
          const rest = Uint8Array.from({ length }, (_, at) =>
            at % (length / odds) < 1 ? (odd[(at + odds) % odd.length] ?? 0) : 0x61 + (at % 26),
          )
          const text = Buffer.concat([beginning, rest])
          if (isReadable(text)) assert.ok(isGiven(text), `${length} bytes, ${odds} odd`)
        }
      }
      assert.ok(!isGiven(Buffer.concat([beginning, Buffer.alloc(9, 200)])))
      assert.ok(!isGiven(Buffer.concat([beginning, Buffer.alloc(500, 1)])))
    })

    it('gives encoded runs with their exact ends, wherever they begin', () => {
      const prefilter = createPrefilter(buildTables(ANCHORS), { simd })
      const base64 = (length: number) => Buffer.from('as it is written '.repeat(20)).toString('base64').slice(0, length)
      const hex = (length: number) => Buffer.from('as it is written '.repeat(20)).toString('hex').slice(0, length)
      const wide = (length: number) => Buffer.from('as it is written '.repeat(20).slice(0, length / 2), 'utf16le')
      for (const before of [...Array(70).keys(), 16_310, 16_350, 16_375, 16_384])
        for (const [kind, run] of [
          ['base64', Buffer.from(base64(16))],
          ['base64', Buffer.from(base64(49))],
          ['base64', Buffer.from(base64(300))],
          ['hex', Buffer.from(hex(24))],
          ['hex', Buffer.from(hex(130))],
          ['wide', wide(16)],
          ['wide', wide(150)],
        ] as const) {
          const filler = Buffer.from('. '.repeat(10_000).slice(0, before))
          // A second one close by, and what is too short for one.
          const text = Buffer.concat([filler, run, Buffer.from(' ! '), run, Buffer.from(' name_of_15char')])
          prefilter.find(text, () => {})
          const { narrow, wide: wides } = prefilter.runs()
          const second = before + run.length + 3
          const spans = [
            [before, before + run.length],
            [second, second + run.length],
          ]
          const given = kind === 'wide' ? [...wides] : narrow.map(({ start, end }) => [start, end])
          assert.deepEqual(given, kind === 'wide' ? spans.flat() : spans, `${kind} of ${run.length} at ${before}`)
          if (kind !== 'wide') assert.ok(narrow.every((one) => one.kind === kind))
        }
    })

    it('sees escapes of characters in ASCII, and none of others', () => {
      const prefilter = createPrefilter(buildTables(ANCHORS), { simd })
      const kinds = (text: string) => {
        prefilter.find(Buffer.from(`it says ${text} here`), () => {})
        return prefilter.runs().narrow.map(({ kind }) => kind)
      }
      for (const text of ['\\x67', '\\x7e', '\\u0067', '\\147', '\\012'])
        assert.deepEqual(kinds(text), ['backslash'], text)
      for (const text of ['%67', '%7E']) assert.deepEqual(kinds(text), ['percent'], text)
      for (const text of ['\\xe9', '\\u00e9', '\\u0167', '\\u1067', '\\351', '%C3%A9', '\\u006', '\\x6'])
        assert.deepEqual(kinds(text), [], text)
    })
  })
}
