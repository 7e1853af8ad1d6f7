// The hard-coded secrets of the Dockerfiles that a project builds: values of ENV and LABEL, and defaults of ARG.
import { relative } from 'node:path'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import type { Dockerfile, Instruction, KeyValue } from '../dockerfile/types.js'
import { escaped } from '../support/regexp.js'
import { tolerantSourceText } from '../support/source-text.js'
import { asTree } from '../support/tree.js'
import { passedOnBy } from './build-use.js'
import { type Builds, buildersOf, type ServiceBuild, stageChain } from './builds.js'
import { becauseOf, reasonFor } from './candidate-base.js'
import type { Candidate, Detected, Detection } from './candidates.js'
import { runnersOf } from './image-runners.js'
import { namesOf, serviceModel } from './service-model.js'
import { SHIM_NAME } from './shim.js'

/** Dockerfiles of the project, each once. */
export function dockerfilesOf(builds: Builds): readonly Dockerfile[] {
  return [...new Set([...builds.of.values()].map(({ dockerfile }) => dockerfile))]
}

/** Literal values of ENV, ARG and LABEL as values of the project; `path` holds the keyword. */
export function dockerfileValues(builds: Builds): readonly LocatedValue[] {
  return dockerfilesOf(builds).flatMap((dockerfile) =>
    dockerfile.instructions
      .filter(({ keyword }) => keyword === 'ENV' || keyword === 'ARG' || keyword === 'LABEL')
      .flatMap((instruction) => instruction.pairs.flatMap((pair) => located(builds, dockerfile, instruction, pair))),
  )
}

function located(
  builds: Builds,
  dockerfile: Dockerfile,
  instruction: Instruction,
  pair: KeyValue,
): readonly LocatedValue[] {
  if (pair.value === undefined || pair.value === '' || pair.variables.length > 0) return []
  const { start, end } = pair.valueRange
  const position = tolerantSourceText(dockerfile.file, dockerfile.bytes).position(
    Buffer.from(dockerfile.bytes.subarray(0, start)).toString('utf8').length,
  )
  return [
    {
      file: dockerfile.file,
      start,
      end,
      line: position.line,
      column: position.column,
      path: [instruction.keyword],
      section: instruction.keyword === 'LABEL' ? 'labels' : 'other',
      key: pair.key,
      form: 'scalar',
      resolved: pair.value,
      literal: true,
      passThrough: false,
      interpolates: [],
      via: [],
      usedBy: buildersOf(builds, dockerfile.file)
        .map(({ service }) => service)
        .sort(),
    },
  ]
}

/** Candidates of the Dockerfiles: ENV of an image for its services, the rest for the build. */
export function findDockerfileCandidates(
  project: ComposeProject,
  builds: Builds,
  detected: Detected,
): readonly Candidate[] {
  const found = dockerfileValues(builds).flatMap((value) => {
    const reason = reasonFor(value, detected)
    return reason === undefined ? [] : candidateOf(project, builds, value, reason)
  })
  return found.map((candidate, index) => {
    const count = found.slice(0, index).filter(({ id }) => id === candidate.id).length
    return count === 0 ? candidate : { ...candidate, id: `${candidate.id}#${count + 1}` }
  })
}

function candidateOf(
  project: ComposeProject,
  builds: Builds,
  value: LocatedValue,
  reason: Detection,
): readonly Candidate[] {
  const { key = '' } = value
  const builders = buildersOf(builds, value.file)
  const [isArg, stage] = [value.path[0] === 'ARG', stageOf(builders, value)]
  const kept = isArg ? [] : builders.filter(({ dockerfile, target }) => stageChain(dockerfile, target).has(stage))
  // A default that the Compose file overrides is no value of its own: it goes with that one.
  const isLabel = value.path[0] === 'LABEL'
  if (isLabel && kept.length === 0) return []
  const services = (
    kept.length > 0 ? kept.filter(({ service }) => isLabel || !sets(project, service, key)) : builders
  ).map(({ service }) => service)
  const others = kept.length > 0 && !isLabel ? othersWith(project, kept, key) : []
  const path = relative(project.directory, value.file)
  return [
    {
      id: `${path}.${key}`,
      value,
      source: value,
      secret: value.resolved,
      variable: key,
      what: isLabel ? 'other' : kept.length > 0 ? 'image-env' : 'build-arg',
      services: [...services, ...others].sort(),
      shadowed: [],
      place: { kind: 'dockerfile', path, key },
      ...becauseOf(reason),
    },
  ]
}

