// The first of a plan's Compose files without the later ones (compose.yaml without compose.override.yaml): they are started so, too, hold
// what the plan writes for all, and may have more of a value's services.
import { relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type LoadOptions, loadProject } from '../compose/load.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import { SecretscanError } from '../support/errors.js'
import { asTree } from '../support/tree.js'
import { wholeFiles } from './alternative-files.js'
import type { Blocked } from './build-use.js'
import { type Builds, readBuilds } from './builds.js'
import { type Candidate, entriesWith } from './candidates.js'
import type { FactsOf } from './image-facts.js'
import { readIfThere } from './project-files.js'
import { serviceModel } from './service-model.js'
import { isStartedOtherwise, type Side } from './started-otherwise.js'
import type { Strategy } from './strategy-kind.js'

/** None for a plan of one file; what cannot be loaded without the later ones is left out. */
export async function readEarlier(
  { mainFiles, files, directory }: ComposeProject,
  load: LoadOptions,
): Promise<readonly Side[]> {
  const sides: Side[] = []
  const before = mainFiles.slice(1).map((_, index) => mainFiles.slice(0, index + 1))
  const alone = wholeFiles({ mainFiles, files }).filter((file) => file !== mainFiles[0])
  for (const some of [...before, ...alone.map((file) => [file])]) {
    const project = await loaded({ ...load, files: some, projectDir: directory })
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

/**
 * Each with what has its value where one side is started by itself, and the same value from another entry where all files are: the services of its
 * entry that another candidate gives it, and entries that only the side's services have, which are no candidates of their own then.
 */
export function withThoseAlone(
  candidates: readonly Candidate[],
  context: { readonly project: ComposeProject; readonly earlier?: readonly Side[] },
): readonly Candidate[] {
  const all = candidates.map((candidate) => withItsAlone(candidate, candidates, context))
  const along = new Set(all.flatMap(({ shadowed }) => shadowed))
  return all.filter(({ value }) => !along.has(value))
}

function withItsAlone(
  candidate: Candidate,
  all: readonly Candidate[],
  { project, earlier = [] }: { readonly project: ComposeProject; readonly earlier?: readonly Side[] },
): Candidate {
  const { variable, secret, services } = candidate
  if (!isVariable(candidate)) return candidate
  const isEntry = isOneOf(entriesWith(candidate))
  const alone = earlier.flatMap((side) =>
    valuesOf(side.project)
      .withKey(variable)
      .filter(
        ({ resolved, section }) => resolved === secret && (section === 'environment' || section === 'env-file-entry'),
      ),
  )
  if (alone.length === 0) return candidate
  const hasOtherwise = (service: string) =>
    all.some(
      (other) =>
        other !== candidate &&
        isVariable(other) &&
        other.variable === variable &&
        other.secret === secret &&
        other.services.includes(service),
    )
  const more = alone
    .filter((value) => value.file === candidate.value.file && value.start === candidate.value.start)
    .flatMap(({ usedBy }) => usedBy)
    .filter((service) => !services.includes(service) && hasOtherwise(service))
  const isAlone = isOneOf(
    alone.filter(
      (value) =>
        value.section === 'environment' &&
        !isEntry(value) &&
        value.usedBy.some((service) => services.includes(service)),
    ),
  )
  const entries = project.values.filter((value) => value.usedBy.length === 0 && isAlone(value))
  return more.length + entries.length === 0
    ? candidate
    : {
        ...candidate,
        services: [...services, ...new Set(more)],
        shadowed: [...candidate.shadowed, ...entries],
      }
}

const isVariable = ({ what }: Candidate): boolean => what === 'environment' || what === 'env-file'

/** Of values of several projects: by where they stand. */
function isOneOf(values: readonly LocatedValue[]): (value: LocatedValue) => boolean {
  const places = new Set(values.map(({ file, start }) => `${file}\0${start}`))
  return ({ file, start }) => places.has(`${file}\0${start}`)
}

/** By which of them two projects start a service. */
function differsIn(
  service: string,
  one: Pick<ComposeProject, 'model'>,
  other: Pick<ComposeProject, 'model'>,
): 'image' | 'entrypoint' | undefined {
  const [own, theirs] = [one, other].map(({ model }) => asTree(asTree(model['services'])[service]))
  const differs = (key: string) => !isDeepStrictEqual(own?.[key], theirs?.[key])
  if (differs('image') || differs('build')) return 'image'
  return differs('entrypoint') ? 'entrypoint' : undefined
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
    const left = overriddenLater(candidate, side, project) ?? otherAlone(candidate, side, project)
    if (left !== undefined) return left
    for (const service of candidate.services) {
      const what = differsIn(service, side.project, project)
      if (what === undefined || !isThere(candidate, service, side.project)) continue
      const known = [builds, ...side.builds]
      const sides = [
        { project, builds: known },
        { project: side.project, builds: known },
      ] as const
      if (!isStartedOtherwise(candidate, service, strategy, sides, factsOf)) continue
      const [first, rest] = partsOf(project, side)
      const [other, todo] =
        what === 'image'
          ? ['image', 'Give both images the same ENTRYPOINT, write what they start into each file (command:)']
          : [
              'entrypoint',
              `Write the same entrypoint: for ${service} into each file, and what it starts under command:`,
            ]
      return {
        reason: `${rest.join(', ')} gives ${service} another ${other} than ${first.join(', ')} alone, which starts in another way: what the plan would write for the one breaks the other.`,
        todo: `${todo}, and plan again.`,
      }
    }
  }
  return undefined
}

/** Names of the files of one side, and of the others. */
function partsOf({ mainFiles, directory }: ComposeProject, { project }: Side): readonly [string[], string[]] {
  const namesOf = (files: readonly string[]) => files.map((file) => relative(directory, file))
  const others = mainFiles.filter((file) => !project.mainFiles.includes(file))
  return [namesOf(project.mainFiles), namesOf(others)]
}

/** A service has the value from the first files alone, and another one with the later ones (an anchor, an extended service). */
function overriddenLater({ value, services }: Candidate, side: Side, project: ComposeProject): Blocked | undefined {
  const [alone] = valuesOf(side.project).at(value)
  const service = alone?.usedBy.find((each) => !value.usedBy.includes(each) && !services.includes(each))
  if (service === undefined) return undefined
  const [[before = ''], others] = partsOf(project, side)
  const name = value.key ?? 'the value'
  const sets = project.values.find(({ key, usedBy }) => key === value.key && usedBy.includes(service))
  const isOwn = value.service === service && side.project.mainFiles.includes(value.file)
  if (isOwn && sets !== undefined && sets.resolved !== value.resolved) {
    const other = relative(project.directory, sets.file)
    const files = project.mainFiles
      .filter((each) => each !== sets.file)
      .map((each) => relative(project.directory, each))
    return {
      reason: `${other} gives ${service} another value of ${name}: what the plan would write for the one counts with the other, too.`,
      todo: `Plan without ${other} (${files.map((each) => `-f ${each}`).join(' ')}).`,
    }
  }
  return {
    reason: `Started without ${others.join(', ')}, ${service} has it, too, which gets another value there: it would have none.`,
    todo: `Write ${name} into the block of ${service} in ${before} as well, and plan again.`,
  }
}

/** One of the files alone gives a service what another file's entry overrides. */
function otherAlone(candidate: Candidate, side: Side, project: ComposeProject): Blocked | undefined {
  const { what, services, secret, variable } = candidate
  if (what !== 'environment' && what !== 'env-file') return undefined
  const entries = entriesWith(candidate)
  for (const { file, start, usedBy, resolved } of valuesOf(side.project).usedBy(...services)) {
    const service = services.find((each) => usedBy.includes(each))
    if (service === undefined || resolved === secret || resolved === '') continue
    if (!entries.some((each) => each.file === file && each.start === start)) continue
    const [own, others] = partsOf(project, side)
    return {
      reason: `Started from ${own.join(', ')} alone, ${service} has another value of ${variable} than with ${others.join(', ')}: one secret cannot be both.`,
      todo: `Give ${variable} another name in one of them, or plan each of them in a folder of its own.`,
    }
  }
  return undefined
}

/** The service can be started there, and has the value. */
function isThere(candidate: Candidate, service: string, project: ComposeProject): boolean {
  const { image, build } = serviceModel(project, service)
  if (image === undefined && build === undefined) return false
  const { what } = candidate
  if (what === 'image-env' || what === 'run-literal' || what === 'copied-file') return build !== undefined
  const entries = entriesWith(candidate)
  return valuesOf(project)
    .usedBy(service)
    .some(({ file, start }) => entries.some((each) => each.file === file && each.start === start))
}
