// Bytes in, matches out. Knows no images; runs in a worker.
export type Severity = 'critical' | 'high' | 'medium' | 'low'
export type Confidence = 'high' | 'medium' | 'low'
export type Validity = 'unchecked' | 'plausible' | 'implausible' | 'active' | 'inactive' | 'unknown'

/** Longest match that detection promises to see, in bytes; chunks overlap by this much. */
export const MAX_MATCH = 16 * 1024
/** Bytes of one chunk, without the overlap. */
export const CHUNK_SIZE = 1024 * 1024

/** A chunk is at most CHUNK_SIZE of one text and begins MAX_MATCH before the end of the one before it. */
export interface Chunk {
  readonly bytes: Uint8Array
  /** Where `bytes` begins in the text, in bytes. */
  readonly offset: number
  readonly last: boolean
  /** Normalised path of the file, for rules bound to paths. */
  readonly path?: string
  /** The variable, label or argument name where the text is a config string's value. */
  readonly key?: string
}

/** start and end are byte offsets in the text (not the chunk), end exclusive; of the value, or of the outermost encoded text that holds it. */
export interface Match {
  readonly ruleId: string
  readonly start: number
  readonly end: number
  /** The plain value, decoded. Stays in the worker. */
  readonly value: Uint8Array
  readonly key?: string
  readonly confidence: Confidence
  /** Overrides the rule's severity (a placeholder such as "changeme" is low). */
  readonly severity?: Severity
  readonly decodedFrom: readonly string[]
  readonly validity: Validity
  /** Set where an allowlist (stopword, known example, lock file) explains the match away; counted as suppressed. */
  readonly allowed?: string
  readonly parts: readonly {
    readonly role: string
    readonly start: number
    readonly end: number
    readonly value: Uint8Array
  }[]
}

/** `slow`: ids of rules that were stopped by their deadline on this chunk; goes into coverage as RULE_DEADLINE. */
export interface ChunkResult {
  readonly matches: readonly Match[]
  readonly slow: readonly string[]
}

/** Chunks of one text come in order; state between them is not needed since they overlap. A match that lies wholly in the overlap is reported by both: the caller drops equal ones. */
export interface TextDetector {
  scan(chunk: Chunk): ChunkResult
}

/** For formats where a pattern on text is the wrong tool: .docker/config.json, shadow, kubeconfig, keystores … */
export interface FileDetector {
  readonly ruleIds: readonly string[]
  /** Files above this size are left to the text rules, and coverage says so. */
  readonly maxBytes: number
  accepts(path: string, head: Uint8Array): boolean
  scan(file: Uint8Array, path: string): readonly Match[]
}
