// A service that a later Compose file of the plan starts with an entrypoint of its own: its shim would stand there, and what is started from
// the files before alone would be without the value.
import { relative } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'

/** Why a value cannot go through a shim of `service`; undefined: the shim stands in the file that gives the service the value, or before. */
export function laterEntrypoint(candidate: Candidate, service: string, project: ComposeProject): Blocked | undefined {
  const { mainFiles, directory } = project
  const own = valuesOf(project).usedBy(service)
  const entrypoint = own.find(({ section }) => section === 'entrypoint')
  const later = entrypoint === undefined ? -1 : mainFiles.indexOf(entrypoint.file)
  const holding = holdingFiles(candidate, service, project).map((file) => mainFiles.indexOf(file))
  const first = Math.min(...holding.filter((index) => index >= 0))
  if (!Number.isFinite(first) || later <= first) return undefined
  const [before, after] = [first, later].map((index) => relative(directory, mainFiles[index] ?? ''))
  const what = candidate.given === undefined ? candidate.variable : `the ${candidate.given.section}`
  return {
    reason: `${after} starts ${service} with an entrypoint of its own, where the shim would stand: started from ${before} alone, ${service} would be without the value.`,
    todo: `Write that entrypoint into ${before}, or ${what} into ${after}, and plan again.`,
  }
}

/** Compose files by which the service has the value; for one of an env file those that name env files. */
export function holdingFiles(
  { value }: Pick<Candidate, 'value'>,
  service: string,
  project: ComposeProject,
): readonly string[] {
  if (project.mainFiles.includes(value.file)) return [value.file]
  const own = valuesOf(project).usedBy(service)
  const naming = own.filter(({ section }) => section === (value.section === 'env-file-entry' ? 'env_file' : 'build'))
  return naming.map(({ file }) => file)
}
