// A secret in its place, as a rotation sees it: what is there, the next version, the way back. One file beside this for each store.
import type { Secret } from '../../support/secret.js'
import type { LabelOnly, PresentSecret, Replaced, StoredSecret, StoreKind, Verified } from '../types.js'

export interface ReplaceOptions {
  readonly name: string
  /** What the plan saw; a place that has another version by now is not written to. */
  readonly over?: Replaced
  readonly migration: string
  /** File for the value before, where the store keeps no versions. */
  readonly keep: string
}

/** `gone`: what was before is kept no more; `changed`: the place does not hold what the run wrote. */
export type WayBack = 'open' | 'gone' | 'changed'

export interface VersionedSecret {
  readonly store: StoreKind
  /** undefined: nothing is there. */
  current(): Promise<PresentSecret | undefined>
  /** undefined where the store does not give values back. */
  read(): Promise<Secret | undefined>
  /** Size and characters. @throws StoreError */
  check(value: Secret): void
  /** @throws StoreError where the place is not what `over` says. */
  replace(value: Secret, options: ReplaceOptions): Promise<StoredSecret>
  /** Removes what a killed write left behind beside the place. */
  tidy?(): Promise<void>
  /**
   * What was before counts again; the version that this run made goes.
   * @returns why that version stays, where it does
   * @throws StoreError where the place has changed since: then nothing is put back
   */
  restore(stored: StoredSecret, keep: string): Promise<string | undefined>
  /** What `restore` would find, with the same parameters. */
  wayBack(stored: StoredSecret, keep: string): Promise<WayBack>
  /** Removes versions before the newest `keep` ones that came before `stored`. @returns what went, for people. */
  prune(stored: StoredSecret, keep: number): Promise<readonly string[]>
  /** Where reading back is not possible: shows by other means that it holds `value`. @throws StoreError where it does not */
  prove?(stored: StoredSecret, value: Secret): Promise<Verified | LabelOnly>
  /** Swarm: services that have the secret called `from` get `stored`. @returns the services' names. */
  roll?(from: string, stored: StoredSecret): Promise<readonly string[]>
}
