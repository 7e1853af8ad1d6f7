// How to reach a Docker Engine or Podman: DOCKER_HOST, docker contexts, the well-known sockets. Opens no connection by itself.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { UnreachableError, UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'

export type EngineKind = 'docker' | 'podman'

/** One way to an engine; `from` says for people why it is tried. */
export type EngineAddress =
  | { readonly kind: 'socket'; readonly path: string; readonly from: string }
  | {
      readonly kind: 'tcp'
      readonly host: string
      readonly port: number
      readonly tls?: EngineTls
      readonly from: string
    }

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
 * The addresses to try, in order. What the user named (DOCKER_HOST, a context) stands alone; else the well-known sockets that exist.
 * @throws UsageError for a context that does not exist; UnreachableError for an address that is not supported.
 */
export function engineAddresses(kind: EngineKind, surroundings: Surroundings = here()): readonly EngineAddress[] {
  const { env } = surroundings
  const named = kind === 'docker' ? env['DOCKER_HOST'] : (env['CONTAINER_HOST'] ?? undefined)
  if (named !== undefined && named !== '') {
    const from = kind === 'docker' ? 'DOCKER_HOST' : 'CONTAINER_HOST'
    return [parseAddress(named, from, () => tlsOfEnvironment(surroundings))]
  }
  const context = kind === 'docker' ? contextName(surroundings) : undefined
  if (context !== undefined && context !== 'default') return [contextAddress(context, surroundings)]
  return wellKnownSockets(kind, surroundings).map((path): EngineAddress => ({ kind: 'socket', path, from: 'default' }))
}

/** Where engines listen when nobody says otherwise: rootful, rootless, Docker Desktop; Podman likewise. */
export function wellKnownSockets(kind: EngineKind, { env, home, uid }: Surroundings = here()): readonly string[] {
  const runtime = env['XDG_RUNTIME_DIR'] || `/run/user/${uid}`
  if (kind === 'podman')
    return [join(runtime, 'podman', 'podman.sock'), '/run/podman/podman.sock', '/var/run/podman/podman.sock']
  return [
    '/var/run/docker.sock',
    join(runtime, 'docker.sock'),
    join(home, '.docker', 'run', 'docker.sock'),
    join(home, '.docker', 'desktop', 'docker.sock'),
    join(home, '.colima', 'default', 'docker.sock'),
    join(home, '.rd', 'docker.sock'),
  ]
}

function parseAddress(text: string, from: string, tls: () => EngineTls | undefined): EngineAddress {
  if (text.startsWith('unix://'))
    return { kind: 'socket', path: text.slice('unix://'.length) || '/var/run/docker.sock', from }
  const refuse = (why: string): never => {
    throw new UnreachableError(`${from} names ${printable(text)}, ${why}.`, {
      hint: 'Write unix:///PATH or tcp://HOST:PORT.',
    })
  }
  if (text.startsWith('ssh://')) return refuse('and engines behind ssh cannot be reached by this version')
  let url: URL
  try {
    url = new URL(text.includes('://') ? text : `tcp://${text}`)
  } catch {
    return refuse('which is no address')
  }
  if (!['tcp:', 'http:', 'https:'].includes(url.protocol) || url.hostname === '')
    return refuse('which is no address of an engine')
  const material = url.protocol === 'https:' ? (tls() ?? { verify: true }) : tls()
  const port = url.port === '' ? (material === undefined ? 2375 : 2376) : Number(url.port)
  return { kind: 'tcp', host: url.hostname, port, from, ...(material === undefined ? {} : { tls: material }) }
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
  return parseAddress(host, `the docker context "${printable(name)}"`, () =>
    Object.keys(tls).length === 0 ? undefined : { ...tls, verify: !skipVerify },
  )
}

/** For messages. */
export function addressForPeople(address: EngineAddress): string {
  return address.kind === 'socket' ? address.path : `${address.host}:${address.port}`
}
