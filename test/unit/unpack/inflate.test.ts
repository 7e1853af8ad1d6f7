import assert from 'node:assert/strict'
import { deflateRawSync } from 'node:zlib'
import { ByteReader } from '../../../src/unpack/byte-reader.js'
import { type InflateOptions, inflateRaw } from '../../../src/unpack/inflate.js'
import { canInflateHere } from '../../../src/unpack/inflate-here.js'
import { gather, inOnePlace, inPieces } from '../../fixtures/streams.js'

/** Words that repeat near and far, and bytes that do not. */
function textOf(length: number): Buffer {
  const text = Buffer.alloc(length)
  let state = 7
  for (let at = 0; at < length; at++) {
    state = (state * 48_271) % 2_147_483_647
    text[at] = at % 5000 < 3000 ? 0x61 + (Math.floor(at / 3) % 23) : 0x20 + (state % 95)
  }
  return text
}

async function inflate(stored: Uint8Array, pieces: number, options: InflateOptions) {
  const input = new ByteReader(inOnePlace(inPieces(stored, pieces)))
  const output = inflateRaw(input, options)
  const parts: Uint8Array[] = []
  let step = await output.next()
  for (; step.done !== true; step = await output.next()) parts.push(new Uint8Array(step.value))
  return { plain: Buffer.concat(parts), end: step.value, behind: await gather(input.rest()) }
}

const WAYS: readonly InflateOptions[] = [{ here: true, reuse: true }, { here: true }, { here: false }]
const BEHIND = Buffer.from('what follows')

describe('inflating', () => {
  it('is done on the calling thread by the Node that runs this', () => assert.equal(canInflateHere(), true))

  for (const options of WAYS) {
    describe(JSON.stringify(options), () => {
      it('gives the plain bytes and leaves the reader behind them, however both are cut', async () => {
        for (const length of [0, 1, 262_143, 262_144, 262_145, 1_048_576, 3_000_000]) {
          const plain = textOf(length)
          const stored = deflateRawSync(plain)
          for (const pieces of [1000, stored.length, 65_536, 1_048_576]) {
            const found = await inflate(Buffer.concat([stored, BEHIND]), pieces, options)
            assert.ok(found.plain.equals(plain), `${length} in ${pieces}`)
            assert.deepEqual([found.end, found.behind.toString()], [{}, BEHIND.toString()])
          }
        }
      })

      it('ends without a word where the data is cut off', async () => {
        const plain = textOf(600_000)
        const stored = deflateRawSync(plain)
        const { plain: found, end } = await inflate(stored.subarray(0, stored.length - 20_000), 4096, options)
        assert.ok(found.length > 500_000 && plain.subarray(0, found.length).equals(found))
        assert.deepEqual(end, {})
      })

      it('gives what came before damage, to the last kilobytes', async () => {
        const plain = textOf(900_000)
        const first = deflateRawSync(plain, { finishFlush: 2 })
        const { plain: found, end } = await inflate(Buffer.concat([first, Buffer.alloc(50, 0xff)]), 4096, options)
        assert.ok(found.length > plain.length - 2048 && plain.subarray(0, found.length).equals(found))
        assert.deepEqual(end, { bad: 'the compressed bytes are damaged' })
      })
    })
  }

  it('lets signals and timers have their turn within a little input that holds much', async () => {
    let turns = 0
    const turning = setInterval(() => turns++)
    const input = new ByteReader(inPieces(deflateRawSync(Buffer.alloc(200_000_000)), 1_048_576))
    for await (const _ of inflateRaw(input, { here: true, reuse: true }));
    clearInterval(turning)
    assert.ok(turns > 3)
  })

  it('does many at once, each in memory of its own', async () => {
    const plains = [400_000, 500_000, 600_000].map(textOf)
    const found = await Promise.all(
      plains.map((plain) => inflate(deflateRawSync(plain), 7000, { here: true, reuse: true })),
    )
    for (const [index, plain] of plains.entries()) assert.ok(found[index]?.plain.equals(plain))
  })
})
