// Why a value stays in a Dockerfile for a Compose file beside those of the plan: it builds from that Dockerfile, or runs what is built from it.
import { dirname, relative } from 'node:path'
import { asTree } from '../support/tree.js'
import { NO_BUILDS } from './builds.js'
import type { Candidate } from './candidates.js'
import { heirsOf } from './image-heirs.js'
import { builtImage, IN_IMAGE, runnersOf } from './image-runners.js'
import type { DecideContext } from './plan-moves.js'
import { serviceModel } from './service-model.js'
import type { SiblingFile } from './sibling-files.js'
import { startsAlone } from './sibling-relation.js'

/** What another file does, as the rest of a sentence that begins with its name. */
export interface SiblingChange {
  readonly what: string
  /** What to do where the two files are not used together; begins small. */
  readonly apart: string
}

/** Kinds of candidates whose move edits the Dockerfile of their services. */
const IN_DOCKERFILES: ReadonlySet<Candidate['what']> = new Set([
  'build-arg',
  'image-env',
  'copied-file',
  'build-literal',
  'run-literal',
])

/** Without the plan's files, nothing there gives the build or the container what leaves the Dockerfile. */
export function builtToo(
  { what, services, variable }: Candidate,
  { name, alone, builds, together, relation }: SiblingFile,
  { project, builds: own }: DecideContext,
): SiblingChange | undefined {
  if (!IN_DOCKERFILES.has(what)) return undefined
  const edited = new Set(services.map((service) => own.of.get(service)?.dockerfile.file))
  const isWhole = relation === 'over' && typeof alone !== 'string' && startsAlone(alone)
  const isOnlyOver = together !== undefined && !isWhole
  const isInPlan = (service: string) =>
    (isOnlyOver || relation === 'hard-link' || relation === 'no-stack') &&
    Object.hasOwn(serviceModel(project, service), 'build')
  const other = [...(builds?.of.values() ?? [])].find(
    ({ service, dockerfile }) => edited.has(dockerfile.file) && !isInPlan(service),
  )
  if (other !== undefined)
    return {
      what: `builds ${other.service} from ${relative(project.directory, other.dockerfile.file)}, too`,
      apart: 'give one of them a Dockerfile of its own',
    }
  if (typeof alone === 'string' || !IN_IMAGE.has(what)) return undefined
  const files = new Set([...edited].filter((file) => file !== undefined))
  const image = builtImage(project, own, { files, what })
  const isGiven = (service: string) => isOnlyOver && services.includes(service)
  const sets = (service: string) => Object.hasOwn(asTree(serviceModel(alone, service)['environment']), variable)
  // Over the plan's files, the service would have both.
  const folder = together !== undefined && dirname(name) === '.' ? `put ${name} into a folder of its own and ` : ''
  const apart = (service: string) =>
    what === 'image-env'
      ? `${services.includes(service) ? folder : ''}give ${service} the variable there (${variable} under environment:)`
      : `let ${service} there run an image of another name, which keeps it`
  const heir = heirsOf(alone, builds ?? NO_BUILDS, image).find((service) => !(what === 'image-env' && sets(service)))
  if (heir !== undefined) return { what: `builds ${heir} upon the image that is built from it`, apart: apart(heir) }
  const runner = runnersOf(alone, image.names).find(
    (service) => !isGiven(service) && !(what === 'image-env' && sets(service)),
  )
  return runner === undefined
    ? undefined
    : { what: `runs the image that is built from it, by its name, as ${runner}`, apart: apart(runner) }
}