/** Services that run the images of `kept` by their names, and have the variable from there. */
const othersWith = (
  project: ComposeProject,
  kept: readonly Pick<ServiceBuild, 'service'>[],
  variable: string,
): readonly string[] =>
  runnersOf(project, new Set(kept.flatMap(({ service }) => namesOf(project, service)))).filter(
    (service) => !sets(project, service, variable),
  )

function stageOf(builders: readonly ServiceBuild[], { start }: LocatedValue): number {
  const [first] = builders
  const instruction = first?.dockerfile.instructions.find((each) => each.start <= start && start < each.end)
  return instruction?.stage ?? -1
}

/** By its environment, or by the shim that a migration gave it. */
function sets(project: ComposeProject, service: string, variable: string): boolean {
  const { environment, entrypoint } = serviceModel(project, service)
  const words = Array.isArray(entrypoint) ? entrypoint.map(String) : []
  const script = words.includes(SHIM_NAME) ? (words[2] ?? '') : ''
  return Object.hasOwn(asTree(environment), variable) || new RegExp(`\\bexport ${escaped(variable)}\\b`).test(script)
}

/** All candidates; the default of an argument goes with the candidate that passes it, whose move removes both. */
export function joinCandidates(
  fromCompose: readonly Candidate[],
  fromDockerfiles: readonly Candidate[],
  builds: Builds,
  project: ComposeProject,
): readonly Candidate[] {
  const passedBy = (inFile: Candidate) =>
    fromCompose.filter(
      ({ what, variable, services }) =>
        what === 'build-arg' &&
        inFile.value.path[0] === 'ARG' &&
        variable === inFile.variable &&
        services.some((service) => builds.of.get(service)?.dockerfile.file === inFile.value.file),
    )
  const joined = fromCompose.map((candidate) => ({
    ...candidate,
    shadowed: [
      ...candidate.shadowed,
      ...fromDockerfiles.filter((each) => passedBy(each).includes(candidate)).map(({ value }) => value),
    ],
  }))
  const all = [...joined, ...fromDockerfiles.filter((each) => passedBy(each).length === 0)]
  return all.flatMap((candidate) => withPassedOn(project, builds, candidate))
}

/** An argument, and the variable of the container that `ENV X=$X` makes of it: the one cannot move without the other. */
function withPassedOn(project: ComposeProject, builds: Builds, candidate: Candidate): readonly Candidate[] {
  const { variable, what, value, services } = candidate
  if (what !== 'build-arg' || value.path[0] === 'ENV') return [candidate]
  const kept = services.flatMap((service) => {
    const build = builds.of.get(service)
    const declaration = build === undefined ? undefined : passedOnBy(build.dockerfile, variable)
    if (build === undefined || declaration === undefined) return []
    const isKept = stageChain(build.dockerfile, build.target).has(declaration.instruction.stage)
    return isKept && !sets(project, service, variable) ? [{ service, file: build.dockerfile.file, declaration }] : []
  })
  const [first] = kept
  if (first === undefined) return [candidate]
  const { start, end } = first.declaration.pair.valueRange
  const path = relative(project.directory, first.file)
  const id = `${candidate.id}@ENV`
  const ofContainer: Candidate = {
    ...candidate,
    id,
    value: { ...value, file: first.file, start, end, path: ['ENV'], section: 'other' },
    what: 'image-env',
    services: [
      ...kept.map(({ service }) => service),
      ...othersWith(
        project,
        kept.map(({ service }) => ({ service })),
        variable,
      ),
    ].sort(),
    shadowed: [],
    place: { kind: 'dockerfile', path, key: variable },
    together: [candidate.id],
  }
  return [{ ...candidate, together: [id] }, ofContainer]
}
