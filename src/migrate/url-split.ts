// Connection URLs that a shim brings: user, host and database stay where they are, and only the password becomes a secret, so that a
// database and its clients have one. Decides where that can be done; else the whole URL is the secret (docs/adr/0013).
import { connectionPassword } from '../compose/connection-password.js'
import { isTellingValue } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { findUrlPassword, type UrlPassword } from '../compose/url-password.js'
import { valuesOf } from '../compose/value-index.js'
import type { Candidate } from './candidates.js'
import { fileHolders } from './file-holders.js'
import { takesLine } from './host-notes.js'
import { commandsBeside } from './implicit-variables.js'
import { lineObstacle } from './line-obstacle.js'
import type { Chosen, DecideContext } from './plan-moves.js'
import { takenInContainers } from './script-notes.js'
import { PLACEHOLDER } from './shim.js'
import { placeIn } from './url-place.js'

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
  const { project, whole } = context
  const found = new Map(
    chosen.flatMap(({ candidate, strategy }) => {
      const alone =
        strategy.by !== 'shim' || whole?.has(candidate.id) === true ? undefined : passwordAlone(candidate, all, context)
      return alone === undefined ? [] : [[candidate, alone] as const]
    }),
  )
  const values = new Set([...found.keys()].map(({ value }) => value))
  return chosen.map((each) => {
    const candidate = found.get(each.candidate)
    const isForAll =
      candidate?.url !== undefined && readersOfLine(candidate.url.entry, project).every((value) => values.has(value))
    return candidate === undefined || !isForAll ? each : { candidate, strategy: { by: 'url' } }
  })
}

/** What else the text of a line of .env, or of an env file, gives: all of it would have the placeholder. */
function readersOfLine(entry: LocatedValue, project: ComposeProject): readonly LocatedValue[] {
  if (!ENV_LINES.has(entry.section)) return []
  const { key = '', file, start } = entry
  const values = valuesOf(project)
  const isSame = (other: LocatedValue) =>
    other.section === 'env-file-entry' && other.file === file && other.start === start
  const isInterpolated =
    entry.section === 'dotenv' || values.withKey(key).some((other) => other.section === 'dotenv' && other.file === file)
  const isBelow = (other: LocatedValue) => ENV_LINES.has(other.section) && other.file === file
  return [
    ...values.withKey(key).filter(isSame),
    ...values.interpolating(key).filter((other) => isInterpolated || isBelow(other)),
  ]
}

const ENV_LINES: ReadonlySet<LocatedValue['section']> = new Set(['dotenv', 'env-file-entry'])

function passwordAlone(candidate: Candidate, all: readonly Candidate[], context: DecideContext): Candidate | undefined {
  const { value, source: entry, shadowed, what } = candidate
  const { project } = context
  const isVariable = what === 'environment' || what === 'env-file'
  // What it overrides would have to go, and holds a password as well.
  if (!isVariable || shadowed.length > 0 || (entry !== value && entry.section !== 'dotenv')) return undefined
  const url = loneUrl(value.resolved)
  if (url === undefined || entry.resolved !== value.resolved || isReadElsewhere(candidate, context)) return undefined
  const secret = value.resolved.slice(url.start, url.end)
  const others = all.filter((other) => other.id !== candidate.id && other.source !== entry)
  // The same password in its own form is another secret: one of the two would be forgotten.
  if (secret !== url.password && others.some((other) => other.secret === url.password)) return undefined
  const rest = `${value.resolved.slice(0, url.start)} ${value.resolved.slice(url.end)}`
  const holds = (text: string) => isTellingValue(text) && rest.includes(text)
  if (holds(secret) || others.some((other) => holds(other.secret))) return undefined
  const place = placeIn(project, entry, url)
  if (place === undefined) return undefined
  const { source = entry, ...password } = place
  const found = { ...candidate, secret, source, url: password }
  return source === entry || lineObstacle(found, context) === undefined ? found : undefined
}

/** The one URL that is all of the text and holds one password; undefined for anything else. */
function loneUrl(text: string): UrlPassword | undefined {
  const url = findUrlPassword(text)
  if (url === undefined || /\s/.test(text) || text.includes(PLACEHOLDER)) return undefined
  if (!text.toLowerCase().startsWith(`${url.scheme}://`)) return undefined
  // A scheme that a variable gives may not be set now.
  if (url.scheme !== '' && !url.scheme.split('+').some((part) => SCHEMES.has(part))) return undefined
  const rest = text.slice(0, url.start) + text.slice(url.end)
  const isAlone = rest.indexOf('://') === rest.lastIndexOf('://') && rest.indexOf('@') === rest.lastIndexOf('@')
  return isAlone && connectionPassword(rest) === undefined ? url : undefined
}

/** Something takes the variable, or its line, without the shim: it would find the placeholder. */
function isReadElsewhere({ variable, services, source }: Candidate, context: DecideContext): boolean {
  const { project, factsOf, scripts = [], builds } = context
  const beside = services.flatMap((service) => commandsBeside(project, service, factsOf))
  if (beside.some(([, command]) => command.includes(variable))) return true
  if (takenInContainers(scripts, variable, false).length > 0) return true
  const { section, file, key = '' } = source
  if (!ENV_LINES.has(section)) return false
  return takesLine(context, file, key) || fileHolders(project, builds, file).length > 0
}
