// Opens a sweep's store, whichever it is: PostgreSQL; an embedded one as its owner; an embedded one by asking the process that owns it.
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LockedError, NotFoundError, StoreError } from '../../support/errors.js'
import { asset } from '../../support/package-root.js'
import type { StoreLocation } from '../types.js'
import type { Database } from './database.js'
import { openEmbedded } from './embedded.js'
import { embeddedFailure } from './embedded-failure.js'
import { lockStore } from './lock.js'
import { askOwner } from './owner-client.js'
import { serveOwner } from './owner-server.js'
import { openPostgres } from './postgres.js'
import { migrateSchema } from './schema.js'
import { passesByItself, StoreAwayError } from './told-failure.js'

/** ms: longer than a lock outlives a process that was killed. */
const PATIENCE = 20_000
const STEP = 300

export interface OpenStoreOptions {
  /** own: the store is made where there is none. read: nothing is there before the first sweep, which is an error. */
  readonly mode: 'read' | 'own'
  readonly signal?: AbortSignal
  /** ms that a PostgreSQL which does not answer is waited for (default: none; one that says that it is starting is always waited for). */
  readonly patience?: number
  /** Called once, before the first wait for it, with what to say. */
  readonly onAway?: (message: string) => void
}

/** ms: for processes that start together with their database. */
export const START_PATIENCE = 60_000

/** With the schema up to date. Throws NotFoundError, LockedError, StoreError. */
export async function openStore(store: StoreLocation, options: OpenStoreOptions): Promise<Database> {
  return store.kind === 'postgres' ? openServer(store.url, options) : openFolder(store.folder, options)
}

async function openServer(url: string, { signal, onAway, patience = 0 }: OpenStoreOptions): Promise<Database> {
  const begun = performance.now()
  for (let told = false; ; told = true) {
    signal?.throwIfAborted()
    let database: Database | undefined
    try {
      database = await openPostgres(url)
      await migrateSchema(database)
      return database
    } catch (error) {
      await database?.close().catch(() => {})
      if (performance.now() - begun >= patienceWith(error, patience)) throw unreachable(error)
      if (!told) onAway?.(awayText(error, patience))
      await sleep(STEP, undefined, { signal }).catch(() => {})
    }
  }
}

/** ms that an error is waited out in all. 57P03: the server is starting, or recovering after a crash. */
function patienceWith(error: unknown, patience: number): number {
  if (!passesByItself(error)) return 0
  const isAway = error instanceof StoreAwayError && error.state !== '57P03'
  return isAway ? patience : Math.max(PATIENCE, patience)
}

function awayText(error: unknown, patience: number): string {
  const said = error instanceof StoreAwayError ? error.message : new StoreAwayError('').message
  return `${said} It is waited for, up to ${Math.round(Math.max(PATIENCE, patience) / 1000)} seconds.`
}

/** By SQLSTATE: what the server says, and what to look at. */
const REFUSALS: Readonly<Record<string, readonly [string, string]>> = {
  '28P01': ['refuses the password of its user', 'the password in its address'],
  '28000': ['does not let its user in', 'pg_hba.conf of the server'],
  '3D000': ['has no such database', 'that the database in its address has been made: createdb NAME'],
  '42501': ['does not allow its user what a store needs', 'that the user may make schemas: GRANT CREATE ON DATABASE'],
}

/** The driver's messages may quote the address, and so a password: only its code goes on. */
export function unreachable(error: unknown): unknown {
  if (error instanceof StoreError) return error
  const { code } = error as { code?: unknown }
  const state = typeof code === 'string' ? code : ''
  const [why, hint] = REFUSALS[state] ?? ['cannot be used', 'that the server runs and lets this user in']
  return new StoreError(`The store's PostgreSQL ${why}${state === '' ? '' : ` (${state})`}.`, {
    hint: `Check store in sweep.yaml, and ${hint}.`,
  })
}

async function openFolder(folder: string, options: OpenStoreOptions): Promise<Database> {
  if (options.mode === 'read' && !existsSync(join(folder, 'data')))
    throw new NotFoundError(`There is no sweep's store in ${folder}.`, { hint: 'Run: secretscan sweep run' })
  const deadline = performance.now() + PATIENCE
  for (;;) {
    options.signal?.throwIfAborted()
    const asked = await askOwner(folder)
    if (asked !== undefined) return migrated(asked)
    try {
      return await ownFolder(folder, options.mode)
    } catch (error) {
      if (!(error instanceof LockedError) || performance.now() > deadline) throw error
      await sleep(STEP)
    }
  }
}

async function migrated(database: Database): Promise<Database> {
  try {
    await migrateSchema(database)
    return database
  } catch (error) {
    await database.close().catch(() => {})
    throw error
  }
}

async function ownFolder(folder: string, mode: OpenStoreOptions['mode']): Promise<Database> {
  // Somebody else writes the folder now: nothing of this process may reach it any more.
  const held = await lockStore(folder, () => process.kill(process.pid, 'SIGKILL'))
  try {
    const database = await openData(folder, mode)
    const server = await serveOwner(folder, database)
    return {
      ...database,
      close: async () => {
        await server.close()
        await database.close()
        await held.release()
      },
    }
  } catch (error) {
    await held.release()
    throw error
  }
}

async function openData(folder: string, mode: OpenStoreOptions['mode']): Promise<Database> {
  const data = join(folder, 'data')
  const isNew = !existsSync(data)
  try {
    if (isNew) await unpackPrepared(data)
    return await migrated(await openEmbedded(data, { brief: mode === 'read' }))
  } catch (error) {
    throw embeddedFailure(error, { folder, at: isNew ? 'making' : 'opening' })
  }
}

/** A new database from the one that the build has prepared (four times as fast as making one); a half-unpacked one never gets the name. */
async function unpackPrepared(data: string): Promise<void> {
  const unfinished = `${data}.new`
  await rm(unfinished, { recursive: true, force: true })
  const prepared = asset('store.tar.gz')
  const { openAsBlob } = await import('node:fs')
  const database = await openEmbedded(
    unfinished,
    existsSync(prepared) ? { loadDataDir: await openAsBlob(prepared) } : {},
  )
  await database.close()
  await rename(unfinished, data)
}
