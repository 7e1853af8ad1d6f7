// Which value moves under which name and how: the decisions of a plan, before any edit.

import { isPlainWord } from '../compose/secret-names.js'
import type { ComposeProject } from '../compose/types.js'
import { UsageError } from '../support/errors.js'
import { type BuildContext, buildStrategy, imageEnvObstacle, inDockerfile, uncovered } from './build-strategy.js'
import type { Candidate } from './candidates.js'
import { withoutBrokenSets } from './companions.js'
import { repositoryOf } from './conventions.js'
import type { CopiedSecret } from './from-report/file-finding.js'
import type { FactsOf } from './image-facts.js'
import { labelObstacle } from './labels.js'
import { literalStrategy } from './literal-strategy.js'
import { distinctName, nameFor } from './names.js'
import { placeStrategy } from './place-strategy.js'
import { chooseStrategy, imageOf, type Strategy } from './strategy.js'
import { usersLabel } from './traefik-label.js'

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

/** Images whose own password it is; others are their clients. */
const DATABASES =
  /(?:^|\/)(?:postgres|postgis|timescaledb[^/]*|pgvector|mysql|mysql-server|mariadb|percona[^/]*|mongo|redis|valkey|rabbitmq|elasticsearch|influxdb|clickhouse[^/]*|couchdb|neo4j|minio|mssql|server|memcached)$/
/** Too common to believe that two services mean the same by it, unless one is the other's database. */
const TRIVIAL = 6
/** Variables of a client that are for its database. */
const NAMES_DATABASE =
  /db|database|sql|postgres|pg|maria|mongo|redis|valkey|rabbit|amqp|influx|elastic|minio|s3|cache|queue/i

export interface Chosen {
  readonly candidate: Candidate
  readonly strategy: Move['strategy']
}

export interface DecideContext extends BuildContext {
  readonly factsOf: FactsOf
  /** Names that the store or the project already uses for other values. */
  readonly taken: ReadonlySet<string>
  /** What stays because its move would change something else, by the candidates' IDs. */
  readonly held?: ReadonlyMap<string, string>
  /** Names that were wished for, by the candidates' IDs. */
  readonly names: Readonly<Record<string, string>>
}

/** Decides for every candidate. */
export function decide(candidates: readonly Candidate[], context: DecideContext): Decisions {
  const left: { candidate: Candidate; reason: string; todo: string }[] = []
  let chosen: readonly Chosen[] = candidates.flatMap((candidate) => {
    const strategy = strategyFor(candidate, context)
    if (strategy.by !== 'none') return [{ candidate, strategy }]
    left.push({ candidate, reason: strategy.reason, todo: strategy.todo })
    return []
  })
  const stuck = (candidate: Candidate) => left.some((other) => sharesVariable(candidate, other.candidate))
  for (const { candidate } of chosen.filter((each) => stuck(each.candidate))) {
    left.push({ candidate, reason: 'Another entry of the same variable has to stay.', todo: 'Move both by hand.' })
  }
  chosen = chosen.filter(({ candidate }) => !left.some((other) => other.candidate === candidate))
  for (let open = uncovered(chosen, context); open.size > 0; open = uncovered(chosen, context)) {
    for (const [candidate, problem] of open) left.push({ candidate, ...problem })
    chosen = chosen.filter(({ candidate }) => !open.has(candidate))
  }
  chosen = withoutBrokenSets(chosen, context.project, left)
  chosen = withoutLone(chosen, left)
  const names = nameGroups(chosen, context)
  const moves = chosen.map((each) => ({ ...each, name: names.get(each.candidate) ?? 'secret' }))
  return { moves, left }
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
  const changed = context.held?.get(candidate.id)
  if (changed !== undefined)
    return {
      by: 'none',
      reason: `Its move would change more than this value (${changed}).`,
      todo: 'Look for a second entry of the same name that would come to count, and move both by hand.',
    }
  if (candidate.what === 'build-arg') return buildStrategy(candidate, context)
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
  return chooseStrategy(candidate, context.project, context.factsOf)
}

