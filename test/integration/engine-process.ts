// A Docker Engine or Podman of its own for a test: in its own network, mount and PID namespaces, so that nothing of it is left behind.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { builtProgram, run, systemProgram } from './programs.js'

export type DockerVersion = '20.10 overlay2' | '29 overlay2' | '29 containerd store'
export type EngineVersion = DockerVersion | 'Podman 4.3'

export interface Engine {
  /** unix://… */
  readonly host: string
  /** What clients need: DOCKER_HOST, and a DOCKER_CONFIG with the buildx plugin. */
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
  /** What it was asked for, as its log tells. Docker alone. */
  log(): string
  /** Runs a program inside the engine's network, where its ports are. */
  inside(program: string, parameters: readonly string[]): readonly [string, readonly string[]]
  stop(): Promise<void>
}

/** ms */
const START_LIMIT = 60_000

function programsOf(version: DockerVersion, folder: string): { readonly dockerd: string; readonly path: string } {
  if (version === '20.10 overlay2') return { dockerd: systemProgram('dockerd'), path: '' }
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  // Debian's docker-proxy does not serve engine 29: its own must come first.
  symlinkSync(builtProgram('docker-proxy-2.0.0-beta.24'), join(bin, 'docker-proxy'))
  return { dockerd: builtProgram('dockerd-2.0.0-beta.24'), path: `${bin}:` }
}

function settingsOf(version: DockerVersion, folder: string): object {
  const common = { debug: true, 'cgroup-parent': `/${basename(folder)}` }
  if (version === '20.10 overlay2') return { ...common, 'storage-driver': 'overlay2' }
  // runc 1.1 of Debian knows no time namespaces.
  return {
    ...common,
    features: { 'time-namespaces': false, 'containerd-snapshotter': version === '29 containerd store' },
  }
}

function dockerCommand(version: DockerVersion, folder: string, listen: readonly string[]): string {
  const { dockerd, path } = programsOf(version, folder)
  const settings = join(folder, 'daemon.json')
  writeFileSync(settings, JSON.stringify(settingsOf(version, folder)))
  return (
    `export PATH=${path}/usr/sbin:/usr/bin:/sbin:/bin\n` +
    `exec ${dockerd} --config-file ${settings} --data-root ${folder}/data --exec-root ${folder}/exec --pidfile ${folder}/pid ` +
    `-H unix://${folder}/docker.sock ${listen.join(' ')}`
  )
}

/** Debian's default runtime, crun, wants another cgroup tree than the one that may be here. */
const CONTAINERS_CONF = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
`

function podmanCommand(folder: string): string {
  writeFileSync(join(folder, 'containers.conf'), CONTAINERS_CONF)
  return (
    `export CONTAINERS_CONF=${folder}/containers.conf TMPDIR=${folder}\n` +
    `exec ${systemProgram('podman')} --root ${folder}/data --runroot ${folder}/exec --storage-driver vfs ` +
    `system service --time 0 unix://${folder}/docker.sock`
  )
}

/**
 * Starts an engine and waits until it answers. `listen`: further arguments of dockerd, on addresses that only \`inside\` reaches.
 * @throws with its log where it does not start.
 */
export async function startEngine(version: EngineVersion, listen: readonly string[] = []): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-engine-'))
  const command = version === 'Podman 4.3' ? podmanCommand(folder) : dockerCommand(version, folder, listen)
  const script = join(folder, 'inner.sh')
  writeFileSync(
    script,
    `mount --make-rprivate /\nmount -t proc proc /proc\nip link set lo up\n${command} >${folder}/log 2>&1\n`,
  )
  const child = spawn('unshare', ['--net', '--mount', '--pid', '--fork', '--kill-child', 'sh', script], {
    stdio: 'ignore',
  })
  const host = `unix://${join(folder, 'docker.sock')}`
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: clientFolder(folder) }
  await answer(env, child, folder)
  const inside: Engine['inside'] = (program, parameters) => [
    'nsenter',
    ['--net', '--target', childOf(child), program, ...parameters],
  ]
  return {
    host,
    env,
    folder,
    inside,
    log: () => readFileSync(join(folder, 'log'), 'utf8'),
    stop: () => stop(child, folder),
  }
}

/** unshare stays outside the namespaces; its only child is in them. */
function childOf({ pid }: ChildProcess): string {
  return run('pgrep', ['-P', String(pid)])
    .toString('utf8')
    .trim()
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

/** --kill-child ends everything that the namespaces hold; the kernel takes a moment for it. */
async function stop(child: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  if (child.exitCode === null && child.kill('SIGKILL')) await ended
  for (let attempt = 0; attempt < 50 && !isGone(folder); attempt++) await sleep(100)
}

function isGone(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    return false
  }
  return removeCgroups(basename(folder))
}

/** What the engine's containers ran in: a folder for each controller where version 1 of cgroups is used. Whether none is left. */
function removeCgroups(name: string): boolean {
  const mounts = ['/sys/fs/cgroup', ...readdirSync('/sys/fs/cgroup').map((entry) => join('/sys/fs/cgroup', entry))]
  const left = mounts.map((mount) => join(mount, name)).filter((folder) => existsSync(folder))
  for (const folder of left)
    spawnSync('find', [folder, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'], { stdio: 'ignore' })
  return left.length === 0
}
