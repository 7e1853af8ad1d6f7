// How to reach a Docker Engine or Podman: DOCKER_HOST, docker contexts, the well-known sockets. Opens no connection by itself.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'

export type EngineKind = 'docker' | 'podman'

/** One way to an engine, and which engine is expected there. */
export type EngineAddress = { readonly engine: EngineKind } & (
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: EngineTls }
  | {
      readonly kind: 'ssh'
      readonly host: string
      readonly port?: number
      readonly user?: string
      /** The engine's socket on that machine; undefined: its default. */
      readonly path?: string
    }
)

export interface EngineTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly verify: boolean
}

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  readonly uid: number
}

const here = (): Surroundings => ({ env: process.env, home: homedir(), uid: userInfo().uid })

/**
 * The addresses to try, in order. What the user named (DOCKER_HOST, a context) stands alone; else the sockets that engines of this kind
 * are known to have, for Docker followed by Podman's, which answers to the same calls.
 * @throws UsageError for an address or context that is none.
 */
export function engineAddresses(kind: EngineKind, surroundings: Surroundings = here()): readonly EngineAddress[] {
  const variable = kind === 'docker' ? 'DOCKER_HOST' : 'CONTAINER_HOST'
  const named = surroundings.env[variable]
  if (named !== undefined && named !== '') {
    return [parseAddress(named, kind, variable, () => tlsOfEnvironment(surroundings))]
  }
  const context = kind === 'docker' ? contextName(surroundings) : undefined
  if (context !== undefined && context !== 'default') return [contextAddress(context, surroundings)]
  const engines: readonly EngineKind[] = kind === 'docker' ? ['docker', 'podman'] : ['podman']
  return engines.flatMap((engine) =>
    wellKnownSockets(engine, surroundings).map((path): EngineAddress => ({ engine, kind: 'socket', path })),
  )
}

/** Where engines listen when nobody says otherwise: rootful, rootless, on a desktop. */
function wellKnownSockets(kind: EngineKind, { env, home, uid }: Surroundings): readonly string[] {
  const runtime = env['XDG_RUNTIME_DIR'] || `/run/user/${uid}`
  if (kind === 'podman') return [join(runtime, 'podman', 'podman.sock'), '/run/podman/podman.sock']
  return [
    '/var/run/docker.sock',
    join(runtime, 'docker.sock'),
    join(home, '.docker', 'run', 'docker.sock'),
    join(home, '.docker', 'desktop', 'docker.sock'),
    join(home, '.colima', 'default', 'docker.sock'),
    join(home, '.rd', 'docker.sock'),
  ]
}

function parseAddress(text: string, engine: EngineKind, from: string, tls: () => EngineTls | undefined): EngineAddress {
  if (text.startsWith('unix://')) {
    return { engine, kind: 'socket', path: text.slice('unix://'.length) || '/var/run/docker.sock' }
  }
  const full = text.includes('://') ? text : `tcp://${text}`
  if (!URL.canParse(full)) throw notAnAddress(text, from)
  const url = new URL(full)
  if (url.hostname === '') throw notAnAddress(text, from)
  if (url.protocol === 'ssh:') return { engine, ...sshAddress(url, text, from) }
  if (!['tcp:', 'http:', 'https:'].includes(url.protocol)) throw notAnAddress(text, from)
  const material = tls() ?? (url.protocol === 'https:' ? { verify: true } : undefined)
  const port = url.port === '' ? (material === undefined ? 2375 : 2376) : Number(url.port)
  const address = { engine, kind: 'tcp', host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port } as const
  return material === undefined ? address : { ...address, tls: material }
}

/** A path goes through a shell on the other machine, so only plain ones are taken. */
function sshAddress({ hostname, port, username, password, pathname }: URL, text: string, from: string) {
  const path = pathname === '/' || pathname === '' ? undefined : pathname
  if (password !== '' || (path !== undefined && !/^[\w./-]+$/.test(path))) throw notAnAddress(text, from)
  return {
    kind: 'ssh',
    host: hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username === '' ? {} : { user: decodeURIComponent(username) }),
    ...(path === undefined ? {} : { path }),
  } as const
}

