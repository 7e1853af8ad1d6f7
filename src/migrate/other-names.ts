// Lines that leave an env file which a service has in its container, where Compose gives it the value under another name: its program finds
// the value as before, unless it reads the line itself.
import { relative } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
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
    moves.flatMap(({ candidate, name }) =>
      (candidate.value.section === 'env-file-entry' ? [candidate.value] : entriesOf(candidate, project)).map(
        (line) => [line, name] as const,
      ),
    ),
  )
  return [...lines].flatMap(([{ file, key, start, end }, secret]) => {
    const leaves = changes.some(
      (change) => change.file === file && change.edits.some((edit) => edit.start < end && edit.end > start),
    )
    return key === undefined || !leaves ? [] : [{ file, key, secret }]
  })
}

/** One note for each service and line. */
export function otherNameNotes(
  { project, builds }: Pick<Gathered, 'project' | 'builds'>,
  moves: readonly Move[],
  changes: Changes,
): readonly string[] {
  return leavingLines(project, moves, changes).flatMap(({ file, key }) => {
    const name = relative(project.directory, file)
    return fileHolders(project, builds, file).flatMap(({ service, found }) =>
      found === undefined || Object.hasOwn((serviceModel(project, service)['environment'] ?? {}) as object, key)
        ? []
        : [
            `${service} ${found} ${name}, from which ${key} leaves; Compose gives ${service} the value under another name. If its program reads ${key} in ${name} itself, give it that too: ${key}: \${${key}} under environment:, and plan again.`,
          ],
    )
  })
}
