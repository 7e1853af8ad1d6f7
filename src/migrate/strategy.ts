// How a variable can leave a service without breaking it: by a file form that the image is known or seen to have, else through the
// shim, else not at all and with the reason.
import { relative } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import type { Candidate } from './candidates.js'
import { conventionFor, conventionsOf, fileEntry } from './conventions.js'
import { fileFor } from './file-strategy.js'
import type { FactsOf } from './image-facts.js'
import { inactiveServices } from './inactive-services.js'
import { ofIncluded } from './included.js'
import { appliesFileForm } from './own-program.js'
import { imageOf } from './service-model.js'
import { flagFor, shimFor, unsureScript } from './shim-strategy.js'
import { NAME, none, type Strategy } from './strategy-kind.js'
import { servicesIn } from './written-model.js'

/** One strategy for all services that have the entry, since it is written once. */
export function chooseStrategy(candidate: Candidate, project: ComposeProject, factsOf: FactsOf): Strategy {
  const included = ofIncluded(candidate, project)
  if (included !== undefined) return { by: 'none', ...included }
  const inactive = inactiveServices(candidate.services, project)
  if (inactive !== undefined) return { by: 'none', ...inactive }
  const choices = candidate.services.map((service) => forService(candidate, service, project, factsOf))
  const [first] = choices
  // That of the service in whose name the value is told.
  const told = choices[candidate.services.indexOf(candidate.value.service ?? '')]
  const refused = told?.by === 'none' ? told : choices.find(({ by }) => by === 'none')
  if (first === undefined) return candidate.unread === undefined ? unused(candidate, project) : { by: 'shim' }
  if (refused !== undefined) return refused
  if (choices.every(({ by }) => by === first.by && by !== 'file')) return first
  const byFile = fileForAll(candidate, choices, project, factsOf)
  if (byFile !== undefined) return byFile
  return shimForAll(candidate, project, factsOf)
}

/** The shim for all services that have the entry. */
export function shimForAll(candidate: Candidate, project: ComposeProject, factsOf: FactsOf): Strategy {
  const shims = candidate.services.map((service) => shimFor(candidate, service, project, factsOf))
  return shims.find(({ by }) => by === 'none') ?? { by: 'shim' }
}

/** A later file may set it again for the service in whose block it stands, or take it away; one that is only extended may give it to others. */
function unused({ value }: Candidate, project: ComposeProject): Strategy {
  const { directory, mainFiles, files } = project
  const { service, file, key } = value
  const name = (path: string) => relative(directory, path)
  const isLater = (other: string) => mainFiles.indexOf(other) > mainFiles.indexOf(file) && mainFiles.includes(file)
  const sets = project.values.find(
    (other) =>
      other.section === value.section &&
      other.key === key &&
      service !== undefined &&
      other.usedBy.includes(service) &&
      isLater(other.file),
  )
  const takes = files.find((each) => isLater(each.file) && service !== undefined && service in servicesIn(each.bytes))
  const other = sets?.file ?? takes?.file
  if (other !== undefined) {
    const names = mainFiles.filter((each) => each !== other).map((each) => `-f ${name(each)}`)
    return none(
      `${name(other)} ${sets === undefined ? 'takes it away' : 'sets it again'}; what is started without ${name(other)} still uses it.`,
      `Plan without ${name(other)} (${names.join(' ')}). Take it out of ${name(file)} only where nobody starts that without ${name(other)}.`,
    )
  }
  if (service !== undefined && files.some((each) => each.file === file && each.extended === true))
    return none(
      `What extends ${service} of ${name(file)} here has ${key ?? 'the value'} otherwise.`,
      'Remove it where no other project extends that service.',
    )
  return none('No service uses it.', 'Remove it if it is not needed.')
}

/**
 * The file form where all services that take one take the same, with a shim for the others; undefined where one of those has an image
 * that applies a file form at times: both at once stop it.
 */
function fileForAll(
  candidate: Candidate,
  choices: readonly Strategy[],
  project: ComposeProject,
  factsOf: FactsOf,
): Strategy | undefined {
  const [first, ...more] = choices.filter((choice) => choice.by === 'file')
  const isSame = more.every(({ entry }) => entry.key === first?.entry.key && entry.value === first.entry.value)
  const shimmed = candidate.services.filter((_, index) => choices[index]?.by === 'shim')
  if (first === undefined || !isSame || 1 + more.length + shimmed.length !== choices.length) return undefined
  const covers = (service: string): boolean => {
    const image = imageOf(project, service)
    const facts = factsOf(image)
    const known = conventionsOf(image, 'missing' in facts ? undefined : facts.convention)
    return known.some((each) => fileEntry(each, candidate.variable, NAME) !== undefined)
  }
  if (shimmed.some(covers)) return undefined
  return shimmed.length === 0 ? first : { ...first, shimmed }
}

function forService(candidate: Candidate, service: string, project: ComposeProject, factsOf: FactsOf): Strategy {
  const image = imageOf(project, service)
  if (candidate.what === 'flag') return unsureScript(candidate, service, project) ?? flagFor(service, project, factsOf)
  const found = factsOf(image)
  const facts = 'missing' in found ? undefined : found
  const byFile = fileFor(candidate, service, project, image, facts)
  if (byFile !== undefined) return byFile
  const known = conventionFor(image)
  const isCovered = known !== undefined && known !== 'none' && fileEntry(known, candidate.variable, NAME) !== undefined
  return shimFor(
    candidate,
    service,
    project,
    factsOf,
    isCovered && !appliesFileForm(project, service, candidate.variable, known, facts)
      ? `${image} takes ${candidate.variable} from a file only when it starts its own program, and ${service} starts another`
      : undefined,
  )
}
