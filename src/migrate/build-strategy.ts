// Whether a value of a build becomes a build secret, or its ENV can leave the image: decided by who reads it in the Dockerfile.
import type { ComposeProject } from '../compose/types.js'
import { type Blocked, buildUse, declarationsOf, readWhileBuilding } from './build-use.js'
import { type Builds, buildersOf } from './builds.js'
import type { Candidate } from './candidates.js'
import { inactiveServices } from './inactive-services.js'
import { ofIncluded } from './included.js'
import type { Strategy } from './strategy-kind.js'
import type { StoreKind } from './types.js'

/** A variable of one Dockerfile that becomes a build secret. */
export interface BuildSite {
  /** Absolute path of the Dockerfile. */
  readonly file: string
  readonly keyword: 'ARG' | 'ENV'
  readonly variable: string
  /** `ENV X=$X` goes with it. */
  readonly passedOn?: boolean
  /** No RUN line mounts it. */
  readonly unread?: boolean
}

export interface BuildContext {
  readonly project: ComposeProject
  readonly builds: Builds
  readonly store: StoreKind
}

const none = ({ reason, todo }: Blocked): Strategy => ({ by: 'none', reason, todo })

/** True for a value that stands in a Dockerfile. */
export const inDockerfile = ({ place }: Candidate): boolean => place.kind === 'dockerfile'

export const sameSite = (left: BuildSite, right: BuildSite): boolean =>
  left.file === right.file && left.variable === right.variable && left.keyword === right.keyword

/** For `build-arg` candidates. */
export function buildStrategy(candidate: Candidate, { project, builds, store }: BuildContext): Strategy {
  const included = ofIncluded(candidate, project)
  if (included !== undefined) return none(included)
  const inactive = inactiveServices(candidate.services, project)
  if (inactive !== undefined) return none(inactive)
  if (store === 'swarm')
    return none({
      reason: 'It is needed while the image is built, where only docker build can give a secret, not the cluster',
      todo: 'Move it alone with --to compose-file: build secrets are files or variables of the machine that builds',
    })
  const sites: BuildSite[] = []
  for (const service of candidate.services) {
    const build = builds.of.get(service)
    if (build === undefined)
      return none({
        reason: `A build argument stays in the image's history, and ${builds.closed.get(service) ?? `${service} is not built here`}`,
        todo: 'Use a build secret: RUN --mount=type=secret,id=…,env=…, and build.secrets in the Compose file',
      })
    const site: BuildSite = {
      file: build.dockerfile.file,
      keyword: inDockerfile(candidate) && candidate.value.path[0] === 'ENV' ? 'ENV' : 'ARG',
      variable: candidate.variable,
    }
    const use = buildUse(build.dockerfile, site.keyword, site.variable)
    if ('reason' in use) return none(use)
    const passedOn = use.passedOn === undefined ? {} : { passedOn: true }
    const unread = use.runs.length === 0 ? { unread: true } : {}
    if (!sites.some((other) => sameSite(other, site))) sites.push({ ...site, ...passedOn, ...unread })
  }
  return { by: 'build', sites }
}

/** What keeps an ENV in its image; undefined: it can leave it, and its services get the value as any other. */
export function imageEnvObstacle(candidate: Candidate, { builds }: BuildContext): Blocked | undefined {
  const [build] = buildersOf(builds, candidate.value.file)
  const declaration =
    build === undefined
      ? undefined
      : declarationsOf(build.dockerfile, 'ENV', candidate.variable).find(
          ({ pair }) => pair.valueRange.start === candidate.value.start,
        )
  if (build === undefined || declaration === undefined)
    return { reason: 'Its Dockerfile cannot be read', todo: 'Take it out by hand' }
  if (candidate.services.length === 0)
    return {
      reason:
        'every service that is built from it sets the variable itself, but the image holds this value all the same',
      todo: `Remove ENV ${candidate.variable} from the Dockerfile`,
    }
  return readWhileBuilding(build.dockerfile, declaration)
}

interface Chosen {
  readonly candidate: Candidate
  readonly strategy: Strategy
}

/**
 * Of the values that were to become build secrets, those that cannot: a Dockerfile that several services build is changed for all of
 * them, so each value that one of them passes has to move.
 */
export function uncovered(chosen: readonly Chosen[], { builds }: BuildContext): ReadonlyMap<Candidate, Blocked> {
  const problems = new Map<Candidate, Blocked>()
  for (const { candidate, strategy } of chosen) {
    for (const site of strategy.by === 'build' ? strategy.sites : []) {
      const movers = chosen.filter(
        (other) => other.strategy.by === 'build' && other.strategy.sites.some((each) => sameSite(each, site)),
      )
      const problem = missingFor(site, candidate, movers, builds)
      if (problem !== undefined) problems.set(candidate, problem)
    }
  }
  return problems
}

function missingFor(
  site: BuildSite,
  candidate: Candidate,
  movers: readonly Chosen[],
  builds: Builds,
): Blocked | undefined {
  const builders = buildersOf(builds, site.file)
  const moved = (service: string, fromCompose: boolean) =>
    movers.some((each) => each.candidate.services.includes(service) && inDockerfile(each.candidate) !== fromCompose)
  const passing = site.keyword === 'ARG' ? builders.filter(({ passes }) => passes.has(site.variable)) : []
  const stays = passing.find(({ service }) => !moved(service, true))
  if (stays !== undefined)
    return {
      reason: `The service ${stays.service} passes the build argument ${site.variable} with a value that does not move`,
      todo: 'Move both, or give the build secret by hand there',
    }
  if (inDockerfile(candidate) && passing.length > 0)
    return {
      reason: 'It is the default of an argument that the Compose file passes',
      todo: `Remove the default: ARG ${site.variable}`,
    }
  const defaults = builders.some(({ dockerfile }) =>
    declarationsOf(dockerfile, site.keyword, site.variable).some(({ pair }) => (pair.value ?? '') !== ''),
  )
  const other = builders.find(
    ({ service }) => !candidate.services.includes(service) && !passing.some((each) => each.service === service),
  )
  return defaults && other !== undefined && !inDockerfile(candidate)
    ? {
        reason: `The service ${other.service} is built from the same Dockerfile with the default of ARG ${site.variable}`,
        todo: 'Give it the argument too, then plan again',
      }
    : undefined
}
