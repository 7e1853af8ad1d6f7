import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { sniffBlob } from '../../../src/image/sniff.js'
import { tarOf } from '../../fixtures/image-builder.js'

/** A header of the oldest dialect: no magic, only a checksum. */
function v7Header(name: string): Buffer {
  const header = Buffer.alloc(512)
  header.write(name)
  header.write('0000644\0', 100)
  header.write('00000000010\0', 124)
  header.write(' '.repeat(8), 148)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

describe('sniffBlob', () => {
  const text = 'x'.repeat(600)
  const withDigits = `${text.slice(0, 148)}0017200 ${text.slice(156)}`
  const cases: readonly (readonly [string, Uint8Array | Promise<Uint8Array>, string])[] = [
    ['a tar archive', tarOf([['a', { bytes: Buffer.from('a') }]]), 'none'],
    ['a tar archive whose first file is named like JSON', tarOf([['{"a":1}', { bytes: Buffer.from('a') }]]), 'none'],
    ['a tar archive of the oldest dialect', v7Header('a'), 'none'],
    ['an empty tar archive', new Uint8Array(1024), 'none'],
    ['gzip', gzipSync('x'), 'gzip'],
    ['zstd', Buffer.from('28b52ffd2000', 'hex'), 'zstd'],
    ['xz', Buffer.from('fd377a585a0000', 'hex'), 'xz'],
    ['JSON', Buffer.from('{"a":1}'), 'other'],
    ['text with a number where tar has its checksum', Buffer.from(withDigits), 'other'],
    ['zeros too short for a header', new Uint8Array(511), 'other'],
    ['nothing', new Uint8Array(0), 'other'],
  ]
  for (const [name, bytes, expected] of cases) {
    it(name, async () => {
      const sniffed = sniffBlob((await bytes).subarray(0, 512))
      assert.equal(sniffed.form === 'layer' ? sniffed.compression : 'other', expected)
    })
  }
})
