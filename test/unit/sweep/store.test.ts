// The embedded store: its lock, the process that owns it and those that ask it, its key, what is sealed.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LayerResult } from '../../../src/scan/types.js'
import { LockedError, NotFoundError, StoreError } from '../../../src/support/errors.js'
import { checkKey } from '../../../src/sweep/store/check-key.js'
import type { Database } from '../../../src/sweep/store/database.js'
import { embeddedFailure } from '../../../src/sweep/store/embedded-failure.js'
import { seal, storeKey, unseal } from '../../../src/sweep/store/key.js'
import { loadLayer, storeLayer } from '../../../src/sweep/store/layer-result.js'
import { lockStore } from '../../../src/sweep/store/lock.js'
import { openStore, unreachable } from '../../../src/sweep/store/open-store.js'
import { askOwner } from '../../../src/sweep/store/owner-client.js'
import { toldFolderFailure } from '../../../src/sweep/store/told-failure.js'

describe('a sweep store in a PostgreSQL that does not answer', () => {
  const store = { kind: 'postgres', url: 'postgres://u:pw@127.0.0.1:9/x' } as const

  it('is waited for as long as was asked for, which is said once, and is then a clear error', async () => {
    const said: string[] = []
    const opening = openStore(store, { mode: 'own', patience: 700, onAway: (message) => said.push(message) })
    await assert.rejects(opening, /^StoreAwayError: The store's PostgreSQL does not answer \(ECONNREFUSED\)\.$/)
    assert.equal(said.length, 1)
    assert.match(said[0] ?? '', /does not answer \(ECONNREFUSED\)\. It is waited for/)
  })

  it('is an error at once for who only reads, and ends with the signal', async () => {
    const said: string[] = []
    const onAway = (message: string) => said.push(message)
    await assert.rejects(openStore(store, { mode: 'read', onAway }), /does not answer/)
    assert.deepEqual(said, [])
    const controller = new AbortController()
    const opening = openStore(store, {
      mode: 'own',
      patience: 60_000,
      signal: controller.signal,
      onAway: () => controller.abort(),
    })
    await assert.rejects(opening, { name: 'AbortError' })
  })
})

describe('a PostgreSQL that refuses', () => {
  it('is told in words, with its code and nothing of what the driver says', () => {
    const said = (code: string) => {
      const error = unreachable(Object.assign(new Error('for postgres://u:made-up@h/x'), { code }))
      assert.ok(error instanceof StoreError)
      return `${error.message} ${error.hint}`
    }
    assert.match(
      said('28P01'),
      /refuses the password of its user \(28P01\)\. Check store in sweep\.yaml, and the password/,
    )
    assert.match(said('3D000'), /has no such database \(3D000\)\./)
    assert.match(said('ERR_OTHER'), /cannot be used \(ERR_OTHER\)\./)
    for (const code of ['28P01', 'ERR_OTHER']) assert.doesNotMatch(said(code), /made-up/)
  })
})

describe('an embedded sweep store that cannot be opened', function () {
  this.timeout(60_000)
  let root: string
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'secretscan-damaged-'))
    const whole = await openStore({ kind: 'folder', folder: join(root, 'whole') }, { mode: 'own' })
    await whole.close()
  })
  after(() => rmSync(root, { recursive: true, force: true }))

  const damages: Readonly<Record<string, (data: string) => void>> = {
    'an empty pg_control': (data) => writeFileSync(join(data, 'global', 'pg_control'), ''),
    'no log': (data) => rmSync(join(data, 'pg_wal'), { recursive: true }),
    'another version': (data) => writeFileSync(join(data, 'PG_VERSION'), '99\n'),
    'no tables': (data) => rmSync(join(data, 'base'), { recursive: true }),
  }
  for (const [what, damage] of Object.entries(damages))
    it(`is told as damaged, with what to do: ${what}`, async () => {
      const folder = join(root, what.replaceAll(' ', '-'))
      cpSync(join(root, 'whole'), folder, { recursive: true })
      damage(join(folder, 'data'))
      await assert.rejects(openStore({ kind: 'folder', folder }, { mode: 'read' }), (error) => {
        assert.ok(error instanceof StoreError)
        assert.match(error.message, /cannot be opened: it is damaged, or of another version of PostgreSQL\.$/)
        assert.match(error.hint ?? '', /^Restore a copy/)
        return true
      })
    })

  it('is told as one on a full disk where there is no room, and a bug stays one', () => {
    const said = (error: unknown, at: 'opening' | 'asking' | 'making', room: number) => {
      const failure = embeddedFailure(error, { folder: root, at, free: () => room })
      return failure instanceof StoreError ? failure.message : failure
    }
    const aborted = new WebAssembly.RuntimeError('Aborted()')
    const full = /^The disk of the store is full: 16 MB are free, and PostgreSQL may take (?:40|64) MB\.$/
    for (const at of ['opening', 'asking', 'making'] as const) assert.match(String(said(aborted, at, 16_000_000)), full)
    const noSpace = Object.assign(new Error('mkdir'), { code: 'ENOSPC' })
    assert.match(String(said(noSpace, 'opening', 1e12)), /^The disk of the store is full\.$/)
    assert.equal(said(aborted, 'asking', 1e12), aborted)
    const bug = new TypeError('x is not a function')
    assert.equal(said(bug, 'opening', 0), bug)
  })
})

