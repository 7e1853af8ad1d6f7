// Sweep commands as processes of their own, which a test may kill.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
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

/** Starts `secretscan sweep ARGUMENTS -f FILE`. `preload`: a module that is run before it. */
export function startSweep(
  { file, folder }: SweepFolder,
  parameters: readonly string[],
  preload?: string,
): SweepProcess {
  const program = [join(packageRoot(), 'bin', 'run.js'), 'sweep', ...parameters, '-f', file]
  const first =
    preload === undefined ? {} : { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` }
  const env = { ...process.env, ...first, CI: 'true', NO_COLOR: '1' }
  const child = spawn(process.execPath, program, { cwd: folder, env })
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

/** Kills a process at any moment within `ms` after it has begun to work. False where it had ended. */
export async function killedWithin({ child, said }: SweepProcess, begun: RegExp, ms: number): Promise<boolean> {
  await said(begun)
  await sleep(Math.random() * ms)
  return child.exitCode === null && child.kill('SIGKILL')
}

/** A channel that keeps what it is told: documents, with empty lines between them, in `news` in the sweep's folder. */
export const NEWS = `notify:\n  - command: { run: [sh, -c, 'cat >> news; echo >> news'] }\n`

/** The identifiers of the messages that NEWS has kept, in their order. */
export function deliveries(folder: string): string[] {
  const lines = readFileSync(join(folder, 'news'), 'utf8').trim().split('\n')
  return lines.filter((line) => line !== '').map((line) => (JSON.parse(line) as { delivery: string }).delivery)
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