/** Never repeats the address where it may hold a password. */
function notAnAddress(text: string, from: string): UsageError {
  const shown = text.includes('@') ? 'an address' : `"${printable(text)}"`
  return new UsageError(`${from} names ${shown} where no engine can be.`, {
    hint: 'Write unix:///PATH, tcp://HOST:PORT or ssh://USER@HOST, without a password.',
  })
}

/** DOCKER_TLS_VERIFY and DOCKER_CERT_PATH as the docker client reads them: any non-empty value turns verification on. */
function tlsOfEnvironment({ env, home }: Surroundings): EngineTls | undefined {
  const verify = (env['DOCKER_TLS_VERIFY'] ?? '') !== ''
  const folder = env['DOCKER_CERT_PATH'] || (verify ? join(home, '.docker') : '')
  return folder === '' ? undefined : { ...readTls(folder), verify }
}

function readTls(folder: string): Omit<EngineTls, 'verify'> {
  const read = (name: string) => {
    const path = join(folder, name)
    return existsSync(path) ? { [name.slice(0, -4)]: readFileSync(path, 'utf8') } : {}
  }
  return { ...read('ca.pem'), ...read('cert.pem'), ...read('key.pem') }
}

function configFolder({ env, home }: Surroundings): string {
  return env['DOCKER_CONFIG'] || join(home, '.docker')
}

function contextName(surroundings: Surroundings): string | undefined {
  const named = surroundings.env['DOCKER_CONTEXT']
  if (named !== undefined && named !== '') return named
  try {
    const config: unknown = JSON.parse(readFileSync(join(configFolder(surroundings), 'config.json'), 'utf8'))
    const current =
      typeof config === 'object' && config !== null
        ? (config as { currentContext?: unknown }).currentContext
        : undefined
    return typeof current === 'string' && current !== '' ? current : undefined
  } catch {
    return undefined
  }
}

/** docker/cli keeps a context under the SHA-256 of its name: contexts/meta/HASH/meta.json, contexts/tls/HASH/docker/*.pem. */
function contextAddress(name: string, surroundings: Surroundings): EngineAddress {
  const folder = join(configFolder(surroundings), 'contexts')
  const hash = createHash('sha256').update(name).digest('hex')
  let host: unknown
  let skipVerify = false
  try {
    const meta = JSON.parse(readFileSync(join(folder, 'meta', hash, 'meta.json'), 'utf8')) as {
      Endpoints?: { docker?: { Host?: unknown; SkipTLSVerify?: unknown } }
    }
    host = meta.Endpoints?.docker?.Host
    skipVerify = meta.Endpoints?.docker?.SkipTLSVerify === true
  } catch (cause) {
    throw new UsageError(`There is no docker context "${printable(name)}".`, {
      hint: 'docker context ls lists them; DOCKER_CONTEXT or docker context use chooses one.',
      cause,
    })
  }
  if (typeof host !== 'string' || host === '') {
    throw new UsageError(`The docker context "${printable(name)}" names no engine.`, {
      hint: 'docker context inspect shows it.',
    })
  }
  const tls = readTls(join(folder, 'tls', hash, 'docker'))
  return parseAddress(host, 'docker', `The docker context "${printable(name)}"`, () =>
    Object.keys(tls).length === 0 ? undefined : { ...tls, verify: !skipVerify },
  )
}

/** For messages. */
export function addressForPeople(address: EngineAddress): string {
  if (address.kind === 'socket') return printable(address.path)
  const host = printable(address.host.includes(':') ? `[${address.host}]` : address.host)
  if (address.kind === 'tcp') return `${host}:${address.port}`
  const user = address.user === undefined ? '' : `${printable(address.user)}@`
  return `ssh://${user}${host}${address.port === undefined ? '' : `:${address.port}`}`
}
