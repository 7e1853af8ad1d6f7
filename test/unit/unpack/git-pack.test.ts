// Packs written by the real git, read without their index.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import type { Issue } from '../../../src/support/issue.js'
import { type GitObject, MOST_OBJECT_BYTES } from '../../../src/unpack/git-objects.js'
import { readPack } from '../../../src/unpack/git-pack.js'
import { makeRepository, manyLines, type Repository } from '../../fixtures/git-repository.js'

interface Read {
  readonly objects: readonly GitObject[]
  readonly issues: readonly Issue[]
}

async function read(pack: Uint8Array, options: { chunk?: number; baseBytes?: number } = {}): Promise<Read> {
  const issues: Issue[] = []
  const objects: GitObject[] = []
  const { chunk = 65536, ...rest } = options
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < pack.length; at += chunk) yield pack.subarray(at, at + chunk)
  }
  const on = (issue: Issue) => void issues.push(issue)
  for await (const object of readPack(pieces(), { on, hash: 'sha1', ...rest })) objects.push(object)
  return { objects, issues }
}

const listed = (objects: readonly GitObject[]): string[] =>
  objects.map(({ id, type, bytes }) => `${id} ${type} ${bytes.length}`).sort()

describe('git packs', function () {
  this.timeout(60_000)
  let folder: string
  let repository: Repository
  let expected: string[]

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-pack-'))
    repository = makeRepository(join(folder, 'repository'))
    for (let i = 0; i < 6; i++)
      repository.commit({ 'a/b/long.txt': `${manyLines()}version ${i}\n`.repeat(1 + (i % 2)) })
    repository.commit({ empty: '', 'big.bin': 'x'.repeat(3_000_000) })
    repository.git('tag', '-a', 'v1', '-m', 'first')
    expected = repository.git('cat-file', '--batch-all-objects', '--batch-check').trim().split('\n').sort()
  })
  after(() => rmSync(folder, { recursive: true }))

  const packed = (...config: string[]): Buffer => {
    repository.git(...config.flatMap((setting) => ['-c', setting]), 'repack', '-adfq', '--depth=50')
    const [pack = ''] = repository.packs()
    assert.match(repository.git('verify-pack', '-v', pack), /^chain length = [2-9]/m)
    return readFileSync(join(repository.folder, pack))
  }

  for (const [name, config] of [
    ['offsets', 'repack.useDeltaBaseOffset=true'],
    ['IDs', 'repack.useDeltaBaseOffset=false'],
  ] as const) {
    it(`give every object as git knows it, deltas over ${name}, however the bytes come`, async () => {
      const pack = packed(config)
      for (const chunk of [7, 65536, pack.length]) {
        const { objects, issues } = await read(pack, { chunk })
        assert.deepEqual(issues, [])
        assert.deepEqual(listed(objects), expected)
      }
    })
  }

  it('name a blob by its path in the history', async () => {
    const { objects } = await read(packed())
    const blobs = objects.filter(({ type }) => type === 'blob')
    assert.deepEqual([...new Set(blobs.map(({ path }) => path))].sort(), ['a/b/long.txt', 'big.bin', 'empty'])
  })

  it('give what is new in a delta whose base is no longer held, and say so', async () => {
    const { objects, issues } = await read(packed(), { baseBytes: 1 })
    assert.deepEqual(
      issues.map(({ code, effect }) => [code, effect]),
      [['GIT_DELTA_BASE', 'partial']],
    )
    const news = objects.filter(({ id }) => id.startsWith('delta-'))
    assert.ok(news.length > 0)
    assert.ok(news.every(({ bytes }) => bytes.length < 1000))
  })

  it('give what comes before damage, and how many objects are missing', async () => {
    const pack = packed()
    const { objects, issues } = await read(pack.subarray(0, Math.floor(pack.length / 2)))
    assert.deepEqual(
      issues.map(({ code, effect }) => [code, effect]),
      [['GIT_PACK', 'partial']],
    )
    assert.ok(objects.length > 0)
    for (const line of listed(objects)) assert.ok(expected.includes(line))
    assert.match(issues[0]?.detail ?? '', new RegExp(`${expected.length - objects.length} of its objects`))
  })

  /** A pack of objects that each say their size and bring these deflated bytes. */
  const packOf = (...objects: readonly { readonly size: number; readonly deflated: Uint8Array }[]): Buffer => {
    const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1')
    head.writeUInt32BE(objects.length, 8)
    const entries = objects.flatMap(({ size, deflated }) => {
      const bytes = [0x30 | (size & 15)]
      for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) bytes.push(rest & 0x7f)
      const marked = bytes.map((byte, index) => (index < bytes.length - 1 ? byte | 0x80 : byte))
      return [Buffer.from(marked), deflated]
    })
    return Buffer.concat([head, ...entries, Buffer.alloc(20)])
  }
  const small = { size: 5, deflated: deflateSync('small') }
  const tooLarge = MOST_OBJECT_BYTES + 1

  it('leave out an object that is too large, say so, and read on', async () => {
    const { objects, issues } = await read(
      packOf({ size: tooLarge, deflated: deflateSync(Buffer.alloc(tooLarge)) }, small),
    )
    assert.deepEqual(
      issues.map(({ code, bytes }) => [code, bytes]),
      [['LIMIT_GIT_OBJECT', tooLarge]],
    )
    assert.deepEqual(
      objects.map(({ bytes }) => Buffer.from(bytes).toString()),
      ['small'],
    )
  })

  for (const [where, deflated] of [
    ['at once', Buffer.alloc(3000, 0x9c)],
    ['later', Buffer.concat([deflateSync(Buffer.alloc(100_000)).subarray(0, 60), Buffer.alloc(3000, 0x55)])],
  ] as const)
    it(`end where what says it is a large object is damaged ${where}`, async () => {
      const { objects, issues } = await read(packOf(small, { size: tooLarge, deflated }, small))
      assert.equal(objects.length, 1)
      assert.deepEqual(
        issues.map(({ code }) => code),
        ['LIMIT_GIT_OBJECT', 'GIT_PACK'],
      )
      assert.match(issues[1]?.detail ?? '', /2 of its objects/)
    })

  it('never throw, whatever bytes are changed', async () => {
    const pack = packed()
    const changes = fc.array(fc.tuple(fc.nat(pack.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const changed = Buffer.from(pack)
        for (const [at, byte] of list) changed[at] = byte
        const { objects } = await read(changed)
        assert.ok(objects.length <= 2 * expected.length)
      }),
      { numRuns: 100 },
    )
  })

  it('give what is new in a thin pack, whose bases are elsewhere', async () => {
    repository.commit({ 'a/b/long.txt': `${manyLines()}a late addition\n` })
    const thin = execFileSync('git', ['pack-objects', '--thin', '--stdout', '--revs', '-q'], {
      cwd: repository.folder,
      input: 'HEAD\n^HEAD~1\n',
    })
    const { objects, issues } = await read(thin)
    assert.ok(issues.some(({ code }) => code === 'GIT_DELTA_BASE'))
    assert.ok(objects.some(({ bytes }) => Buffer.from(bytes).toString().includes('late addition')))
  })
})
