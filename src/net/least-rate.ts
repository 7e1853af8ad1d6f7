// A body that comes at least at a rate, and ends: a host that sends a byte now and then would hold its reader for years otherwise. Knows
// nothing of what it reads.
import { UnreachableError } from '../support/errors.js'

/** Bytes a second. */
const LEAST_RATE = 1000
/** How long a body may be waited for altogether (ms). */
const LONGEST = 6 * 3_600_000

/**
 * The chunks of `body`, as they come. What counts is the time that the body is waited for, not that in which its reader does something
 * else: a window of `window` ms of it has to bring LEAST_RATE.
 * @throws UnreachableError where it comes too slowly or takes too long
 */
export async function* atLeastRate(
  body: AsyncIterable<Uint8Array>,
  host: string,
  window: number,
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  let [waited, windowEnd, bytes] = [0, window, 0]
  try {
    for (;;) {
      const start = performance.now()
      const next = await chunks.next()
      if (next.done === true) return
      waited += performance.now() - start
      bytes += next.value.length
      if (waited >= windowEnd) {
        if (bytes < (LEAST_RATE * window) / 1000) throw tooSlow(host, 'sends less than 1 kB a second')
        if (waited > LONGEST) throw tooSlow(host, 'has been sending one answer for six hours')
        windowEnd = waited + window
        bytes = 0
      }
      yield next.value
    }
  } finally {
    await chunks.return?.()
  }
}

const tooSlow = (host: string, what: string): UnreachableError =>
  new UnreachableError(`${host} ${what}.`, { hint: 'Try again later, or from a place with a better connection.' })
