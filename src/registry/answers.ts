// A registry's unwelcome answers, in words: its own error text made safe to print, and which failures asking again may mend.
import type { FetchResponse } from '../net/guarded-fetch.js'
import { NotFoundError, UnauthorizedError, UnreachableError } from '../support/errors.js'
import { printable, shorten } from '../support/printable.js'
import { type Credentials, loginWords, mendOf } from './credentials.js'

const ERROR_BODY = 64 * 1024
/** Characters of a registry's words that are shown. */
const SHOWN = 200
/** Characters of a secret that are a part of it, and how many of a long one (a token) are looked for. */
const PART = 12
const LONGEST = 16 * 1024
const REPEATED = ': its message repeats the login, and is left out'

/** Broken connections and time-outs; not refused addresses, certificates or names. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof UnreachableError)) return false
  const code = (error.cause as { code?: string } | undefined)?.code ?? ''
  return /^(?:ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR_SOCKET|UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT|UND_ERR_CONNECT_TIMEOUT|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/.test(
    code,
  )
}

/** Nobody was there to be asked: no such name, no way to it, or nothing that listens. */
export function isUnconnected(error: unknown): boolean {
  const cause = error instanceof UnreachableError ? (error.cause as { code?: string } | undefined) : undefined
  return /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/.test(
    cause?.code ?? '',
  )
}

/** The host speaks TLS, but nobody vouches for it: plain http would be a way round that. */
export function isCertificateError(error: unknown): boolean {
  const cause = error instanceof UnreachableError ? (error.cause as { code?: string } | undefined) : undefined
  return /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|HOSTNAME/.test(cause?.code ?? '')
}

/** The body of an error answer; empty where it is too large or breaks off. */
export async function errorBody(response: FetchResponse): Promise<string> {
  try {
    return Buffer.from(await response.bytes(ERROR_BODY)).toString('utf8')
  } catch {
    return ''
  }
}

/**
 * The registry's own words (distribution-spec "Error Codes"), made safe to print, with ": " in front; empty where there are none. Words
 * that repeat one of `secrets` (what the request was sent with) are left out as a whole.
 */
export function wordsOf(body: string, secrets: readonly string[]): string {
  try {
    const { errors } = JSON.parse(body) as { errors?: { code?: unknown; message?: unknown }[] }
    const [first] = errors ?? []
    const words = [first?.code, first?.message].filter((word) => typeof word === 'string').join(': ')
    if (words === '') return ''
    const shown = shorten(words, SHOWN)
    return secrets.some((secret) => repeats(words, shown, secret)) ? REPEATED : `: ${printable(shown)}`
  } catch {
    return ''
  }
}

/** Whether words hold a secret, or what is shown of them a part of it. */
function repeats(words: string, shown: string, secret: string): boolean {
  if (words.includes(secret)) return true
  for (let at = 0; at + PART <= Math.min(secret.length, LONGEST); at++)
    if (shown.includes(secret.slice(at, at + PART))) return true
  return false
}

/** What a path below /v2/ stands for, as people name it: "team/app:v1", "team/app@sha256:…", "the tags of team/app". */
function subjectOf(path: string): string {
  const [, repository = '', kind, name = ''] = /^(.+)\/(manifests|blobs|tags)\/(.+)$/.exec(path) ?? []
  if (kind === 'tags') return `the tags of ${repository}`
  if (kind === 'blobs') return `the blob ${name} of ${repository}`
  if (kind === 'manifests') return `${repository}${name.includes(':') ? '@' : ':'}${name}`
  return path
}

/** What is not there where the path is answered by 404: without a repository there is no list of its tags. */
const missingOf = (path: string): string =>
  subjectOf(path)
    .replace(/^the tags of /, 'repository ')
    .replace(/^the /, '')

/**
 * The error for an answer that is none of those wanted. `path`: below /v2/; `login`: who asked, undefined for nobody; `secrets`: what the
 * registry's words must not repeat.
 */
export async function failureOf(
  host: string,
  path: string,
  response: FetchResponse,
  login: Credentials | undefined,
  secrets: readonly string[],
): Promise<Error> {
  const said = wordsOf(await errorBody(response), secrets)
  const what = subjectOf(path)
  const { status } = response
  if (status === 401 || status === 403) return refusal(host, what, `${status}${said}`, login)
  if (status === 404)
    return new NotFoundError(`${host} has no ${missingOf(path)}${said}.`, { hint: 'Check the name and the tag.' })
  return new UnreachableError(`${host} answers ${status} for ${what}${said}.`, { hint: 'Try again later.' })
}

/** 401: the login itself is refused; 403: it is known and may not. Registries mix them up, so both stand in the advice. */
function refusal(host: string, what: string, said: string, login: Credentials | undefined): UnauthorizedError {
  if (login === undefined)
    return new UnauthorizedError(`${host} lets nobody read ${what} without a login (${said}).`, {
      hint: `${mendOf(host, login)}, or give a login in sweep.yaml.`,
    })
  const refused = said.startsWith('401')
  const message = refused
    ? `${host} refuses ${loginWords(login)}: a wrong name or password, or no right to read ${what} (${said}).`
    : `${host} does not let ${loginWords(login)} read ${what} (${said}).`
  return new UnauthorizedError(message, { hint: `${mendOf(host, login)}${refused ? '' : ', or ask for pull rights'}` })
}

/** The answer with its body read, unless it says itself that it is too long. */
export async function withDocument(response: FetchResponse, limit: number): Promise<FetchResponse> {
  if (Number(response.headers['content-length'] ?? 0) > limit) return response
  const bytes = await response.bytes(limit)
  return { ...response, bytes: async () => bytes, discard: async () => undefined }
}
