// Passwords inside longer values that are no userinfo of a URL: connection strings, and settings that a variable holds as a whole file.
import { keyedSecrets } from './command-secrets.js'
import { isReference } from './option-password.js'
import { isNamedSecret } from './secret-names.js'

/** Longer texts are no connection string. */
const LONGEST_CONNECTION = 4096
const LONGEST_SETTINGS = 65_536
const KEYS = `(?:password|passwd|pwd|pass|secret|token|api[-_]?key|access[-_]?token|sslpassword)`
/** Each gives the password as its group `value`. */
const CONNECTIONS: readonly RegExp[] = [
  // A URL's query: jdbc:mysql://db/app?user=root&password=…
  new RegExp(String.raw`:[^\s?]*\?(?:[^\s#]*&)?${KEYS}=(?<value>[^\s&#;]+)`, 'i'),
  // The same with one-letter keys, where the user is one: pg://db:5432?u=postgres&p=…&d=app
  /^\w+:\/\/[^\s?]+\?(?=[^\s#]*\bu=)(?:[^\s#]*&)?p=(?<value>[^\s&#]+)/i,
  // ADO.NET, ODBC: Server=db;User Id=sa;Password=…
  /^(?=[^=;]+=[^;]*;)(?:[^;]*;)*\s*(?:password|pwd)\s*=\s*(?<value>[^;]+)/i,
  // Lightning's nodes: type=lnd-rest;server=https://…;macaroon=…
  /^(?=[^=;]+=[^;]*;)(?:[^;]*;)*\s*macaroon\s*=\s*(?<value>[^;]+)/i,
  // libpq: host=db user=app password=…
  /^(?=.*\b(?:host|dbname|user)=)(?:\S+\s+)*password=(?<value>\S+)/i,
  // Go's MySQL driver: app:…@tcp(db:3306)/app, app:…@(db:3306)/
  /^[^\s:@/]+:(?<value>[^\s@]+)@(?:tcp|unix)?\(/,
  // Game servers (AzerothCore, TrinityCore): host;port;user;password;database
  /^[\w.-]+;(?:\d{1,5}|\/[^\s;]*);[^\s;]+;(?<value>[^;]+);\w+(?:;[\w-]*)*$/,
  // Without a scheme: app:…@db:3306/shop, the login of a statistics page of Ethereum's nodes (node:…@ethstats:3000)
  /^[\w.$-]+:(?<value>[^\s:@/]+)@[\w.-]+:\d{2,5}(?:[/?]\S*)?$/,
  // NBitcoin, BTCPay Server: server=http://node:8332;user:…
  /^(?:[\w-]+=[^;]*;)*server=https?:\/\/[^\s;]+;[^\s:;=]+:(?<value>[^\s:;=]+)$/i,
  // Oracle's easy connect: app/…@//db:1521/XEPDB1
  /^[\w$#]+\/(?<value>[^\s@/]+)@(?:\/\/[\w.-]+|[\w.-]+:\d+\/\w)/,
]

/** What says that a password is in the connection string `text`; undefined: none is. References such as ${X} are none. */
export const connectionPassword = (text: string): string | undefined =>
  inConnection(text).length > 0 ? 'Holds a password in a connection string' : undefined

const inConnection = (text: string): readonly string[] =>
  connectionPasswords(text).map(([start, end]) => text.slice(start, end))

/** UTF-16 offsets of the passwords in `text` where that is a connection string, `end` exclusive; each once. */
export function connectionPasswords(text: string): readonly (readonly [start: number, end: number])[] {
  if (text.length > LONGEST_CONNECTION) return []
  const found = CONNECTIONS.flatMap((pattern) => {
    const { groups, indices } = new RegExp(pattern, `${pattern.flags}d`).exec(text) ?? {}
    const { value } = groups ?? {}
    const at = indices?.groups?.['value']
    return value === undefined || at === undefined || isReference(value) || /^[*x]+$/i.test(value) ? [] : [at]
  })
  return [...new Map(found.map((each) => [each[0], each])).values()]
}

/** Services that Shoutrrr and Apprise send to: a token is a part of their URLs, wherever it stands. */
const NOTIFICATION =
  /(?:^|[\s,;])(?:slack|discord|telegram|tgram|gotifys?|pushover|pover|pushbullet|pbul|teams|msteams|mattermost|mmosts?|rocketchat|opsgenie|ifttt|zulip|bark|lark|googlechat):\/\/[^\s$]{8,}/i

/** What says that `text` is the URL of a notification service, which holds a token; undefined: it is none. */
export const notificationToken = (text: string): string | undefined =>
  text.length <= LONGEST_CONNECTION && NOTIFICATION.test(text)
    ? 'Holds a token in the URL of a notification service'
    : undefined

/** Clients of proxies (Shadowsocks, V2Ray, Xray, Trojan) take all that they need in one URL, its user or its base64 being the key. */
const PROXY = /(?:^|[\s,;|])(?:ssr?|vmess|vless|trojan|hysteria2?|hy2|tuic):\/\/[^\s$]{8,}/i

/** What says that `text` is the URL of a proxy with the key in it; undefined: it is none. */
export const proxyKey = (text: string): string | undefined =>
  text.length <= LONGEST_CONNECTION && PROXY.test(text) ? 'Holds the key in the URL of a proxy' : undefined

/** name: value, name = value, ['name'] = 'value', "name": "value" on a line of its own or in braces. */
const SETTING =
  /(?:^|[\n{,[]|\['|\[")[ \t]*["']?(?<name>[A-Za-z][\w.-]*)["']?\]?[ \t]*(?::|=>?)[ \t]*(?<quote>["']?)(?<value>[^\s"',;{}[\]|>&*#][^\n"',;}]*)\k<quote>/g

/** What says that settings in `text` (several lines, or JSON, or options of a program) hold a secret by its name. */
export function settingPassword(text: string): string | undefined {
  if (text.length > LONGEST_SETTINGS) return undefined
  const [option] = /\s-/.test(` ${text}`) ? keyedSecrets([text]).values() : []
  if (option !== undefined && option.by !== 'url') return `Holds ${option.name}, a secret by its name`
  const [setting] = inSettings(text)
  return setting === undefined ? undefined : `Holds ${setting.name}, a secret by its name`
}

function* inSettings(text: string): Generator<{ readonly name: string; readonly value: string }> {
  if (text.length > LONGEST_SETTINGS || (!text.trim().includes('\n') && !/^\s*[{[]/.test(text))) return
  for (const { groups } of text.matchAll(SETTING)) {
    const { name = '', value = '' } = groups ?? {}
    const given = value.trim()
    if (isNamedSecret(name, given) && !isReference(given) && !/^File\.read/.test(given)) yield { name, value: given }
  }
}

/** Several variables in one value, in lines or with ";" between: CF_API_TOKEN=…;CF_ZONE_TOKEN=… */
const ASSIGNMENTS = /^\s*[A-Z][A-Z\d_]*=[^;\n]*(?:[;\n]\s{0,20}[A-Z][A-Z\d_]*=[^;\n]*)+;?\s*$/
const ASSIGNMENT =
  /(?<=^|[;\n])\s{0,20}(?<name>[A-Z][A-Z\d_]*)=(?<quote>["']?)(?<value>[^;\n"']+)\k<quote>(?=\s{0,20}(?:[;\n]|$))/dg

/** UTF-16 offsets of those of them that are secrets by their names, `end` exclusive. */
export function assignedSecrets(
  text: string,
): readonly { readonly name: string; readonly start: number; readonly end: number }[] {
  if (text.length > LONGEST_SETTINGS || !ASSIGNMENTS.test(text)) return []
  return [...text.matchAll(ASSIGNMENT)].flatMap(({ groups, indices }) => {
    const { name = '', value = '' } = groups ?? {}
    const [start, end] = indices?.groups?.['value'] ?? []
    const isOne = isNamedSecret(name, value.trim()) && !isReference(value)
    return start === undefined || end === undefined || !isOne ? [] : [{ name, start, end }]
  })
}

/** The passwords in `text`, which is a connection string or settings. */
export const passwordsWithin = (text: string): readonly string[] => [
  ...inConnection(text),
  ...[...inSettings(text)].map(({ value }) => value),
]
