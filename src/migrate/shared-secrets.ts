// Which values are one secret, and what it is called. Equal values alone do not say it: two accounts that have the same password today
// are two secrets, or no one could change one of them.
import { isPlainWord } from '../compose/secret-names.js'
import type { ComposeProject } from '../compose/types.js'
import { UsageError } from '../support/errors.js'
import type { Candidate } from './candidates.js'
import { conventionFor, fileEntry, repositoryOf } from './conventions.js'
import { distinctName, nameFor } from './names.js'
import type { Chosen, DecideContext } from './plan-moves.js'
import { imageOf } from './strategy.js'
import { usersLabel } from './traefik-label.js'

/** Images whose own password it is; others are their clients. */
const DATABASES =
  /(?:^|\/)(?:postgres|postgresql|postgis|timescaledb[^/]*|pgvector|mysql|mysql-server|mariadb|percona[^/]*|mongo|mongodb|redis|valkey|rabbitmq|elasticsearch|opensearch|influxdb|clickhouse[^/]*|couchdb|neo4j|minio|mssql|server|memcached)$/
/** Too common to believe that two services mean the same by it, unless one is the other's database. */
const TRIVIAL = 6
/** Variables of a client that are for its database. */
const NAMES_DATABASE =
  /db|database|sql|postgres|pg|maria|mongo|redis|valkey|rabbit|amqp|influx|elastic|minio|s3|cache|queue/i

const isDatabase = (service: string, project: ComposeProject): boolean =>
  DATABASES.test(repositoryOf(imageOf(project, service)))

const isOwner = (candidate: Candidate, project: ComposeProject): boolean =>
  candidate.services.some((service) => isDatabase(service, project))

/** true where the value is the service's own: its image is known to read the variable, or is a database of which nothing is known. */
function ownsVariable({ variable, what, services }: Candidate, service: string, project: ComposeProject): boolean {
  const image = imageOf(project, service)
  if (!DATABASES.test(repositoryOf(image))) return false
  const known = conventionFor(image)
  if (known === undefined || known === 'none') return what !== 'env-file' || services.length === 1
  return what === 'flag' || fileEntry(known, variable, '') !== undefined
}

/** Nobody's word for something: what a person types, not what a program makes up. */
const isTyped = ({ secret }: Candidate): boolean => secret.length < 16 || !/\d/.test(secret) || !/[a-z]/i.test(secret)

const isTrivial = ({ secret }: Candidate): boolean => secret.length <= TRIVIAL || isPlainWord(secret)

/** One name for each group of values that are one secret. @throws UsageError where a wished name is another value's. */
export function nameGroups(chosen: readonly Chosen[], context: DecideContext): ReadonlyMap<Candidate, string> {
  const { project, taken, names: wishes } = context
  const used = new Set(taken)
  const names = new Map<Candidate, string>()
  for (const group of groupsOf(chosen, context)) {
    const all = group.flatMap((candidate) =>
      candidate.services.map((service) => ({
        service,
        key: nameKey(candidate),
        owner: ownsVariable(candidate, service, project),
      })),
    )
    // A database that only has the file in which its client's value stands gives it no name.
    const clients = all.filter(({ owner, service }) => owner || !isDatabase(service, project))
    const uses = clients.length > 0 ? clients : all
    const wish = group.map(({ id }) => wishes[id]).find((each) => each !== undefined)
    if (wish !== undefined && used.has(wish))
      throw new UsageError(`The name ${wish} is another secret's.`, { hint: 'Choose another one with --name.' })
    const name = wish ?? distinctName(nameFor(uses), uses[0]?.service ?? 'app', used)
    used.add(name)
    for (const candidate of group) names.set(candidate, name)
  }
  return names
}

/** Owners first, each account a group; then their clients, each to the account that fits best. In the order of the files. */
function groupsOf(chosen: readonly Chosen[], { project, names }: DecideContext): readonly (readonly Candidate[])[] {
  const isSettings = new Map(chosen.map(({ candidate, strategy }) => [candidate, strategy.by === 'settings']))
  const wishOf = ({ id }: Candidate) => names[id]
  const agree = (left: Candidate, right: Candidate) =>
    isSettings.get(left) === isSettings.get(right) &&
    (wishOf(left) === wishOf(right) || wishOf(left) === undefined || wishOf(right) === undefined)
  const groups: Candidate[][] = []
  const candidates = chosen.map(({ candidate }) => candidate)
  const owners = candidates.filter((candidate) => isOwner(candidate, project))
  for (const candidate of [...owners, ...candidates.filter((each) => !owners.includes(each))]) {
    const fitting = groups.filter(
      (group) =>
        group.some((other) => belongTogether(candidate, other, project)) &&
        group.every((other) => agree(candidate, other)),
    )
    const group = owners.includes(candidate) ? fitting[0] : bestOf(candidate, fitting, project)
    if (group === undefined) groups.push([candidate])
    else group.push(candidate)
  }
  const place = (group: readonly Candidate[]) => Math.min(...group.map((each) => candidates.indexOf(each)))
  return groups.sort((a, b) => place(a) - place(b))
}

