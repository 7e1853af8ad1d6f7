// Connection URLs that a shim brings: user, host and database stay where they are, and only the password becomes a secret, so that a
// database and its clients have one. Decides where that can be done; else the whole URL is the secret (docs/adr/0013).
import { connectionPassword } from '../compose/connection-password.js'
import { interpolate, type Lookup, type WrittenPart, writtenParts } from '../compose/interpolate.js'
import { isTellingValue } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { findUrlPassword, type UrlPassword } from '../compose/url-password.js'
import { valuesOf } from '../compose/value-index.js'
import type { Candidate } from './candidates.js'
import { fileHolders } from './file-holders.js'
import { commandsBeside } from './implicit-variables.js'
import { lineObstacle } from './line-obstacle.js'
import type { Chosen, DecideContext } from './plan-moves.js'
import { takenInContainers } from './script-notes.js'
import { forCompose, PLACEHOLDER } from './shim.js'
import type { PasswordPlace } from './url-place.js'

/** What databases, caches, queues and mail servers are reached by. Others (https://) may hold a token elsewhere. */
const SCHEMES: ReadonlySet<string> = new Set(
  'postgres postgresql pgsql pg mysql mysql2 mariadb mssql sqlserver oracle cockroachdb clickhouse mongodb redis rediss valkey valkeys amqp amqps rabbitmq pyamqp nats tls kafka mqtt mqtts stomp smtp smtps ldap ldaps influxdb neo4j bolt cassandra couchbase couchdb elasticsearch memcached'.split(
    ' ',
  ),
)

/** Those of `chosen` that go through a shim as whole URLs, with their passwords alone where that does as well. */
export function splitUrls(
  chosen: readonly Chosen[],
  all: readonly Candidate[],
  context: DecideContext,
): readonly Chosen[] {
  return chosen.map((each) => {
    const { candidate, strategy } = each
    if (strategy.by !== 'shim' || context.whole?.has(candidate.id) === true) return each
    const found = passwordAlone(candidate, all, context)
    return found === undefined ? each : { candidate: found, strategy: { by: 'url' } }
  })
}

function passwordAlone(candidate: Candidate, all: readonly Candidate[], context: DecideContext): Candidate | undefined {
  const { value, shadowed, what } = candidate
  const { project } = context
  const isVariable = what === 'environment' || what === 'env-file'
  // What it overrides would have to go, and holds a password as well.
  if (!isVariable || shadowed.length > 0 || candidate.source !== value) return undefined
  const url = loneUrl(value.resolved)
  if (url === undefined || isReadElsewhere(candidate, context)) return undefined
  const secret = value.resolved.slice(url.start, url.end)
  const others = all.filter((other) => other.id !== candidate.id)
  // The same password in its own form is another secret: one of the two would be forgotten.
  if (secret !== url.password && others.some((other) => other.secret === url.password)) return undefined
  const rest = `${value.resolved.slice(0, url.start)} ${value.resolved.slice(url.end)}`
  const holds = (text: string) => isTellingValue(text) && rest.includes(text)
  if (holds(secret) || others.some((other) => holds(other.secret))) return undefined
  const place = placeIn(project, value, url)
  if (place === undefined) return undefined
  const { source = value, ...password } = place
  const found = { ...candidate, secret, source, url: password }
  return source === value || lineObstacle(found, context) === undefined ? found : undefined
}

/** The one URL that is all of the text and holds one password; undefined for anything else. */
function loneUrl(text: string): UrlPassword | undefined {
  const url = findUrlPassword(text)
  if (url === undefined || /\s/.test(text) || text.includes(PLACEHOLDER)) return undefined
  if (!text.toLowerCase().startsWith(`${url.scheme}://`)) return undefined
  if (!url.scheme.split('+').some((part) => SCHEMES.has(part))) return undefined
  const rest = text.slice(0, url.start) + text.slice(url.end)
  const isAlone = rest.indexOf('://') === rest.lastIndexOf('://') && rest.indexOf('@') === rest.lastIndexOf('@')
  return isAlone && connectionPassword(rest) === undefined ? url : undefined
}

