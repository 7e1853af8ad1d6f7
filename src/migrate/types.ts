// A migration: what is planned, where secrets are kept, what the journal remembers. No plain value in any of it.
import type { Place, Span } from '../scan/types.js'
import type { Secret } from '../support/secret.js'
import type { Issuer } from './rotate/issuer.js'

export type StoreKind = 'compose-file' | 'swarm' | 'vault'

/** Goes into the journal: no value. */
export interface StoredSecret {
  readonly store: StoreKind
  /** As Compose files name it. */
  readonly name: string
  /** compose-file: the file's path below the project; swarm: the secret's ID; vault: mount/path#key. */
  readonly id: string
  readonly version?: number
  readonly previousVersion?: number
  readonly createdByUs: boolean
  /** HMAC-SHA-256 of the value under .secretscan/key: tells a changed value, confirms no guess without the key. */
  readonly hmac: string
}

interface PutOptions {
  /** 0: must not exist yet. */
  readonly ifVersion: number
  /** The migration's ID. */
  readonly migration: string
  /** compose-file: permission bits and owner where another user than ours must read it. */
  readonly access?: FileAccess
}

/** Who may read a secret's file: Compose mounts it with the host's owner and bits. */
export interface FileAccess {
  readonly mode: number
  readonly uid?: number
}

/** Only the label was compared, and why. */
export interface LabelOnly {
  readonly how: 'label-only'
  readonly reason: string
}

export type Verified = 'read-back' | 'proven-by-service' | 'label-only'

export type ComposeEntry =
  | { readonly file: string }
  | { readonly external: true; readonly name: string }
  | { readonly environment: string }

/** What a store holds under a name, without its value. */
export interface PresentSecret {
  readonly id: string
  readonly version?: number
  /** Made by this tool, as far as the store can tell. */
  readonly ours: boolean
  /** ID of the migration that made it, where the store keeps that. */
  readonly migration?: string
  readonly hmac?: string
  /** Of a file: its permission bits. */
  readonly mode?: number
}

/** In Vault a name is path#key and ifVersion the path's version. */
export interface SecretStore {
  readonly kind: StoreKind
  /** Reads only. `hmac` where the store keeps or can compute it: tells whether the value there is the one to be put. */
  inspect(names: readonly string[]): Promise<ReadonlyMap<string, PresentSecret>>
  /** Size, characters, name. @throws StoreError */
  check(name: string, value: Secret): void
  put(name: string, value: Secret, options: PutOptions): Promise<StoredSecret>
  verify(stored: StoredSecret, value: Secret): Promise<Verified | LabelOnly>
  /** Refuses what this tool did not make, what has changed since, and what is in use. @throws StoreError */
  remove(stored: StoredSecret): Promise<void>
  /** Removes what a killed write of `name` left behind beside it. */
  tidy?(name: string): Promise<void>
  /** All that a run changes is in place: what was needed only until then goes. */
  settle?(): Promise<void>
  /** `stored` may be just the name and version that put() will give: the plan is made before anything is written. */
  composeEntry(stored: Pick<StoredSecret, 'name' | 'version'>): ComposeEntry
  /** Where `secretscan exec` reads it and under which variable, for stores that Compose cannot read itself. */
  reference?(name: string): { readonly ref: string; readonly env: string }
  /** What a Vault Agent writes the secret by, for stores that have agents. */
  agentTemplate?(name: string): string
  close(): Promise<void>
}

/**
 * `whole-file`: all bytes of the place's file. `flag-value`: the value is a command, of which what the place's key gives (an option, a
 * variable, a URL) is meant. `url-password`: the value is a URL, of which the password is meant as it is written there. `part:WORD:START:END`: of the word with that index the characters from START to END; with `:LENGTH`, they stand inside a word, and the whole text is that long. `users-lines`: users with commas between them, each on a line of its own. `line:TEXT`: TEXT, with the value for <value>.
 */
/** `swarm-secret`: the place's path is the name of a Swarm secret. */
export type Transform =
  | 'swarm-secret'
  | 'flag-value'
  | 'url-password'
  | 'whole-file'
  | 'users-lines'
  | `line:${string}`
  | `part:${number}:${number}:${number}`
  | `part:${number}:${number}:${number}:${number}`

/** Where a value is read anew when the plan is applied. */
export interface ValueSource {
  readonly place: Place
  readonly span: Span
  readonly transform: readonly Transform[]
}

/** A byte range of a whole entry, and what stands there afterwards. A new file is one edit at 0. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly insert: string
}

export interface PlanInput {
  /** Relative to the project folder. */
  readonly path: string
  /** SHA-256 over the file with `cut` left out: a hash of the whole file would confirm a guessed password. */
  readonly maskedSha256: string
  /** Byte ranges of the entries that hold detected values, in order. */
  readonly cut: readonly { readonly start: number; readonly end: number }[]
}

