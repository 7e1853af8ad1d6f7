// The password inside a connection URL (RFC 3986, section 3.2.1 "userinfo").

export interface UrlPassword {
  /** UTF-16 offsets of the password as written, percent-encoding included. */
  readonly start: number
  readonly end: number
  /** Decoded. */
  readonly password: string
  readonly user: string
  readonly scheme: string
  readonly host: string
}

const URL_WITH_PASSWORD = /\b([a-z][a-z0-9+.-]*):\/\/([^\s:@/?#'"]*):([^\s@/?#'"]+)@([^\s/?#:'",]+)/i

/** The first password in a URL in `text`, or undefined. References such as ${X} are none. */
export function findUrlPassword(text: string): UrlPassword | undefined {
  const match = URL_WITH_PASSWORD.exec(text)
  if (match === null) return undefined
  const [, scheme = '', user = '', written = '', host = ''] = match
  if (/^\$/.test(written) || /^[*x]+$/i.test(written)) return undefined
  const start = match.index + scheme.length + 3 + user.length + 1
  return {
    start,
    end: start + written.length,
    password: decode(written),
    user: decode(user),
    scheme: scheme.toLowerCase(),
    host,
  }
}

/** A port and a path with an @ in it (`http://registry:4873/@scope`) is no password. */
const WHOLE_URL = /^(?!https?:|file:|git)([a-z][a-z0-9+.-]*:\/\/[^\s:@/?#]*:)(?!\d*[/?#])([^\s@]+)@[^\s/?#:'",@]+/i

/**
 * Where the password is if all of `text` is a connection URL whose password has characters that RFC 3986 wants encoded there, and many programs
 * take as they are: quotes, a slash. Where such a password begins and ends is not sure within a longer text.
 */
export function findOddPassword(text: string): Pick<UrlPassword, 'start' | 'end'> | undefined {
  if (/[\s$]/.test(text) || findUrlPassword(text) !== undefined) return undefined
  const [, before, password] = WHOLE_URL.exec(text) ?? []
  if (before === undefined || password === undefined) return undefined
  return { start: before.length, end: before.length + password.length }
}

/** The first password in a URL in `text` as it stands there, percent-encoding included. */
export function writtenPassword(text: string): string | undefined {
  const url = findUrlPassword(text)
  return url === undefined ? undefined : text.slice(url.start, url.end)
}

/** Percent-encoding undone wherever it is some; the rest as it is. */
export const percentDecoded = (text: string): string => text.replace(/(?:%[0-9A-Fa-f]{2})+/g, decode)

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
