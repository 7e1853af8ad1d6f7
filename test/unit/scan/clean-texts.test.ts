import assert from 'node:assert/strict'
import fc from 'fast-check'
import { loadRuleSet } from '../../../src/detect/rule-set.js'
import { CHUNK_SIZE } from '../../../src/detect/types.js'
import { CleanTexts, type SharedCleanTexts, shareCleanTexts } from '../../../src/scan/clean-texts.js'
import { createTextScan, type TextScan } from '../../../src/scan/text-scan.js'

const MASK = (1n << 64n) - 1n

/** NH by its formula (RFC 4418, 5.2.2): the sum of products of words four apart, each with a word of the key added. */
function sumOf(text: Uint8Array, key: DataView, at: number): bigint {
  const padded = new Uint8Array(Math.ceil(text.length / 32) * 32)
  padded.set(text)
  const words = new DataView(padded.buffer)
  const word = (index: number) => (words.getUint32(index * 4, true) + key.getUint32(at + index * 4, true)) >>> 0
  let sum = 0n
  for (let index = 0; index < padded.length / 4; index += 8)
    for (let lane = 0; lane < 4; lane++) sum += BigInt(word(index + lane)) * BigInt(word(index + lane + 4))
  return sum & MASK
}

/** Where the key's parts are: for sections of a text, for what is told of it with the sections' sums, and the multipliers. */
const SECTION = 16 * 1024
const ABOUT = SECTION + 16
const MULTIPLIERS = ABOUT + 16 * 1024 + 16

const whole = (bytes: Buffer): Buffer => Buffer.concat([bytes], Math.ceil(bytes.length / 32) * 32)

/** Upper and lower half. */
function digestOf(text: Uint8Array, about: string, shared: SharedCleanTexts): readonly [number, number] {
  const key = new DataView(shared.key)
  const head = Buffer.alloc(16)
  head.writeUInt32LE(text.length, 0)
  head.writeUInt32LE(Buffer.byteLength(about), 8)
  const sums: Buffer[] = []
  for (let at = 0; at < text.length; at += SECTION) {
    const both = Buffer.alloc(16)
    for (const pass of [0, 1]) both.writeBigUInt64LE(sumOf(text.subarray(at, at + SECTION), key, pass * 16), pass * 8)
    sums.push(both)
  }
  const told = Buffer.concat([whole(Buffer.concat([head, Buffer.from(about)])), ...sums])
  const half = (shift: number, at: number) => {
    const sum = sumOf(told, key, ABOUT + shift)
    const by = (index: number) => key.getBigUint64(at + index * 8, true)
    return Number(((by(0) * (sum & 0xffffffffn) + by(1) * (sum >> 32n) + by(2)) & MASK) >> 32n)
  }
  return [half(0, MULTIPLIERS), half(16, MULTIPLIERS + 24)]
}

function opened(shared = shareCleanTexts()): CleanTexts {
  const texts = CleanTexts.open(shared)
  assert.ok(texts)
  return texts
}

