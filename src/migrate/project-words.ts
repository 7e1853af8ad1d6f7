// Commands that a person runs next, as they have to be typed where they are now: with the project's folder and files where those are not found
// from there.
import { existsSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { defaultFilesIn, hasDefaultFile } from '../compose/discover.js'
import type { LoadOptions } from '../compose/load.js'
import { shellWord } from '../support/shell-word.js'
import { startedAlone } from './alternative-files.js'
import type { MigrationPlan } from './types.js'
import { workspaceOf } from './workspace.js'

/** `files` of a project, as given on the command line, from its folder: as plans hold them. */
const fromProject = (projectDir: string, files: readonly string[], cwd = process.cwd()): readonly string[] =>
  files.map((file) => relative(projectDir, resolve(cwd, file)))

/** What was given to find and read the project by, from its folder: empty or absent where it was found without. */
export type AsGiven = Pick<MigrationPlan, 'composeFiles' | 'envFiles' | 'profiles'>

/** What `load` names, as plans hold it. */
export function filesGiven(
  projectDir: string,
  { files = [], envFiles = [], profiles, cwd }: Pick<LoadOptions, 'files' | 'envFiles' | 'profiles' | 'cwd'>,
): AsGiven {
  return {
    composeFiles: fromProject(projectDir, files, cwd),
    ...(envFiles.length === 0 ? {} : { envFiles: fromProject(projectDir, envFiles, cwd) }),
    ...(profiles.length === 0 ? {} : { profiles }),
  }
}

/** The same of what else holds it. */
export const asGiven = ({ composeFiles, envFiles, profiles }: AsGiven): AsGiven => ({
  composeFiles,
  ...(envFiles === undefined ? {} : { envFiles }),
  ...(profiles === undefined ? {} : { profiles }),
})

/** Options of `docker compose` for the files that were named, and for a project that is not the first one's folder; '' where it finds the project itself. */
export function composeOptions(
  { projectDir, composeFiles, envFiles = [] }: Pick<MigrationPlan, 'projectDir' | 'composeFiles' | 'envFiles'>,
  cwd = process.cwd(),
): string {
  const fromHere = (file: string) => shellWord(relative(cwd, resolve(projectDir, file)))
  const isFirstFolder = dirname(resolve(projectDir, composeFiles[0] ?? '')) === projectDir
  const isFound = composeFiles.length === 0 ? isIn(cwd, projectDir) : isFirstFolder
  const folder = composeFiles.length === 0 ? projectOption(projectDir, cwd) : projectDirectory(projectDir, cwd)
  return [
    ...(isFound || folder === '' ? [] : [folder]),
    ...envFiles.map((file) => `--env-file ${fromHere(file)}`),
    ...composeFiles.map((file) => `-f ${fromHere(file)}`),
  ].join(' ')
}

const projectDirectory = (projectDir: string, cwd: string): string =>
  `--project-directory ${shellWord(relative(cwd, projectDir) || '.')}`

/** `--project-directory` of this tool's commands; '' where they find the project themselves. */
function projectOption(projectDir: string, cwd = process.cwd()): string {
  return nearestProject(cwd) === projectDir ? '' : projectDirectory(projectDir, cwd)
}

/** The nearest folder from `from` upwards that has migrations or a Compose file of a usual name; `from` where none has. */
export function nearestProject(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(workspaceOf(folder).migrations) || hasDefaultFile(folder)) return folder
    if (folder === dirname(folder)) return from
  }
}

/** `command` with what it needs to be run from here. */
export const withProject = (command: string, projectDir: string, cwd = process.cwd()): string =>
  [command, projectOption(projectDir, cwd)].filter((part) => part !== '').join(' ')

/** `command` of this tool that reads the project of a plan again: with all that it was found and read by. */
export const forProject = (
  command: string,
  plan: AsGiven & Pick<MigrationPlan, 'projectDir'>,
  cwd = process.cwd(),
): string =>
  [command, composeOptions(plan, cwd), ...(plan.profiles ?? []).map((profile) => `--profile ${shellWord(profile)}`)]
    .filter((part) => part !== '')
    .join(' ')

/** `docker stack deploy` with files that are named absolutely; the stack's name is not known here. */
export function stackCommand(files: readonly string[], cwd = process.cwd()): string {
  const options = files.map((file) => `-c ${shellWord(relative(cwd, file))}`)
  return `docker stack deploy ${options.length === 0 ? '-c FILE' : options.join(' ')} STACK`
}

/** The Compose files of a plan, absolute. */
export const filesOf = ({ projectDir, composeFiles }: Pick<MigrationPlan, 'projectDir' | 'composeFiles'>) =>
  composeFiles.length === 0 ? defaultFilesIn(projectDir) : composeFiles.map((file) => resolve(projectDir, file))

