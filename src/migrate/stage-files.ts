// Env files of other stages beside the plan's (.env.prod), which people start the same Compose file with (--env-file): one secret cannot hold
// the values of both.
import { readdir } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { envFileValues, parseEnvFile } from '../compose/env-file.js'
import { ComposeFileError } from '../compose/errors.js'
import type { ComposeProject } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import { smallFile } from '../support/small-file.js'
import { tolerantSourceText } from '../support/source-text.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'
import { STARTS } from './script-uses.js'
import type { Script } from './scripts.js'
import { variableParts } from './unsettled.js'

export interface StageFile {
  /** Relative to the project's folder. */
  readonly name: string
  /** Plain: must not be printed. */
  readonly values: ReadonlyMap<string, string>
}

const NAME = /^(?:\.?env(?:[._-].+)?|.+[._-]env)$/i
/** Where such files are kept together. */
const FOLDER = /^\.?(?:envs?|environments?|stages?|config)$/i
/** Not run: there to be copied, or a copy. */
const NOT_RUN =
  /(?:^|[._-])(?:examples?|samples?|templates?|tpl|dist|defaults?|bak|backup|old|orig|save|sw[op])(?:[._-]|$)|~$/i

type Place = Pick<ComposeProject, 'directory' | 'files'>

/** Those that somebody may start the project with: of its folder, and those that scripts start it with. */
export async function readStageFiles(project: Place, scripts: readonly Script[] = []): Promise<readonly StageFile[]> {
  const own = await readEnvFiles(project)
  const known = new Set([
    ...own.map(({ name }) => name),
    ...project.files.map(({ file }) => relative(project.directory, file)),
  ])
  const named = scripts.flatMap((script) => namedIn(script, project)).filter((name) => !known.has(name))
  const read = await Promise.all([...new Set(named)].sort().map((name) => readStage(project.directory, name)))
  return [...own, ...read.filter((file) => file !== undefined)].filter(({ name }) => !NOT_RUN.test(basename(name)))
}

/** Where a person stands who starts a script: in its folder, beside that of all scripts, or in the project. */
const SCRIPTS = /^(?:\.?bin|scripts?|tools|ops|ci)$/

/** Env files of `docker compose --env-file`, relative to the project's folder, wherever they may be. */
function namedIn({ kind, name, text }: Script, { directory }: Pick<Place, 'directory'>): readonly string[] {
  if (kind !== 'script') return []
  const own = dirname(join(directory, name))
  const folders = [own, ...(SCRIPTS.test(basename(own)) ? [dirname(own)] : []), directory]
  const lines = text
    .replace(/\\\r?\n/g, ' ')
    .split('\n')
    .filter((line) => STARTS.test(line) && !/^\s*#/.test(line))
  const files = lines.flatMap((line) => [...line.matchAll(ENV_FILE)].map(([, file = '']) => file))
  return files.flatMap((file) => folders.map((folder) => relative(directory, resolve(folder, file))))
}

const ENV_FILE = /--env-file[ =]["']?([^\s"'`;&|$]+)/g

/** All of the project's folder and its folders of env files that the project does not read itself, templates and copies, too; sorted. */
export async function readEnvFiles({ directory, files }: Place): Promise<readonly StageFile[]> {
  const own = new Set(files.map(({ file }) => file))
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  const folders = entries.filter((entry) => entry.isDirectory() && FOLDER.test(entry.name)).map(({ name }) => name)
  const inFolders = folders.map(async (folder) =>
    (await readdir(join(directory, folder)).catch(() => [])).map((name) => ({ path: join(folder, name), name })),
  )
  const all = [...entries.map(({ name }) => ({ path: name, name })), ...(await Promise.all(inFolders)).flat()]
  const named = all.filter(({ path, name }) => NAME.test(name) && !own.has(join(directory, path)))
  const read = await Promise.all(named.map(({ path }) => readStage(directory, path)))
  return read.filter((file) => file !== undefined).sort((one, two) => (one.name < two.name ? -1 : 1))
}

/** undefined for what is no env file. */
async function readStage(directory: string, name: string): Promise<StageFile | undefined> {
  const bytes = await smallFile(join(directory, name))
  if (bytes === undefined) return undefined
  try {
    const source = tolerantSourceText(name, bytes)
    return { name, values: envFileValues(parseEnvFile(source), source, () => undefined) }
  } catch (error) {
    if (error instanceof ComposeFileError) return undefined
    throw error
  }
}

/** Why a value stays that another stage has otherwise. */
export function otherStage(
  candidate: Candidate,
  project: ComposeProject,
  stages: readonly StageFile[],
): Blocked | undefined {
  const { id, secret } = candidate
  const variables = decidingNames(candidate, project).filter((variable) => !isOfOneStage(variable, project))
  for (const variable of variables)
    for (const { name, values } of stages) {
      const other = values.get(variable) ?? ''
      if (other === '' || other === secret || other === project.environment.get(variable)) continue
      return {
        reason: `${name} sets ${variable} to another value: one secret cannot be both, and what is started with ${name} would silently get this one.`,
        todo: `Plan with --env-file ${name} where that is what runs. Else give each stage a folder of its own, with its values in .env, and plan in each. Where nobody starts the project with ${name}, name the value: --select ${id}.`,
      }
    }
  return undefined
}

/** Of the --env-file that the plan was made with, which services name as theirs: these Compose files are of its stage alone. */
function isOfOneStage(variable: string, project: ComposeProject): boolean {
  const lines = valuesOf(project).withKey(variable)
  const given = new Set(lines.flatMap(({ section, file }) => (section === 'dotenv' ? [file] : [])))
  return lines.some(
    (line) =>
      line.section === 'env-file-entry' &&
      basename(line.file) !== '.env' &&
      given.has(line.file) &&
      !isChosenByVariable(line, project),
  )
}

/** Variables by which another env file, or the shell, gives another value. */
export function decidingNames({ value, source, secret, what }: Candidate, project: ComposeProject): readonly string[] {
  const parts = variableParts({ value, secret, what }, project)
  const made = source === value ? parts : [...parts, ...source.interpolates]
  return isChosenByVariable(value, project) ? [...made, value.key ?? ''] : made
}

/** An env file whose name is made from a variable: another value of it is another stage. */
function isChosenByVariable({ section, namedBy = [] }: Candidate['value'], project: ComposeProject): boolean {
  if (section !== 'env-file-entry') return false
  return project.values.some(
    (each) =>
      each.section === 'env_file' &&
      each.interpolates.length > 0 &&
      each.usedBy.some((service) => namedBy.includes(service)),
  )
}
