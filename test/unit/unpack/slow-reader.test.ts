import assert from 'node:assert/strict'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Issue } from '../../../src/support/issue.js'
import { decompress } from '../../../src/unpack/compression.js'

/** The same numbers in every run, from 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

describe('a source and a reader that are slow by turns', () => {
  it('lose neither output nor the trailer, wherever chunks are cut', async () => {
    const next = numbers(1)
    for (let round = 0; round < 20; round++) {
      const plain = Buffer.alloc(Math.floor(next() * 6e6), 'abcdefgh 0123456')
      const stored = gzipSync(plain, { level: 1 })
      const step = [8, 64, 1000, 4096][round % 4] ?? 1
      async function* source(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < stored.length; at += step) {
          if (next() < 0.3) await nextTurn()
          yield stored.subarray(at, at + step)
        }
      }
      const issues: Issue[] = []
      let length = 0
      for await (const chunk of decompress(source(), { on: (issue) => issues.push(issue) })) {
        length += chunk.length
        const turn = next()
        if (turn < 0.4) await nextTurn()
        else if (turn < 0.5) await wait(1)
      }
      assert.deepEqual([length, issues], [plain.length, []])
    }
  }).timeout(30_000)
})