/** What stood at a secret's place when the plan was made. */
export interface Replaced {
  readonly version?: number
}

export type PlanStep =
  | { readonly do: 'put'; readonly name: string; readonly from: readonly ValueSource[]; readonly access?: FileAccess }
  | { readonly do: 'verify'; readonly name: string }
  | { readonly do: 'stage'; readonly path: string; readonly edits: readonly Edit[] }
  | { readonly do: 'check'; readonly what: 'model' | 'schema' | 'engine' }
  | { readonly do: 'swap'; readonly paths: readonly string[] }
  /** The next version of the secret at `ref`. The value is at the reference `source`; without one a person gives it, and it is kept nowhere else. */
  | {
      readonly do: 'replace'
      readonly name: string
      readonly ref: string
      readonly source?: string
      readonly over?: Replaced
    }
  /** Swarm services that have the secret called `from` (as Swarm names it) get the new version under the same target. */
  | { readonly do: 'roll'; readonly name: string; readonly ref: string; readonly from: string }
  /** Removes what is older than the newest `keep` versions before the new one, where nobody uses it. */
  | { readonly do: 'prune'; readonly name: string; readonly ref: string; readonly keep: number }

/** Steps that carry a secret from one version to the next. */
export type RotationStep = Extract<PlanStep, { readonly do: 'replace' | 'roll' | 'prune' }>

export interface LeftValue {
  readonly place: Place
  readonly reason: string
  readonly todo: string
}

/** A secret whose value stays known where it stood, and where its providers take it back. */
export interface ToRotate {
  readonly name: string
  readonly issuers?: readonly Issuer[]
  /** git has no version of a file that held the value. */
  readonly neverCommitted?: true
}

/** What a person does once the plan is applied. */
export interface Afterwards {
  readonly what: string
  readonly commands: readonly string[]
  /** Builds images and starts services anew: the end of a run tells that by itself. */
  readonly redeploys?: true
}

/** Images that hold values, or get what services need. */
export interface RebuiltImages {
  readonly services: readonly string[]
  readonly images: readonly string[]
  /** The builds read secrets that `exec` brings. */
  readonly byExec: boolean
}

/** Printable, deterministic, and 0600 when written. */
export interface MigrationPlan {
  readonly schemaVersion: 1
  /** Absent: values move out of files. `move`: from the store `from` to another. */
  readonly kind?: 'rotation' | 'sync' | 'move'
  readonly from?: StoreKind
  readonly projectDir: string
  readonly composeFiles: readonly string[]
  /** Files that were given in place of .env, from the project's folder; absent: none. */
  readonly envFiles?: readonly string[]
  /** Those of --profile; absent: none. */
  readonly profiles?: readonly string[]
  /** Rotation, sync: services whose database a person tells the new password; absent: none. */
  readonly databases?: readonly string[]
  /** Of `services` those that only such a profile starts; absent: none. */
  readonly onDemand?: readonly string[]
  /** The files are deployed as a stack of a Swarm, wherever their secrets are. */
  readonly deployed?: true
  /** What was selected; empty: everything. */
  readonly select: readonly string[]
  /** Names that were wished for, by the values' IDs; absent: none. */
  readonly names?: Readonly<Record<string, string>>
  /** Absolute path of the report that it was made from. */
  readonly report?: string
  /** The project's images were scanned for it. */
  readonly scanned?: boolean
  /** false: images were not looked at. */
  readonly images: boolean
  readonly to: { readonly store: StoreKind; readonly options: Readonly<Record<string, string>> }
  readonly inputs: readonly PlanInput[]
  readonly steps: readonly PlanStep[]
  readonly left: readonly LeftValue[]
  /** What a person has to know or do: restarts, rotation, readers of a file. In order. */
  readonly notes: readonly string[]
  /** For images that hold the values: rebuild, deploy, check, delete. In order. */
  readonly afterwards?: readonly Afterwards[]
  /** What is built anew before the services are started; absent: nothing. */
  readonly builds?: RebuiltImages
  /** What is to be changed once it has moved; absent in plans of earlier versions, and where nothing left a file. */
  readonly rotate?: readonly ToRotate[]
  /** Services whose containers must be made anew. */
  readonly services: readonly string[]
}

/** Reads a planned value from its place, as it stands now. */
export type ReadValue = (sources: readonly ValueSource[]) => Promise<Secret>

/**
 * Looks at the staged copies before anything is swapped; throws where they do not mean the same as before but for what moved.
 * @returns what there is to tell of it, a line for people; undefined: nothing
 */
export type CheckStaged = (
  what: 'model' | 'schema' | 'engine',
  staged: ReadonlyMap<string, Uint8Array>,
) => Promise<string | undefined>