/** What commands to start a project anew depend on. */
export type Restarted = Pick<
  MigrationPlan,
  | 'kind'
  | 'projectDir'
  | 'composeFiles'
  | 'envFiles'
  | 'profiles'
  | 'to'
  | 'deployed'
  | 'services'
  | 'onDemand'
  | 'builds'
  | 'notes'
>

interface RestartOptions {
  /** Behind a rollback: the files read nothing from a Vault, but for those of a rotation. */
  readonly back?: boolean
  readonly cwd?: string
}

/**
 * What brings a project's services up as its files are now: images that are built anew, then all services, a command for each file that is
 * started alone; none where no service is concerned.
 */
export function redeployCommands(
  plan: Restarted,
  bin: string,
  { back = false, cwd = process.cwd() }: RestartOptions = {},
): readonly string[] {
  const { services, to, builds } = plan
  if (services.length === 0) return []
  const compose = (byExec: boolean, what: string, starts: ReturnType<typeof startsOf>) =>
    starts.map(({ composeFiles, services: own }) =>
      [
        ...(byExec ? [`${bin} exec --`] : []),
        'docker compose',
        composeOptions({ ...plan, composeFiles }, cwd),
        what,
        ...own.map(shellWord),
      ]
        .filter((part) => part !== '')
        .join(' '),
    )
  const build =
    builds === undefined
      ? []
      : compose(builds.byExec && !back, 'build', startsOf({ ...plan, services: builds.services }))
  const delivery = to.options['vault-delivery']
  const readsVault = !back || plan.kind === 'rotation'
  if (startsAsStack(plan)) {
    const sync = delivery === 'swarm' && readsVault ? `${forProject(`${bin} migrate sync`, plan, cwd)} && ` : ''
    return [...build, sync + stackCommand(filesOf(plan), cwd)]
  }
  const anew = plan.kind === undefined ? '' : ' --force-recreate'
  const byExec = to.store === 'vault' && delivery !== 'agent' && readsVault
  return [...build, ...compose(byExec, `up -d${anew}`, startsOf({ ...plan, services: startedNow(plan) }))]
}

/**
 * Ends what runs under Docker Compose, whose network and ports are in the way of a stack of the same project; undefined where nothing
 * becomes a stack that was none.
 */
export function beforeStack(plan: MigrationPlan, cwd = process.cwd()): string | undefined {
  const { kind, to, deployed } = plan
  if ((kind !== undefined && kind !== 'move') || !isOfSwarm(to) || deployed === true) return undefined
  return ['docker compose', composeOptions(plan, cwd), 'down'].filter((part) => part !== '').join(' ')
}

/** Services get secrets of such a place from a Swarm, so their project is deployed as a stack. */
export const isOfSwarm = ({ store, options }: MigrationPlan['to']): boolean =>
  store === 'swarm' || options['vault-delivery'] === 'swarm'

const startsAsStack = ({ to, deployed }: Pick<Restarted, 'to' | 'deployed'>): boolean =>
  isOfSwarm(to) || (deployed === true && to.store === 'compose-file')

/** true where several files are each started alone. */
export const startsSeveral = (plan: MigrationPlan): boolean =>
  !startsAsStack(plan) && startsOf({ ...plan, services: startedNow(plan) }).length > 1

/** Keep the images that are built anew under another tag, to be compared with the new ones. */
export const keepingCommands = ({ builds }: Pick<MigrationPlan, 'builds'>): readonly string[] =>
  (builds?.images ?? []).map((image) => `docker tag ${shellWord(image)} ${shellWord(beforeTag(image))}`)

/** A tag beside the image's own. */
export function beforeTag(image: string): string {
  const name = image.replace(/@.*$/, '')
  return /:[^/]*$/.test(name) ? `${name}-before` : `${name}:before`
}

/** The services to start anew, without those of a profile that was only chosen for the plan; all where there are no others. */
export function startedNow({
  services,
  onDemand = [],
}: Pick<MigrationPlan, 'services' | 'onDemand'>): readonly string[] {
  const always = services.filter((service) => !onDemand.includes(service))
  return always.length === 0 ? services : always
}

/** Files that are started together, with the services that the plan changes. */
function startsOf(
  plan: Pick<MigrationPlan, 'projectDir' | 'composeFiles' | 'services' | 'notes'>,
): readonly Pick<MigrationPlan, 'composeFiles' | 'services'>[] {
  const alone = startedAlone(plan)
  return alone.length === 0 ? [plan] : alone.map(({ file, services }) => ({ composeFiles: [file], services }))
}

function isIn(folder: string, projectDir: string): boolean {
  const below = relative(projectDir, folder)
  return !below.startsWith('..') && !isAbsolute(below) && nearestProject(folder) === projectDir
}
