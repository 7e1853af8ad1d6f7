// Services that run an image which another one builds, by its name (web builds shop/web:1, worker and cron only name it): what leaves the
// Dockerfile leaves them, too.
import type { ComposeProject } from '../compose/types.js'
import { asTree } from '../support/tree.js'
import type { Blocked } from './build-use.js'
import { type Builds, buildersOf } from './builds.js'
import type { Candidate } from './candidates.js'
import { type BuiltImage, heirsOf } from './image-heirs.js'
import { activating } from './inactive-services.js'
import { imageName, imageOf, namesOf, serviceModel } from './service-model.js'

/** The images that the project builds from `files`. */
export function builtImage(
  project: ComposeProject,
  builds: Builds,
  { files, what }: { readonly files: ReadonlySet<string>; readonly what: Candidate['what'] },
): BuiltImage {
  const services = [...files].flatMap((file) => buildersOf(builds, file)).map(({ service }) => service)
  const names = services.flatMap((service) => namesOf(project, service))
  return { files, names: new Set(names), services: new Set(services), isFile: what !== 'image-env' }
}

/** Sorted; those of no active profile, too. */
export function runnersOf(project: ComposeProject, names: ReadonlySet<string>): readonly string[] {
  const active = Object.keys(asTree(project.model['services'])).filter(
    (service) =>
      serviceModel(project, service)['build'] === undefined && names.has(imageName(imageOf(project, service))),
  )
  const has = (service: string, section: string, fits: (resolved: string) => boolean) =>
    project.values.some((value) => value.section === section && value.path[1] === service && fits(value.resolved))
  const inactive = project.inactiveServices.filter(
    (service) => has(service, 'image', (image) => names.has(imageName(image))) && !has(service, 'build', () => true),
  )
  return [...active, ...inactive].sort()
}

/** Kinds that leave the image, and that only services of the build would get again. */
export const IN_IMAGE: ReadonlySet<Candidate['what']> = new Set(['image-env', 'copied-file', 'run-literal'])

/** Why a value of an image stays that services have by the image's name alone; undefined: all that run it get the secret. */
export function runnerObstacle(candidate: Candidate, project: ComposeProject, builds: Builds): Blocked | undefined {
  const { what, services, variable } = candidate
  if (!IN_IMAGE.has(what)) return undefined
  const files = new Set(services.flatMap((service) => builds.of.get(service)?.dockerfile.file ?? []))
  const image = builtImage(project, builds, { files, what })
  const sets = (service: string) =>
    what === 'image-env' && Object.hasOwn(asTree(serviceModel(project, service)['environment']), variable)
  const heir = heirsOf(project, builds, image).find((service) => !sets(service))
  if (heir !== undefined)
    return {
      reason: `${heir} is built upon the image: its own image would lose the value with the next build.`,
      todo: `Take the value out of the Dockerfile, give it under environment: to each service that needs it, and plan again.`,
    }
  const other = runnersOf(project, image.names).find((service) => !services.includes(service) && !sets(service))
  if (other === undefined) return undefined
  if (project.inactiveServices.includes(other))
    return {
      reason: `${other} is in no active profile, and runs the image, too.`,
      todo: activating([other], project),
    }
  return {
    reason: `${other} runs the image, too, by its name and without a build of its own: it would lose the value.`,
    todo: `Give ${other} the same build: (what is built is kept, so that it takes no time), and plan again.`,
  }
}
