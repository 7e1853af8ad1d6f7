import assert from 'node:assert/strict'
import fc from 'fast-check'
import { CHUNK_SIZE, MAX_MATCH } from '../../../src/detect/types.js'
import { belongsTo, CHUNK_STEP, type ChunkPlace } from '../../../src/scan/chunks.js'
import { scanOne, token } from './scan-fixture.js'

const MB = 1024 * 1024

/** The chunks of a text of `length` bytes. */
function chunksOfLength(length: number): ChunkPlace[] {
  const chunks: ChunkPlace[] = []
  for (let offset = 0; ; offset += CHUNK_STEP) {
    const last = offset + CHUNK_SIZE >= length
    chunks.push({ offset, length: last ? length - offset : CHUNK_SIZE, last })
    if (last) return chunks
  }
}

describe('chunks', () => {
  it('give each match to exactly one chunk, and to one that holds it whole', () => {
    const sizes = fc.record({
      length: fc.integer({ min: 1, max: 6 * MB }),
      start: fc.nat(),
      size: fc.integer({ min: 1, max: MAX_MATCH }),
    })
    fc.assert(
      fc.property(sizes, ({ length, start: at, size }) => {
        const start = at % length
        const end = Math.min(length, start + size)
        const owners = chunksOfLength(length).filter((chunk) => {
          // What a chunk cannot hold whole, it sees cut.
          const seen = { start: Math.max(start, chunk.offset), end: Math.min(end, chunk.offset + chunk.length) }
          return seen.start < seen.end && seen.start === start && seen.end === end && belongsTo(chunk, seen)
        })
        assert.equal(owners.length, 1)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a big file', function () {
  this.timeout(60_000)

  it('T21 shows a secret at and round each window edge at its exact place, once', async () => {
    const size = 5 * MB
    const edges = [
      CHUNK_STEP,
      CHUNK_SIZE,
      2 * CHUNK_STEP,
      CHUNK_STEP + CHUNK_SIZE,
      4 * CHUNK_STEP,
      3 * CHUNK_STEP + CHUNK_SIZE,
    ]
    const places = [...edges.flatMap((edge) => [edge - 700, edge - 20, edge + 1000]), size - 36].sort((a, b) => a - b)
    const content = Buffer.alloc(size, 'ä \n'.repeat(40) + 'é'.repeat(30))
    for (const [i, place] of places.entries()) {
      content.write(' '.repeat(4), place - 4)
      content.write(`${token(String(i))} `.slice(0, size - place), place)
    }
    const expected = places.map((place) => ({ offset: place, ...editorPlace(content, place) }))
    const report = await scanOne({ layers: [{ files: { 'var/log/big': content } }] })
    const found = report.findings.map(({ span: { offset, line, column } }) => ({ offset, line, column }))
    assert.deepEqual(found, expected)
  })

  it('without a line break has one line, and columns that count characters', async () => {
    const content = Buffer.from(`${'😀'.repeat(600_000)} ${token('end')}`)
    const report = await scanOne({ layers: [{ files: { 'app/min.js': content } }] })
    assert.deepEqual([report.findings[0]?.span.line, report.findings[0]?.span.column], [1, 1_200_002])
  })

  it('is the same inside an archive', async () => {
    const { gzipSync } = await import('node:zlib')
    const content = Buffer.concat([
      Buffer.alloc(3 * MB, 'line\n'),
      Buffer.from(`x ${token('gz')} `),
      Buffer.alloc(MB, 'y'),
    ])
    content[3 * MB - 1] = 0x0a
    const report = await scanOne({ layers: [{ files: { 'a.log.gz': gzipSync(content) } }] })
    const { span } = report.findings[0] ?? {}
    assert.deepEqual(
      [report.findings.length, span?.offset, span?.line, span?.column],
      [1, 3 * MB + 2, linesBefore(content, 3 * MB) + 1, 3],
    )
  })
})

function linesBefore(bytes: Uint8Array, end: number): number {
  let lines = 0
  for (let i = 0; i < end; i++) if (bytes[i] === 0x0a) lines++
  return lines
}

/** Line and column as an editor counts them, by way of a string of the last line. */
function editorPlace(bytes: Buffer, offset: number) {
  const lineStart = bytes.lastIndexOf(0x0a, offset - 1) + 1
  return { line: linesBefore(bytes, offset) + 1, column: bytes.subarray(lineStart, offset).toString('utf8').length + 1 }
}
