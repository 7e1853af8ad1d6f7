// Compose files that are not part of the plan, and may use what leaves its files (docker-compose.prod.yml, one that includes the project):
// read alone, and together with the plan's files where they are used so.
import { basename, dirname, join, relative } from 'node:path'
import { isDefaultOverride } from '../compose/discover.js'
import { type LoadOptions, loadProject } from '../compose/load.js'
import type { ComposeProject } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import { SecretscanError } from '../support/errors.js'
import { smallFile } from '../support/small-file.js'
import { type Builds, NO_BUILDS, readBuilds } from './builds.js'
import type { Candidate } from './candidates.js'
import { composeFilesNear, identityOf, type NearFile } from './near-files.js'
import { readIfThere } from './project-files.js'
import type { Script } from './scripts.js'
import { namesOf } from './service-model.js'
import { isOverlay, type Relation, relationBeside } from './sibling-relation.js'
import { readEnvFiles } from './stage-files.js'
import { seenStarts } from './starts-seen.js'

export interface SiblingFile {
  /** Relative to the project's folder. */
  readonly name: string
  /** Absolute. */
  readonly file: string
  readonly relation: Relation
  /** What it is alone; its text, where it cannot be loaded alone (a variable that has to be set). */
  readonly alone: ComposeProject | string
  /** What it builds, alone. */
  readonly builds?: Builds
  /** What the plan's services are where it is used with the plan's files; absent where it is not, or they cannot be loaded together. */
  readonly together?: ComposeProject
  /** Variables that it has of the project's .env where it is started with that: no env file of its own folder sets them. */
  readonly borrows?: readonly string[]
  /** Why it can be loaded neither alone nor over the plan's files. */
  readonly problem?: string
}

export interface SiblingOptions {
  readonly load: LoadOptions
  /** What the plan's services are built from. */
  readonly builds?: Builds
  /** The plan's files are deployed as a stack. */
  readonly isStack?: boolean
  /** The project's, which may say what is started with what. */
  readonly scripts?: readonly Script[]
}

/** Those of the project's folder, sorted, then those of other folders; one that is no Compose file is none. */
export async function readSiblings(
  project: ComposeProject,
  { load, builds = NO_BUILDS, isStack = false, scripts = [] }: SiblingOptions,
): Promise<readonly SiblingFile[]> {
  const dockerfiles = [...builds.of.values()].map(({ dockerfile }) => dockerfile.file)
  const images = [...builds.of.keys()].flatMap((service) => namesOf(project, service))
  const near = await composeFilesNear(
    project,
    [...project.files.map(({ file }) => file), ...dockerfiles],
    images.map((name) => name.replace(/[:@][^/]*$/, '')),
  )
  const theirs = near.length === 0 ? [] : [project, ...(await eachAlone(project, load))]
  const beside = near.filter(({ isElsewhere }) => !isElsewhere).map(({ file }) => file)
  const compose = [...project.mainFiles, ...beside]
  const starts = beside.length === 0 ? [] : await seenStarts(project.directory, compose, scripts)
  const siblings: SiblingFile[] = []
  for (const each of near) {
    const { file } = each
    const { own, isElsewhere } = await readAlone(each, project, load)
    const alone = typeof own === 'string' ? await servicesText(file) : own
    if (alone === undefined) continue
    const relation = relationOf({ ...each, isElsewhere }, alone, theirs, { isStack, starts })
    const over = await usedTogether(relation, alone, project, file, load)
    siblings.push({
      name: relative(project.directory, file),
      file,
      relation,
      alone,
      ...(relation === 'elsewhere' ? { borrows: await unsetBeside(each, project) } : {}),
      ...(typeof alone === 'string' ? {} : { builds: await readBuilds(alone, readable) }),
      ...(typeof over === 'object' ? { together: over } : {}),
      ...(typeof own === 'string' && typeof over === 'string'
        ? { problem: own.replaceAll(`${project.directory}/`, '') }
        : {}),
    })
  }
  return siblings
}

/** One that is started over the plan's files sets the variable itself. */
export const setBeside = ({ variable }: Candidate, siblings: readonly SiblingFile[]): boolean =>
  siblings.some(
    ({ file, together }) =>
      together !== undefined &&
      valuesOf(together)
        .withKey(variable)
        .some((value) => value.section === 'environment' && value.file === file),
  )

