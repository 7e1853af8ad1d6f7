// The few calls that are made to a Docker Engine or Podman, on dockerode: one client for images, containers and stores.
import type { IncomingMessage } from 'node:http'
import Docker from 'dockerode'
import {
  NotFoundError,
  SecretscanError,
  SimilarNamesError,
  UnauthorizedError,
  UnreachableError,
} from '../../support/errors.js'
import { nearest } from '../../support/nearest.js'
import { printable } from '../../support/printable.js'
import { parseJson } from '../json.js'
import { addressForPeople, type EngineAddress, type EngineKind, engineAddresses } from './docker-connection.js'
import { wholeAnswer, withWholeAnswers } from './engine-answers.js'
import { engineAgent } from './engine-transport.js'

/** Podman's compatible API answers to this version. */
const PODMAN_API = 'v1.41'
/** ms; an engine that takes a connection and never answers is none. ssh may have to ask its user first. */
const ANSWER_LIMIT = 10_000
const SSH_ANSWER_LIMIT = 120_000
/** Names that are suggested where there is no such image. */
const NEAR_NAMES = 5

const NAMES: Readonly<Record<EngineKind, string>> = { docker: 'the Docker Engine', podman: 'Podman' }

export interface EngineClient {
  /** What answers, which need not be what was asked for: Podman stands in for Docker. */
  readonly kind: EngineKind
  readonly docker: Docker
  /** For people: "the Docker Engine at /var/run/docker.sock". */
  readonly name: string
}

