// How long a piece of work takes by itself. A thread has no clock of its own on Node 20, and on a busy machine most of the time that
// passes belongs to others: what seems slow is measured again before it is believed.

export interface Timed<T> {
  readonly result: T
  readonly ms: number
}

/**
 * Runs `work`, which must have no effects, and tells how long it took. Where that is more than `suspicious` ms it runs once more, and
 * the shorter time counts: a pause of the thread lengthens one run, slow work both.
 */
export function timed<T>(work: () => T, suspicious: number, now: () => number = () => performance.now()): Timed<T> {
  const once = (): Timed<T> => {
    const started = now()
    const result = work()
    return { result, ms: now() - started }
  }
  const first = once()
  if (first.ms <= suspicious) return first
  return { result: first.result, ms: Math.min(first.ms, once().ms) }
}
