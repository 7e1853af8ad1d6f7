// Sweep commands as processes of their own, which a test may kill.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import type { Database } from '../../src/sweep/store/database.js'
import { openStore } from '../../src/sweep/store/open-store.js'
import { openPostgres } from '../../src/sweep/store/postgres.js'

export interface SweepFolder {
  readonly folder: string
  readonly file: string
}

/** A folder with a sweep.yaml. `store`: YAML; default: a folder. */
export function sweepFolder(host: string, store = './sweep-store', more = ''): SweepFolder {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-sweep-'))
  writeFileSync(join(folder, 'store.key'), '5a'.repeat(32), { mode: 0o600 })
  const file = join(folder, 'sweep.yaml')
  writeFileSync(
    file,
    `store: ${store}\nregistries:\n  - { host: "${host}", insecure: true, login: anonymous }\nconcurrency: { registry: 4, scan: 1 }\n${more}`,
    { mode: 0o600 },
  )
  return { folder, file }
}

/** The store in a database, with the key that sweepFolder writes. */
export const postgresStore = (url: string): string => `{ url: "${url}", keyFile: ./store.key }`

export interface SweepProcess {
  readonly child: ChildProcess
  /** Resolves when its output matches, or it has ended. */
  said(pattern: RegExp): Promise<void>
  readonly ended: Promise<{
    readonly code: number | null
    readonly signal: NodeJS.Signals | null
    readonly output: string
  }>
}

/** Starts `secretscan sweep ARGUMENTS -f FILE`. */
export function startSweep({ file, folder }: SweepFolder, parameters: readonly string[]): SweepProcess {
  const program = [join(packageRoot(), 'bin', 'run.js'), 'sweep', ...parameters, '-f', file]
  const child = spawn(process.execPath, program, { cwd: folder, env: { ...process.env, CI: 'true', NO_COLOR: '1' } })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, output }))
  })
  const said = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(output) && child.exitCode === null && child.signalCode === null) await sleep(20)
  }
  return { child, said, ended }
}

/** A database of its own in the server, so that tests do not see each other's. */
export async function freshDatabase(server: string, name: string): Promise<string> {
  const admin = await openPostgres(server)
  await admin.query(`CREATE DATABASE ${name}`)
  await admin.close()
  return server.replace(/postgres$/, name)
}

/** Reads a store that others write: a PostgreSQL by its address, a folder by its path. */
export async function inStore<Result>(place: string, work: (database: Database) => Promise<Result>): Promise<Result> {
  const location = place.startsWith('postgres:')
    ? ({ kind: 'postgres', url: place } as const)
    : ({ kind: 'folder', folder: place } as const)
  const database = await openStore(location, { mode: 'read' })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/** Waits, for a minute, until the query has rows. */
export async function waitFor(place: string, sql: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const rows = await inStore(place, (database) => database.query(sql)).catch(() => [])
    if (rows.length > 0) return
    await sleep(100)
  }
  throw new Error(`nothing came of ${sql}`)
}
