// The budget of requests within one process: holds requests back while a registry wants that, and says until when where it is long.
// A sweep's workers share theirs in the store instead.
import { RateLimitedError } from '../support/errors.js'
import { LONGEST_RETRY_AFTER, pause } from './retry.js'
import type { RateGate, RequestKind, ToldLimit } from './types.js'

/** Where a registry says that nothing is left and not until when, it is asked again after this time (ms): longer than a process waits. */
const PROBE = 20 * 60_000

export interface RateGateOptions {
  /** ms; a longer wait becomes a RateLimitedError, which says when to come back. */
  readonly longestWait?: number
  /** Requests that are left to others of the same address or account. */
  readonly reserve?: number
  readonly now?: () => number
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>
}

interface HostState {
  /** No request before this time (ms since 1970). */
  all: number
  /** No manifest before this time. */
  manifest: number
}

/** When requests of the kind may go on, from what was told; undefined where nothing holds them back. */
function resumeTime(told: ToldLimit, reserve: number, now: number): number | undefined {
  if (told.retryAfterSeconds !== undefined) return now + told.retryAfterSeconds * 1000
  if (told.remaining === undefined) return told.resumeAt?.getTime()
  if (told.remaining > reserve) return undefined
  const window = told.windowSeconds === undefined ? PROBE : told.windowSeconds * 1000
  return told.resumeAt?.getTime() ?? now + Math.min(PROBE, window)
}

/** A gate that knows what it was told since it was made. */
export function createRateGate(options: RateGateOptions = {}): RateGate {
  const { longestWait = LONGEST_RETRY_AFTER, reserve = 0, now = Date.now, wait = pause } = options
  const hosts = new Map<string, HostState>()
  const stateOf = (host: string): HostState => {
    const state = hosts.get(host) ?? { all: 0, manifest: 0 }
    hosts.set(host, state)
    return state
  }
  const until = (host: string, kind: RequestKind): number => {
    const { all, manifest } = stateOf(host)
    return kind === 'manifest' ? Math.max(all, manifest) : all
  }
  return {
    async before(host, kind, signal) {
      for (let rest = until(host, kind) - now(); rest > 0; rest = until(host, kind) - now()) {
        if (rest > longestWait) throw new RateLimitedError(host, new Date(now() + rest))
        await wait(rest, signal)
      }
    },
    async learned(host, told) {
      const state = stateOf(host)
      const resume = resumeTime(told, reserve, now())
      const what = told.kind === 'manifest' ? 'manifest' : 'all'
      if (resume !== undefined) state[what] = Math.max(state[what], resume)
      else if (told.remaining !== undefined) state[what] = 0
    },
  }
}
