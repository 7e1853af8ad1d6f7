// Why a value stays for a Compose file beside those of the plan that uses the same lines, or extends what would be edited: it would leave
// that one as well.
import { basename, dirname, join, relative } from 'node:path'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import { escaped } from '../support/regexp.js'
import type { Blocked } from './build-use.js'
import { NO_BUILDS } from './builds.js'
import type { Candidate } from './candidates.js'
import { envFileReader } from './env-file-readers.js'
import { madeFromVariable } from './secret-sources.js'
import type { SiblingFile } from './sibling-files.js'
import { hasExternalSecret } from './sibling-relation.js'

type Used = Pick<Candidate, 'id' | 'value' | 'source' | 'services' | 'unread'>

/** `lines`: of env files, those that would leave with the candidate. */
export function siblingUse(
  candidate: Used,
  lines: readonly LocatedValue[],
  siblings: readonly SiblingFile[],
  { project, select }: { readonly project: ComposeProject; readonly select: readonly string[] },
): Blocked | undefined {
  for (const sibling of siblings) {
    if (sibling.relation === 'hard-link') continue
    const { name } = sibling
    for (const { file, key = '' } of lines)
      if (reads(sibling, { file, key }, candidate, project))
        return {
          reason: `${name} uses ${key} of ${relative(project.directory, file)} too, and is not part of this plan.`,
          todo: apart(
            sibling,
            siblings.filter((each) => reads(each, { file, key }, candidate, project)),
            project,
          ),
        }
    const reader = readerIn(sibling, candidate, lines, select)
    if (reader !== undefined) return reader
    const shared = [candidate.value, candidate.source].find(
      (each) => each.section !== 'dotenv' && each.section !== 'env-file-entry' && takes(sibling, each),
    )
    if (shared !== undefined)
      return {
        reason: `${name} extends or includes what stands in ${basename(shared.file)} too, and is not part of this plan.`,
        todo: apart(sibling, [], project),
      }
  }
  return undefined
}

/** Of lines of the project's .env: a Compose file above or below that may be started with it, as it has them from nowhere else. */
export function borrowed(
  id: string,
  lines: readonly LocatedValue[],
  siblings: readonly SiblingFile[],
  { directory }: ComposeProject,
): Blocked | undefined {
  for (const { section, key = '', file } of lines) {
    const borrower = section === 'dotenv' ? siblings.find(({ borrows }) => borrows?.includes(key)) : undefined
    if (borrower === undefined) continue
    const [name, own] = [borrower.name, relative(directory, file)]
    return {
      reason: `${name} interpolates ${key}, which no env file beside it sets: started with ${own} (--env-file, --project-directory), it would lose the value.`,
      todo: `Set ${key} in ${join(dirname(name), '.env')} where it has a value of its own, and plan again. Where nobody starts ${name} with ${own}, name the value: --select ${id}.`,
    }
  }
  return undefined
}

/** Compose files that are never started over the plan's: planning with both would help none. */
export const neverTogether = ({ relation }: SiblingFile): boolean =>
  relation === 'includes' || relation === 'elsewhere' || relation === 'own' || relation === 'apart'

/** What to do where both use one thing. `all`: those that use the same line. */
function apart(sibling: SiblingFile, all: readonly SiblingFile[], { mainFiles, directory }: ComposeProject): string {
  const { name } = sibling
  const isPlannable = all.length > 0 && all.every((each) => isBeside(each, directory))
  if (neverTogether(sibling) && isPlannable) {
    const flags = [...mainFiles.map((file) => relative(directory, file)), ...all.map((each) => each.name)]
    return `Plan ${flags.length === 2 ? 'both' : 'all of them'} (${flags.map((file) => `-f ${file}`).join(' ')}): each gets what its services need, and is started alone as before.`
  }
  return neverTogether(sibling)
    ? 'Give one of them a file of its own for this, and plan again.'
    : `Plan with ${name}, too, where they are used together (-f for each); else give one of them a file of its own for this, and plan again.`
}

/** A project of docker compose in the same folder. */
const isBeside = ({ file, alone, relation }: SiblingFile, directory: string): boolean =>
  (relation === 'own' || relation === 'apart' || relation === 'over') &&
  dirname(file) === directory &&
  typeof alone !== 'string' &&
  !hasExternalSecret(alone)

/** A service there has the env file itself in its container, and its program may read the lines. */
function readerIn(
  { name, alone, together, builds = NO_BUILDS }: SiblingFile,
  candidate: Pick<Candidate, 'id' | 'services'>,
  lines: readonly LocatedValue[],
  select: readonly string[],
): Blocked | undefined {
  const model = together ?? alone
  const reader = typeof model === 'string' ? undefined : envFileReader(candidate, lines, model, builds, select)
  return reader === undefined ? undefined : { ...reader, reason: `In ${name}, ${reader.reason}` }
}

/** A service of the file has what stands there; one that includes it has the services of the plan as they will be. */
function takes({ file: own, alone, relation }: SiblingFile, { file, start, usedBy }: LocatedValue): boolean {
  if (typeof alone === 'string')
    return /\b(?:extends|include)\b/.test(alone) && alone.includes(relative(dirname(own), file))
  const isNew = (service: string) => relation !== 'includes' || !usedBy.includes(service)
  return alone.values.some((other) => other.file === file && other.start === start && other.usedBy.some(isNew))
}

/** A service has the line from the file, or a value is made from it. */
function reads(
  { file: own, alone, relation }: SiblingFile,
  { file, key }: { readonly file: string; readonly key: string },
  { services, unread = [] }: Used,
  project: ComposeProject,
): boolean {
  if (typeof alone === 'string') {
    const path = escaped(relative(dirname(own), file))
    return (
      (dirname(own) === dirname(file) && new RegExp(`\\$\\{?${escaped(key)}(?!\\w)`).test(alone)) ||
      new RegExp(`(?:^|[\\s"'=:/])${path}(?![\\w.-])`, 'm').test(alone)
    )
  }
  const isIncluding = relation === 'includes'
  const isNew = (service: string) => !isIncluding || ![...services, ...unread].includes(service)
  const values = valuesOf(alone)
  const isTaken = values
    .withKey(key)
    .some((other) => other.file === file && other.section === 'env-file-entry' && other.usedBy.some(isNew))
  const isDotenv = values.withKey(key).some((other) => other.file === file && other.section === 'dotenv')
  const isPlanned = (value: LocatedValue) => isIncluding && project.files.some((each) => each.file === value.file)
  const isMade = values
    .interpolating(key)
    .some(
      (value) =>
        value.section !== 'dotenv' && (value.usedBy.length > 0 || value.service !== undefined) && !isPlanned(value),
    )
  return (
    isTaken ||
    (isDotenv && !hasOwnStage(alone, { file, key }) && (isMade || madeFromVariable(alone, key) !== undefined))
  )
}

/** The plan was made with an --env-file, and services there have the variable from another one: that is what it is started with. */
const hasOwnStage = (alone: ComposeProject, { file, key }: { readonly file: string; readonly key: string }): boolean =>
  basename(file) !== '.env' &&
  valuesOf(alone)
    .withKey(key)
    .some((other) => other.section === 'env-file-entry' && other.file !== file)
