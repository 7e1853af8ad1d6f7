// The place of a project's value as reports and plans name it: the same in both, so that fingerprints agree.
import { relative } from 'node:path'
import type { ProjectPlace } from '../scan/types.js'
import type { ComposeProject, LocatedValue } from './types.js'

/** Paths are relative to the project's folder; a value that one service uses has its name, wherever it is written. */
export function placeOf(project: Pick<ComposeProject, 'directory'>, value: LocatedValue): ProjectPlace {
  const kind = value.section === 'env-file-entry' || value.section === 'dotenv' ? 'env-file' : 'compose'
  const service = value.service ?? (value.usedBy.length === 1 ? value.usedBy[0] : undefined)
  return {
    kind,
    path: relative(project.directory, value.file),
    ...(service === undefined || kind === 'env-file' ? {} : { service }),
    ...(value.key === undefined ? {} : { key: value.key }),
  }
}