const targetsOf = ({ mounts }: CopiedSecret): readonly string[] => [...new Set(mounts.map(({ target }) => target))]

/** Two entries of one variable for one service (or in one env file): moving one alone would bring the other to the fore. */
function sharesVariable(left: Candidate, right: Candidate): boolean {
  const apart = ['build-arg', 'image-env', 'copied-file', 'build-literal', 'run-literal']
  if (apart.includes(left.what) || apart.includes(right.what)) return false
  if (left.variable !== right.variable || left.what === 'flag' || right.what === 'other') return false
  const sameEnvFile = left.what === 'env-file' && left.value.file === right.value.file
  return sameEnvFile || left.services.some((service) => right.services.includes(service)) || left.what !== right.what
}

const isOwner = (candidate: Candidate, project: ComposeProject): boolean =>
  candidate.services.some((service) => DATABASES.test(repositoryOf(imageOf(project, service))))

/** One name for each group of equal values. */
function nameGroups(
  chosen: readonly Chosen[],
  { project, taken, names: wishes }: DecideContext,
): ReadonlyMap<Candidate, string> {
  const wishOf = ({ id }: Candidate) => wishes[id]
  const agree = (left: Candidate, right: Candidate) =>
    lines.get(left) === lines.get(right) &&
    (wishOf(left) === wishOf(right) || wishOf(left) === undefined || wishOf(right) === undefined)
  const groups: Candidate[][] = []
  const lines = new Map(chosen.map(({ candidate, strategy }) => [candidate, strategy.by === 'settings']))
  for (const { candidate } of chosen) {
    const group = groups.find(
      (each) =>
        each.some((other) => belongTogether(candidate, other, project)) &&
        each.every((other) => agree(candidate, other)),
    )
    if (group === undefined) groups.push([candidate])
    else group.push(candidate)
  }
  const used = new Set(taken)
  const names = new Map<Candidate, string>()
  for (const group of groups) {
    const uses = group.flatMap((candidate) =>
      candidate.services.map((service) => ({
        service,
        key: nameKey(candidate),
        owner: isOwner(candidate, project),
      })),
    )
    const wish = group.map(wishOf).find((each) => each !== undefined)
    if (wish !== undefined && used.has(wish))
      throw new UsageError(`The name ${wish} is another secret's.`, { hint: 'Choose another one with --name.' })
    const name = wish ?? distinctName(nameFor(uses), uses[0]?.service ?? 'app', used)
    used.add(name)
    for (const candidate of group) names.set(candidate, name)
  }
  return names
}

/** What a value is called where no service names it better. */
function nameKey({ what, variable, value, given }: Candidate): string {
  if (what === 'flag') {
    const own = variable.replace(/^-+/, '').replaceAll('-', '_')
    const isNamed = given?.by === 'variable' || given?.by === 'text' || /token|key|secret|masterauth/i.test(own)
    return isNamed ? own.replace(/^.*\./, '') : 'password'
  }
  const label = usersLabel(value.key)
  return label === undefined ? variable : `${label.middleware}_users`
}

/** Equal values are one secret; short and common ones only where a database shares them with its client, or one .env entry feeds both. */
function belongTogether(left: Candidate, right: Candidate, project: ComposeProject): boolean {
  if (left.secret !== right.secret) return false
  if (left.companion === true || right.companion === true) return left.variable === right.variable
  if (left.source === right.source || left.variable === right.variable) return true
  if (left.secret.length > TRIVIAL && !isPlainWord(left.secret)) return true
  const [owner, client] = isOwner(left, project) ? [left, right] : [right, left]
  return (
    isOwner(owner, project) &&
    !isOwner(client, project) &&
    (client.what === 'flag' || NAMES_DATABASE.test(client.variable))
  )
}
