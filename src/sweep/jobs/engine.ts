// Jobs of a sweep: few (one a registry, one a repository), durable, each done by one worker at a time, tried again after a failure.
// Layers are no jobs but rows of the store: there may be millions.

/** sweep: list a registry's repositories. repository: list its tags and plan their images. */
export type JobName = 'sweep' | 'repository'

export interface NewJob {
  /** A job whose key was put before, done or not, is not put again. */
  readonly key: string
  readonly payload: Readonly<Record<string, string | number>>
}

export interface Job {
  readonly name: JobName
  readonly id: string
  readonly payload: Readonly<Record<string, string | number>>
  /** Workers that died while they held it, since it last made progress. */
  readonly deaths: number
}

/** When a job is tried again. 'others' in its place: another worker has it by now. */
export interface Retry {
  readonly seconds: number
  /** Tries that failed, and how many there are. */
  readonly failed: number
  readonly most: number
  /** Seconds from the first failure to the last try, at the least and at the most. */
  readonly span: readonly [least: number, most: number]
}

/** A job that has used up its tries. */
export interface DeadJob {
  readonly name: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly code: string
  readonly reason: string
  readonly failedAt: Date
}

export interface JobEngine {
  put(name: JobName, jobs: readonly NewJob[]): Promise<void>
  /**
   * Takes up to `most` jobs for this worker, until it calls done, fail or postpone, or renews them no more. What workers have died of
   * again and again (deaths.ts) is taken only by one that `isIdle`, alone, where there is nothing else.
   */
  take(name: JobName, most: number, isIdle: boolean): Promise<readonly Job[]>
  /** Says that this process is still at them. */
  renew(jobs: readonly Job[]): Promise<void>
  /** It came further than those who died: what follows begins to count anew. */
  progressed(job: Job): Promise<void>
  done(jobs: readonly Job[]): Promise<void>
  /** Gives it back, not before then, without counting as a try. */
  postpone(job: Job, until?: Date): Promise<void>
  /**
   * Later again; dead after the last try, of which there are few where nothing says that it ever worked. `reason`: for people, without
   * values. Returns the next try, where there is one.
   */
  fail(job: Job, reason: string, few?: boolean): Promise<Retry | 'others' | undefined>
  /**
   * Gives back what `dead` workers hold, and whoever no longer renews, but for what this one has in its hands: at once, and not as a try.
   * What too many have died of is dead, with that reason.
   */
  reclaim(dead: readonly string[], held: readonly Job[]): Promise<void>
  /** Clears away old jobs. */
  tidy(): Promise<void>
  dead(): Promise<readonly DeadJob[]>
}
