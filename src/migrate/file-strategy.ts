// Whether a variable can go into a file that its image's own program reads: by the image's file form, or as a line of settings.
import type { ComposeProject } from '../compose/types.js'
import type { Candidate } from './candidates.js'
import { type Convention, conventionFor, conventionsOf, fileEntry, setOf } from './conventions.js'
import type { ImageFacts } from './image-facts.js'
import { appliesFileForm } from './own-program.js'
import { holding } from './same-value.js'
import { serviceModel } from './service-model.js'
import { NAME, none, type Strategy } from './strategy-kind.js'
import { memberOf } from './value-source.js'

/** undefined: there is no such file. */
export function fileFor(
  candidate: Candidate,
  service: string,
  project: ComposeProject,
  image: string,
  facts: ImageFacts | undefined,
): Strategy | undefined {
  for (const convention of conventionsOf(image, facts?.convention)) {
    const entry = fileEntry(convention, candidate.variable, NAME)
    if (entry === undefined) continue
    const environment = serviceModel(project, service)['environment'] as Readonly<Record<string, unknown>> | undefined
    if (entry.key !== candidate.variable && environment !== undefined && Object.hasOwn(environment, entry.key)) {
      return none(
        `${service} has ${entry.key} already.`,
        `Remove ${candidate.variable}: both together stop some images from starting.`,
      )
    }
    if (!isWhole(candidate.variable, service, project, image)) continue
    if (!appliesFileForm(project, service, candidate.variable, convention, facts)) continue
    // A value in the image's ENV would stand beside the file form (unless it leaves the Dockerfile now).
    const inImage =
      candidate.what !== 'image-env' && facts?.env.some((each) => each.startsWith(`${candidate.variable}=`)) === true
    if (inImage && entry.key !== candidate.variable) continue
    return { by: 'file', entry, convention }
  }
  const known = conventionFor(image)
  return known === undefined || known === 'none' ? undefined : settingsFor(known, candidate, service, project)
}

/** true where all variables that count only together are there to move. */
export function isWhole(variable: string, service: string, project: ComposeProject, image: string): boolean {
  return setOf(image, variable).every((each) => memberOf(project, service, each) !== undefined)
}

/** true where the image takes the value from a file of settings, and needs no quotes around it there. */
function fitsConfigFile({ configFile, variables }: Convention, { variable, secret }: Candidate): boolean {
  return configFile !== undefined && variables.includes(variable) && configFile.plain.test(secret)
}

/** The secret holds a line of settings then, not the value: what reads the value itself beside the program would not find it. */
export function settingsFor(
  known: Convention,
  candidate: Candidate,
  service: string,
  project: ComposeProject,
): Strategy | undefined {
  const { configFile } = known
  if (configFile === undefined || !fitsConfigFile(known, candidate)) return undefined
  const isHeld = holding(candidate.secret)
  const readers = project.values.filter(
    (value) =>
      ['healthcheck', 'command', 'entrypoint'].includes(value.section) &&
      value.usedBy.includes(service) &&
      (value.resolved.includes(candidate.variable) || isHeld(value)),
  )
  return readers.length > 0
    ? undefined
    : { by: 'settings', target: configFile.target.replace('<name>', NAME), line: configFile.line }
}
