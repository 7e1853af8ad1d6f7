// What a registry's client is made with, and what it is asked.
import type { GuardedFetch } from '../net/guarded-fetch.js'
import type { Credentials } from './credentials.js'

export interface RegistryClientOptions {
  readonly fetcher: GuardedFetch
  readonly signal: AbortSignal
  /** host[:port] as in a reference: "docker.io" for Docker Hub. */
  readonly host: string
  readonly insecure: boolean
  /** Told of waits, so that a person sees why nothing moves. */
  readonly onWait?: (ms: number, why: string) => void
  /** The budget of requests; by default one of this client's own. */
  readonly gate?: RateGate
  /** Requests under way at a time (default: 16). */
  readonly concurrency?: number | (() => number)
  /** Default: as docker and podman are logged in. */
  readonly credentials?: (repository: string) => Promise<Credentials | undefined>
}

export interface RegistryRequest {
  readonly method?: 'GET' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  /** e.g. "repository:team/app:pull" */
  readonly scope: string
  readonly repository: string
  readonly kind: RequestKind
  /** The body of an answer 200 is a document of at most so many bytes: it is read as part of the request, so that a break is mended. */
  readonly document?: number
}

export type RequestKind = 'manifest' | 'head' | 'blob' | 'list'

/** What an answer of a registry says about its budget. */
export interface ToldLimit {
  readonly remaining?: number
  readonly limit?: number
  readonly windowSeconds?: number
  readonly retryAfterSeconds?: number
  readonly resumeAt?: Date
  /** Where it is about these requests alone: Docker Hub counts manifests, and nothing else. */
  readonly kind?: RequestKind
}

/** The budget of requests to a host: of one process, or of all workers of a sweep. */
export interface RateGate {
  /** Waits until a request may go. @throws RateLimitedError where that takes too long: the work is to be taken up again then. */
  before(host: string, kind: RequestKind, signal: AbortSignal): Promise<void>
  learned(host: string, told: ToldLimit): Promise<void>
}
