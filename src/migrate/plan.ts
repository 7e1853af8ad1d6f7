// A migration's plan: pure, the same from the same inputs, without a plain value. What was gathered goes in; nothing is read or written.
import type { ComposeProject } from '../compose/types.js'
import { withoutLogins } from '../support/logins.js'
import { afterwards, rebuilt, startedAnew } from './afterwards.js'
import { type Stored, unreadable, withoutStored } from './already-stored.js'
import { beyondNotes } from './beyond-notes.js'
import type { Blocked } from './build-use.js'
import type { Builds } from './builds.js'
import type { Candidate } from './candidates.js'
import type { GitHistory } from './git-history.js'
import { hostNotes } from './host-notes.js'
import type { IgnoreLines } from './ignore-files.js'
import type { FactsOf } from './image-facts.js'
import { onDemandAmong } from './inactive-services.js'
import { type MountedSecret, mountedSecretNotes } from './mounted-secrets.js'
import type { MountedFile } from './mounted-texts.js'
import { orphanedEntries } from './orphaned-entries.js'
import { otherNameNotes, readBesideNotes } from './other-names.js'
import { overriddenLineNotes } from './overridden-lines.js'
import { inputsOf } from './plan-inputs.js'
import { type Decisions, decide, type LeftEntry, type Move } from './plan-moves.js'
import { planNotes } from './plan-notes.js'
import { rewriteAll } from './plan-rewrites.js'
import { putStep } from './plan-sources.js'
import { refuseValues } from './plan-values.js'
import { type AsGiven, asGiven } from './project-words.js'
import { partNotes, remainsNotes, staying, unheldNotes } from './remains.js'
import { type AgentDelivery, fitForAgent } from './rewrites/agent.js'
import { sharedSites } from './rewrites/builds.js'
import { isReadAnew } from './rewrites/references.js'
import { buildNotes, copiesNotes, elsewhereNotes, execNotes, frameworkNotes, scriptNotes } from './script-notes.js'
import type { Script } from './scripts.js'
import type { OpenFolder } from './secrets-folder.js'
import { madeCertain } from './selection.js'
import { unsharedChecks } from './shared-checks.js'
import type { SiblingFile } from './sibling-files.js'
import type { StageFile } from './stage-files.js'
import type { Side } from './started-otherwise.js'
import { toRotate } from './to-rotate.js'
import type { ComposeEntry, LeftValue, MigrationPlan, PlanStep, StoreKind } from './types.js'
import { withoutHeld } from './without-held.js'
import { RefusedError, type Workbook } from './workbook.js'

/** Everything a plan is made of, read beforehand. */
export interface Gathered extends AsGiven {
  readonly project: ComposeProject
  /** Where the command was given; absent: in the project's folder. */
  readonly cwd?: string
  /** Where the secrets go, if others may enter it. */
  readonly openFolder?: OpenFolder
  /** The same, where it lies outside of the project and holds something else. */
  readonly foreignFolder?: Omit<OpenFolder, 'mode'>
  /** What may move: all, or what was selected. */
  readonly candidates: readonly Candidate[]
  /** All that is known to be secret, selected or not: what no output may show. */
  readonly known: readonly Candidate[]
  /** What else no output may show: plain values in comments, labels and the like. */
  readonly secretTexts: readonly string[]
  /** As given with --select. */
  readonly select: readonly string[]
  /** Names that were wished for, by the candidates' IDs. */
  readonly names: Readonly<Record<string, string>>
  /** false: images were not to be looked at. */
  readonly images: boolean
  readonly factsOf: FactsOf
  readonly builds: Builds
  readonly store: {
    readonly kind: StoreKind
    readonly options: Readonly<Record<string, string>>
    readonly entryOf: (name: string) => ComposeEntry
    /** Where exec reads it, for stores that Compose cannot read itself. */
    readonly referenceOf?: (name: string) => { readonly ref: string; readonly env: string }
  }
  /** What is known of the project's images, from a report (absolute path) or a scan, and what of it cannot move. */
  readonly reported: {
    readonly file?: string
    readonly scanned?: boolean
    readonly left: readonly LeftEntry[]
    readonly notes: readonly string[]
    /** Services whose images have findings of their own, and all names that these images have. */
    readonly services: readonly string[]
    readonly tags: readonly string[]
  }
  /** Since when git has the candidates' values. */
  readonly history?: GitHistory
  /** Candidates that a plan before this one could not move without a change of meaning: their IDs, with the reason. */
  readonly held?: ReadonlyMap<string, Blocked>
  /** URLs whose passwords cannot move alone: their IDs. */
  readonly whole?: ReadonlySet<string>
  /** Compose files beside those of the plan, which may use the same files. */
  readonly siblings?: readonly SiblingFile[]
  /** The first of its files without the later ones, where they run other images. */
  readonly earlier?: readonly Side[]
  /** Env files beside those of the plan, which the project may be started with. */
  readonly stages?: readonly StageFile[]
  /** Scripts of the project, which may read env files. */
  readonly scripts?: readonly Script[]
  /** The plan's files are deployed as a stack of a Swarm, by what the project's scripts say. */
  readonly deployed?: boolean
  /** Text files of the project that services mount, which may hold a value a second time. */
  readonly mounted?: readonly MountedFile[]
  /** Secrets in them that detection finds. */
  readonly mountedSecrets?: readonly MountedSecret[]
  /** Why the project cannot be a stack, where its secrets are to be those of a Swarm. */
  readonly noStack?: Blocked
  /** Names that hold something else already. */
  readonly taken: ReadonlySet<string>
  /** Those of them that are in the store and that no Compose file declares. */
  readonly inStore?: ReadonlySet<string>
  /** What the store holds of the project already, to be used again; absent: nothing is. */
  readonly stored?: Stored
  /** Ignore files to keep in step, absolute path -> bytes ("" where one is to be made), and the lines that they need. */
  readonly ignoreFiles: ReadonlyMap<string, Uint8Array>
  readonly ignoreLines: ReadonlyMap<string, IgnoreLines>
  /** .secretscan/secrets.yaml as it is ("" where there is none), for stores that need it. */
  readonly references?: { readonly file: string; readonly bytes: Uint8Array }
  /** A Vault Agent brings the secrets, with its configuration as it is ("" where there is none). */
  readonly agent?: AgentDelivery & { readonly bytes: Uint8Array }
}

