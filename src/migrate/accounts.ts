// Whose password a value is: a database's own, or that of a client that logs in to one. Tells for two equal values whether they are the same
// account's, by what owns them, what they are called and which user goes with them.
import { isPlainWord } from '../compose/secret-names.js'
import type { ComposeProject } from '../compose/types.js'
import { findUrlPassword } from '../compose/url-password.js'
import type { Candidate } from './candidates.js'
import { areNodes } from './cluster-nodes.js'
import { modelWords } from './command-candidates.js'
import { isDatabase, ownsVariable } from './databases.js'
import { serviceModel } from './service-model.js'
import { originOf } from './value-source.js'

/** Too common to believe that two services mean the same by it, unless one is the other's database. */
const TRIVIAL = 6
/** Variables of a client that are for its database. */
const NAMES_DATABASE =
  /db|database|datasource|sql|postgres|pg|maria|mongo|redis|valkey|rabbit|amqp|influx|elastic|minio|s3|cache|queue/i

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
  const { what, variable, given } = candidate
  if (what !== 'flag' || given === undefined) return CLIENT_VARIABLE.test(variable)
  return given.by === 'login' || CLIENT_OPTION.test(variable) || CLIENT_PROGRAM.test(commandAround(candidate, project))
}

/** The command of a service's script, or of its words, in which a flag's value stands. */
function commandAround({ services, given }: Candidate, project: ComposeProject): string {
  const [service] = services
  const words = service === undefined || given === undefined ? undefined : modelWords(project, service, given.section)
  if (words === undefined || given === undefined) return ''
  const before = [...words.slice(0, given.word), (words[given.word] ?? '').slice(0, given.start)].join(' ')
  const after = [(words[given.word] ?? '').slice(given.start), ...words.slice(given.word + 1)].join(' ')
  const begin = Math.max(...[...SEPARATORS].map((each) => before.lastIndexOf(each))) + 1
  return before.slice(begin) + after.split(/[;&|\n]/, 1).join('')
}

const SEPARATORS = ';&|\n'

/** Nobody's word for something: what a person types, not what a program makes up. */
const isTyped = ({ secret }: Candidate): boolean =>
  secret.length < 16 || !/\d/.test(secret) || !/[a-z]/i.test(secret) || WORDS.test(secret)
/** change-me-to-32-characters */
const WORDS = /^(?:[A-Za-z]+|\d{1,4})(?:[-_ .](?:[A-Za-z]+|\d{1,4}))*$/

const isTrivial = ({ secret }: Candidate): boolean => secret.length <= TRIVIAL || isPlainWord(secret)

/** The account that a client logs in to: by the same entry, the user, the same variable, else by what their names share. */
export function bestOf<
  Account extends { readonly members: readonly Candidate[]; readonly owners: readonly Candidate[] },
>(client: Candidate, groups: readonly Account[], project: ComposeProject): Account | undefined {
  if (groups.length < 2) return groups[0]
  const scored = groups.map((group) => {
    const accounts = group.owners.length > 0 ? group.owners : group.members
    return {
      group,
      score:
        Math.max(...accounts.map((other) => likeness(client, other, project))) + (group.owners.length > 0 ? 10 : 0),
      services: accounts.flatMap(({ services }) => services),
    }
  })
  const best = Math.max(...scored.map(({ score }) => score))
  const equal = scored.filter(({ score }) => score === best)
  // Several accounts of one database: any of them holds the value. Of several databases, none is known.
  const isKnown = equal.length === 1 || new Set(equal.flatMap(({ services }) => services)).size === 1
  return isKnown ? equal[0]?.group : undefined
}

const IS_ROOT = /^(?:root|admin|sa)$/
const ROOT = /(?:^|[^a-z])(?:root|admin|superuser|sa)(?:$|[^a-z])/i

