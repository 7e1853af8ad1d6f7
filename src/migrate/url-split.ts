// Connection URLs, and options of programs, that a shim brings: user, host and database stay where they are, and only the password becomes a secret, so that a
// database and its clients have one. Decides where that can be done; else the whole URL is the secret (docs/adr/0013).
import { relative } from 'node:path'
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
import { loneOption } from './lone-option.js'
import type { Chosen, DecideContext } from './plan-moves.js'
import { placeWords } from './same-value.js'
import { takenInContainers } from './script-notes.js'
import { isShellName, PLACEHOLDER } from './shim.js'
import { type PasswordPlace, placeIn } from './url-place.js'

/** What databases, caches, queues and mail servers are reached by. Others (https://) may hold a token elsewhere. */
const SCHEMES: ReadonlySet<string> = new Set(
  'postgres postgresql pgsql pg ecto mysql mysql2 mariadb mssql sqlserver oracle cockroachdb clickhouse mongodb redis rediss valkey valkeys amqp amqps rabbitmq pyamqp nats tls kafka mqtt mqtts stomp smtp smtps ldap ldaps influxdb neo4j bolt cassandra couchbase couchdb elasticsearch memcached'.split(
    ' ',
  ),
)

/** Those of `chosen` that go through a shim as whole URLs, with their passwords alone where that does as well, else with what stands against it. */
export function splitUrls(
  chosen: readonly Chosen[],
  all: readonly Candidate[],
  context: DecideContext,
): readonly Chosen[] {
  const { project } = context
  const found = new Map(chosen.map((each) => [each.candidate, passwordAlone(each, all, context)] as const))
  const values = new Set(
    [...found].flatMap(([{ value }, alone]) => (alone === undefined || 'whole' in alone ? [] : [value])),
  )
  return chosen.map((each) => {
    const alone = found.get(each.candidate)
    if (alone === undefined) return each
    if ('whole' in alone) return { ...each, candidate: { ...each.candidate, whole: alone.whole } }
    const other = readersOfLine(alone.url.entry, project).find((value) => !values.has(value))
    if (other === undefined) return { candidate: { ...each.candidate, ...alone }, strategy: { by: 'url' } }
    return { ...each, candidate: { ...each.candidate, whole: `${placeWords(project, other)} has its line, too` } }
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

type Alone = Pick<Candidate, 'secret' | 'source' | 'shadowed'> & { readonly url: PasswordPlace }

/** What of the URL moves, or why it does as a whole; undefined for what is no lone URL of a variable. */
function passwordAlone(
  { candidate, strategy }: Chosen,
  all: readonly Candidate[],
  context: DecideContext,
): Alone | { readonly whole: string } | undefined {
  const { value, source: entry, shadowed, what } = candidate
  const { project } = context
  const isVariable = what === 'environment' || what === 'env-file'
  const url = isVariable ? (loneUrl(value.resolved) ?? loneOption(value.resolved)) : undefined
  if (url === undefined) return undefined
  const whole = (why: string) => ({ whole: why })
  if (strategy.by === 'file') return whole('its image reads it from one file')
  if (strategy.by !== 'shim') return undefined
  if (!isShellName(candidate.variable)) return whole('no shell can change a variable of that name')
  // Lines of env files stay overridden; another entry would have to go, and holds a password as well.
  const isOver = shadowed.every(({ section }) => section === 'env-file-entry' && value.section === 'environment')
  if (!isOver) return whole('it replaces another entry of the same variable')
  const reader = readElsewhere(candidate, context)
  if (reader !== undefined) return whole(reader)
  const asWritten = 'its text is put together in the file in a way that an edit would change'
  if (entry.resolved !== value.resolved || (entry !== value && entry.section !== 'dotenv')) return whole(asWritten)
  const secret = value.resolved.slice(url.start, url.end)
  const others = all.filter((other) => other.id !== candidate.id && other.source !== entry)
  // The same password in its own form is another secret: one of the two would be forgotten.
  if (secret !== url.password && others.some((other) => other.secret === url.password))
    return whole('the URL spells the password otherwise (percent-encoded)')
  const rest = `${value.resolved.slice(0, url.start)} ${value.resolved.slice(url.end)}`
  const holds = (text: string) => isTellingValue(text) && rest.includes(text)
  if (holds(secret) || others.some((other) => holds(other.secret)))
    return whole('another secret stands in it beside the password')
  const place = context.whole?.has(candidate.id) === true ? undefined : placeIn(project, entry, url)
  if (place === undefined) return whole(asWritten)
  const { source = entry, ...password } = place
  const found = { secret, source, url: password, shadowed: [] }
  const isFree = source === entry || lineObstacle({ ...candidate, ...found }, context) === undefined
  return isFree ? found : whole(`${source.key} gives the password, and its line stays`)
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

/** What takes the variable, or its line, without the shim: it would find the placeholder. */
function readElsewhere({ variable, services, source }: Candidate, context: DecideContext): string | undefined {
  const { project, factsOf, scripts = [], builds } = context
  for (const service of services) {
    const beside = commandsBeside(project, service, factsOf).find(([, command]) => command.includes(variable))
    if (beside !== undefined) return `the ${beside[0]} of ${service} takes it, too, and reads one file`
  }
  const [script] = takenInContainers(scripts, variable, false)
  if (script !== undefined) return `${script} takes it in a container, and reads one file`
  const { section, file, key = '' } = source
  if (!ENV_LINES.has(section)) return undefined
  const name = relative(project.directory, file)
  const [holder] = fileHolders(project, builds, file)
  if (holder !== undefined) return `${holder.service} has ${name} itself`
  return takesLine(context, file, key) ? `a program or script reads its line in ${name} itself` : undefined
}
