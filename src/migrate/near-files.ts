// Compose files near those of the plan: of the project's folder, of folders below it and of the repository around it. Knows
// whether they could use a file of the project at all; not what they say.
import { existsSync } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { foldersAbove, foldersBelow } from '../support/folders.js'
import { smallFile } from '../support/small-file.js'
import { asTree } from '../support/tree.js'
import { composeFilesOf, type ReadLimit } from './compose-names.js'
import { servicesIn } from './written-model.js'

export interface NearFile {
  /** Absolute. */
  readonly file: string
  /** A hard link to a file of the plan. */
  readonly isSecond: boolean
  /** In another folder than the project's. */
  readonly isElsewhere: boolean
  /** Variables of the project's .env that a file of a folder above or below interpolates; sorted. */
  readonly variables: readonly string[]
}

/** Of one folder, and of other folders, that are looked into: a folder of examples is no project. */
const MOST = 50
/** Levels of folders that are looked through. */
const LEVELS = 3
/** Files whose names do not say that they are Compose files, of all these folders. */
const MOST_READ = 2000
/** Folders of Compose files that are there to be read, copied or tested, with values of their own. */
const SHOWN = /(?:^|\/)(?:docs?|examples?|fixtures?|samples?|templates?|tests?|__tests__)\//i

/**
 * Those of the project's folder, then others that name a path of `own` or the way out of their folder, an image of `images`, or interpolate
 * what the project's .env sets, or add to one of its services; but for the plan's own and links to those or to each other. `own`: absolute paths of files that the
 * project uses; `images`: names of what it builds, without tags.
 */
export async function composeFilesNear(
  { directory, files, values, model, inactiveServices }: ComposeProject,
  own: readonly string[],
  images: readonly string[] = [],
): Promise<readonly NearFile[]> {
  const planned = await Promise.all(files.map(({ file }) => identityOf(file)))
  const seen = new Set(planned.map(({ path }) => path))
  const isNew = async (file: string, variables: readonly string[] = []): Promise<NearFile | undefined> => {
    const { path, inode } = await identityOf(file)
    if (seen.has(path)) return undefined
    seen.add(path)
    const isSecond = planned.some((each) => inode !== undefined && each.inode === inode)
    return { file, isSecond, isElsewhere: dirname(file) !== directory, variables }
  }
  const beside: NearFile[] = []
  const limit = { left: MOST_READ }
  for (const file of await composeFilesOf(directory, limit)) {
    const near = await isNew(file)
    if (near !== undefined && beside.length < MOST) beside.push(near)
  }
  const elsewhere: NearFile[] = []
  const services = [...Object.keys(asTree(model['services'])), ...inactiveServices]
  const set = new Set(values.flatMap(({ section, key }) => (section === 'dotenv' && key !== undefined ? [key] : [])))
  const outside = new Set(own.map((file) => dirname(file)).filter((folder) => isBelow(directory, folder)))
  // All below the folder of an .env above may be started with it (--env-file).
  const dotenvs = files.filter(({ kind }) => kind === 'dotenv').map(({ file }) => dirname(file))
  const sharing = dotenvs.filter((folder) => outside.has(folder))
  for (const file of await composeFilesAround(directory, outside, limit)) {
    if (elsewhere.length >= MOST) break
    const text = (await smallFile(file))?.toString() ?? ''
    if (!/^(?:services|include)\s*:/m.test(text)) continue
    const isInLine =
      [directory, ...sharing].some((folder) => isBelow(file, folder)) || isBelow(directory, dirname(file))
    const isStarted = isInLine && !SHOWN.test(relative(directory, file))
    const variables = isStarted ? interpolatedIn(text).filter((name) => set.has(name)) : []
    const isNamed = images.some((image) => text.includes(image))
    const isUsing =
      variables.length > 0 || isNamed || mayUse({ file, text }, own, directory) || (isStarted && adds(text, services))
    const near = isUsing ? await isNew(file, variables) : undefined
    if (near?.isSecond === false) elsewhere.push(near)
  }
  return [...beside, ...elsewhere]
}

/** Of folders below, of those above up to the repository's, and of the repository's; else of those above that hold a file of the project. */
async function composeFilesAround(
  directory: string,
  holding: ReadonlySet<string>,
  limit: ReadLimit,
): Promise<readonly string[]> {
  const above = foldersAbove(directory)
  const repository = above.find((folder) => existsSync(join(folder, '.git')))
  const root = repository ?? above.slice(0, LEVELS).findLast((folder) => holding.has(folder) && folder !== homedir())
  const folders = [
    ...(await foldersBelow(directory, LEVELS)),
    ...above.slice(0, root === undefined ? LEVELS : above.indexOf(root) + 1),
    ...(root === undefined ? [] : await foldersBelow(root, LEVELS)),
  ]
  const files: string[] = []
  for (const folder of new Set(folders)) if (folder !== directory) files.push(...(await composeFilesOf(folder, limit)))
  return files
}

/** It names the folder of one of the files, or one of them below it; or it lies below the project and leads out of its folder; or one lies beside it. */
function mayUse(
  { file, text }: { readonly file: string; readonly text: string },
  own: readonly string[],
  directory: string,
): boolean {
  const folder = dirname(file)
  if (text.includes('..') && isBelow(folder, directory)) return true
  return own.some((each) => {
    const [first = '', ...rest] = relative(folder, each).split('/')
    // Its folder: nothing but the way out, where that is one above.
    const [outer = '..', inner] = rest.filter((part) => part !== '..')
    if (first === '..') return text.includes('..') && (inner === undefined || text.includes(outer))
    return rest.length === 0 || text.includes(first)
  })
}

/** It gives one of `services` something and does not say what that runs: it may be started over the file that does. */
const adds = (text: string, services: readonly string[]): boolean =>
  Object.entries(servicesIn(Buffer.from(text))).some(
    ([name, service]) =>
      services.includes(name) && !['image', 'build', 'extends'].some((key) => key in asTree(service)),
  )

const isBelow = (path: string, folder: string): boolean => path.startsWith(join(folder, '/'))

/** Names in `${…}` and `$NAME`, but for those of comments and of `$$`. */
function interpolatedIn(text: string): readonly string[] {
  const names = text.replace(/^\s*#.*$/gm, '').matchAll(/(?<!\$)(?:\$\$)*\$(?!\$)\{?([A-Za-z_]\w*)/g)
  return [...new Set([...names].map(([, name = '']) => name))].sort()
}

/** What two names of one file have in common: by a symbolic link the path, by a hard one the inode alone. */
export async function identityOf(file: string): Promise<{ readonly path: string; readonly inode?: string }> {
  try {
    const { dev, ino } = await stat(file, { bigint: true })
    return { path: await realpath(file), inode: `${dev}:${ino}` }
  } catch {
    return { path: file }
  }
}

/** Words in the names of files that each are for one place where a project runs. */
const ENVIRONMENTS: ReadonlySet<string> = new Set([
  ...['dev', 'development', 'local', 'test', 'testing', 'ci', 'qa', 'uat', 'demo'],
  ...['stage', 'staging', 'preprod', 'prod', 'production', 'live'],
])

/** `prod` of docker-compose.prod.yml; undefined: the name says none. */
export const environmentNamed = (file: string): string | undefined =>
  basename(file)
    .toLowerCase()
    .split(/[._-]/)
    .find((word) => ENVIRONMENTS.has(word))
