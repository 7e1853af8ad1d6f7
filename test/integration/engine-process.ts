// A Docker Engine of its own for a test: in its own network, mount and PID namespaces, so that nothing of it is left behind.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { builtProgram, systemProgram } from './programs.js'

export type EngineVersion = '20.10 overlay2' | '29 overlay2' | '29 containerd store'

export interface Engine {
  /** unix://… */
  readonly host: string
  /** What clients need: DOCKER_HOST, and a DOCKER_CONFIG with the buildx plugin. */
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
  stop(): Promise<void>
}

/** ms */
const START_LIMIT = 60_000

function programsOf(version: EngineVersion, folder: string): { readonly dockerd: string; readonly path: string } {
  if (version === '20.10 overlay2') return { dockerd: systemProgram('dockerd'), path: '' }
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  // Debian's docker-proxy does not serve engine 29: its own must come first.
  symlinkSync(builtProgram('docker-proxy-2.0.0-beta.24'), join(bin, 'docker-proxy'))
  return { dockerd: builtProgram('dockerd-2.0.0-beta.24'), path: `${bin}:` }
}

function settingsOf(version: EngineVersion): object {
  if (version === '20.10 overlay2') return { 'storage-driver': 'overlay2' }
  // runc 1.1 of Debian knows no time namespaces.
  return { features: { 'time-namespaces': false, 'containerd-snapshotter': version === '29 containerd store' } }
}

/** Starts an engine and waits until it answers. @throws with its log where it does not. */
export async function startEngine(version: EngineVersion): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-engine-'))
  const { dockerd, path } = programsOf(version, folder)
  const settings = join(folder, 'daemon.json')
  writeFileSync(settings, JSON.stringify(settingsOf(version)))
  const host = `unix://${join(folder, 'docker.sock')}`
  const script = join(folder, 'inner.sh')
  writeFileSync(
    script,
    `mount --make-rprivate /\nmount -t proc proc /proc\nip link set lo up\nexport PATH=${path}/usr/sbin:/usr/bin:/sbin:/bin\n` +
      `exec ${dockerd} --config-file ${settings} --data-root ${folder}/data --exec-root ${folder}/exec --pidfile ${folder}/pid -H ${host} >${folder}/log 2>&1\n`,
  )
  const child = spawn('unshare', ['--net', '--mount', '--pid', '--fork', '--kill-child', 'sh', script], {
    stdio: 'ignore',
  })
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: clientFolder(folder) }
  await answer(env, child, folder)
  return { host, env, folder, stop: () => stop(child, folder) }
}

function clientFolder(folder: string): string {
  const plugins = join(folder, 'client', 'cli-plugins')
  mkdirSync(plugins, { recursive: true })
  symlinkSync(builtProgram('buildx-0.38.2'), join(plugins, 'docker-buildx'))
  symlinkSync(builtProgram('docker-compose-5.6.1.0'), join(plugins, 'docker-compose'))
  return join(folder, 'client')
}

async function answer(env: Readonly<Record<string, string>>, child: ChildProcess, folder: string): Promise<void> {
  const docker = systemProgram('docker')
  for (const end = Date.now() + START_LIMIT; Date.now() < end && child.exitCode === null; await sleep(200)) {
    if (spawnSync(docker, ['version'], { env: { ...process.env, ...env }, stdio: 'ignore' }).status === 0) return
  }
  const log = spawnSync('tail', ['-n', '20', join(folder, 'log')], { encoding: 'utf8' }).stdout
  await stop(child, folder)
  throw new Error(`the engine does not answer:\n${log}`)
}

/** --kill-child ends everything that the namespaces hold. */
async function stop(child: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  if (child.exitCode === null && child.kill('SIGKILL')) await ended
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true })
      return
    } catch {
      await sleep(100)
    }
  }
}
