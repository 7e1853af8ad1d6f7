// Whose a password is: the database's own, or of a client, and which user at which host the client logs in as.
import { basename } from 'node:path'
import { modelWords } from '../compose/started-words.js'
import type { ComposeProject } from '../compose/types.js'
import { findUrlPassword } from '../compose/url-password.js'
import type { Candidate } from './candidates.js'
import { countsOnlyAtFirst, repositoryOf } from './conventions.js'
import { isDatabase, ownsVariable } from './databases.js'
import { imageOf, serviceModel } from './service-model.js'

/** Variables of a client that are for its database. */
export const NAMES_DATABASE =
  /db|database|datasource|sql|postgres|pg(?!admin)|maria|mongo|redis|valkey|rabbit|amqp|influx|elastic|minio|s3|cache|queue/i

/** What databases' own clients are given, whatever image they come from. */
const CLIENT_VARIABLE = /^(?:PGPASSWORD|MYSQL_PWD|REDISCLI_AUTH)$/
const CLIENT_OPTION = /^--?(?:masterauth|primaryauth)$/
const CLIENT_PROGRAM =
  /(?:^|[\s"'(]|bin\/)(?:(?:redis|valkey|keydb)-cli|redis-benchmark|mysql|mysqladmin|mysqldump|mysqlcheck|mariadb|mariadb-admin|mariadb-dump|psql|pg_dump|pg_dumpall|pg_restore|mongo|mongosh|mongodump|mongorestore|mongoimport|mongoexport|rabbitmqadmin|cypher-shell|cqlsh|clickhouse-client|mc|sqlcmd|curl)(?=$|[\s"')])/

const ownership = new WeakMap<Candidate, boolean>()

/** true where the value is an account's own: a database has it, and does not log in somewhere with it. */
export function isOwner(candidate: Candidate, project: ComposeProject): boolean {
  const known = ownership.get(candidate)
  if (known !== undefined) return known
  // A line of a file that several services have is no database's for being given to it.
  const isShared = candidate.what === 'env-file' && candidate.services.length > 1
  const owns =
    candidate.services.some((service) =>
      isShared ? ownsVariable(candidate, service, project) : isDatabase(service, project),
    ) && !isOfClient(candidate, project)
  ownership.set(candidate, owns)
  return owns
}

function isOfClient(candidate: Candidate, project: ComposeProject): boolean {
  const { what, variable, given, url } = candidate
  // With a URL one logs in, whoever has it from a file that it shares with a client.
  if (url !== undefined) return true
  if (what !== 'flag' || given === undefined) return CLIENT_VARIABLE.test(variable)
  return given.by === 'login' || CLIENT_OPTION.test(variable) || CLIENT_PROGRAM.test(commandAround(candidate, project))
}

/** `users create`, `fab create-admin`, `createsuperuser`: a program's own accounts, of which it is told the password. */
const MAKES_ACCOUNT =
  /\b(?:users?|admins?|accounts?)[\s:_.-]+(?:create|add|new)\b|\b(?:create|add|new)[\s:_.-]*(?:super|admin)?[_-]?(?:users?|admins?|accounts?)\b/i

/** true for the password option of a command that makes an account of its own program's, which is no login to a database. */
export const makesAccount = (candidate: Candidate, project: ComposeProject): boolean =>
  candidate.what === 'flag' && !isOfClient(candidate, project) && MAKES_ACCOUNT.test(commandAround(candidate, project))

const FIRST_ACCOUNT = /(?:^|[^a-z])(?:admin|default|initial|bootstrap)_?(?:user_?)?pass(?:word)?$/i

/** true for a variable by which a program makes its own first account: KEYCLOAK_ADMIN_PASSWORD of Keycloak, whatever a client calls it. */
export const isFirstAccount = ({ variable, what, services }: Candidate, project: ComposeProject): boolean =>
  what !== 'flag' &&
  FIRST_ACCOUNT.test(variable) &&
  services.some((service) => {
    const image = repositoryOf(imageOf(project, service))
    const [program = ''] = variable.toLowerCase().split('_')
    return (program.length > 3 && basename(image).includes(program)) || countsOnlyAtFirst(image, variable)
  })

/** The command of a service's script, or of its words, in which a flag's value stands. */
function commandAround({ services, given }: Candidate, project: ComposeProject): string {
  const [service] = services
  const words = service === undefined || given === undefined ? undefined : modelWords(project, service, given.section)
  if (words === undefined || given === undefined) return ''
  // A line that ends in a backslash goes on.
  const joined = (parts: readonly string[]) => parts.join(' ').replaceAll('\\\n', ' ')
  const before = joined([...words.slice(0, given.word), (words[given.word] ?? '').slice(0, given.start)])
  const after = joined([(words[given.word] ?? '').slice(given.start), ...words.slice(given.word + 1)])
  const begin = Math.max(...[...SEPARATORS].map((each) => before.lastIndexOf(each))) + 1
  return before.slice(begin) + after.split(/[;&|\n]/, 1).join('')
}

const SEPARATORS = ';&|\n'

export const IS_ROOT = /^(?:root|admin|sa)$/
export const ROOT = /(?:^|[^a-z])(?:root|admin|superuser|sa)(?:$|[^a-z])/i

const USER_OPTION = /(?:^|\s)(?:-u\s*|--user(?:name)?[=\s])["']?([\w.@-]+)/
const USER_NAME = /(?:user(?:_?name)?|login)$/i

/** A variable's name without what says that it is a password or a user: MYSQL_USER and MYSQL_PASSWORD go together. */
function stemOf(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, '_')
  const end = /_*(?:password|passwd|pass|pwd|pw|user_?name|user|login)$/
  let stem = plain
  while (end.test(stem)) stem = stem.replace(end, '')
  return stem
}

const HOST_NAME = /_*(?:hosts?(?:name)?|server|addr(?:ess)?|endpoint|url|uri)$/i
/** Of a URL (jdbc:postgresql://db:5432/app, too), or with a port. */
const HOST = /^(?:(?:[a-z][a-z0-9+.-]*:)+\/\/)?(?:[^@/]*@)?([^:/?#;]+)/i

/** true where the variable of the client goes with a host that is the other's service (PMA_HOST: db beside PMA_PASSWORD), and no other user. */
export function logsInTo(client: Candidate, other: Candidate, project: ComposeProject): boolean {
  const [user, account] = [userOf(client, project), userOf(other, project)]
  const isOther = user !== undefined && account !== undefined && user !== account
  if (client.what === 'flag' || isOther) return false
  const hosts = hostsOf(client, project)
  return other.services.some((service) => namesOf(project, service).some((name) => hosts.includes(name)))
}

/** The hosts that go with a client's variable: RabbitMq__HostName beside RabbitMq__Password. */
function hostsOf(client: Candidate, project: ComposeProject): readonly (string | undefined)[] {
  if (client.url !== undefined) {
    const text = client.value.resolved
    // Beside a password among options another one has the URL: -Durl=jdbc:mysql://db/app
    return [findUrlPassword(text)?.host ?? /:\/\/([\w.-]+)/.exec(text)?.[1]]
  }
  const stem = stemOf(client.variable)
  return client.services.flatMap((service) =>
    environmentOf(project, service)
      .filter(([key]) => HOST_NAME.test(key) && stemOf(key.replace(HOST_NAME, '')) === stem)
      .flatMap(([, value]) => value.split(/[\s,]+/))
      .map((value) => HOST.exec(value)?.[1]),
  )
}

/** true of two URLs with one user at one server. */
export function isOneLogin(left: Candidate, right: Candidate): boolean {
  const [one, other] = [left, right].map(({ value }) => /:\/\/([^:]*):[^@]*(@[^/?#]*)/.exec(value.resolved))
  if (one === null || other === null)
    return left.variable === right.variable && left.services.join() === right.services.join()
  return one?.[1] === other?.[1] && one?.[2] === other?.[2]
}

/** true where a client's URL names another user than the owner's. */
export function isOtherUser(client: Candidate, owner: Candidate, project: ComposeProject): boolean {
  if (client.url === undefined) return false
  const [user, account] = [userOf(client, project), userOf(owner, project)]
  const areRoot = [user, account].every((each) => IS_ROOT.test(each ?? ''))
  return user !== undefined && account !== undefined && user !== account && !areRoot
}

/** true where the client's host is another database of the project than the owner. */
export function logsInElsewhere(client: Candidate, owner: Candidate, project: ComposeProject): boolean {
  if (client.what === 'flag') return false
  const hosts = hostsOf(client, project)
  const services = Object.keys((project.model['services'] ?? {}) as object).filter(
    (service) => isDatabase(service, project) && namesOf(project, service).some((name) => hosts.includes(name)),
  )
  return services.length > 0 && !services.some((service) => owner.services.includes(service))
}

/** What other containers reach a service by. */
function namesOf(project: ComposeProject, service: string): readonly string[] {
  const { container_name: container, hostname, networks } = serviceModel(project, service)
  const aliases = Object.values((networks ?? {}) as Readonly<Record<string, { aliases?: readonly unknown[] } | null>>)
  return [service, container, hostname, ...aliases.flatMap((network) => network?.aliases ?? [])].filter(
    (name) => typeof name === 'string',
  )
}

const environmentOf = (project: ComposeProject, service: string): readonly (readonly [string, string])[] =>
  Object.entries((serviceModel(project, service)['environment'] ?? {}) as Readonly<Record<string, unknown>>)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [key, String(value)])

/** The users of a service's variables. */
const usersOf = ({ services }: Candidate, project: ComposeProject) =>
  services.flatMap((service) =>
    environmentOf(project, service)
      .filter(([key]) => USER_NAME.test(key))
      .map(([key, user]) => ({ key, stem: stemOf(key), user })),
  )

/** The user whose variable is called like the password's (MAIL_USER beside MAIL_PASSWORD). */
const ownUserOf = (candidate: Candidate, project: ComposeProject): string | undefined =>
  candidate.what === 'flag' || candidate.url !== undefined
    ? undefined
    : usersOf(candidate, project).find(({ stem }) => stem === stemOf(candidate.variable))?.user

/** true of two passwords each beside a user of its own, where the users are two. */
export function areTwoLogins(left: Candidate, right: Candidate, project: ComposeProject): boolean {
  const [one, other] = [left, right].map((each) => ownUserOf(each, project))
  return one !== undefined && other !== undefined && one !== other && !(IS_ROOT.test(one) && IS_ROOT.test(other))
}

/** The user whose password the value is, as far as the service's variables or the command say so. */
export function userOf(candidate: Candidate, project: ComposeProject): string | undefined {
  const { what, variable, url, value } = candidate
  if (url !== undefined)
    return findUrlPassword(value.resolved)?.user || /user(?:name)?=(\S+)/i.exec(value.resolved)?.[1]
  if (what === 'flag') return USER_OPTION.exec(commandAround(candidate, project))?.[1]
  const users = usersOf(candidate, project)
  const own = users.filter(({ stem }) => stem === stemOf(variable))
  if (own.length > 0) return own[0]?.user
  if (isOwner(candidate, project)) return ROOT.test(variable) ? 'root' : undefined
  const others = new Set(
    users.filter(({ key, stem }) => stem === '' || NAMES_DATABASE.test(key)).map(({ user }) => user),
  )
  return others.size === 1 ? [...others][0] : undefined
}
