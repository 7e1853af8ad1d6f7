// How long a piece of work takes by itself. A thread has no clock of its own on Node 20, and on a busy machine most of the time that
// passes belongs to others: what seems slow is measured again before it is believed.

export interface Timed<T> {
  readonly result: T
  readonly ms: number
}

/** Milliseconds on two clocks: the wall's, and the processor time of all threads of this process. */
export interface Clocks {
  readonly wall: () => number
  readonly processor: () => number
}

const CLOCKS: Clocks = {
  wall: () => performance.now(),
  processor: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
}

/**
 * Runs `work`, which must have no effects, and tells how long it took at most. Where that is more than `suspicious` ms it runs once
 * more, and the shortest time counts: a pause of the thread lengthens one run, slow work both; and what other programs take from this
 * one is no processor time of it.
 */
export function timed<T>(work: () => T, suspicious: number, clocks: Clocks = CLOCKS): Timed<T> {
  const started = clocks.wall()
  const result = work()
  const first = clocks.wall() - started
  if (first <= suspicious) return { result, ms: first }
  const [wall, processor] = [clocks.wall(), clocks.processor()]
  work()
  return { result, ms: Math.min(first, clocks.wall() - wall, clocks.processor() - processor) }
}
