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

/** The last @ ends the password, as programs read it; not behind a host's port or a comma, where something else has begun. */
const URL_WITH_PASSWORD =
  /\b([a-z][a-z0-9+.-]*):\/\/([^\s:@/?#'"]*):([^\s@/?#'"]+(?:@[^\s@/?#'":,]+)*)@([^\s@/?#:'",]+)/i
/** The user is a mail address, with the @ as it is: smtps://shop@example.com:…@smtp.example.com */
const MAIL_USER = /\b([a-z][a-z0-9+.-]*):\/\/([^\s:@/?#'"]+@[^\s:@/?#'"]+\.[a-z]{2,}):([^\s@/?#'"]+)@([^\s/?#:'",]+)/i
/** NATS takes a user without a password for a token. */
const TOKEN_OF_NATS = /\b((?:tls\+)?nats):\/\/((?=[^\s@]*\d)[^\s:@/?#'"]{8,})@([^\s@/?#:'",]+)/i
/** A text with more spaces is a sentence. */
const MOST_SPACES = 2
/** What all of a text begins with that is a URL; the scheme may be a variable that is not set. */
const BEGINNING = /^(?!file:|git)((?:jdbc:)?[a-z0-9+.-]*):\/\/([^\s:@/?#]*):/i
/** A port (`http://registry:4873/@scope`) is no password. */
const PORT = /^\d*(?:[/?#\s]|$)/
/** A host with something else behind a comma: smtp://app:…@mail:587,to@example.org */
const LISTED = /@[\w.-]+(?::\d+)?,/
/** Hosts with their ports, up to where the authority ends; none beside a socket's path, or where a variable is not set. */
const HOSTS = /^([\w.~%-]*|\[[^\]\s]+\])(?::\d*)?(?:,[\w.:%-]+)*(?:[/?#]|$)/

/** The first password in a URL in `text`, or undefined. References such as ${X} are none. */
export function findUrlPassword(text: string): UrlPassword | undefined {
  const match = URL_WITH_PASSWORD.exec(text) ?? MAIL_USER.exec(text)
  const url = wholeUrl(text) ?? (match === null ? tokenIn(text) : partsOf(match))
  return url === undefined || isNone(text.slice(url.start, url.end)) ? undefined : url
}

function tokenIn(text: string): UrlPassword | undefined {
  const match = TOKEN_OF_NATS.exec(text)
  if (match === null) return undefined
  const [, scheme = '', written = '', host = ''] = match
  return urlOf({ scheme, user: '', written, host, start: match.index + scheme.length + '://'.length })
}

const isNone = (written: string): boolean =>
  /^\$(?:[{(]|[A-Z_][A-Z0-9_]*$)|^(?:\*|[Xx])+$/.test(written) || written.includes('@/run/secrets/')

function partsOf({ index, 1: scheme = '', 2: user = '', 3: written = '', 4: host = '' }: RegExpExecArray): UrlPassword {
  const start = index + scheme.length + 3 + user.length + 1
  return urlOf({ scheme, user, written, host, start })
}

const urlOf = (parts: Record<'scheme' | 'user' | 'written' | 'host', string> & { start: number }): UrlPassword => ({
  start: parts.start,
  end: parts.start + parts.written.length,
  password: decode(parts.written),
  user: decode(parts.user),
  scheme: parts.scheme.toLowerCase(),
  host: parts.host,
})

/**
 * All of `text` as a URL whose password may have characters that RFC 3986 wants encoded there, and many programs take as they are: quotes,
 * a slash, an @. Where such a password ends is not sure within a longer text.
 */
function wholeUrl(text: string): UrlPassword | undefined {
  const [head = '', scheme = '', user = ''] = BEGINNING.exec(text) ?? []
  const rest = text.slice(head.length)
  if (head === '' || PORT.test(rest) || rest.includes('://') || /[\r\n]/.test(rest)) return undefined
  const ends = [...rest.matchAll(/@/g)].map(({ index }) => index).filter((at) => HOSTS.test(rest.slice(at + 1)))
  const authority = rest.search(/[/?#]/)
  const query = rest.indexOf('?', ends[0] ?? 0)
  const at =
    ends.findLast((end) => authority === -1 || end < authority) ?? ends.findLast((end) => query === -1 || end < query)
  if (at === undefined || at === 0 || /\s/.test(rest.slice(at))) return undefined
  if (rest.split(' ').length > MOST_SPACES + 1 || LISTED.test(rest.slice(0, at))) return undefined
  const [, host = ''] = HOSTS.exec(rest.slice(at + 1)) ?? []
  return urlOf({ scheme, user, written: rest.slice(0, at), host, start: head.length })
}

/** A doubled dollar is one of the text. */
const REFERENCE = /\$\$|\$(?:[A-Za-z_]\w*|\{(?:[^{}]|\{[^{}]*\})*\})/g
const DEFAULT = /\$\{[A-Za-z_]\w*:?[-+]([^{}]*)\}/dg

/**
 * The same in a text as it is written, with references in and around the URL: `${SCHEME:-amqp}://app:PASSWORD@${HOST}`, or a URL that is a
 * reference's default. What references give is none.
 */
export function writtenUrlPassword(text: string): UrlPassword | undefined {
  const url = findUrlPassword(text.replace(REFERENCE, (found) => (found === '$$' ? found : '0'.repeat(found.length))))
  if (url !== undefined && text.slice(url.start, url.end).replace(REFERENCE, '') !== '') return url
  for (const { 1: value = '', indices } of text.matchAll(DEFAULT)) {
    const [from = 0] = indices?.[1] ?? []
    const own = findUrlPassword(value)
    if (own !== undefined) return { ...own, start: from + own.start, end: from + own.end }
  }
  const any = findUrlPassword(text)
  if (any === undefined || text.startsWith('$', any.start)) return undefined
  // The colon of `${DB_USER:-app}` begins no password.
  const isWithin = [...text.matchAll(REFERENCE)].some(
    ({ 0: found, index }) => index < any.start && any.start < index + found.length,
  )
  return isWithin ? undefined : any
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
