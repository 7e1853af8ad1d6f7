// The first of a plan's Compose files without the later ones (compose.yaml without compose.override.yaml): they are started so, too, hold
// what the plan writes for all, and may have more of a value's services.
import { relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type LoadOptions, loadProject } from '../compose/load.js'
import type { ComposeProject } from '../compose/types.js'
import { SecretscanError } from '../support/errors.js'
import type { Blocked } from './build-use.js'
import { type Builds, readBuilds } from './builds.js'
import type { Candidate } from './candidates.js'
import type { FactsOf } from './image-facts.js'
import { readIfThere } from './project-files.js'
import { serviceModel } from './service-model.js'
import { isStartedOtherwise, type Side } from './started-otherwise.js'
import type { Strategy } from './strategy-kind.js'
import { asTree } from './tree.js'

/** None for a plan of one file; what cannot be loaded without the later ones is left out. */
export async function readEarlier(
  { mainFiles, directory }: ComposeProject,
  load: LoadOptions,
): Promise<readonly Side[]> {
  const sides: Side[] = []
  for (let count = 1; count < mainFiles.length; count++) {
    const project = await loaded({ ...load, files: mainFiles.slice(0, count), projectDir: directory })
    if (project !== undefined)
      sides.push({ project, builds: [await readBuilds(project, (file) => readIfThere(file).catch(() => undefined))] })
  }
  return sides
}

async function loaded(load: LoadOptions): Promise<ComposeProject | undefined> {
  try {
    return await loadProject(load)
  } catch (error) {
    if (error instanceof SecretscanError) return undefined
    throw error
  }
}

function isSameImage(
  service: string,
  one: Pick<ComposeProject, 'model'>,
  other: Pick<ComposeProject, 'model'>,
): boolean {
  const [own, theirs] = [one, other].map(({ model }) => asTree(asTree(model['services'])[service]))
  return ['image', 'build'].every((key) => isDeepStrictEqual(own?.[key], theirs?.[key]))
}

/** Why a value stays for which the plan would write into files what only the later ones start so. */
export function startedEarlier(
  candidate: Candidate,
  strategy: Strategy,
  {
    project,
    builds,
    earlier = [],
    factsOf,
  }: {
    readonly project: ComposeProject
    readonly builds: Builds
    readonly earlier?: readonly Side[]
    readonly factsOf: FactsOf
  },
): Blocked | undefined {
  for (const side of earlier) {
    const left = overriddenLater(candidate, side.project, project)
    if (left !== undefined) return left
    for (const service of candidate.services) {
      if (isSameImage(service, side.project, project) || !isThere(candidate, service, side.project)) continue
      const known = [builds, ...side.builds]
      const sides = [
        { project, builds: known },
        { project: side.project, builds: known },
      ] as const
      if (!isStartedOtherwise(candidate, service, strategy, sides, factsOf)) continue
      const names = project.mainFiles.map((file) => relative(project.directory, file))
      const [first, rest] = [names.slice(0, side.project.mainFiles.length), names.slice(side.project.mainFiles.length)]
      return {
        reason: `${rest.join(', ')} gives ${service} another image than ${first.join(', ')} alone, which starts in another way: what the plan would write for the one breaks the other.`,
        todo: `Give both images the same ENTRYPOINT, write what they start into each file (command:), and plan again.`,
      }
    }
  }
  return undefined
}

/** A service has the value from the first files alone, and another one with the later ones (an anchor, an extended service). */
function overriddenLater({ value }: Candidate, first: ComposeProject, project: ComposeProject): Blocked | undefined {
  const alone = first.values.find(({ file, start }) => file === value.file && start === value.start)
  const service = alone?.usedBy.find((each) => !value.usedBy.includes(each))
  if (service === undefined) return undefined
  const [before, ...others] = project.mainFiles.map((file) => relative(project.directory, file))
  return {
    reason: `Started without ${others.join(', ')}, ${service} has it, too, which gets another value there: it would have none.`,
    todo: `Write ${value.key ?? 'the value'} into the block of ${service} in ${before} as well, and plan again.`,
  }
}

/** The service can be started there, and has the value. */
function isThere({ what, value }: Candidate, service: string, project: ComposeProject): boolean {
  const { image, build } = serviceModel(project, service)
  if (image === undefined && build === undefined) return false
  if (what === 'image-env' || what === 'run-literal' || what === 'copied-file') return build !== undefined
  return project.values.some(
    ({ file, start, usedBy }) => file === value.file && start === value.start && usedBy.includes(service),
  )
}
