// What a Dockerfile is made of, each part with its place. All offsets in bytes, `end` exclusive; lines 1-based.

export interface Range {
  readonly start: number
  readonly end: number
}

export interface Flag extends Range {
  /** Without dashes, lower-case. */
  readonly name: string
  readonly value: string | undefined
}

/** One `KEY=value` of ENV, ARG or LABEL; of the old form `ENV KEY value` the whole rest. */
export interface KeyValue extends Range {
  readonly key: string
  /** Quotes and escapes undone, variables not expanded; undefined for `ARG KEY`. */
  readonly value: string | undefined
  /** The value as written. */
  readonly valueRange: Range
  /** Names that the value refers to. */
  readonly variables: readonly string[]
}

export interface Heredoc {
  readonly name: string
  /** False for `<<"EOF"`: no variables are expanded. */
  readonly expand: boolean
  /** `<<-EOF`: leading tabs go. */
  readonly chomp: boolean
  readonly content: Range
}

export interface Instruction extends Range {
  /** Upper-case. */
  readonly keyword: string
  readonly keywordRange: Range
  readonly line: number
  readonly endLine: number
  readonly flags: readonly Flag[]
  /** Everything after the flags with continuations joined and comments inside left out; without heredocs. */
  readonly text: string
  /** From the first to the last byte of the arguments. */
  readonly textRange: Range
  readonly form: 'exec' | 'shell'
  /** Exec form: its strings. COPY, ADD, FROM, EXPOSE, VOLUME: their words. Else empty. */
  readonly words: readonly string[]
  /** ENV, ARG and LABEL. */
  readonly pairs: readonly KeyValue[]
  readonly heredocs: readonly Heredoc[]
  /** Index in `stages`; -1 before the first FROM. */
  readonly stage: number
  readonly onbuild?: Instruction
}

export interface Stage {
  readonly index: number
  /** As written after AS, lower-case. */
  readonly name: string | undefined
  /** As written after FROM: an image, a stage's name, or with variables. */
  readonly base: string
  /** Where `base` is an earlier stage: its index. */
  readonly baseStage: number | undefined
  readonly from: Instruction
}

export interface Directive {
  readonly name: 'syntax' | 'escape' | 'check'
  readonly value: string
  readonly line: number
}

/** What BuildKit would refuse; the rest of the file is read all the same. */
export interface DockerfileProblem {
  readonly line: number
  readonly reason: string
}

export interface Dockerfile {
  readonly file: string
  readonly bytes: Uint8Array
  readonly directives: readonly Directive[]
  readonly escape: '\\' | '`'
  readonly instructions: readonly Instruction[]
  readonly stages: readonly Stage[]
  readonly problems: readonly DockerfileProblem[]
}
