// The ways in which a value can leave a service, as data, and the words for what cannot.
import type { ComposeProject } from '../compose/types.js'
import { asTree } from '../support/tree.js'
import type { BuildSite } from './build-strategy.js'
import type { Convention } from './conventions.js'
import { NOT_LOOKED_AT, type NoFacts } from './image-facts.js'
import type { ConfigGrant } from './place-strategy.js'
import { imageName, imageOf, namesOf, serviceModel } from './service-model.js'

export type Strategy =
  | {
      readonly by: 'file'
      readonly entry: { readonly key: string; readonly value: string }
      readonly convention: Convention
      /** Services that have the same entry and an image without a file form: they get it through the shim. */
      readonly shimmed?: readonly string[]
    }
  /** As a file of settings of the program's own. */
  | { readonly by: 'settings'; readonly target: string; readonly line: string }
  | { readonly by: 'shim' }
  /** The password of a URL: its variable keeps the rest, and a placeholder that the shim fills. */
  | { readonly by: 'url' }
  | { readonly by: 'flag' }
  /** As a build secret, in these Dockerfiles. */
  | { readonly by: 'build'; readonly sites: readonly BuildSite[] }
  /** Read from its file by the Dockerfile's own command, while the image is built or when it runs. */
  | { readonly by: 'literal'; readonly when: 'build' | 'run' }
  /** As a file at the path where the image had it. */
  | { readonly by: 'mount'; readonly targets: readonly string[] }
  /** A label that names a file, which `reader` is granted. */
  | { readonly by: 'label'; readonly key: string; readonly reader: string }
  /** As a secret instead of a config, at the same paths. */
  | {
      readonly by: 'config'
      readonly config: string
      readonly grants: readonly ConfigGrant[]
      readonly saysMode: boolean
    }
  | { readonly by: 'none'; readonly reason: string; readonly todo: string }

export const none = (reason: string, todo: string): Strategy => ({ by: 'none', reason, todo })

/** Stands for the secret's name until that is known. */
export const NAME = '\u0000'

/** What helps where the facts of a service's image are missing. */
export function lookAt(project: ComposeProject, service: string, { missing, noEngine }: NoFacts): string {
  if (missing === NOT_LOOKED_AT) return 'Leave out --no-images.'
  const builder = builderOf(project, service)
  const command = builder === undefined ? `docker pull ${imageOf(project, service)}` : `docker compose build ${builder}`
  if (noEngine === undefined) return `Run ${command} and plan again.`
  const registry = builder !== undefined ? '' : ', or plan again where its registry can be reached'
  return `${noEngine} Then run ${command} and plan again${registry}.`
}

/** The service that builds the image of `service`: itself, or one that gives what it builds that name. */
export function builderOf(project: ComposeProject, service: string): string | undefined {
  const image = imageName(imageOf(project, service))
  const builds = (other: string) => serviceModel(project, other)['build'] !== undefined
  const others = Object.keys(asTree(project.model['services'])).sort()
  return [service, ...others].find((other) => builds(other) && namesOf(project, other).includes(image))
}
