// Whether a service is started in one way by two sets of Compose files: what the plan writes for it is read by both.
import { isAbsolute, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ComposeProject } from '../compose/types.js'
import type { Dockerfile } from '../dockerfile/types.js'
import { asTree } from '../support/tree.js'
import { type Builds, stageChain, stageNamed } from './builds.js'
import type { Candidate } from './candidates.js'
import type { FactsOf } from './image-facts.js'
import { imageName, imageOf, serviceModel } from './service-model.js'
import { chooseStrategy } from './strategy.js'
import type { Strategy } from './strategy-kind.js'

/** A project as some of its files make it. */
export interface Side {
  readonly project: ComposeProject
  /** Dockerfiles that are known. */
  readonly builds: readonly Builds[]
}

/** The way that the plan takes for the first would not be taken for the other, or its shim becomes what only the first one starts. */
export function isStartedOtherwise(
  candidate: Candidate,
  service: string,
  strategy: Strategy,
  [first, other]: readonly [Side, Side],
  factsOf: FactsOf,
): boolean {
  if (strategy.by !== 'file' && strategy.by !== 'shim' && strategy.by !== 'flag' && strategy.by !== 'settings')
    return false
  const alone = { ...candidate, services: [service] }
  const [own, theirs] = [first, other].map(({ project }) => chooseStrategy(alone, project, factsOf))
  if (!isDeepStrictEqual(asWritten(own), asWritten(theirs))) return true
  const isRead = own?.by === 'file' || own?.by === 'settings'
  return (strategy.by === 'shim' || !isRead) && !startsSame(service, first, other, factsOf)
}

/** Two images may take one file form by different words. */
const asWritten = (strategy: Strategy | undefined) =>
  strategy?.by === 'file' ? { ...strategy, convention: undefined } : strategy

/** Their images start one program, as far as the Compose files leave that to them. */
function startsSame(service: string, first: Side, other: Side, factsOf: FactsOf): boolean {
  const [own, theirs] = [first, other].map(({ project }) => serviceModel(project, service))
  if (!isDeepStrictEqual(own?.['entrypoint'], theirs?.['entrypoint'])) return false
  const stages = stagesOf(service, first, other)
  if (stages === undefined) return isDeepStrictEqual(startOf(first, service, factsOf), startOf(other, service, factsOf))
  const [one, two] = stages
  const isCommandGiven = own?.['command'] !== undefined && theirs?.['command'] !== undefined
  const taken =
    own?.['entrypoint'] !== undefined
      ? []
      : isCommandGiven
        ? (['entrypoint'] as const)
        : (['entrypoint', 'cmd'] as const)
  // What a stage does not say is said by the image that it begins with, of which an ENTRYPOINT leaves no CMD.
  const words = ({ root, entrypoint, ...stage }: StageProgram) =>
    taken.map(
      (key) =>
        (key === 'entrypoint' ? entrypoint : (stage.cmd ?? (entrypoint === undefined ? undefined : ''))) ?? { root },
    )
  const haveShells = one.root === two.root || ![one, two].some(({ root }) => WITHOUT_SHELL.test(root))
  return haveShells && isDeepStrictEqual(words(one), words(two))
}

const WITHOUT_SHELL = /distroless|chainguard|^scratch$/

/** By the facts of the images. Mostly one file builds what the other one pulls. */
function startOf({ project }: Side, service: string, factsOf: FactsOf): readonly unknown[] {
  const { build } = serviceModel(project, service)
  const { context: folder, dockerfile = 'Dockerfile', dockerfile_inline: inline, target } = asTree(build)
  const facts = factsOf(imageOf(project, service))
  const program = 'missing' in facts ? [imageOf(project, service), folder] : [facts.entrypoint, facts.cmd, facts.user]
  return [...program, dockerfile, inline, target]
}

/** What a Dockerfile says of one of its stages; undefined: as in the image that it begins with. */
export interface StageProgram {
  readonly root: string
  readonly entrypoint?: string
  readonly cmd?: string
  readonly user?: string
}

/** Of both; what one of them pulls under the name that the other one builds is the last stage. undefined: not known. */
function stagesOf(service: string, first: Side, other: Side): readonly [StageProgram, StageProgram] | undefined {
  const [own, theirs] = [builtOf(first, service), builtOf(other, service)]
  const isSameName = imageName(imageOf(first.project, service)) === imageName(imageOf(other.project, service))
  const last = (built: Built | undefined, side: Side) =>
    isSameName && serviceModel(side.project, service)['build'] === undefined && built !== undefined
      ? { ...built, target: built.dockerfile.stages.length - 1 }
      : undefined
  const [one, two] = [own ?? last(theirs, first), theirs ?? last(own, other)]
  return one === undefined || two === undefined ? undefined : [stageProgram(one), stageProgram(two)]
}

interface Built {
  readonly dockerfile: Dockerfile
  readonly target: number
}

function builtOf({ project, builds }: Side, service: string): Built | undefined {
  const {
    context,
    dockerfile = 'Dockerfile',
    dockerfile_inline: inline,
    target,
  } = asTree(serviceModel(project, service)['build'])
  if (typeof context !== 'string' || typeof dockerfile !== 'string' || inline !== undefined) return undefined
  const file = isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile)
  const known = builds.flatMap(({ of }) => [...of.values()]).find((each) => each.dockerfile.file === file)
  const stage = known === undefined ? undefined : stageNamed(known.dockerfile, target)
  return known === undefined || stage === undefined ? undefined : { dockerfile: known.dockerfile, target: stage }
}

function stageProgram({ dockerfile, target }: Built): StageProgram {
  const chain = stageChain(dockerfile, target)
  const last = (wanted: string) => {
    const text = dockerfile.instructions.findLast(({ keyword, stage }) => keyword === wanted && chain.has(stage))?.text
    return text?.replace(/\s+/g, ' ')
  }
  const [entrypoint, cmd, user] = [last('ENTRYPOINT'), last('CMD'), last('USER')]
  const root = dockerfile.stages.find(({ index, baseStage }) => chain.has(index) && baseStage === undefined)?.base ?? ''
  return {
    root,
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(cmd === undefined ? {} : { cmd }),
    ...(user === undefined ? {} : { user }),
  }
}
