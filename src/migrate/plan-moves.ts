// Which value moves under which name and how: the decisions of a plan, before any edit.

import type { ComposeProject } from '../compose/types.js'
import type { Stored } from './already-stored.js'
import { betweenEnvironments } from './alternative-files.js'
import { type BuildContext, buildStrategy, imageEnvObstacle, inDockerfile, uncovered } from './build-strategy.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'
import { withoutBrokenSets } from './companions.js'
import { startedEarlier, withThoseAlone } from './earlier-files.js'
import type { CopiedSecret } from './from-report/file-finding.js'
import { withoutFrozen } from './frozen.js'
import type { FactsOf } from './image-facts.js'
import { runnerObstacle } from './image-runners.js'
import { implicitUse } from './implicit-variables.js'
import { inactiveBuilder } from './inactive-services.js'
import { labelUse } from './label-use.js'
import { labelObstacle } from './labels.js'
import { lineObstacle } from './line-obstacle.js'
import { literalStrategy } from './literal-strategy.js'
import { coveredObstacle } from './names-in-use.js'
import { laterEntrypoint } from './override-start.js'
import { placeStrategy } from './place-strategy.js'
import { runByScript } from './script-uses.js'
import type { Script } from './scripts.js'
import { nameGroups } from './shared-secrets.js'
import { siblingChange } from './sibling-change.js'
import type { SiblingFile } from './sibling-files.js'
import { stackObstacle } from './stack-version.js'
import type { StageFile } from './stage-files.js'
import type { Side } from './started-otherwise.js'
import { chooseStrategy, shimForAll } from './strategy.js'
import type { Strategy } from './strategy-kind.js'
import { withoutUnread } from './unread-variables.js'
import { splitUrls } from './url-split.js'
import { withoutHeld } from './without-held.js'

export interface Move {
  readonly candidate: Candidate
  readonly strategy: Exclude<Strategy, { readonly by: 'none' }>
  /** The secret that holds the value; equal values share one. */
  readonly name: string
}

/** The services that read the secret afterwards. */
export function readersOf({ candidate, strategy }: Move): readonly string[] {
  return strategy.by === 'label' ? [strategy.reader] : candidate.services
}

const grouped = new WeakMap<readonly Move[], ReadonlyMap<string, readonly Move[]>>()

/** Those of `moves` whose value one of `services` has, in their order; grouped once for each list. */
export function movesOf(moves: readonly Move[], services: readonly string[]): readonly Move[] {
  const known = grouped.get(moves) ?? groupedByService(moves)
  grouped.set(moves, known)
  const [first = '', ...more] = services
  if (more.length === 0) return known.get(first) ?? []
  const wanted = new Set(services.flatMap((service) => known.get(service) ?? []))
  return wanted.size < 2 ? [...wanted] : moves.filter((move) => wanted.has(move))
}

function groupedByService(moves: readonly Move[]): ReadonlyMap<string, readonly Move[]> {
  const all = new Map<string, Move[]>()
  for (const move of moves)
    for (const service of move.candidate.services) {
      const own = all.get(service)
      if (own === undefined) all.set(service, [move])
      else own.push(move)
    }
  return all
}

/** The services that get it through their shim. */
export function shimmedIn({ candidate, strategy }: Pick<Move, 'candidate' | 'strategy'>): readonly string[] {
  if (strategy.by === 'shim' || strategy.by === 'url' || strategy.by === 'flag') return candidate.services
  return strategy.by === 'file' ? (strategy.shimmed ?? []) : []
}

/** true where containers are made without the variable: only what an entrypoint exports it to finds it then. */
export const leavesEnvironment = ({ candidate, strategy }: Pick<Move, 'candidate' | 'strategy'>): boolean =>
  candidate.what !== 'flag' && (strategy.by === 'file' || strategy.by === 'shim')

/** What stays, a value of the project or a finding of its images. */
export interface LeftEntry {
  readonly candidate: Pick<Candidate, 'id' | 'place'>
  readonly reason: string
  readonly todo: string
}

