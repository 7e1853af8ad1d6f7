// What the main thread and the detection workers say to each other. Bytes are handed over by transfer; plain values never come back.
import type { ByteRange } from '../detect/machine-code.js'
import type { PreparedRules } from '../detect/prepared-rules.js'
import type { RuleSet } from '../detect/rule-set.js'
import type { SharedCleanTexts } from './clean-texts.js'
import type { TextPosition } from './lines.js'
import type { Coverage, FilePlace, LocalFinding, Place } from './types.js'

/** What a worker is started with. */
export interface WorkerSetup {
  readonly rules: RuleSet
  /** Made for the first worker, where it was not made before. */
  readonly prepared?: PreparedRules
  readonly maxDecodeDepth: number
  readonly maxArchiveDepth: number
  readonly showSecrets: boolean
  /** Findings carry an HMAC-SHA-256 of their value under this key: sweeps only. */
  readonly valueKey?: Uint8Array
  /** Files that need not be looked at again; the pool makes it. */
  readonly cleanTexts?: SharedCleanTexts
}

/** A whole file inside a batch's buffer. `entry`: its ordinal in what is scanned, for order and for the path that belongs to it. */
export interface FileItem {
  readonly entry: number
  readonly path: string
  readonly pathBase64?: string
  readonly start: number
  readonly length: number
}

/** A name that a stranger chose: scanned as text, never followed. */
export interface NameItem {
  readonly entry: number
  readonly kind: 'file-name' | 'link' | 'xattr'
  readonly path: string
  readonly pathBase64?: string
  /** The link's target or the attribute's value; absent for a file name, where it is the path. */
  readonly text?: Uint8Array
  /** The attribute's name. */
  readonly key?: string
}

/** One string of many that are scanned as one text, so that a key ID in one meets its secret in the next. */
export interface Piece {
  readonly place: Place
  readonly text: Uint8Array
  /** The name that the text is the value of, where the text does not hold it itself: detection sees KEY=text. */
  readonly name?: string
  /** Offset of `text` in the string that the place means (a command behind build arguments); default 0. */
  readonly base?: number
  /** What stands between this piece and the next; default a newline. */
  readonly separator?: ' ' | '\n'
  /** Behind the other pieces (fields that the parsed config does not have): a value that those hold is not said again. */
  readonly secondary?: boolean
  /** The text is not what stands there (escapes are undone): every span in it is this many bytes at `base`. */
  readonly fixed?: number
  /** Parts that are secrets by what is known of the piece, whatever they look like. */
  readonly claims?: readonly Claim[]
  /** A comment behind the piece says to ignore what is in it. */
  readonly inlineIgnore?: boolean
}

/** Bytes `start` to `end` of a piece's text are a finding of the rule, unless a rule that knows the value's form finds it itself. */
export interface Claim {
  readonly ruleId: string
  readonly start: number
  readonly end: number
  /** Names the value where the place has no key. */
  readonly key?: string
  /** By its looks alone: a rule that finds something there knows more. */
  readonly guess?: true
}

export interface BatchUnit {
  readonly kind: 'batch'
  readonly bytes: ArrayBuffer
  readonly files: readonly FileItem[]
  readonly names: readonly NameItem[]
}

/** One chunk of a big file. */
export interface ChunkUnit {
  readonly kind: 'chunk'
  readonly bytes: ArrayBuffer
  readonly entry: number
  readonly path: string
  readonly pathBase64?: string
  readonly offset: number
  readonly length: number
  readonly last: boolean
  /** Of the file: machineCode(), where there is any. */
  readonly code?: readonly ByteRange[]
}

/** A nested archive whose bytes follow as data messages. */
export interface StreamUnit {
  readonly kind: 'stream'
  readonly entry: number
  readonly path: string
  readonly pathBase64?: string
  /** Of a git pack: objects that are scanned elsewhere, by ID. */
  readonly known?: ReadonlySet<string>
}

/** `mask`: strings that leave the program (instructions, annotations); come back without the values found in the pieces. */
export interface StringsUnit {
  readonly kind: 'strings'
  readonly pieces: readonly Piece[]
  readonly mask: readonly string[]
}

/** Strings that come back without the values that this worker has found so far, in whatever unit. */
export interface MaskUnit {
  readonly kind: 'mask'
  readonly mask: readonly string[]
}

export type Unit = BatchUnit | ChunkUnit | StreamUnit | StringsUnit | MaskUnit

/**
 * A LocalFinding before its layer is complete: ordinals of guessable values, and so fingerprints, are known only then. `tag` is set
 * where the fingerprint's tag is neither the valueTag nor an ordinal (a history line without a key).
 */
export interface RawFinding extends Omit<LocalFinding, 'fingerprint'> {
  readonly entry: number
  readonly tag?: string
  /** Equal for guessable findings of one unit that hold the same value: they are one leak. */
  readonly sameAs?: number
}

/** Findings of one rule in one file (or member) that were counted and not listed. */
export interface LeftOut {
  readonly entry: number
  readonly place: FilePlace
  readonly ruleId: string
  readonly count: number
}

export interface UnitResult {
  readonly findings: readonly RawFinding[]
  readonly coverage: readonly Coverage[]
  readonly leftOut?: readonly LeftOut[]
  /** Findings of the unit that were dropped since it has too many, whatever their rules. */
  readonly dropped?: number
  /** Given back to be filled again. */
  readonly bytes?: ArrayBuffer
  /** Chunks only: how the text moves on from this chunk's start to the next one's. */
  readonly step?: TextPosition
  readonly masked?: readonly string[]
}

export type ToWorker =
  | { readonly type: 'unit'; readonly id: number; readonly unit: Unit }
  | { readonly type: 'data'; readonly id: number; readonly bytes: ArrayBuffer; readonly length: number }
  | { readonly type: 'end'; readonly id: number }

export type FromWorker =
  | { readonly type: 'result'; readonly id: number; readonly result: UnitResult }
  /** A data message's bytes were used up. */
  | { readonly type: 'taken'; readonly id: number; readonly bytes: ArrayBuffer }
  /** Still at work on a long unit. */
  | { readonly type: 'alive' }
  /** A bug: the worker cannot go on. `trace` holds no message, since an error's message may quote what was scanned. */
  | { readonly type: 'failed'; readonly name: string; readonly trace: string }
