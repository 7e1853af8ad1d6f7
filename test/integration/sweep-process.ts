// Sweep commands as processes of their own, which a test may kill.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/support/package-root.js'

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
  return { child, ended }
}
