// What scans units: workers, and where there are two processors the calling thread beside one of them.
import { prepareRules } from '../detect/prepared-rules.js'
import type { RuleSet } from '../detect/rule-set.js'
import { HAS_FEW_PROCESSORS } from '../support/processors.js'
import { shareCleanTexts } from './clean-texts.js'
import { HelpingPool } from './helping-pool.js'
import { ThreadPool } from './thread-pool.js'
import type { Unit, UnitResult, WorkerSetup } from './unit.js'

/** A worker that is silent this long while it has work hangs; its rules have deadlines far below. */
const SILENCE_MS = 60_000

/** What came of a unit: its result, or that its worker hung and was ended. */
export type Outcome = UnitResult | 'hung'

/** A stream unit under way. */
export interface StreamHandle {
  /** Resolves when the worker can take more. `bytes` is handed over. */
  write(bytes: ArrayBuffer, length: number): Promise<void>
  end(): Promise<Outcome>
}

export interface WorkerPool {
  /** Resolves when a worker has taken the unit; `done` when it is scanned. The unit's buffer is handed over. */
  submit(unit: Unit): Promise<{ readonly done: Promise<Outcome> }>
  stream(unit: Unit): Promise<StreamHandle>
  /** Runs a unit on every worker, in turn. */
  onEach(make: (previous: UnitResult | undefined) => Unit): Promise<UnitResult | undefined>
  /** A buffer of CHUNK_SIZE bytes, used before where there is one. */
  buffer(): ArrayBuffer
  close(): Promise<void>
}

export interface PoolOptions {
  readonly concurrency: number
  readonly silenceMs?: number
  /** The worker's module; tests put their own in its place. */
  readonly module?: URL
  /** Whether the calling thread scans, too, in the place of one worker; default: where two are asked for and there are no more processors. */
  readonly helps?: boolean
}

/** What workers need of the rules: texts for people would only be copied to each. */
function forWorkers({ rules, ...more }: RuleSet): Pick<WorkerSetup, 'rules' | 'prepared'> {
  const needed = { ...more, rules: rules.map((rule) => ({ ...rule, examples: [], counterexamples: [] })) }
  return { rules: needed, prepared: prepareRules(needed) }
}

export function createWorkerPool(given: WorkerSetup, options: PoolOptions): WorkerPool {
  const shared = { ...given, cleanTexts: shareCleanTexts() }
  let made: WorkerSetup | undefined
  const setup = (): WorkerSetup => (made ??= { ...shared, ...forWorkers(shared.rules) })
  const { concurrency, silenceMs = SILENCE_MS, helps = concurrency === 2 && HAS_FEW_PROCESSORS } = options
  if (!helps) return new ThreadPool(setup, { ...options, silenceMs })
  const workers = new ThreadPool(setup, { ...options, silenceMs, concurrency: concurrency - 1, isHelped: true })
  return new HelpingPool(workers, setup)
}
