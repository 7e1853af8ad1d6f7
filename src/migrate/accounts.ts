// Tells for two equal values whether they are the same account's, by what owns them, what they are called and which user goes with them.
import { isPlainWord } from '../compose/secret-names.js'
import type { ComposeProject } from '../compose/types.js'
import {
  areTwoLogins,
  IS_ROOT,
  isFirstAccount,
  isOneLogin,
  isOtherUser,
  isOwner,
  logsInElsewhere,
  logsInTo,
  makesAccount,
  NAMES_DATABASE,
  ROOT,
  userOf,
} from './account-login.js'
import type { Candidate } from './candidates.js'
import { areNodes } from './cluster-nodes.js'
import { repositoryOf } from './conventions.js'
import { imageOf } from './service-model.js'
import { originOf } from './value-source.js'

/** Too common to believe that two services mean the same by it, unless one is the other's database. */
const TRIVIAL = 6
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

function likeness(client: Candidate, other: Candidate, project: ComposeProject): number {
  if (client.source === other.source && client.what !== 'flag') return 1000
  const [user, account] = [userOf(client, project), userOf(other, project)]
  const sameUser = user === undefined || account === undefined ? 0 : user === account ? 100 : -100
  const same = (client.variable === other.variable ? 50 : 0) + (logsInTo(client, other, project) ? 200 : 0)
  const own = wordsOf(client.variable)
  const shared = [...wordsOf([other.variable, ...other.services].join('_'))].filter((word) => own.has(word))
  const asRoot = ROOT.test(client.variable) || IS_ROOT.test(user ?? '')
  const sameKind = IS_TOKEN.test(client.variable) === IS_TOKEN.test(other.variable) ? 20 : 0
  return sameUser + same + sameKind + 2 * shared.length + (ROOT.test(other.variable) === asRoot ? 1 : 0)
}

/** A server's token and its administrator's password are two accounts: INFLUX_TOKEN is no password, whatever else the names share. */
const IS_TOKEN = /token$/i

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
  const [isOneMade, isOtherMade] = [makesAccount(left, project), makesAccount(right, project)]
  if (isOneMade !== isOtherMade || (isOneMade && !areOneProgram(left, right, project))) return false
  if (left.variable !== right.variable && isFirstAccount(left, project) && isFirstAccount(right, project)) return false
  if (left.variable === right.variable) return !areOwners || isOneServer(left, right, project)
  const [owner, client] = isOwner(left, project) ? [left, right] : [right, left]
  if (!isOwner(owner, project) && areTwoLogins(left, right, project)) return false
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

/** Of `airflow users create` and `superset fab create-admin` each makes an account of its own; two services of one image make the same one. */
function areOneProgram(left: Candidate, right: Candidate, project: ComposeProject): boolean {
  const programsOf = ({ services }: Candidate) => services.map((service) => repositoryOf(imageOf(project, service)))
  const others = programsOf(right)
  return programsOf(left).some((program) => others.includes(program))
}

/** true where a client's variable, or a plain option (--password), is for its database. */
const namesDatabase = ({ what, variable }: Candidate): boolean =>
  NAMES_DATABASE.test(variable) || (what === 'flag' && wordsOf(variable).size === 0)

/** Of a database's own values: a variable and what its command line gives of it; two variables are two accounts. */
const sameAccount = (left: Candidate, right: Candidate): boolean =>
  (left.what === 'flag') !== (right.what === 'flag') &&
  left.services.some((service) => right.services.includes(service))
