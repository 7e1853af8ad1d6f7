// What a registry says of its budget of requests: rate-limit headers, and the two kinds of 429 of Docker Hub.

import { retryAfter } from './retry.js'
import type { RequestKind, ToldLimit } from './types.js'

/** Reset times above this are seconds since 1970, below it seconds from now (GitHub and GitLab use the former). */
const EPOCH_SECONDS = 1_000_000_000

type Headers = Readonly<Record<string, string>>

/** "100;w=21600" (Docker Hub, draft-polli-ratelimit-headers) or "5000". */
function parseCount(header: string | undefined): { readonly count?: number; readonly windowSeconds?: number } {
  const [, count, window] = /^\s*(\d{1,12})\s*(?:;.*?\bw=(\d{1,9}))?/.exec(header ?? '') ?? []
  return {
    ...(count === undefined ? {} : { count: Number(count) }),
    ...(window === undefined ? {} : { windowSeconds: Number(window) }),
  }
}

function resetAt(header: string | undefined, now: number): Date | undefined {
  if (header === undefined || !/^\s*\d{1,11}\s*$/.test(header)) return undefined
  const seconds = Number(header)
  return new Date(seconds > EPOCH_SECONDS ? seconds * 1000 : now + seconds * 1000)
}

/**
 * What the headers of an answer say: `ratelimit-*` and `x-ratelimit-*`, Retry-After on a 429 or 503. Undefined where they say nothing.
 * Docker Hub's `ratelimit-*` are about manifests alone; other requests do not count.
 */
export function toldLimit(status: number, headers: Headers, now = Date.now()): ToldLimit | undefined {
  const header = (name: string): string | undefined => headers[`ratelimit-${name}`] ?? headers[`x-ratelimit-${name}`]
  const limit = parseCount(header('limit'))
  const remaining = parseCount(header('remaining'))
  const windowSeconds = limit.windowSeconds ?? remaining.windowSeconds
  const resumeAt = resetAt(header('reset'), now)
  const wait = status === 429 || status === 503 ? retryAfter(headers['retry-after'], now) : undefined
  const told: ToldLimit = {
    ...(remaining.count === undefined ? {} : { remaining: remaining.count }),
    ...(limit.count === undefined ? {} : { limit: limit.count }),
    ...(windowSeconds === undefined ? {} : { windowSeconds }),
    ...(resumeAt === undefined || remaining.count === undefined ? {} : { resumeAt }),
    ...(wait === undefined ? {} : { retryAfterSeconds: wait / 1000 }),
    ...(headers['docker-ratelimit-source'] === undefined ? {} : { kind: 'manifest' as RequestKind }),
  }
  return Object.keys(told).length === 0 ? undefined : told
}

/**
 * Whether the body of a 429 is that of Docker Hub's limit of pulls (manifests; it lasts hours) and not of the one against abuse
 * (all requests, in minutes), which answers with a bare "Too Many Requests" (docs.docker.com, "Docker Hub usage and limits").
 */
export function isPullLimit(body: string): boolean {
  return /pull rate limit|increase-rate-limit/i.test(body)
}
