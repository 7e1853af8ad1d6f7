// What a database has to be told itself: it takes its password from a variable only when its data is first initialised, however that comes
// to it, and goes on with the old one.
import { relative, resolve } from 'node:path'
import { modelWords } from '../../compose/started-words.js'
import type { ComposeProject } from '../../compose/types.js'
import { shellWord } from '../../support/shell-word.js'
import { asList, asTree, type Tree } from '../../support/tree.js'
import { conventionFor, countsOnlyAtFirst, repositoryOf } from '../conventions.js'
import { officialBase } from '../databases.js'
import { startsOwnServer } from '../own-program.js'
import { type AsGiven, composeOptions } from '../project-words.js'
import { parseVaultReference } from '../references.js'
import { imageOf, serviceModel } from '../service-model.js'
import { exportedFrom } from '../shim.js'
import type { SecretPlace } from './find.js'
import { settingsOf } from './settings-line.js'

export interface NoteContext {
  readonly project: ComposeProject
  /** What the project was found and read by. */
  readonly given: AsGiven
  /** Where the commands are typed. */
  readonly cwd: string
}

/** `docker compose` with what it finds the project by from here, and then `words`. */
export const ofCompose = ({ project, given, cwd }: NoteContext, ...words: readonly string[]): string =>
  ['docker compose', composeOptions({ projectDir: project.directory, ...given }, cwd), ...words]
    .filter((part) => part !== '')
    .join(' ')

interface Told {
  readonly service: string
  readonly image: string
  readonly variable: string
}

/** The databases among the services that read the secret. */
export function databasesOf(project: ComposeProject, { users, name }: SecretPlace): readonly Told[] {
  return users.flatMap((service) => {
    const own = imageOf(project, service)
    const told = variablesFrom(project, service, name).flatMap((variable) => {
      const image = countsOnlyAtFirst(own, variable) ? own : officialBase(service, project, variable)
      return image !== undefined && startsOwnServer(project, service, programsOf(image))
        ? [{ service, image, variable }]
        : []
    })
    return told.slice(0, 1)
  })
}

/** The note for each of them. `written`: with how the new value is read, which there is only then. */
export function databaseNotes(
  context: NoteContext,
  place: SecretPlace,
  { written }: { readonly written: boolean } = { written: true },
): readonly string[] {
  const { project } = context
  return databasesOf(project, place).flatMap(({ service, image, variable }) => {
    const environment = asTree(serviceModel(project, service)['environment'])
    const into = execIn(context, place, service)
    const change = changeFor({ image, variable, environment, into, root: rootLogin(project, service, place) })
    const reading = `The new value: ${readingOf(place, context, service)}${beginningOf(project, service, place)}`
    return [
      `${service} uses ${variable} only when its data is first initialised: change the password in the running ${databaseName(image)} too (${change}), ${whenOf(place)}.${written ? ` ${reading}` : ''}`,
    ]
  })
}

/** Variables that a service has from the secret: by the image's file form, by a shim, or as a line of settings. */
export function variablesFrom(project: ComposeProject, service: string, name: string): readonly string[] {
  const entrypoint = modelWords(project, service, 'entrypoint') ?? []
  return [
    ...variablesIn(asTree(serviceModel(project, service)['environment']), entrypoint, name),
    ...(settingsOf(project, service, name)?.variables ?? []),
  ]
}

/** Variables whose value a container takes from the secret `name` of /run/secrets. */
export function variablesIn(environment: Tree, entrypoint: readonly string[], name: string): readonly string[] {
  const named = Object.entries(environment)
    .filter(([, value]) => value === `/run/secrets/${name}` || value === name)
    .map(([key]) => key.replace(/__FILE$|_FILE$|^FILE__/, ''))
  return [...named, ...entrypoint.flatMap((word) => exportedFrom(word, name))]
}

/** The secret that gives a MySQL or MariaDB its root's password; undefined: none of the project's. */
function rootSecretOf(project: ComposeProject, service: string): string | undefined {
  return asList(serviceModel(project, service)['secrets'])
    .map((grant) => String(asTree(grant)['source'] ?? grant))
    .find((name) => variablesFrom(project, service, name).some((variable) => /_ROOT_PASSWORD$/.test(variable)))
}

/**
 * Secret of a root that the running container reads as it is in the database. One that is rotated itself is that only where a container goes
 * on with the file that it was made with: an agent writes the new value under it, a Swarm starts the service anew with it.
 */
function rootLogin(project: ComposeProject, service: string, place: SecretPlace): string | undefined {
  const root = rootSecretOf(project, service)
  const isNewAtOnce = place.byAgent || place.swarmName !== undefined
  return root === place.name && isNewAtOnce ? undefined : root
}