/** One request to an engine. `path` begins with a slash and is ready for a URL. */
export interface EngineRequest {
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/**
 * Connects to the first engine that answers. One that the user may not open is passed over as long as another answers.
 * @throws UnreachableError naming what was tried; UnauthorizedError where a socket may not be opened and no other answers.
 */
export async function connectEngine(
  kind: EngineKind,
  addresses: readonly EngineAddress[] = engineAddresses(kind),
  signal?: AbortSignal,
): Promise<EngineClient> {
  const failures: string[] = []
  let forbidden: UnauthorizedError | undefined
  for (const address of addresses) {
    const client = clientOf(address)
    try {
      const answering = await ping(client, address, signal)
      return answering === client.kind ? client : clientOf(address, answering)
    } catch (error) {
      signal?.throwIfAborted()
      if (codeOf(error) === 'EACCES') forbidden ??= notAllowed(address, error)
      failures.push(`${addressForPeople(address)} (${reasonOf(error)})`)
    }
  }
  throw forbidden ?? notReached(kind, addresses, failures)
}

/** Which engine answers: Podman says so, whatever its socket was taken for. */
async function ping(
  client: EngineClient,
  address: EngineAddress,
  signal: AbortSignal | undefined,
): Promise<EngineKind> {
  const limit = AbortSignal.timeout(address.kind === 'ssh' ? SSH_ANSWER_LIMIT : ANSWER_LIMIT)
  const either = signal === undefined ? limit : AbortSignal.any([signal, limit])
  const answer = await openAnswer(client, { path: '/_ping', signal: either })
  for await (const _ of answer);
  return answer.headers['libpod-api-version'] === undefined ? client.kind : 'podman'
}

function clientOf(address: EngineAddress, engine = address.engine): EngineClient {
  const options = {
    agent: engineAgent(address),
    protocol: 'http',
    host: 'http://localhost',
    ...(engine === 'podman' ? { version: PODMAN_API } : {}),
  }
  const docker = withWholeAnswers(withoutDockerHost(() => new Docker(options as Docker.DockerOptions)))
  return { kind: engine, docker, name: `${NAMES[engine]} at ${addressForPeople(address)}` }
}

/** When it is made, dockerode reads DOCKER_HOST and the files that go with it; what counts here is the address alone. */
function withoutDockerHost<T>(make: () => T): T {
  const host = process.env['DOCKER_HOST']
  delete process.env['DOCKER_HOST']
  try {
    return make()
  } finally {
    if (host !== undefined) process.env['DOCKER_HOST'] = host
  }
}

/** Begins a request and gives the answer's body as it comes. Rejects with dockerode's own error; see engineFailure. */
export function openAnswer(
  { docker }: EngineClient,
  { path, query = {}, signal }: EngineRequest,
): Promise<IncomingMessage> {
  const request = {
    path: `${path}?`,
    method: 'GET',
    isStream: true,
    options: query,
    statusCodes: { 200: true },
    ...(signal === undefined ? {} : { abortSignal: signal }),
  }
  return new Promise((resolve, reject) => {
    docker.modem.dial(request as Parameters<Docker['modem']['dial']>[0], (error: unknown, answer: unknown) => {
      if (error) reject(error)
      else resolve(answer as IncomingMessage)
    })
  })
}

/** The JSON that the engine answers with; `what` stands in errors. @throws NotFoundError, UnreachableError, CorruptImageError. */
export async function readAnswer(client: EngineClient, what: string, request: EngineRequest): Promise<unknown> {
  const bytes = await openAnswer(client, request)
    .then(wholeAnswer)
    .catch(async (error: unknown) => {
      request.signal?.throwIfAborted()
      throw await engineFailure(client, what, error)
    })
  return parseJson(bytes, `the answer of ${client.name}`)
}

function notReached(
  kind: EngineKind,
  [first]: readonly EngineAddress[],
  failures: readonly string[],
): UnreachableError {
  // One address was probably asked for (DOCKER_HOST), so it is named; a list of guesses tells most people nothing.
  const message =
    failures.length === 1
      ? `${capital(NAMES[kind])} cannot be reached: tried ${failures.join('')}.`
      : `No ${kind === 'docker' ? 'Docker Engine' : 'Podman'} answers.`
  return new UnreachableError(message, {
    detail: `Tried ${failures.join(', ')}.`,
    hint: first?.kind === 'ssh' ? sshHint(first) : HINTS[kind],
  })
}

const HINTS: Readonly<Record<EngineKind, string>> = {
  docker: 'Start the engine, or set DOCKER_HOST; docker version shows whether it answers.',
  podman: 'Start it: systemctl --user start podman.socket',
}

function sshHint(address: EngineAddress): string {
  return `See whether this works: ssh ${addressForPeople(address)} ${address.engine} version`
}

function notAllowed(address: EngineAddress, cause: unknown): UnauthorizedError {
  return new UnauthorizedError(`This user may not open ${addressForPeople(address)}.`, {
    hint:
      address.engine === 'docker'
        ? 'Run it with sudo, or join the group "docker" (sudo usermod -aG docker "$USER") and log in anew; an engine of your own user, rootless Docker or Podman (systemctl --user start podman.socket), needs neither.'
        : 'Use the socket of your own user: systemctl --user start podman.socket',
    cause,
  })
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export function codeOf(error: unknown): string {
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown }
  return typeof code === 'string' ? code : statusCode === undefined ? '' : String(statusCode)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such socket',
  ECONNREFUSED: 'nobody listens',
  EACCES: 'no permission',
  ETIMEDOUT: 'no answer in time',
  ECONNRESET: 'the connection broke',
  ENOTFOUND: 'no such host',
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError'))
    return 'no answer in time'
  const known = REASONS[codeOf(error)]
  return known ?? printable(error instanceof Error ? error.message.trim() : String(error))
}

/** The engine's refusal as one of our errors; `what` is made printable by the caller. */
export async function engineFailure(client: EngineClient, what: string, error: unknown): Promise<Error> {
  if (error instanceof SecretscanError) return error
  if (codeOf(error) === '404') return notThere(client, what, error)
  return new UnreachableError(`${capital(client.name)} did not give ${what}: ${reasonOf(error)}.`, {
    hint: 'Try again; the log of the engine says more.',
    cause: error,
  })
}

async function notThere(client: EngineClient, what: string, cause: unknown): Promise<NotFoundError> {
  const message = `${capital(client.name)} has no ${what}.`
  const near = (await nearNames(client, what)).slice(0, NEAR_NAMES)
  return near.length === 0
    ? new NotFoundError(message, { hint: 'docker images lists what is there.', cause })
    : new SimilarNamesError(message, { hint: `It has ${near.map(printable).join(', ')}.`, cause })
}

/** The name that was probably meant, and those that have the same last part. */
async function nearNames({ docker }: EngineClient, what: string): Promise<readonly string[]> {
  const wanted = what.replace(/^image /, '')
  const last = wanted.replace(/(?::[^/]*)?(?:@.*)?$/, '').replace(/^.*\//, '')
  const images = await docker.listImages().catch(() => [])
  const names = images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name !== '<none>:<none>')
  const tagged = /:[^/]*$/.test(wanted) ? wanted : `${wanted}:latest`
  const alike = names.filter((name) => last !== '' && name.includes(last)).sort()
  return [...new Set([nearest(tagged, names) ?? [], alike].flat())]
}
