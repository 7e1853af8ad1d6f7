// What a rotation cannot do itself: start services anew, tell a database its new password, revoke the old value at its provider.
import { relative, resolve } from 'node:path'
import { shellWord } from '../../compose/shell-words.js'
import type { ComposeProject } from '../../compose/types.js'
import { countsOnlyAtFirst, repositoryOf } from '../conventions.js'
import { withProject } from '../project-words.js'
import { parseVaultReference } from '../references.js'
import { imageOf, serviceModel } from '../service-model.js'
import type { SecretPlace } from './find.js'

export interface Advice {
  /** Commands to run, in order. */
  readonly commands: readonly string[]
  readonly notes: readonly string[]
}

export interface AdviceContext {
  readonly project: ComposeProject
  /** Options by which docker compose finds the project from here; '' where it does itself. */
  readonly compose: string
  readonly bin: string
  /** Where the commands are typed. */
  readonly cwd: string
  /** The agent opens a wrapped secret ID: each start needs a new one. */
  readonly agentOpensOnce?: boolean
}

export function adviceFor(place: SecretPlace, context: AdviceContext): Advice {
  const databases = place.users.flatMap((service) => databaseNote(context, service, place))
  return { commands: commandsFor(place, context), notes: databases }
}

const words = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ')

function commandsFor(
  place: SecretPlace,
  { project, compose: found, bin, cwd, agentOpensOnce }: AdviceContext,
): readonly string[] {
  const { store, users, builds, byAgent, swarmName } = place
  if (store === 'vault' && swarmName !== undefined) return [withProject(`${bin} migrate sync`, project.directory, cwd)]
  if (store === 'swarm') return []
  const byExec = store === 'vault' && !byAgent ? `${bin} exec --` : ''
  const compose = (...rest: readonly string[]) => words([byExec, 'docker compose', found, ...rest])
  return [
    ...(builds.length === 0 ? [] : [compose('build', ...builds)]),
    ...(byAgent && agentOpensOnce ? [withProject(`${bin} migrate agent-login`, project.directory, cwd)] : []),
    // A changed value is no change of the project: without it docker compose would leave the containers alone.
    ...(users.length === 0 ? [] : [compose('up -d --force-recreate', byAgent ? 'vault-agent' : '--no-deps', ...users)]),
  ]
}

/** A variable that counts when the data is first initialised: the database goes on with the old password until it is told. */
function databaseNote({ project, cwd }: AdviceContext, service: string, place: SecretPlace): readonly string[] {
  const { name } = place
  const image = imageOf(project, service)
  const environment = (serviceModel(project, service)['environment'] ?? {}) as Readonly<Record<string, unknown>>
  const variable = Object.entries(environment)
    .filter(([, value]) => value === `/run/secrets/${name}` || value === name)
    .map(([key]) => key.replace(/__FILE$|_FILE$|^FILE__/, ''))
    .find((key) => countsOnlyAtFirst(image, key))
  if (variable === undefined) return []
  return [
    `${service} uses ${variable} only when its data is first initialised: change the password in the running ${databaseName(image)} too (${statementFor(image, environment)}), ${whenOf(place)}. The new value: ${readingOf(place, project, cwd)}`,
  ]
}

/** A Swarm starts the services of a new version itself. */
const whenOf = ({ store }: SecretPlace): string =>
  store === 'swarm'
    ? 'right before the rotation or at once after it, since its clients start anew with it and cannot log in until then'
    : 'before its clients start anew'

/** How a person reads the value, who may not have seen it: it can be made up. */
function readingOf({ ref, name }: SecretPlace, { directory }: ComposeProject, cwd: string): string {
  const inVault = parseVaultReference(ref)
  if (inVault !== undefined) return `vault kv get -field=${inVault.field} ${inVault.whole}`
  if (ref.startsWith('file://'))
    return `cat ${shellWord(relative(cwd, resolve(directory, ref.slice('file://'.length))))}`
  return `cat /run/secrets/${name} in a container that has it`
}

const databaseName = (image: string): string => repositoryOf(image).replace(/^.*\//, '')

function statementFor(image: string, environment: Readonly<Record<string, unknown>>): string {
  const repository = repositoryOf(image)
  const user = (key: string, fallback: string) =>
    typeof environment[key] === 'string' ? String(environment[key]) : fallback
  if (/postg|timescale|pgvector/.test(repository)) return `psql: \\password ${user('POSTGRES_USER', 'postgres')}`
  if (/mysql|mariadb|percona/.test(repository))
    return `ALTER USER '${user('MYSQL_USER', user('MARIADB_USER', 'root'))}'@'%' IDENTIFIED BY …, as root with the password of before`
  if (/mongo/.test(repository))
    return `db.changeUserPassword("${user('MONGO_INITDB_ROOT_USERNAME', 'root')}", passwordPrompt())`
  return "by its own means: ALTER USER, an admin page, the program's command"
}