function likeness(client: Candidate, other: Candidate, project: ComposeProject): number {
  if (client.source === other.source && client.what !== 'flag') return 1000
  const [user, account] = [userOf(client, project), userOf(other, project)]
  const sameUser = user === undefined || account === undefined ? 0 : user === account ? 100 : -100
  const same = (client.variable === other.variable ? 50 : 0) + (logsInTo(client, other, project) ? 200 : 0)
  const own = wordsOf(client.variable)
  const shared = [...wordsOf([other.variable, ...other.services].join('_'))].filter((word) => own.has(word))
  const asRoot = ROOT.test(client.variable) || IS_ROOT.test(user ?? '')
  return sameUser + same + 2 * shared.length + (ROOT.test(other.variable) === asRoot ? 1 : 0)
}

const COMMON = new Set([
  'requirepass',
  'masterauth',
  'mc',
  'password',
  'passwd',
  'pass',
  'pwd',
  'pw',
  'secret',
  'key',
  'token',
  'default',
  'initdb',
  'db',
])

const wordsOf = (name: string): ReadonlySet<string> =>
  new Set(
    name
      .toLowerCase()
      .split(/[^a-z]+/)
      .filter((word) => word.length > 1 && !COMMON.has(word)),
  )

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
function logsInTo(client: Candidate, other: Candidate, project: ComposeProject): boolean {
  const [user, account] = [userOf(client, project), userOf(other, project)]
  const isOther = user !== undefined && account !== undefined && user !== account
  if (client.what === 'flag' || isOther) return false
  const hosts = hostsOf(client, project)
  return other.services.some((service) => namesOf(project, service).some((name) => hosts.includes(name)))
}

/** The hosts that go with a client's variable: RabbitMq__HostName beside RabbitMq__Password. */
function hostsOf(client: Candidate, project: ComposeProject): readonly (string | undefined)[] {
  if (client.url !== undefined) return [findUrlPassword(client.value.resolved)?.host]
  const stem = stemOf(client.variable)
  return client.services.flatMap((service) =>
    environmentOf(project, service)
      .filter(([key]) => HOST_NAME.test(key) && stemOf(key.replace(HOST_NAME, '')) === stem)
      .flatMap(([, value]) => value.split(/[\s,]+/))
      .map((value) => HOST.exec(value)?.[1]),
  )
}

