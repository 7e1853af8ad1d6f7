import assert from 'node:assert/strict'
import fc from 'fast-check'
import { loadRuleSet } from '../../../src/detect/rule-set.js'
import { CHUNK_SIZE } from '../../../src/detect/types.js'
import { CleanTexts, shareCleanTexts } from '../../../src/scan/clean-texts.js'
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

/** Where the key's parts are: for the text, for what is told of it, and the multipliers. */
const ABOUT = CHUNK_SIZE + 16
const MULTIPLIERS = ABOUT + 8 * 1024 + 16

function digestOf(text: Uint8Array, about: string, shared: ReturnType<typeof shareCleanTexts>): bigint {
  const key = new DataView(shared.key)
  const told = Buffer.from(`${text.length} ${about}.`)
  const half = (shift: number, at: number) => {
    const sum = (sumOf(text, key, shift) + sumOf(told, key, ABOUT + shift)) & MASK
    const by = (index: number) => key.getBigUint64(at + index * 8, true)
    return ((by(0) * (sum & 0xffffffffn) + by(1) * (sum >> 32n) + by(2)) & MASK) >> 32n
  }
  return BigInt.asIntN(64, (half(0, MULTIPLIERS) << 32n) | half(16, MULTIPLIERS + 24))
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
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 80 }), (bytes, about) => {
        assert.equal(texts.digest(bytes, about), digestOf(bytes, about, shared))
      }),
    )
  })

  it('have other digests for another byte, another length, another path and another run', () => {
    const texts = opened()
    const bytes = new Uint8Array(CHUNK_SIZE)
    const digests = new Set([texts.digest(bytes, 'a')])
    for (const at of [0, 15, 16, 31, 32, CHUNK_SIZE - 1]) digests.add(texts.digest(bytes.with(at, 1), 'a'))
    for (const length of [0, 1, 31, 32, CHUNK_SIZE - 1]) digests.add(texts.digest(bytes.subarray(0, length), 'a'))
    digests.add(texts.digest(bytes, 'b'))
    digests.add(texts.digest(bytes, 'a\0'))
    digests.add(opened().digest(bytes, 'a'))
    assert.equal(digests.size, 15)
  })

  it('are not remembered where they are too long to be told', () => {
    assert.equal(opened().digest(new Uint8Array(CHUNK_SIZE + 1), 'a'), undefined)
    assert.equal(opened().digest(new Uint8Array(1), 'a'.repeat(10_000)), undefined)
  })

  it('are known to every worker of a run, the last ones whatever their number', () => {
    const shared = shareCleanTexts()
    const [one, other] = [opened(shared), opened(shared)]
    for (let low = 0n; low < 40n; low++) one.add((low << 32n) | 8n)
    assert.equal(other.has((39n << 32n) | 8n), true)
    assert.equal(other.has((40n << 32n) | 8n), false)
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
    const bytes = Buffer.from('db.example.com:5432:shop:shop:vR7nQ2xK\n')
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