export interface Decisions {
  readonly moves: readonly Move[]
  readonly left: readonly LeftEntry[]
}

export interface Chosen {
  readonly candidate: Candidate
  readonly strategy: Move['strategy']
}

export interface DecideContext extends BuildContext {
  readonly factsOf: FactsOf
  /** Names that the store or the project already uses for other values. */
  readonly taken: ReadonlySet<string>
  /** Those of them that no Compose file declares. */
  readonly inStore?: ReadonlySet<string>
  readonly stored?: Stored
  /** What stays because its move would change something else, by the candidates' IDs. */
  readonly held?: ReadonlyMap<string, Blocked>
  /** Why the project cannot be a stack, where secrets go to a Swarm. */
  readonly noStack?: Blocked
  /** Compose files beside those of the plan. */
  readonly siblings?: readonly SiblingFile[]
  /** The first of the plan's files without the later ones, where they run other images. */
  readonly earlier?: readonly Side[]
  /** Env files of other stages. */
  readonly stages?: readonly StageFile[]
  /** Scripts of the project. */
  readonly scripts?: readonly Script[]
  /** IDs of values that were named: they move although another stage or a script has them otherwise, or a file of another folder may be started with them. */
  readonly select: readonly string[]
  /** Names that were wished for, by the candidates' IDs. */
  readonly names: Readonly<Record<string, string>>
  /** IDs of URLs that are secrets as a whole. */
  readonly whole?: ReadonlySet<string>
}

/** More would take long: no project that people write comes near. */
const MOST_MOVES = 300

/** Decides for every candidate. */
export function decide(all: readonly Candidate[], context: DecideContext): Decisions {
  const planned = all.slice(0, MOST_MOVES).map((each) => withoutUnread(each, context))
  const candidates = withThoseAlone(planned, context)
  const left: { candidate: Candidate; reason: string; todo: string }[] = all.slice(MOST_MOVES).map((candidate) => ({
    candidate,
    reason: `A plan moves at most ${MOST_MOVES} values.`,
    todo: 'Apply it, then plan again for the others.',
  }))
  let chosen: readonly Chosen[] = candidates.flatMap((candidate) => {
    const strategy = strategyFor(candidate, context)
    if (strategy.by !== 'none') return [{ candidate, strategy }]
    left.push({ candidate, reason: strategy.reason, todo: strategy.todo })
    return []
  })
  const held = left.map(({ candidate }) => candidate)
  const { kept, left: more } = withoutHeld(chosen, held, context.project)
  left.push(...more)
  chosen = kept
  for (let open = uncovered(chosen, context); open.size > 0; open = uncovered(chosen, context)) {
    for (const [candidate, problem] of open) left.push({ candidate, ...problem })
    chosen = chosen.filter(({ candidate }) => !open.has(candidate))
  }
  chosen = withoutBrokenSets(chosen, context.project, left)
  chosen = withoutFrozen(splitUrls(withoutLone(chosen, left), all, context), left, context.project)
  const names = nameGroups(
    chosen,
    context,
    candidates.map(({ secret }) => secret),
  )
  const moves = chosen.map((each) => ({ ...each, name: names.get(each.candidate) ?? 'secret' }))
  // What is no secret itself is no value that stays.
  const stays = left.filter(({ candidate }) => candidate.companion !== true)
  return { moves, left: stays }
}

/** What moves together with another stays with it. */
function withoutLone(
  chosen: readonly Chosen[],
  left: { candidate: Candidate; reason: string; todo: string }[],
): readonly Chosen[] {
  const ids = new Set(chosen.map(({ candidate }) => candidate.id))
  const lone = chosen.filter(({ candidate }) => candidate.together?.some((id) => !ids.has(id)) === true)
  for (const { candidate } of lone) {
    const other = candidate.together?.find((id) => !ids.has(id)) ?? ''
    left.push({
      candidate,
      reason: `It moves only together with ${other}, which stays: ENV hands the argument on to the container.`,
      todo: `Take ENV and ARG out of the Dockerfile and give ${candidate.variable} to the service under environment:, then plan again.`,
    })
  }
  return lone.length === 0
    ? chosen
    : withoutLone(
        chosen.filter((each) => !lone.includes(each)),
        left,
      )
}

