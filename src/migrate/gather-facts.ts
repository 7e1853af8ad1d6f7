// Which images a plan has to look into, and what was found there.
import type { ComposeProject } from '../compose/types.js'
import type { SourceOptions } from '../image/types.js'
import { printable } from '../support/printable.js'
import { asTree } from '../support/tree.js'
import type { Candidate } from './candidates.js'
import { conventionFor, fileEntry } from './conventions.js'
import { isWhole, settingsFor } from './file-strategy.js'
import { type FactsOf, type ImageFacts, NOT_LOOKED_AT, type NoFacts, readImageFacts } from './image-facts.js'
import { appliesFileForm } from './own-program.js'
import { imageOf } from './service-model.js'

export interface FactsOptions {
  /** What images are known already; grows. */
  readonly facts: Map<string, ImageFacts | NoFacts>
  /** false: images are not looked at, only the table counts. */
  readonly images: boolean
  readonly sourceOptions: SourceOptions
  readonly on: (message: string) => void
}

/** What no service's image has a say in. */
const WITHOUT_FACTS: ReadonlySet<Candidate['what']> = new Set(['other', 'build-arg', 'build-literal'])

/** Images are read only where the table does not settle it: it takes a look at every layer. `projects`: the project, and what it is by some of its files; `isContested`: another Compose file stands against the way that the table knows. */
export async function gatherFacts(
  projects: readonly ComposeProject[],
  candidates: readonly Candidate[],
  options: FactsOptions,
  isContested: (candidate: Candidate) => boolean = () => false,
): Promise<FactsOf> {
  for (const project of projects) await gatherIn(project, candidates, options, isContested)
  return (image) => options.facts.get(image) ?? { missing: NOT_LOOKED_AT }
}

async function gatherIn(
  project: ComposeProject,
  candidates: readonly Candidate[],
  options: FactsOptions,
  isContested: (candidate: Candidate) => boolean,
) {
  const { facts } = options
  for (const candidate of candidates) {
    // Its values stay, and what image it would have is not in the model.
    const active = candidate.services.filter((service) => Object.hasOwn(asTree(project.model['services']), service))
    const services = WITHOUT_FACTS.has(candidate.what) ? [] : active
    const [first, ...ways] = services.map((service) => settledWay(project, service, candidate))
    // One entry has one way for all: where the table does not settle it for one of them, a shim may be for the others.
    const isSettled = first !== undefined && ways.every((way) => way === first) && !isContested(candidate)
    for (const service of isSettled ? [] : services) {
      const image = imageOf(project, service)
      if (facts.has(image)) continue
      if (options.images) options.on(`Looking into ${printable(image)}.`)
      facts.set(image, options.images ? await readImageFacts(image, options.sourceOptions) : { missing: NOT_LOOKED_AT })
    }
  }
}

/** The way that the table knows for it; undefined: the image has to be looked at. */
function settledWay(project: ComposeProject, service: string, candidate: Candidate): string | undefined {
  const image = imageOf(project, service)
  const known = conventionFor(image)
  const { variable } = candidate
  if (candidate.what === 'flag' || known === undefined || known === 'none') return undefined
  if (settingsFor(known, candidate, service, project) !== undefined) return known.configFile?.target
  const entry = fileEntry(known, variable, 'x')
  const isTaken =
    isWhole(variable, service, project, image) && appliesFileForm(project, service, variable, known, undefined)
  return entry !== undefined && isTaken ? `${entry.key}=${entry.value}` : undefined
}
