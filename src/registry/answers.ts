// A registry's unwelcome answers, in words: its own error text made safe to print, and which failures asking again may mend.
import type { FetchResponse } from '../net/guarded-fetch.js'
import { NotFoundError, UnauthorizedError, UnreachableError } from '../support/errors.js'
import { printable, shorten } from '../support/printable.js'
import { type Credentials, loginWords, mendOf } from './credentials.js'

const ERROR_BODY = 64 * 1024

/** Broken connections and time-outs; not refused addresses, certificates or names. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof UnreachableError)) return false
  const code = (error.cause as { code?: string } | undefined)?.code ?? ''
  return /^(?:ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR_SOCKET|UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT|UND_ERR_CONNECT_TIMEOUT|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/.test(
    code,
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

/** The registry's own words (distribution-spec "Error Codes"), made safe to print, with ": " in front; empty where there are none. */
export function wordsOf(body: string): string {
  try {
    const { errors } = JSON.parse(body) as { errors?: { code?: unknown; message?: unknown }[] }
    const [first] = errors ?? []
    const words = [first?.code, first?.message].filter((word) => typeof word === 'string').join(': ')
    return words === '' ? '' : `: ${printable(shorten(words, 200))}`
  } catch {
    return ''
  }
}

/** The error for an answer that is none of those wanted. `what` is "host/path"; `login`: who asked, undefined for nobody. */
export async function failureOf(
  host: string,
  what: string,
  response: FetchResponse,
  login: Credentials | undefined,
): Promise<Error> {
  const said = wordsOf(await errorBody(response))
  const { status } = response
  if (status === 401 || status === 403) return refusal(host, what, `${status}${said}`, login)
  if (status === 404)
    return new NotFoundError(`${host} has no ${what}${said}.`, { hint: 'Check the name and the tag.' })
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
