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
}

/** A job that has used up its tries. */
export interface DeadJob {
  readonly name: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly reason: string
  readonly failedAt: Date
}

export interface JobEngine {
  put(name: JobName, jobs: readonly NewJob[]): Promise<void>
  /** Takes up to `most` jobs for this process, until it calls done or fail, or renews them no more. */
  take(name: JobName, most: number): Promise<readonly Job[]>
  /** Says that this process is still at them. */
  renew(jobs: readonly Job[]): Promise<void>
  done(job: Job): Promise<void>
  /** Not before then, without counting as a try. */
  postpone(job: Job, until: Date): Promise<void>
  /** Gives all jobs back that anybody has taken: only where no other worker lives. */
  releaseAll(): Promise<void>
  /** Later again; dead after the last try. `reason`: for people, without values. Returns whether there will be another try. */
  fail(job: Job, reason: string): Promise<boolean>
  /** Gives jobs back whose process has died, and clears away old ones. */
  tidy(): Promise<void>
  dead(): Promise<readonly DeadJob[]>
}
