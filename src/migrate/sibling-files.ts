// Other Compose files in the project's folder (docker-compose.prod.yml) that are not part of the plan, and what of its files they use too: a
// line of .env, an env file, a service that they extend. What leaves there would leave them as well.
import { readdir, readFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { type LoadOptions, loadProject } from '../compose/load.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import { SecretscanError } from '../support/errors.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'

export interface SiblingFile {
  /** Relative to the project's folder. */
  readonly name: string
  /** Its text, where it cannot be loaded alone (a variable that has to be set). */
  readonly project: Pick<ComposeProject, 'values'> | string
}

const NAME = /(?:compose|stack)[^/]*\.ya?ml$/i
/** Not run: there to be copied. */
const TEMPLATE = /(?:^|[._-])(?:example|sample|template|tpl|dist|old|bak|backup)(?:[._-]|$)/i
/** More are not looked at: a folder of examples is no project. */
const MOST = 50

/** Those of the project's folder, sorted; one that is no Compose file is none. */
export async function readSiblings(project: ComposeProject, load: LoadOptions): Promise<readonly SiblingFile[]> {
  const own = new Set(project.files.map(({ file }) => file))
  const names = (await readdir(project.directory).catch(() => []))
    .filter((name) => NAME.test(name) && !TEMPLATE.test(name) && !own.has(join(project.directory, name)))
    .sort()
    .slice(0, MOST)
  const siblings: SiblingFile[] = []
  for (const name of names) {
    const loaded = await loadAlone(join(project.directory, name), load)
    if (loaded !== undefined)
      siblings.push({ name: relative(project.directory, join(project.directory, name)), project: loaded })
  }
  return siblings
}

/** undefined where it holds no services. */
async function loadAlone(file: string, load: LoadOptions): Promise<SiblingFile['project'] | undefined> {
  try {
    return await loadProject({ ...load, files: [file] })
  } catch (error) {
    if (!(error instanceof SecretscanError)) throw error
    const text = await readFile(file, 'utf8').catch(() => '')
    return /^services\s*:/m.test(text) ? text : undefined
  }
}

/** Why the candidate has to stay for a file beside the project's; `lines`: of env files, those that would leave with it. */
export function siblingUse(
  { value, source }: Pick<Candidate, 'value' | 'source'>,
  lines: readonly LocatedValue[],
  siblings: readonly SiblingFile[],
  project: ComposeProject,
): Blocked | undefined {
  const together = (name: string) =>
    `Plan with ${name}, too, where they are used together (-f for each); else give one of them a file of its own for this, and plan again.`
  for (const { name, project: sibling } of siblings) {
    for (const { file, key = '' } of lines)
      if (reads(sibling, file, key))
        return {
          reason: `${name} uses ${key} of ${relative(project.directory, file)} too, and is not part of this plan.`,
          todo: together(name),
        }
    const shared = [value, source].find(
      (each) => each.section !== 'dotenv' && each.section !== 'env-file-entry' && takes(sibling, each),
    )
    if (shared !== undefined)
      return {
        reason: `${name} extends or includes what stands in ${basename(shared.file)} too, and is not part of this plan.`,
        todo: together(name),
      }
  }
  return undefined
}

/** A service of the file has what stands there. */
function takes(sibling: SiblingFile['project'], { file, start }: LocatedValue): boolean {
  if (typeof sibling === 'string') return /\b(?:extends|include)\b/.test(sibling) && sibling.includes(basename(file))
  return sibling.values.some((other) => other.file === file && other.start === start && other.usedBy.length > 0)
}

/** A service has the line from the file, or a value is made from it. */
function reads(sibling: SiblingFile['project'], file: string, key: string): boolean {
  if (typeof sibling === 'string')
    return (
      new RegExp(`\\$\\{?${key.replace(/\W/g, '\\$&')}(?!\\w)`).test(sibling) ||
      (/\benv_file\b/.test(sibling) && sibling.includes(basename(file)))
    )
  const values = valuesOf(sibling)
  const isTaken = values
    .withKey(key)
    .some((other) => other.file === file && other.section === 'env-file-entry' && other.usedBy.length > 0)
  const isDotenv = values.withKey(key).some((other) => other.file === file && other.section === 'dotenv')
  const isMade = values
    .interpolating(key)
    .some(({ section, usedBy, service }) => section !== 'dotenv' && (usedBy.length > 0 || service !== undefined))
  return isTaken || (isDotenv && isMade)
}
