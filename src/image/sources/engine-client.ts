// The few calls that are made to a Docker Engine or Podman, on dockerode: one client for images, containers and stores.
import Docker from 'dockerode'
import { NotFoundError, UnauthorizedError, UnreachableError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { addressForPeople, type EngineAddress, type EngineKind, engineAddresses } from './docker-connection.js'

/** Podman's compatible API answers to this version. */
const PODMAN_API = 'v1.41'
/** ms to reach a socket; there is no limit on how long an answer may take. */
const CONNECT_TIMEOUT = 10_000

const NAMES: Readonly<Record<EngineKind, string>> = { docker: 'the Docker Engine', podman: 'Podman' }

export interface EngineClient {
  readonly kind: EngineKind
  readonly docker: Docker
  /** For people: "the Docker Engine at /var/run/docker.sock". */
  readonly name: string
}

/**
 * Connects to the first engine that answers.
 * @throws UnreachableError naming what was tried; UnauthorizedError where a socket may not be opened.
 */
export async function connectEngine(kind: EngineKind, addresses = engineAddresses(kind)): Promise<EngineClient> {
  const failures: string[] = []
  for (const address of addresses) {
    const docker = new Docker(optionsFor(address, kind))
    try {
      await docker.ping()
      return { kind, docker, name: `${NAMES[kind]} at ${addressForPeople(address)}` }
    } catch (error) {
      if (codeOf(error) === 'EACCES') throw notAllowed(kind, address, error)
      failures.push(`${addressForPeople(address)} (${reasonOf(error)})`)
    }
  }
  throw new UnreachableError(`${capital(NAMES[kind])} cannot be reached: tried ${failures.join(', ')}.`, {
    hint:
      kind === 'docker'
        ? 'Start it, or set DOCKER_HOST; docker version shows whether it answers.'
        : 'Start it: systemctl --user start podman.socket',
  })
}

/** All of dockerode's own environment defaults are overridden: what is connected to is decided in one place. */
function optionsFor(address: EngineAddress, kind: EngineKind): Docker.DockerOptions {
  const common = { connectionTimeout: CONNECT_TIMEOUT, ...(kind === 'podman' ? { version: PODMAN_API } : {}) }
  const nothing = {
    host: undefined,
    port: undefined,
    ca: undefined,
    cert: undefined,
    key: undefined,
    protocol: undefined,
  }
  if (address.kind === 'socket') return { ...nothing, ...common, socketPath: address.path } as Docker.DockerOptions
  const { host, port, tls } = address
  const material = tls === undefined ? {} : { ca: tls.ca, cert: tls.cert, key: tls.key }
  const lax = tls?.verify === false ? { checkServerIdentity: () => undefined } : {}
  return {
    ...nothing,
    ...common,
    ...material,
    ...lax,
    socketPath: undefined,
    host,
    port,
    protocol: tls === undefined ? 'http' : 'https',
  } as Docker.DockerOptions
}

function notAllowed(kind: EngineKind, address: EngineAddress, cause: unknown): UnauthorizedError {
  return new UnauthorizedError(`This user may not open ${addressForPeople(address)}.`, {
    hint:
      kind === 'docker'
        ? 'Join the group "docker", use a rootless engine, or run as a user who may.'
        : 'Use the socket of your own user.',
    cause,
  })
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export function codeOf(error: unknown): string {
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  return code ?? (statusCode === undefined ? '' : String(statusCode))
}

function reasonOf(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ENOENT') return 'no such socket'
  if (code === 'ECONNREFUSED') return 'nobody listens'
  return printable(code !== '' ? code : error instanceof Error ? error.message : String(error))
}

/** The engine's refusal as one of our errors; `what` is made printable by the caller. */
export async function engineFailure(client: EngineClient, what: string, error: unknown): Promise<Error> {
  if (codeOf(error) === '404')
    return new NotFoundError(`${capital(client.name)} has no ${what}.`, {
      hint: await nearNames(client, what),
      cause: error,
    })
  if (error instanceof Error && error.name === 'AbortError') return error
  return new UnreachableError(`${capital(client.name)} did not give ${what}: ${reasonOf(error)}.`, {
    hint: 'Try again; the log of the engine says more.',
    cause: error,
  })
}

/** Images with the same last name, or how to get one. */
async function nearNames({ docker }: EngineClient, what: string): Promise<string> {
  const wanted =
    what
      .replace(/^image /, '')
      .replace(/[:@].*$/, '')
      .split('/')
      .at(-1) ?? ''
  const images = await docker.listImages().catch(() => [])
  const near = images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => wanted !== '' && tag.includes(wanted))
  return near.length === 0
    ? 'docker images lists what is there.'
    : `It has ${near.slice(0, 5).map(printable).join(', ')}.`
}