const readable = (file: string) => readIfThere(file).catch(() => undefined)

/** Each main file as if it were the only one; none where it is. */
async function eachAlone({ mainFiles }: ComposeProject, load: LoadOptions): Promise<readonly ComposeProject[]> {
  const all = mainFiles.length < 2 ? [] : mainFiles.map((file) => loaded({ ...load, files: [file] }))
  return (await Promise.all(all)).filter((each) => typeof each !== 'string')
}

/** By itself. One of another folder that adds to the plan's files is read as if it lay beside them: Compose takes its paths to be of their folder. */
async function readAlone({ file, isElsewhere }: NearFile, project: ComposeProject, load: LoadOptions) {
  const here = () => loaded({ ...load, files: [file], projectDir: project.directory })
  if (!isElsewhere) return { own: await loaded({ ...load, files: [file] }), isElsewhere }
  const own = await loaded(fromItsFolder(load, file))
  const over = typeof own === 'string' || !isOverlay(own, project) ? '' : await here()
  return typeof over === 'string' ? { own, isElsewhere } : { own: over, isElsewhere: false }
}

/** Variables of the project's .env that no env file of the file's own folder sets; a link to the project's is none of its own. */
async function unsetBeside({ file, variables }: NearFile, { files }: ComposeProject): Promise<readonly string[]> {
  const folder = dirname(file)
  // A template stands for an .env that is not in the repository.
  const beside = variables.length === 0 ? [] : await readEnvFiles({ directory: folder, files: [] })
  const theirs = new Set((await Promise.all(files.map((each) => identityOf(each.file)))).map(({ path }) => path))
  const real = await Promise.all(beside.map(({ name }) => identityOf(join(folder, name))))
  const own = beside.filter((_, index) => !theirs.has(real[index]?.path ?? ''))
  return variables.filter((name) => !own.some(({ values }) => values.has(name)))
}

/** As it is started there. */
const fromItsFolder = ({ profiles, env, overlay }: LoadOptions, file: string): LoadOptions => ({
  files: [file],
  profiles,
  env,
  cwd: dirname(file),
  ...(overlay === undefined ? {} : { overlay }),
})

function relationOf(
  { file, isSecond, isElsewhere }: NearFile,
  alone: SiblingFile['alone'],
  theirs: readonly ComposeProject[],
  known: Parameters<typeof relationBeside>[2],
): Relation {
  if (isSecond) return 'hard-link'
  if (known.isStack && !isElsewhere && isDefaultOverride(basename(file))) return 'no-stack'
  if (typeof alone !== 'string' && includes(alone, theirs[0]?.mainFiles[0])) return 'includes'
  if (isElsewhere) return 'elsewhere'
  return typeof alone === 'string' ? 'over' : relationBeside(alone, theirs, known)
}

const includes = ({ files }: ComposeProject, main: string | undefined): boolean =>
  files.some(({ file, kind, extended }) => file === main && kind === 'compose' && extended === undefined)

async function usedTogether(
  relation: Relation,
  alone: SiblingFile['alone'],
  project: ComposeProject,
  file: string,
  load: LoadOptions,
): Promise<ComposeProject | string | undefined> {
  const { mainFiles } = project
  if (relation === 'includes') return typeof alone === 'string' ? undefined : asIncluded(alone, project)
  return relation === 'over' ? loaded({ ...load, files: [...mainFiles, file] }) : undefined
}

/** As the project sees itself: its own services are included nowhere, and their images have its name. */
function asIncluded(including: ComposeProject, { name, mainFiles }: ComposeProject): ComposeProject {
  const values = including.values.map((value) =>
    mainFiles.includes(value.file) ? { ...value, via: value.via.filter((each) => each !== 'include') } : value,
  )
  return { ...including, name, values }
}

/** Why it could not be, where it could not. */
async function loaded(load: LoadOptions): Promise<ComposeProject | string> {
  try {
    return await loadProject(load)
  } catch (error) {
    if (!(error instanceof SecretscanError)) throw error
    return error.message
  }
}

/** undefined where it holds no services. */
async function servicesText(file: string): Promise<string | undefined> {
  const text = (await smallFile(file))?.toString() ?? ''
  return /^services\s*:/m.test(text) ? text : undefined
}