/** Something takes the variable, or its line, without the shim: it would find the placeholder. */
function isReadElsewhere({ variable, services, value }: Candidate, context: DecideContext): boolean {
  const { project, factsOf, scripts = [], builds } = context
  const beside = services.flatMap((service) => commandsBeside(project, service, factsOf))
  if (beside.some(([, command]) => command.includes(variable))) return true
  if (takenInContainers(scripts, variable, false).length > 0) return true
  if (value.section !== 'env-file-entry') return false
  const { file } = value
  return (
    scripts.some(({ text }) => text.includes(variable)) ||
    fileHolders(project, builds, file).length > 0 ||
    valuesOf(project).interpolating(variable).length > 0
  )
}

type Found = PasswordPlace & {
  /** The line of .env, or above it in its env file, whose value the password is. */
  readonly source?: LocatedValue
}

function placeIn(project: ComposeProject, value: LocatedValue, { start, end }: UrlPassword): Found | undefined {
  const bytes = project.files.find(({ file }) => file === value.file)?.bytes ?? new Uint8Array()
  const text = Buffer.from(bytes.subarray(value.start, value.end)).toString('utf8')
  const before = /^["']/.test(text) ? 1 : 0
  const content = text.slice(before).replace(/["']$/, '')
  const found = inContent(content, value, project, { start, end })
  if (found === undefined) return undefined
  const { from, to, source } = found
  const written = { text, start: before + from, end: before + to }
  return { start, end, written, ...(source === undefined ? {} : { source }) }
}

interface InContent {
  readonly from: number
  readonly to: number
  readonly source?: LocatedValue
}

/** undefined where the text is not written as it is (escapes, folded lines), or a reference gives more than the password. */
function inContent(
  content: string,
  value: LocatedValue,
  project: ComposeProject,
  { start, end }: { readonly start: number; readonly end: number },
): InContent | undefined {
  if (content === value.resolved) return { from: start, to: end }
  const lookup = lookupFor(project, value)
  if (textOf(content, lookup) !== value.resolved) return undefined
  let [at, from] = [0, 0]
  for (const part of writtenParts(content, lookup)) {
    const [next, to] = [at + part.value.length, from + part.written.length]
    if (start >= at && end <= next && part.value !== '')
      return inPart(part, { start: start - at, end: end - at }, from, linesFor(project, value))
    at = next
    from = to
  }
  return undefined
}

function inPart(
  { written, value, isReference, operand }: WrittenPart,
  { start, end }: { readonly start: number; readonly end: number },
  from: number,
  lines: (name: string) => readonly LocatedValue[],
): InContent | undefined {
  const place = {
    from: from + forCompose(value.slice(0, start)).length,
    to: from + forCompose(value.slice(0, end)).length,
  }
  if (!isReference) return written === forCompose(value) ? place : undefined
  if (start !== 0 || end !== value.length) return undefined
  const whole = { from, to: from + written.length }
  // A default that counts stands there itself.
  if (operand !== undefined) return operand.parts.every((part) => !part.isReference) ? whole : undefined
  const [, name = ''] = /^\$\{?([A-Za-z_][A-Za-z0-9_]*)/.exec(written) ?? []
  const source = lines(name).find((line) => line.resolved === value)
  return source === undefined ? undefined : { ...whole, source }
}

function textOf(content: string, lookup: Lookup): string | undefined {
  try {
    return interpolate(content, lookup).value
  } catch {
    return undefined
  }
}

/** Lines that may give `value` a variable: those of .env, and of an env file's entry the ones above it, the last one first. */
const linesFor =
  (project: ComposeProject, value: LocatedValue) =>
  (name: string): readonly LocatedValue[] => {
    const lines = valuesOf(project).withKey(name).toReversed()
    const isAbove = ({ section, file, start }: LocatedValue) =>
      section === value.section && file === value.file && start < value.start
    const above = value.section === 'env-file-entry' ? lines.filter(isAbove) : []
    return [...lines.filter(({ section }) => section === 'dotenv'), ...above]
  }

function lookupFor(project: ComposeProject, value: LocatedValue): Lookup {
  const lines = linesFor(project, value)
  return (name) => project.environment.get(name) ?? lines(name).find(({ section }) => section !== 'dotenv')?.resolved
}