export interface Planned {
  readonly plan: MigrationPlan
  readonly moves: readonly Move[]
  readonly left: Decisions['left']
  /** Health checks that are written anew with a value that moves: nothing is left to do there. */
  readonly readAnew: readonly Candidate[]
  /** Changed files as they would be, by absolute path. */
  readonly staged: ReadonlyMap<string, Uint8Array>
}

/** @throws UsageError where a wished name is another value's. */
export function makePlan(gathered: Gathered): Planned {
  const decisions = decide(gathered.candidates, { ...gathered, store: runsIn(gathered) })
  const left: LeftEntry[] = [...decisions.left, ...gathered.reported.left]
  let moves = decisions.moves
  if (gathered.agent !== undefined) {
    const { fit, unfit } = fitForAgent(moves, gathered.agent)
    left.push(...unfit)
    moves = fit
  }
  for (;;) {
    const unshared = unsharedChecks(moves, gathered.project)
    if (unshared.length > 0) {
      left.push(...unshared.map(({ move: { candidate }, reason, todo }) => ({ candidate, reason, todo })))
      moves = moves.filter((move) => !unshared.some((each) => each.move === move))
      continue
    }
    try {
      const book = rewriteAll(gathered, moves)
      return planned(gathered, { moves, left }, book)
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      // What may be a password moves with a command that has to be written anew: no plan writes it down.
      const along = gathered.candidates.find(({ id, doubtful }) => id === error.holds && doubtful === true)
      if (along !== undefined)
        return makePlan({ ...gathered, candidates: madeCertain(gathered.candidates, [along.id]) })
      const refused = withSharedSites(
        moves,
        moves.filter(({ candidate }) => error.ids.includes(candidate.id)),
      )
      if (refused.length === 0) throw error
      const split = refused.filter(({ strategy }) => strategy.by === 'url')
      if (split.length > 0) return makePlan({ ...gathered, whole: withIds(gathered.whole, split) })
      left.push(
        ...refused.map(({ candidate }) => ({
          candidate,
          reason: `The file cannot be edited there without risk: ${error.message.replace(/\.$/, '')}.`,
          todo: error.todo ?? 'Change it by hand, or write it in a simpler form and plan again.',
        })),
      )
      const others = moves.filter((move) => !refused.includes(move))
      const stays = refused.map(({ candidate }) => candidate)
      const { kept, left: more } = withoutHeld(others, stays, gathered.project)
      left.push(...more)
      moves = kept
    }
  }
}

/** IDs of URLs that have to be secrets as a whole, with those of `moves`. */
export const withIds = (whole: ReadonlySet<string> = new Set(), moves: readonly Move[]): ReadonlySet<string> =>
  new Set([...whole, ...moves.map(({ candidate }) => candidate.id)])

