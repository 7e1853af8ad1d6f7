// What a scan finds, and the forms in which it travels: worker -> cache and sweeps -> assemble -> report.
import type { Confidence, Severity, Validity } from '../detect/types.js'
import type { Digest, ImageDescription, LayerEntry, SourceKind } from '../image/types.js'
import type { Issue } from '../support/issue.js'

export type FilePlaceKind = 'file' | 'file-name' | 'link' | 'xattr' | 'git'
export type ConfigPlaceKind =
  | 'env'
  | 'label'
  | 'cmd'
  | 'entrypoint'
  | 'healthcheck'
  | 'onbuild'
  | 'shell'
  | 'author'
  | 'comment'
  | 'annotation'
  | 'history'
  | 'build-arg'
  | 'provenance'
export type ProjectPlaceKind = 'compose' | 'env-file' | 'dockerfile'

export interface FilePlace {
  readonly kind: FilePlaceKind
  /** Normalised: no leading slash, "." and ".." resolved. */
  readonly path: string
  /** Where the name is not UTF-8. */
  readonly pathBase64?: string
  /** Nested archives, outermost first. */
  readonly inside?: readonly string[]
  readonly key?: string
  /** The Compose or Swarm service whose container the file is in. */
  readonly service?: string
  /** Of a git object: a path that it has in the history, where that is known. No part of the fingerprint. */
  readonly gitPath?: string
}
export interface ConfigPlace {
  readonly kind: ConfigPlaceKind
  readonly key?: string
  /** The Compose or Swarm service that the string is set for. */
  readonly service?: string
  /** Ordinal in its list (history entry, env entry …), 0-based. */
  readonly index?: number
}
export interface ProjectPlace {
  readonly kind: ProjectPlaceKind
  readonly path: string
  readonly service?: string
  readonly key?: string
}
export type Place = FilePlace | ConfigPlace | ProjectPlace

/**
 * Lines and columns 1-based, columns in UTF-16 units, endColumn exclusive; offset 0-based, in bytes; of the value or of the outermost
 * encoded text that holds it; inside an archive: of the innermost file; in a config string: of that string (KEY=VALUE), without a line.
 * A guessable value has its start only: no length, no end.
 */
export interface Span {
  readonly offset: number
  readonly length?: number
  readonly line?: number
  readonly column?: number
  readonly endLine?: number
  readonly endColumn?: number
}

/** guessable (< 80 bits by scan/guessable.ts): shown is "****" and there is no length, entropy, first or last character. */
export interface RedactedSecret {
  readonly shown: string
  readonly guessable: boolean
  readonly length?: number
  readonly entropy?: number
  /** --show-secrets only. */
  readonly value?: string
}

export type Exposure = 'final' | 'deleted' | 'overwritten' | 'metadata'

export interface Related {
  readonly role: 'part' | 'same-value' | 'same-place' | 'instruction'
  readonly fingerprint?: string
  readonly place: Place
  readonly span: Span
  readonly layer?: LayerEntry
  readonly exposure?: Exposure
  /** As LocalFinding's. */
  readonly inlineIgnore?: boolean
}

/** In a layer's own terms: what workers return, the cache keeps and sweeps store. */
export interface LocalFinding {
  readonly fingerprint: string
  readonly ruleId: string
  readonly severity: Severity
  readonly confidence: Confidence
  readonly validity: Validity
  readonly secret: RedactedSecret
  readonly place: Place
  readonly span: Span
  readonly decodedFrom: readonly string[]
  /** First 16 hex digits of the value's SHA-256, unguessable values only. */
  readonly valueTag?: string
  /** Sweeps only, under the store's key, never in the image cache. */
  readonly valueHmac?: string
  readonly related: readonly Related[]
  /** Set where the rule's allowlist explains it away. */
  readonly allowed?: string
  /** Set where an inline comment (`secretscan:ignore`) stands on its line; counts only where inline ignores are on. */
  readonly inlineIgnore?: boolean
}

export interface Coverage extends Issue {
  readonly blobId?: string
  readonly place?: Place
}

/**
 * One layer's result: the cache's unit. Path hashes are the first 8 bytes of SHA-256 of the normalised path; files apart from
 * directories, since archives list parent folders.
 */