/** true of two URLs with one user at one server. */
function isOneLogin(left: Candidate, right: Candidate): boolean {
  const [one, other] = [left, right].map(({ value }) => /:\/\/([^:]*):[^@]*(@[^/?#]*)/.exec(value.resolved))
  return one?.[1] === other?.[1] && one?.[2] === other?.[2]
}

/** true where a client's URL names another user than the owner's. */
function isOtherUser(client: Candidate, owner: Candidate, project: ComposeProject): boolean {
  if (client.url === undefined) return false
  const [user, account] = [userOf(client, project), userOf(owner, project)]
  const areRoot = [user, account].every((each) => IS_ROOT.test(each ?? ''))
  return user !== undefined && account !== undefined && user !== account && !areRoot
}

/** true where the client's host is another database of the project than the owner. */
function logsInElsewhere(client: Candidate, owner: Candidate, project: ComposeProject): boolean {
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
  Object.entries((serviceModel(project, service)['environment'] ?? {}) as Readonly<Record<string, unknown>>).map(
    ([key, value]) => [key, String(value)],
  )

/** The user whose password the value is, as far as the service's variables or the command say so. */
function userOf(candidate: Candidate, project: ComposeProject): string | undefined {
  const { what, variable, services, url, value } = candidate
  if (url !== undefined) return findUrlPassword(value.resolved)?.user || undefined
  if (what === 'flag') return USER_OPTION.exec(commandAround(candidate, project))?.[1]
  const users = services.flatMap((service) =>
    environmentOf(project, service)
      .filter(([key]) => USER_NAME.test(key))
      .map(([key, user]) => ({ key, stem: stemOf(key), user })),
  )
  const own = users.filter(({ stem }) => stem === stemOf(variable))
  if (own.length > 0) return own[0]?.user
  if (isOwner(candidate, project)) return ROOT.test(variable) ? 'root' : undefined
  const others = new Set(
    users.filter(({ key, stem }) => stem === '' || NAMES_DATABASE.test(key)).map(({ user }) => user),
  )
  return others.size === 1 ? [...others][0] : undefined
}

/** Equal values are one secret; short and common ones only where a database shares them with its client, or one .env entry feeds both. */
export function belongTogether(left: Candidate, right: Candidate, project: ComposeProject): boolean {
  if (left.secret !== right.secret) return false
  if (left.companion === true || right.companion === true) return left.variable === right.variable
  // Parts of one command have one source, whatever they are for.
  const isOneEntry = left.source === right.source && left.what !== 'flag'
  const origin = originOf(left, project)
  if (isOneEntry || (origin !== undefined && origin === originOf(right, project))) return true
  if (left.url !== undefined && right.url !== undefined) return isOneLogin(left, right)
  const areOwners = isOwner(left, project) && isOwner(right, project)
  if (left.variable === right.variable) return !areOwners || isOneServer(left, right, project)
  const [owner, client] = isOwner(left, project) ? [left, right] : [right, left]
  if (areOwners) return sameAccount(left, right)
  if (isOwner(owner, project) && logsInElsewhere(client, owner, project)) return false
  if (isOwner(owner, project) && isOtherUser(client, owner, project)) return false
  if (isOwner(owner, project) && client.url !== undefined && logsInTo(client, owner, project)) return true
  const isTied = isOwner(owner, project) && (namesDatabase(client) || logsInTo(client, owner, project))
  if (isOwner(owner, project) && isTyped(left) && !isTied) return false
  if (!isTyped(left) || (!isTrivial(left) && !isForAnother(left, right))) return true
  // Two entries of .env: whoever wrote them told them apart.
  if (left.source.section === 'dotenv' && right.source.section === 'dotenv') return false
  return isTied
}

/**
 * Two keys or tokens under names of their own: what a person typed for both is no sign that they are one, as it is of a password. A client may call
 * its server's key by what it is for, too (CODE_EXECUTION_API_KEY for API_KEY).
 */
function isForAnother(left: Candidate, right: Candidate): boolean {
  if (![left, right].every(({ what, variable }) => what !== 'flag' && IS_KEY.test(variable))) return false
  const isClients = left.variable.endsWith(right.variable) || right.variable.endsWith(left.variable)
  return !isClients || left.services.some((service) => right.services.includes(service))
}

const IS_KEY = /(?:key|token|secret|salt|pepper|key_?base|seed)s?$/i

/** Two servers with one password are two accounts, unless one health check has it for both, or they are started with it, or as one: a cluster. */
function isOneServer(left: Candidate, right: Candidate, project: ComposeProject): boolean {
  const isOf = ({ services }: Candidate, some: readonly string[]) => services.some((each) => some.includes(each))
  if (left.what === 'flag' || isOf(left, right.services)) return true
  if (left.services.some((one) => right.services.some((other) => areNodes(one, other, project)))) return true
  return project.values.some(
    ({ section, usedBy }) => section === 'healthcheck' && isOf(left, usedBy) && isOf(right, usedBy),
  )
}

/** true where a client's variable, or a plain option (--password), is for its database. */
const namesDatabase = ({ what, variable }: Candidate): boolean =>
  NAMES_DATABASE.test(variable) || (what === 'flag' && wordsOf(variable).size === 0)

/** Of a database's own values: a variable and what its command line gives of it; two variables are two accounts. */
const sameAccount = (left: Candidate, right: Candidate): boolean =>
  (left.what === 'flag') !== (right.what === 'flag') &&
  left.services.some((service) => right.services.includes(service))