/** A Dockerfile's variable moves for all services or for none. */
function withSharedSites(moves: readonly Move[], refused: readonly Move[]): readonly Move[] {
  const ids = new Set(refused.map(({ candidate }) => candidate.id))
  const shared = sharedSites(moves).filter((site) => site.moves.some(({ candidate }) => ids.has(candidate.id)))
  for (const site of shared) for (const { candidate } of site.moves) ids.add(candidate.id)
  for (const { candidate } of moves) if (candidate.together?.some((id) => ids.has(id))) ids.add(candidate.id)
  const all = moves.filter(({ candidate }) => ids.has(candidate.id))
  return all.length === refused.length ? refused : withSharedSites(moves, all)
}

/** Where services get their secrets from: a stack of a Swarm cannot do all that Compose can. */
const runsIn = ({ store }: Pick<Gathered, 'store'>): StoreKind =>
  store.options['vault-delivery'] === 'swarm' ? 'swarm' : store.kind

function planned(gathered: Gathered, all: Decisions, book: Workbook): Planned {
  const { project, store, stored } = gathered
  const names = [...new Set(all.moves.map(({ name }) => name))]
  const puts = names.map((name) => putStep(name, all.moves, gathered))
  const closed = puts.filter((put) => unreadable(stored, put))
  if (stored !== undefined && closed.length > 0)
    return makePlan({ ...gathered, stored: withoutStored(stored, closed, all.moves) })
  const readAnew = gathered.candidates.filter(({ value }) => isReadAnew(value, all.moves, project))
  const decisions = {
    ...all,
    left: [
      ...all.left.filter(({ candidate }) => !readAnew.some((each) => each === candidate)),
      ...orphanedEntries(all.moves, project),
    ].map((entry) => ({ ...entry, reason: withoutLogins(entry.reason), todo: withoutLogins(entry.todo) })),
  }
  const changes = book.changes()
  refuseValues(gathered, decisions.moves, changes)
  const stays = staying(gathered, decisions.moves, readAnew, changes)
  const steps: PlanStep[] = [
    ...puts,
    ...names.map((name): PlanStep => ({ do: 'verify', name })),
    ...changes.map(({ path, edits }): PlanStep => ({ do: 'stage', path, edits })),
    ...(changes.length === 0 ? [] : checkAndSwap(changes.map(({ path }) => path))),
  ]
  const builds = rebuilt(gathered, decisions.moves)
  const services = startedAnew(gathered, decisions.moves, builds)
  const plan: MigrationPlan = {
    schemaVersion: 1,
    projectDir: project.directory,
    ...asGiven(gathered),
    ...onDemandAmong(services, gathered),
    ...(gathered.deployed === true ? { deployed: true } : {}),
    select: gathered.select,
    ...(Object.keys(gathered.names).length === 0 ? {} : { names: gathered.names }),
    ...(gathered.reported.file === undefined ? {} : { report: gathered.reported.file }),
    ...(gathered.reported.scanned === true ? { scanned: true } : {}),
    images: gathered.images,
    to: { store: store.kind, options: store.options },
    inputs: inputsOf(gathered, changes),
    steps,
    left: decisions.left.map(({ candidate, reason, todo }): LeftValue => ({ place: candidate.place, reason, todo })),
    notes: [
      ...planNotes(gathered, decisions.moves, stays),
      ...scriptNotes(gathered, decisions.moves, changes),
      ...hostNotes(gathered, decisions.moves, changes),
      ...overriddenLineNotes(gathered, decisions.moves, changes),
      ...execNotes(gathered, decisions.moves),
      ...frameworkNotes(gathered, decisions.moves),
      ...buildNotes(gathered, decisions.moves),
      ...elsewhereNotes(gathered, decisions.moves),
      ...otherNameNotes(gathered, decisions.moves, changes),
      ...readBesideNotes(gathered, decisions.moves, changes),
      ...remainsNotes(gathered, decisions.moves, changes, stays),
      ...unheldNotes(gathered),
      ...partNotes(gathered, decisions.moves, changes),
      ...copiesNotes(gathered, decisions.moves),
      ...beyondNotes(gathered, decisions.moves),
      ...mountedSecretNotes(gathered, decisions.moves),
    ].map(withoutLogins),
    ...(builds === undefined ? {} : { builds }),
    rotate: toRotate(decisions.moves, gathered.history),
    services,
  }
  return {
    plan: { ...plan, afterwards: afterwards(gathered, plan) },
    ...decisions,
    readAnew,
    staged: new Map(changes.map(({ file, bytes }) => [file, bytes])),
  }
}

const checkAndSwap = (paths: readonly string[]): readonly PlanStep[] => [
  { do: 'check', what: 'model' },
  { do: 'check', what: 'schema' },
  { do: 'check', what: 'engine' },
  { do: 'swap', paths },
]
