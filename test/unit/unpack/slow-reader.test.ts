import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Issue } from '../../../src/support/issue.js'
import { decompress } from '../../../src/unpack/compression.js'
import { chunked } from '../../fixtures/image-builder.js'

describe('a reader slower than the decompressor', () => {
  it('loses neither output nor the trailer, wherever chunks are cut', async () => {
    for (let round = 0; round < 60; round++) {
      const plain = Buffer.alloc(3_000_000 + round * 65_537, 'abcdefgh 0123456')
      const issues: Issue[] = []
      let length = 0
      const stored = chunked(gzipSync(plain, { level: 1 }), [8, 64, 4096][round % 3])
      for await (const chunk of decompress(stored, { on: (issue) => issues.push(issue) })) {
        length += chunk.length
        if ((round + length) % 5 < 2) await nextTurn()
      }
      assert.deepEqual([length, issues], [plain.length, []])
    }
  }).timeout(20_000)
})