describe('texts that are known to be clean', () => {
  it('are told apart by the digest of UMAC, whatever was there before', () => {
    const shared = shareCleanTexts()
    const texts = opened(shared)
    const digests = new Float64Array(shared.digests)
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.constant(Uint8Array.from({ length: 40_001 }, (_, at) => at * 7)),
        ),
        fc.string({ unit: 'binary', maxLength: 80 }),
        (bytes, about) => {
          digests.fill(0)
          texts.has('whole', bytes, about)
          texts.add()
          const [upper, lower] = digestOf(bytes, about, shared)
          const place = digests.findIndex((digest) => digest !== 0)
          assert.equal(digests[place], upper * 2 ** 21 + Math.floor(lower / 65536) * 8 + (lower % 8))
          assert.equal(Math.floor(place / 8), Math.floor(lower / 8) % 65536)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('are others with another byte, another length, at another path, of another kind and in another run', () => {
    const shared = shareCleanTexts()
    const texts = opened(shared)
    const bytes = new Uint8Array(CHUNK_SIZE)
    const known = (text: Uint8Array, about = 'a', kind: 'whole' | 'chunk' = 'whole') => texts.has(kind, text, about)
    assert.equal(known(bytes), false)
    texts.add()
    assert.equal(known(bytes), true)
    for (const at of [0, 15, 16, 31, 32, SECTION - 1, SECTION, CHUNK_SIZE - 1])
      assert.equal(known(bytes.with(at, 1)), false)
    for (const length of [0, 1, 31, 32, SECTION, CHUNK_SIZE - 1]) assert.equal(known(bytes.subarray(0, length)), false)
    for (const about of ['b', 'a\0', '', 'ä']) assert.equal(known(bytes, about), false)
    assert.equal(known(bytes, 'a', 'chunk'), false)
    assert.equal(opened().has('whole', bytes, 'a'), false)
    assert.equal(opened(shared).has('whole', bytes, 'a'), true)
  })

  it('are not remembered where they are too long to be told', () => {
    const texts = opened()
    for (const [bytes, about] of [
      [new Uint8Array(CHUNK_SIZE + 1), 'a'],
      [new Uint8Array(1), 'a'.repeat(10_000)],
    ] as const) {
      assert.equal(texts.has('whole', bytes, about), false)
      texts.add()
      assert.equal(texts.has('whole', bytes, about), false)
    }
  })

  it('are known to the end however many there are: the newest of a bucket take the place of others', () => {
    const shared = shareCleanTexts()
    const texts = opened(shared)
    new Float64Array(shared.digests).fill(7)
    texts.has('whole', Buffer.from('the newest'), 'a')
    texts.add()
    assert.equal(texts.has('whole', Buffer.from('the newest'), 'a'), true)
  })
})

describe('a file that was looked at before', () => {
  const token = ['ghp', '_', 'R7mK2vX9qL4tZ8wB3nY6cD1fH5jP0s2zBv9E'].join('')
  const clean = Buffer.from('nothing to see here\n')
  let scan: TextScan

  beforeEach(async () => {
    const rules = await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] })
    const setup = { rules, maxDecodeDepth: 3, maxArchiveDepth: 4, showSecrets: false, cleanTexts: shareCleanTexts() }
    scan = createTextScan(setup)
  })

  const found = (bytes: Uint8Array, path: string) =>
    scan.whole(bytes, { path, isFile: true }).matches.map(({ ruleId }) => ruleId)

  it('shows what is in it every time', () => {
    const bytes = Buffer.from(`token = "${token}"\n`)
    const first = found(bytes, 'app/a')
    assert.notDeepEqual(first, [])
    assert.deepEqual(found(clean, 'app/a'), [])
    assert.deepEqual(found(bytes, 'app/a'), first)
  })

  it('shows at another path what only counts there', () => {
    const bytes = Buffer.from('db.example.com:6432:shop:shop:vR7nQ2xK\n')
    assert.deepEqual(found(bytes, 'srv/notes'), [])
    assert.notDeepEqual(found(bytes, 'root/.pgpass'), [])
    assert.deepEqual(found(bytes, 'srv/notes'), [])
  })

  it('shows at another place of a longer file, and beside other code, what only counts there', () => {
    const bytes = Buffer.from(`${' '.repeat(2000)}token = "${token}"\n`)
    const place = { offset: 0, length: bytes.length, last: true }
    const code = [{ start: 0, end: bytes.length }]
    assert.deepEqual(scan.chunk(bytes, place, 'bin/app', code).matches, [])
    assert.equal(scan.chunk(bytes, place, 'bin/app').matches.length, 1)
    assert.equal(scan.chunk(bytes, { ...place, offset: 4096 }, 'bin/app', code).matches.length, 1)
  })
})