export interface LayerResult {
  /** Computed; absent if the bytes did not come to their end, and then not cached. */
  readonly diffId?: Digest
  /** Computed. */
  readonly blobDigest?: Digest
  readonly findings: readonly LocalFinding[]
  readonly coverage: readonly Coverage[]
  readonly files: number
  readonly bytes: number
  /** Sorted: everything but directories. */
  readonly fileHashes: BigUint64Array
  readonly dirHashes: BigUint64Array
  readonly hardLinks: readonly { readonly path: string; readonly target: string }[]
  /** Paths that whiteouts remove, normalised, without the ".wh." prefix. */
  readonly whiteouts: readonly string[]
  /** Folders made opaque. */
  readonly opaque: readonly string[]
  /** Paths of findings that had to be masked, with what they stand for: in memory only, such a layer is never cached. */
  readonly plainPaths?: ReadonlyMap<string, string>
  /** Findings were dropped for the sake of the other layers of its image: in memory only, such a layer is never cached. */
  readonly shortened?: true
}

/** The config's strings, scanned by one worker: the only form in which they go on. */
export interface ConfigResult {
  readonly findings: readonly LocalFinding[]
  readonly coverage: readonly Coverage[]
  /** createdBy, annotations and labels masked. */
  readonly image: ImageDescription
  /** Keyed hashes of the whole entries of findings, by fingerprint; in memory only. */
  readonly entryMacs?: ReadonlyMap<string, string>
}

/** acknowledgement: of a sweep's store. */
export type SuppressedBy = 'baseline' | 'ignore-file' | 'inline' | 'allowlist' | 'acknowledgement'

export interface Finding extends LocalFinding {
  readonly layer?: LayerEntry
  readonly exposure?: Exposure
  readonly removedBy?: LayerEntry
  readonly origin: 'own' | 'base' | 'container' | 'unknown'
  readonly suppressed?: { readonly by: SuppressedBy; readonly reason?: string }
}

export interface TargetReport {
  readonly kind: 'image' | 'container' | 'dir' | 'compose'
  /** As the user gave it. */
  readonly input: string
  /** As the source names it. */
  readonly reference: string
  readonly source?: SourceKind
  /** Of an image of an engine that has several: all of them. */
  readonly names?: readonly string[]
  readonly image?: ImageDescription
  readonly cachedLayers: readonly number[]
  readonly findings: readonly Finding[]
  readonly coverage: readonly Coverage[]
  readonly stats: ScanStats
  /** Paths of files that a migration wrote values into, where they belong; for people, no machine's report names them. */
  readonly migrated?: ReadonlySet<string>
  /** Of the config's findings, for comparing with another image; in memory only, no reporter writes it. */
  readonly entryMacs?: ReadonlyMap<string, string>
  readonly failed?: TargetFailure
}

/** Why a target could not be scanned. Messages and hints are whole sentences. */
export interface TargetFailure {
  readonly code: string
  readonly message: string
  readonly exitCode: number
  /** What to do next. */
  readonly hint?: string
  /** For --debug only. */
  readonly detail?: string
}

export interface ScanStats {
  readonly layers: number
  readonly files: number
  readonly bytes: number
}

/** The common lowest diffIds (a prefix, not a set), and the fingerprints of findings whose whole entry the base's config holds too. */
export interface Base {
  readonly diffIds: readonly Digest[]
  readonly configEntries: ReadonlySet<string>
  /** Where known: an entry is the base's only if the whole of it is the same. */
  readonly entryMacs?: ReadonlyMap<string, string>
}

export type ScanEvent =
  /** One of several targets begins; `index` counts from 1. */
  | { readonly type: 'target'; readonly index: number; readonly of: number }
  /** `bytes`: what the source will read in all, told by 'read' as it goes. */
  | { readonly type: 'opened'; readonly layers?: number; readonly bytes?: number }
  | { readonly type: 'read'; readonly delta: number }
  | { readonly type: 'bytes'; readonly delta: number }
  | { readonly type: 'layer'; readonly cached: boolean }
  /** The source begins to wait for somebody else, for so long and for that reason. */
  | { readonly type: 'waiting'; readonly ms: number; readonly why: string }
  | { readonly type: 'coverage'; readonly coverage: Coverage }

/** The last argument of every use case. */
export interface ScanContext {
  readonly signal: AbortSignal
  readonly on: (event: ScanEvent) => void
  readonly concurrency: number
}
