// Services whose own image is built upon one that the project builds (FROM shop/web of a worker beside the web): what leaves that image leaves
// theirs with the next build.
import type { ComposeProject } from '../compose/types.js'
import { parseDockerfile } from '../dockerfile/parse.js'
import type { Dockerfile } from '../dockerfile/types.js'
import { asList, asTree, type Tree } from '../support/tree.js'
import { type Builds, stageChain } from './builds.js'
import { imageName, serviceModel } from './service-model.js'

/** What leaves an image. */
export interface BuiltImage {
  /** Absolute: its Dockerfile, and those of the images that are built from it as well. */
  readonly files: ReadonlySet<string>
  /** Names of the image, as `imageName` spells them. */
  readonly names: ReadonlySet<string>
  /** Services that build it. */
  readonly services: ReadonlySet<string>
  /** It is a file, which others may copy out of the image. */
  readonly isFile: boolean
}

/** Services of `project` that are built upon the image, from Dockerfiles of their own; sorted. */
export function heirsOf(project: ComposeProject, builds: Builds, image: BuiltImage): readonly string[] {
  return Object.keys(asTree(project.model['services']))
    .filter((service) => {
      const build = asTree(serviceModel(project, service)['build'])
      const { dockerfile, target = dockerfile.stages.length - 1 } = builds.of.get(service) ?? inlineOf(build)
      if (image.files.has(dockerfile.file)) return false
      return takenBy(dockerfile, target, image.isFile).some((from) =>
        isOf(image, inFull(from, dockerfile, build), build),
      )
    })
    .sort()
}

function inlineOf({ dockerfile_inline: inline }: Tree): { readonly dockerfile: Dockerfile; readonly target?: number } {
  return { dockerfile: parseDockerfile('', Buffer.from(typeof inline === 'string' ? inline : '')) }
}

/** Images that a stage begins with; those that the file copies from, too, where files are asked for. */
function takenBy(dockerfile: Dockerfile, target: number, isFile: boolean): readonly string[] {
  const chain = stageChain(dockerfile, target)
  const bases = dockerfile.stages
    .filter(({ index, baseStage }) => baseStage === undefined && (isFile || chain.has(index)))
    .map(({ base }) => base)
  const copied = dockerfile.instructions
    .flatMap(({ flags }) => flags)
    .flatMap(({ name, value }) => (isFile && name === 'from' && value !== undefined ? [value] : []))
  return [...bases, ...copied]
}

/** With the arguments that stand before the first FROM. */
function inFull(text: string, { instructions }: Dockerfile, build: Tree): string {
  const defaults = instructions
    .filter(({ keyword, stage }) => keyword === 'ARG' && stage === -1)
    .flatMap(({ pairs }) => pairs.map(({ key, value }) => [key, value] as const))
  const values = new Map<string, unknown>([...defaults, ...Object.entries(asTree(build['args']))])
  return text.replace(/\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g, (_, braced, otherwise, bare) =>
    String(values.get(braced ?? bare) ?? otherwise ?? ''),
  )
}

function isOf({ names, services }: BuiltImage, from: string, build: Tree): boolean {
  const context = contextsOf(build).get(from) ?? from
  return context.startsWith('service:')
    ? services.has(context.slice('service:'.length))
    : names.has(imageName(context.replace(/^docker-image:\/\//, '')))
}

function contextsOf({ additional_contexts: contexts }: Tree): ReadonlyMap<string, string> {
  const entries = asList(contexts).map((entry) => String(entry).split(/=(.*)/s))
  const listed = entries.map(([name = '', from = '']) => [name, from] as const)
  return new Map([...listed, ...Object.entries(asTree(contexts)).map(([name, from]) => [name, String(from)] as const)])
}