function strategyFor(candidate: Candidate, context: DecideContext): Strategy {
  const strategy = ownStrategy(candidate, context)
  const changed = changedBy(candidate, strategy, context)
  if (changed === undefined) return strategy
  // What another file sets counts over a shim, and stops an image beside its file form.
  const isAlone =
    strategy.by === 'file' && strategy.convention.together.flat().every((each) => each !== candidate.variable)
  const shim = isAlone ? shimForAll(candidate, context.project, context.factsOf) : strategy
  const isFree = shim.by === 'shim' && changedBy(candidate, shim, context) === undefined
  return isFree ? shim : { by: 'none', ...changed }
}

/** Why it cannot go this way, for what is started beside the project as it is planned. */
function changedBy(candidate: Candidate, strategy: Strategy, context: DecideContext): Blocked | undefined {
  if (strategy.by === 'none') return undefined
  return (
    entrypointOver(candidate, strategy, context.project) ??
    startedEarlier(candidate, strategy, context) ??
    betweenEnvironments(candidate, strategy, context.project) ??
    siblingChange(candidate, strategy, context) ??
    runByScript(candidate, context)
  )
}

/** For a value that goes through a shim, and through that of a later file. */
function entrypointOver(
  candidate: Candidate,
  strategy: Move['strategy'],
  project: ComposeProject,
): Blocked | undefined {
  const all = shimmedIn({ candidate, strategy }).map((service) => laterEntrypoint(candidate, service, project))
  return all.find((each) => each !== undefined)
}

function ownStrategy(candidate: Candidate, context: DecideContext): Strategy {
  const changed = context.held?.get(candidate.id)
  if (changed !== undefined) return { by: 'none', ...changed }
  if (candidate.obstacle !== undefined) return { by: 'none', ...candidate.obstacle }
  const outdated = stackObstacle(context.store, context.project) ?? context.noStack
  if (outdated !== undefined) return { by: 'none', ...outdated }
  const { project } = context
  const held = lineObstacle(candidate, context)
  if (held !== undefined) return { by: 'none', ...held }
  const idle = inactiveBuilder(candidate, project, context.builds)
  if (idle !== undefined) return { by: 'none', ...idle }
  if (candidate.what === 'build-arg') return buildStrategy(candidate, context)
  const runner = runnerObstacle(candidate, context.project, context.builds)
  if (runner !== undefined) return { by: 'none', ...runner }
  if (candidate.what === 'build-literal' || candidate.what === 'run-literal') return literalStrategy(candidate, context)
  if (candidate.copied !== undefined) return { by: 'mount', targets: targetsOf(candidate.copied) }
  const obstacle =
    candidate.what === 'image-env' && candidate.together === undefined
      ? imageEnvObstacle(candidate, context)
      : undefined
  if (obstacle !== undefined) return { by: 'none', ...obstacle }
  if (candidate.what === 'other' && inDockerfile(candidate))
    return { by: 'none', ...labelObstacle(candidate, context.builds) }
  if (candidate.what === 'other') return placeStrategy(candidate, context.project, context.store)
  const covered = coveredObstacle(candidate.services, context.project)
  if (covered !== undefined) return { by: 'none', ...covered }
  const strategy = chooseStrategy(candidate, project, context.factsOf)
  const implicit =
    candidate.what === 'flag'
      ? undefined
      : (labelUse(candidate, project) ?? implicitUse(candidate, project, context.factsOf, strategy.by !== 'file'))
  return implicit === undefined ? strategy : { by: 'none', ...implicit }
}

const targetsOf = ({ mounts }: CopiedSecret): readonly string[] => [...new Set(mounts.map(({ target }) => target))]
