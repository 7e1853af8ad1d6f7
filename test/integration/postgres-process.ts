// A real PostgreSQL 15 (Debian's) of its own for a test, that can be killed and started again on the same data.
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './programs.js'

export interface Postgres {
  readonly url: string
  /** kill -9 of the server and all its processes. */
  kill(): void
  /** Again, where it runs no more. */
  start(): void
  stop(): void
}

function programFolder(): string {
  const root = '/usr/lib/postgresql'
  const version = existsSync(root) ? readdirSync(root).sort().at(-1) : undefined
  if (version === undefined) throw new Error('PostgreSQL is not installed: run npm run setup:integration')
  return join(root, version, 'bin')
}

async function freePort(): Promise<number> {
  const socket = createServer()
  await new Promise<void>((resolve) => socket.listen(0, '127.0.0.1', resolve))
  const { port } = socket.address() as AddressInfo
  await new Promise((resolve) => socket.close(resolve))
  return port
}

/** Starts a server, on data in `parent`. It refuses to run as root: it runs as the system's user postgres. */
export async function startPostgres(parent = tmpdir()): Promise<Postgres> {
  const programs = programFolder()
  const folder = mkdtempSync(join(parent, 'secretscan-postgres-'))
  chmodSync(folder, 0o755)
  run('chown', ['postgres', folder])
  const port = await freePort()
  const asPostgres = (program: string, parameters: readonly string[]) =>
    run('runuser', ['-u', 'postgres', '--', join(programs, program), ...parameters], { cwd: folder })
  const data = join(folder, 'data')
  asPostgres('initdb', ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync'])
  // Processes are killed here, never the machine: what the system has taken is not lost, and nobody need wait for the disk.
  const options = `-c fsync=off -c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=${folder}`
  const start = () => void asPostgres('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), '-o', options, 'start'])
  start()
  const isRunning = (): boolean => {
    try {
      return asPostgres('pg_ctl', ['-D', data, 'status']).length > 0
    } catch {
      return false
    }
  }
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start: () => {
      if (!isRunning()) start()
    },
    kill: () => {
      const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
      run('pkill', ['-9', '-P', String(pid)])
      process.kill(Number(pid), 'SIGKILL')
      // Where nobody has waited for it yet, a process that was killed still has its number, and would be taken for a running server
      // by either of the files that say who has the data and the socket.
      rmSync(join(data, 'postmaster.pid'))
      rmSync(join(folder, `.s.PGSQL.${port}.lock`), { force: true })
    },
    stop: () => {
      if (isRunning()) asPostgres('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop'])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
