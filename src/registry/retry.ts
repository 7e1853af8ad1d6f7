// When to ask a registry again, and after how long.
import { setTimeout as sleep } from 'node:timers/promises'

export const MAX_TRIES = 5
/** ms */
const FIRST_DELAY = 250
const LONGEST_DELAY = 30_000
/** A Retry-After longer than this is not waited for (ms). */
export const LONGEST_RETRY_AFTER = 15 * 60_000

const RETRIED = new Set([408, 425, 429, 500, 502, 503, 504])

export function isRetried(status: number): boolean {
  return RETRIED.has(status)
}

/** Retry-After in ms: seconds or an HTTP date (RFC 9110, section 10.2.3); undefined where it says nothing usable. */
export function retryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

/** Full jitter: between nothing and a bound that doubles with every try (0-based). */
export function backoff(attempt: number, random = Math.random): number {
  return Math.floor(random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt + 1)))
}

/** Waits; an aborted signal ends it with the signal's reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal })
}
