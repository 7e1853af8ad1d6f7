// Where the text of a project's value comes from, and what it overrides: entries of .env, env files and environments.
import { relative } from 'node:path'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'
import { loneDefault, unsetNames, variableParts, writtenText } from './unsettled.js'
import { referenceIn } from './url-place.js'

/** Reference to one variable and nothing else: $X, ${X}, ${X:-default} … */
const LONE_REFERENCE = /^\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*(?::?[-?+][^{}]*)?\})$/

/** The hard-coded entry of `variable` that counts for `service`. */
export function memberOf(project: ComposeProject, service: string, variable: string): LocatedValue | undefined {
  return valuesOf(project)
    .withKey(variable)
    .find(
      ({ section, usedBy, resolved }) =>
        (section === 'environment' || section === 'env-file-entry') && usedBy.includes(service) && resolved !== '',
    )
}

/** Entries of the same variable that `value` overrides: they would come to count without it. */
export function shadowedBy(project: ComposeProject, value: LocatedValue): readonly LocatedValue[] {
  const same = value.key === undefined ? [] : valuesOf(project).overridden(value.key)
  return same.filter((other) => {
    if (other === value) return false
    if (other.section === 'env-file-entry')
      return (
        other.file === value.file ||
        (other.namedBy?.some((service) => value.usedBy.includes(service)) === true && !hasUsed(project, other))
      )
    return other.section === 'environment' && other.service !== undefined && value.usedBy.includes(other.service)
  })
}

/** Why a line stays of which services get two values. */
export function readTwoWays(project: ComposeProject, { mixed, file, namedBy = [] }: LocatedValue): Blocked | undefined {
  if (mixed !== true) return undefined
  const name = relative(project.directory, file)
  return {
    reason: `${namedBy.join(', ')} read ${name} in two ways, one as it stands (format: raw), and get different values from this line.`,
    todo: 'Write the value without quotes and dollars, or give each service a file of its own, and plan again.',
  }
}

/** Why a value stays that replaces another one of a Compose file which people start without this one, too: the other would be lost. */
export function otherValue(
  project: ComposeProject,
  value: LocatedValue,
  shadowed: readonly LocatedValue[],
): Blocked | undefined {
  const startable = project.files.filter(({ kind, extended }) => kind === 'compose' && extended !== true)
  const isFirst = value.file === startable[0]?.file
  const other = shadowed.find(
    ({ section, file, resolved }) =>
      resolved !== '' &&
      resolved !== value.resolved &&
      (section === 'environment'
        ? file !== value.file && startable.some((each) => each.file === file)
        : !isFirst && startable.some((each) => each.file === value.file)),
  )
  if (other === undefined) return undefined
  const [theirs, own] = [other, value].map(({ file }) => relative(project.directory, file))
  return {
    reason: `${theirs}:${other.line} has another value for it, which counts where the project is started without ${own}: one secret cannot be both.`,
    todo:
      other.section === 'environment'
        ? `Write the one for this machine into .env, ${value.key}: \${${value.key}} into ${theirs} and nothing into ${own}; then plan again. The other machines' .env files get theirs.`
        : `Take it out of ${own}, and let ${theirs} have the one for this machine; then plan again.`,
  }
}

/** true where the env file of `entry` has a line of the same variable that a service uses: it goes with that one. */
const hasUsed = (project: ComposeProject, entry: LocatedValue): boolean =>
  valuesOf(project)
    .withKey(entry.key ?? '')
    .some(({ section, file, usedBy }) => section === 'env-file-entry' && file === entry.file && usedBy.length > 0)

/** The entry whose text is the value; undefined where it comes from the shell, or is put together of several. */
export function sourceOf(project: ComposeProject, value: LocatedValue): LocatedValue | undefined {
  if (value.interpolates.length === 0) return value
  const [variable] = value.interpolates
  const entries = valuesOf(project).withKey(variable ?? '')
  const written = writtenText(project, value)
  const local =
    value.section !== 'env-file-entry'
      ? undefined
      : entries.findLast(
          ({ section, file: other, start }) =>
            section === 'env-file-entry' && other === value.file && start < value.start,
        )
  if (local?.resolved === value.resolved && LONE_REFERENCE.test(written)) return local
  const dotenv = dotenvOf(entries, value)
  if (value.interpolates.length > 1 || !(value.passThrough || LONE_REFERENCE.test(written))) {
    // A text put together from .env and literal parts is a secret of its own: it is read resolved.
    const isOwn = value.interpolates.every((name) => isWritten(project, value, name, written))
    const isUrl = /:\/\//.test(written) && unsetNames(project, value).length === 0
    return isOwn || dotenv !== undefined || isUrl ? value : undefined
  }
  if (dotenv !== undefined && dotenv.resolved === value.resolved) return dotenv
  const set = project.environment.get(variable ?? '')
  return set === undefined
    ? /:?-/.test(written)
      ? value
      : undefined
    : set === '' && /:-/.test(written)
      ? value
      : undefined
}

/** Variables that `value` is put together with and of which no file of the project says what they are: a shell may set them at any start. */
export const openVariables = (project: ComposeProject, value: LocatedValue): readonly string[] => {
  const written = writtenText(project, value)
  return LONE_REFERENCE.test(written)
    ? []
    : value.interpolates.filter((name) => !isWritten(project, value, name, written))
}

/** true where files of the project say what the variable is in `value`: a line of .env, one before it in its own env file, or its default. */
function isWritten(project: ComposeProject, value: LocatedValue, name: string, written: string): boolean {
  const set = project.environment.get(name) ?? ''
  const lines = valuesOf(project).withKey(name)
  if (value.section === 'env-file-entry' && lines.some((line) => line.file === value.file && line.start < value.start))
    return true
  if (set !== '') return lines.some(({ section, resolved }) => section === 'dotenv' && resolved === set)
  const isEmpty = project.environment.has(name)
  return new RegExp(`\\$\\{${name}${isEmpty ? ':' : ':?'}-[^}]`).test(written)
}

/** The one line of an env file, or the one variable with its default, that the value is; undefined where it is written out. */
export function originOf({ value, source, secret, what, url }: Candidate, project: ComposeProject): string | undefined {
  const lineOf = ({ file, key }: LocatedValue) => `${file}\0${key}`
  const isWhole = url === undefined || source !== url.entry || source.section === 'dotenv'
  if (ENV_LINES.has(source.section) && isWhole) return lineOf(source)
  if (url !== undefined) return referenceIn(url)
  if (what !== 'flag') return loneDefault({ value, source }, project)?.name
  const name = variableParts({ value, secret, what }, project).find(
    (each) => (project.environment.get(each) ?? secret) === secret,
  )
  if (name === undefined) return undefined
  const line = valuesOf(project)
    .withKey(name)
    .findLast(({ section, resolved }) => section === 'dotenv' && resolved === secret)
  return line === undefined ? name : lineOf(line)
}

const ENV_LINES: ReadonlySet<LocatedValue['section']> = new Set(['dotenv', 'env-file-entry'])

/** Of the last lines in each .env: that of the project counts for one that it includes, too, unless it says nothing of the variable. */
function dotenvOf(entries: readonly LocatedValue[], { resolved }: LocatedValue): LocatedValue | undefined {
  const lines = entries.filter(({ section }) => section === 'dotenv')
  const last = [...new Map(lines.map((line) => [line.file, line])).values()]
  return last.findLast((line) => line.resolved === resolved) ?? last.at(-1)
}