/** What stands before the value in a line of settings. */
function beginningOf(project: ComposeProject, service: string, { name }: SecretPlace): string {
  const line = settingsOf(project, service, name)?.line
  return line === undefined ? '' : `, behind "${line.replace(/<value>.*$/, '')}"`
}

function programsOf(image: string): readonly string[] | undefined {
  const known = conventionFor(image)
  return known === 'none' ? undefined : known?.programs
}

/** A Swarm starts the services of a new version itself. */
const whenOf = ({ store }: SecretPlace): string =>
  store === 'swarm'
    ? 'right before the rotation or at once after it, since its clients start anew with it and cannot log in until then'
    : 'before its clients start anew'

/** How a person reads the value, who may not have seen it: it can be made up. */
function readingOf({ ref, name }: SecretPlace, { project, cwd }: NoteContext, service: string): string {
  const inVault = parseVaultReference(ref)
  if (inVault !== undefined) return `vault kv get -field=${inVault.field} ${inVault.whole}`
  if (ref.startsWith('file://'))
    return `cat ${shellWord(relative(cwd, resolve(project.directory, ref.slice('file://'.length))))}`
  return `cat /run/secrets/${name} in the container of ${service}, which gets it first`
}

/** What starts a program in the running service. */
function execIn(context: NoteContext, { store, swarmName }: SecretPlace, service: string): string {
  if (store === 'swarm' || swarmName !== undefined)
    return `docker exec -it "$(docker ps -q -f label=com.docker.swarm.service.name=STACK_${service} | head -n 1)"`
  return ofCompose(context, 'exec', service)
}

const databaseName = (image: string): string => repositoryOf(image).replace(/^.*\//, '')

interface Change {
  readonly image: string
  readonly variable: string
  readonly environment: Tree
  readonly into: string
  /** Secret of a database's root whose file in the running container has the password that the database knows. */
  readonly root: string | undefined
}

/** What to type: the command that logs in, and what is said there. None of it has a value in it. */
function changeFor({ image, variable, environment, into, root }: Change): string {
  const repository = repositoryOf(image)
  const said = (...keys: readonly string[]) =>
    keys.map((key) => environment[key]).find((value) => typeof value === 'string')
  if (/postg|timescale|pgvector/.test(repository)) {
    const user = String(said('POSTGRES_USER') ?? 'postgres')
    const database = String(said('POSTGRES_DB') ?? user)
    return `${into} psql -U ${shellWord(user)} -d ${shellWord(database)}, and there \\password ${user}`
  }
  if (/mysql|mariadb|percona/.test(repository)) {
    const client = repository.includes('mariadb') ? 'mariadb' : 'mysql'
    const accounts = accountsOf(variable, said)
    const identified = accounts.map((account) => `${account} IDENTIFIED BY '…'`).join(', ')
    const login =
      root === undefined
        ? `${client} -u root -p${variable.includes('ROOT_') ? ', which asks for the password of before' : ''}`
        : `sh -c 'MYSQL_PWD="$(cat /run/secrets/${root})" ${client} -u root'`
    return `${into} ${login}, and there ALTER USER ${identified};`
  }
  if (/mongo/.test(repository)) {
    const user = String(said('MONGO_INITDB_ROOT_USERNAME') ?? 'root')
    return `${into} mongosh admin -u ${shellWord(user)}, with the password of before, and there db.changeUserPassword("${user}", passwordPrompt())`
  }
  if (/rabbitmq/.test(repository))
    return `${into} rabbitmqctl change_password ${shellWord(String(said('RABBITMQ_DEFAULT_USER') ?? 'guest'))}, which asks for it and shows what is typed`
  return "by its own means: ALTER USER, an admin page, the program's command"
}

/** Accounts that the entrypoints of MySQL and MariaDB make with the variable's password. */
function accountsOf(variable: string, said: (...keys: readonly string[]) => unknown): readonly string[] {
  const at = (user: unknown, host: string) => `'${String(user)}'@'${host}'`
  if (variable.includes('ROOT_')) {
    const host = String(said('MYSQL_ROOT_HOST', 'MARIADB_ROOT_HOST') ?? '%')
    return [at('root', 'localhost'), ...(host === 'localhost' ? [] : [at('root', host)])]
  }
  if (variable.includes('REPLICATION_')) return [at(said('MARIADB_REPLICATION_USER') ?? 'USER', '%')]
  return [at(said('MYSQL_USER', 'MARIADB_USER') ?? 'USER', '%')]
}