describe('a folder that cannot hold a store', () => {
  it('is told in words by whoever uses it first, its key or its lock', async () => {
    const root = mkdtempSync(join(tmpdir(), 'secretscan-no-folder-'))
    try {
      const file = join(root, 'file')
      writeFileSync(file, '')
      const folder = join(file, 'store')
      for (const use of [() => storeKey({ kind: 'folder', folder }), () => lockStore(folder, () => {})])
        await assert.rejects(use, (error) => {
          assert.ok(error instanceof StoreError)
          assert.equal(error.message, `The store's folder ${folder} cannot be made or used (ENOTDIR).`)
          return true
        })
    } finally {
      rmSync(root, { recursive: true })
    }
    const full = toldFolderFailure(Object.assign(new Error('write'), { code: 'ENOSPC' }), '/x')
    assert.match(String(full), /^StoreError: The disk of the store is full\.$/)
  })
})

describe('an embedded sweep store', function () {
  this.timeout(60_000)
  let folder: string
  let owner: Database
  before(async () => {
    folder = join(mkdtempSync(join(tmpdir(), 'secretscan-store-')), 'store')
    await assert.rejects(openStore({ kind: 'folder', folder }, { mode: 'read' }), NotFoundError)
    owner = await openStore({ kind: 'folder', folder }, { mode: 'own' })
  })
  after(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

  it('is for its user alone', async () => {
    await storeKey({ kind: 'folder', folder })
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    for (const name of ['owner.sock', 'key']) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
  })

  it('is locked, and asked through its owner by whoever opens it meanwhile', async () => {
    await assert.rejects(
      lockStore(folder, () => {}),
      LockedError,
    )
    const asking = await openStore({ kind: 'folder', folder }, { mode: 'own' })
    await asking.query(`INSERT INTO meta VALUES ('asked', $1)`, ['x'])
    const [row] = await asking.query<{ at: unknown; bytes: unknown; document: unknown }>(
      `SELECT now() AS at, $1::bytea AS bytes, '{"a":[1]}'::jsonb AS document`,
      [Uint8Array.of(1, 255)],
    )
    assert.ok(row?.at instanceof Date)
    assert.deepEqual(row?.bytes, Uint8Array.of(1, 255))
    assert.deepEqual(row?.document, { a: [1] })
    await asking.close()
    assert.equal((await owner.query(`SELECT 1 FROM meta WHERE key = 'asked'`)).length, 1)
  })

  it('keeps the transactions of an asking process apart from each other and from what else it asks', async () => {
    const asking = await askOwner(folder)
    assert.ok(asking !== undefined)
    const failing = asking.transaction(async (queries) => {
      await queries.query(`INSERT INTO meta VALUES ('inside', 'y')`)
      throw new Error('no')
    })
    const other = asking.transaction((queries) => queries.query(`INSERT INTO meta VALUES ('other', 'y')`))
    const outside = asking.query(`INSERT INTO meta VALUES ('outside', 'y')`)
    await assert.rejects(failing, /no/)
    await Promise.all([other, outside])
    const rows = await owner.query<{ key: string }>(`SELECT key FROM meta WHERE value = 'y' ORDER BY key`)
    assert.deepEqual(rows, [{ key: 'other' }, { key: 'outside' }])
    await asking.close()
  })

  it('undoes the transaction of an asking process that fails or goes away', async () => {
    const asking = await askOwner(folder)
    assert.ok(asking !== undefined)
    await assert.rejects(
      asking.transaction(async (queries) => {
        await queries.query(`INSERT INTO meta VALUES ('undone', 'x')`)
        throw new Error('no')
      }),
      /no/,
    )
    const leaving = await askOwner(folder)
    assert.ok(leaving !== undefined)
    const left = leaving.transaction(async (queries) => {
      await queries.query(`INSERT INTO meta VALUES ('left', 'x')`)
      await leaving.close()
      await queries.query('SELECT 1')
    })
    await assert.rejects(left, /went away/)
    assert.deepEqual(await owner.query(`SELECT key FROM meta WHERE key IN ('undone', 'left')`), [])
    await asking.close()
  })

  it('tells errors of statements with their code', async () => {
    const asking = await askOwner(folder)
    assert.ok(asking !== undefined)
    await assert.rejects(asking.query('SELECT * FROM nowhere'), { code: '42P01' })
    await asking.close()
  })

  it('keeps what was written when its owner closes, and lets the next one in', async () => {
    await owner.close()
    assert.equal(await askOwner(folder), undefined)
    owner = await openStore({ kind: 'folder', folder }, { mode: 'read' })
    assert.equal((await owner.query(`SELECT 1 FROM meta WHERE key = 'asked'`)).length, 1)
  })

  it('refuses another key than its own', async () => {
    const key = await storeKey({ kind: 'folder', folder })
    await checkKey(owner, key)
    await checkKey(owner, key)
    await assert.rejects(checkKey(owner, Buffer.alloc(32, 1)), /not this store/)
    await owner.close()
  })
})

describe('the key of a sweep store', () => {
  it('comes from a file or a command', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'secretscan-key-')), 'key')
    writeFileSync(file, `${'0f'.repeat(32)}\n`)
    const location = { kind: 'postgres', url: 'postgres://x' } as const
    const expected = Buffer.from('0f'.repeat(32), 'hex')
    assert.deepEqual(await storeKey({ ...location, key: { file } }), expected)
    assert.deepEqual(await storeKey({ ...location, key: { command: ['cat', file] } }), expected)
    writeFileSync(file, 'short')
    await assert.rejects(storeKey({ ...location, key: { file } }), /64 hexadecimal/)
    await assert.rejects(storeKey({ ...location, key: { command: ['false'] } }), /command false/)
    await assert.rejects(storeKey(location), /needs a key/)
  })

  it('opens what it sealed, and nothing that was changed', () => {
    const key = Buffer.alloc(32, 3)
    const sealed = seal(key, Buffer.from('text'))
    assert.ok(!Buffer.from(sealed).includes('text'))
    assert.equal(Buffer.from(unseal(key, sealed)).toString(), 'text')
    sealed[30] = (sealed[30] ?? 0) ^ 1
    assert.throws(() => unseal(key, sealed))
  })
})

describe('a stored layer', () => {
  const key = Buffer.alloc(32, 9)
  const plain: LayerResult = {
    diffId: 'sha256:aa',
    findings: [],
    coverage: [],
    files: 1,
    bytes: 10,
    fileHashes: BigUint64Array.of(1n, 2n),
    dirHashes: BigUint64Array.of(3n),
    hardLinks: [],
    whiteouts: ['etc/x'],
    opaque: [],
  }

  it('comes back as it was', () => {
    assert.deepEqual(loadLayer(storeLayer(plain, key), key), plain)
  })

  it('is sealed where a name in it holds a value', () => {
    const secret = {
      ...plain,
      whiteouts: ['app/hunter-token-77'],
      plainPaths: new Map([['app/****', 'app/hunter-token-77']]),
    }
    const stored = storeLayer(secret, key)
    assert.ok(!Buffer.from(stored).includes('hunter-token-77'))
    assert.deepEqual(loadLayer(stored, key), secret)
  })
})