/** The account that a client logs in to: by the same entry, the same variable, else by what their names share. */
function bestOf(client: Candidate, groups: readonly Candidate[][], project: ComposeProject): Candidate[] | undefined {
  if (groups.length < 2) return groups[0]
  const scored = groups.map((group) => {
    const owners = group.filter((each) => isOwner(each, project))
    const accounts = owners.length > 0 ? owners : group
    return {
      group,
      score: Math.max(...accounts.map((other) => likeness(client, other, project))) + (owners.length > 0 ? 10 : 0),
      services: accounts.flatMap(({ services }) => services),
    }
  })
  const best = Math.max(...scored.map(({ score }) => score))
  const equal = scored.filter(({ score }) => score === best)
  // Several accounts of one database: any of them holds the value. Of several databases, none is known.
  const isKnown = equal.length === 1 || new Set(equal.flatMap(({ services }) => services)).size === 1
  return isKnown ? equal[0]?.group : undefined
}

const ROOT = /(?:^|[^a-z])(?:root|admin|superuser|sa)(?:$|[^a-z])/i

function likeness(client: Candidate, other: Candidate, project: ComposeProject): number {
  if (client.source === other.source && client.what !== 'flag') return 100
  const same = client.variable === other.variable ? 50 : 0
  const own = wordsOf(client.variable)
  const shared = [...wordsOf([other.variable, ...other.services].join('_'))].filter((word) => own.has(word))
  const asRoot = ROOT.test(client.variable) || logsInAsRoot(client, project)
  return same + 2 * shared.length + (ROOT.test(other.variable) === asRoot ? 1 : 0)
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

function logsInAsRoot({ services }: Candidate, project: ComposeProject): boolean {
  return project.values.some(
    ({ section, key, resolved, usedBy }) =>
      (section === 'environment' || section === 'env-file-entry') &&
      /user(?:name)?$/i.test(key ?? '') &&
      /^(?:root|admin)$/.test(resolved) &&
      usedBy.some((service) => services.includes(service)),
  )
}

/** What a value is called where no service names it better. */
function nameKey({ what, variable, value, given }: Candidate): string {
  if (what === 'flag') {
    const own = variable.replace(/^-+/, '').replaceAll('-', '_')
    const isNamed = given?.by === 'variable' || given?.by === 'text' || /token|key|secret|masterauth/i.test(own)
    return isNamed ? own.replace(/^.*\./, '') : 'password'
  }
  const label = usersLabel(value.key)
  return label === undefined ? variable : `${label.middleware}_users`
}

/** Equal values are one secret; short and common ones only where a database shares them with its client, or one .env entry feeds both. */
function belongTogether(left: Candidate, right: Candidate, project: ComposeProject): boolean {
  if (left.secret !== right.secret) return false
  if (left.companion === true || right.companion === true) return left.variable === right.variable
  // Parts of one command have one source, whatever they are for.
  const isOneEntry = left.source === right.source && left.what !== 'flag'
  if (isOneEntry || left.variable === right.variable) return true
  const [owner, client] = isOwner(left, project) ? [left, right] : [right, left]
  if (isOwner(owner, project) && isOwner(client, project)) return sameAccount(left, right)
  const isTied = isOwner(owner, project) && namesDatabase(client)
  if (isOwner(owner, project) && isTyped(left) && !isTied) return false
  if (!isTrivial(left)) return true
  // Two entries of .env: whoever wrote them told them apart.
  if (left.source.section === 'dotenv' && right.source.section === 'dotenv') return false
  return isTied
}

/** true where a client's variable, or a plain option (--password), is for its database. */
const namesDatabase = ({ what, variable }: Candidate): boolean =>
  NAMES_DATABASE.test(variable) || (what === 'flag' && wordsOf(variable).size === 0)

/** Of a database's own values: a variable and what its command line gives of it; two variables are two accounts. */
const sameAccount = (left: Candidate, right: Candidate): boolean =>
  (left.what === 'flag') !== (right.what === 'flag') &&
  left.services.some((service) => right.services.includes(service))
