// Lines that leave an env file which a service has in its container, where Compose gives it the value under another name: its program finds
// the value as before, unless it reads the line itself.
import { relative } from 'node:path'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { entriesOf } from './env-file-readers.js'
import { fileHolders } from './file-holders.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { serviceModel } from './service-model.js'
import type { Edit } from './types.js'

type Changes = readonly { readonly file: string; readonly edits: readonly Edit[] }[]

export interface LeavingLine {
  /** Absolute. */
  readonly file: string
  readonly key: string
  /** The secret that holds its value. */
  readonly secret: string
}

/** Lines of env files that the plan takes out. */
export function leavingLines(
  project: ComposeProject,
  moves: readonly Move[],
  changes: Changes,
): readonly LeavingLine[] {
  const lines = new Map(
    moves.flatMap(({ candidate, name }) => {
      const own =
        candidate.url === undefined && candidate.value.section === 'env-file-entry'
          ? [candidate.value]
          : entriesOf(candidate, project)
      const same = candidate.shadowed.filter(
        ({ section, resolved }) => section === 'env-file-entry' && resolved === candidate.value.resolved,
      )
      return [...own, ...same].map((line) => [line, name] as const)
    }),
  )
  return [...lines].flatMap(([line, secret]) =>
    line.key === undefined || !leaves(line, changes) ? [] : [{ file: line.file, key: line.key, secret }],
  )
}

/** true for an entry that an edit takes out or writes anew. */
export const leaves = ({ file, start, end }: LocatedValue, changes: Changes): boolean =>
  changes.some((change) => change.file === file && change.edits.some((edit) => edit.start < end && edit.end > start))

/** One note for each service and line. */
export function otherNameNotes(
  { project, builds }: Pick<Gathered, 'project' | 'builds'>,
  moves: readonly Move[],
  changes: Changes,
): readonly string[] {
  return leavingLines(project, moves, changes).flatMap(({ file, key }) => {
    const name = relative(project.directory, file)
    return fileHolders(project, builds, file).flatMap(({ service, found }) =>
      found === undefined || Object.hasOwn(environmentOf(project, service), key)
        ? []
        : [
            `${service} ${found} ${name}, from which ${key} leaves; Compose gives ${service} the value under another name. If its program reads ${key} in ${name} itself, give it that too: ${key}: \${${key}} under environment:, and plan again.`,
          ],
    )
  })
}

/** One for each env file that services have in their containers, where their own programs are given what leaves it. */
export function readBesideNotes(
  { project, builds }: Pick<Gathered, 'project' | 'builds'>,
  moves: readonly Move[],
  changes: Changes,
): readonly string[] {
  const leaving = leavingLines(project, moves, changes)
  return [...new Set(leaving.map(({ file }) => file))].flatMap((file) => {
    const holders = fileHolders(project, builds, file).filter(({ found }) => found !== undefined)
    const has = (service: string, key: string) => Object.hasOwn(environmentOf(project, service), key)
    const lines = leaving.filter((line) => line.file === file && holders.some(({ service }) => has(service, line.key)))
    const services = holders.map(({ service }) => service).filter((each) => lines.some(({ key }) => has(each, key)))
    if (lines.length === 0) return []
    const name = relative(project.directory, file)
    const keys = [...new Set(lines.map(({ key }) => key))].join(', ')
    const places = [...new Set(lines.map(({ secret }) => `/run/secrets/${secret}`))].join(', ')
    const [have, stand] = [services.length === 1 ? 'has' : 'have', lines.length === 1 ? 'it stands' : 'they stand']
    return [
      `${services.join(', ')} ${have} ${name} in the container, from which ${keys} ${lines.length === 1 ? 'leaves' : 'leave'}: what cron or docker compose exec starts there (a job, a console, commands of a framework), or run with another entrypoint, and that reads ${name} itself, no longer finds ${lines.length === 1 ? 'it' : 'them'}. There ${stand} in ${places}.`,
    ]
  })
}

const environmentOf = (project: ComposeProject, service: string): object =>
  (serviceModel(project, service)['environment'] ?? {}) as object
