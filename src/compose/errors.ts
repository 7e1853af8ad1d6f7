// What can be wrong with a Compose project's files, and with an edit of them. Messages name file and line, never a value.
import { UsageError } from '../support/errors.js'
import { printable } from '../support/printable.js'

export interface FilePosition {
  readonly file: string
  /** 1-based. */
  readonly line?: number
}

function placed(reason: string, at: FilePosition): string {
  return `${printable(at.file)}${at.line === undefined ? '' : `:${at.line}`}: ${reason}`
}

/** A Compose, env or label file that cannot be read as one. */
export class ComposeFileError extends UsageError {
  override readonly code = 'BAD_COMPOSE_FILE'
  readonly file: string
  readonly line: number | undefined

  constructor(reason: string, at: FilePosition, hint?: string) {
    super(placed(reason, at), hint === undefined ? {} : { hint })
    this.file = at.file
    this.line = at.line
  }
}

/** Why an edit was refused: stable words that a plan can branch on. */
export type RefusalReason =
  | 'not-found'
  | 'merged-key'
  | 'alias'
  | 'anchored-value'
  | 'explicit-key'
  | 'flow-comment'
  | 'form'
  | 'open-block'
  | 'exists'

/** An edit that cannot be done without risk to the bytes around it. */
export class EditRefusedError extends UsageError {
  override readonly code = 'EDIT_REFUSED'
  readonly reason: RefusalReason
  readonly line: number | undefined

  constructor(reason: RefusalReason, detail: string, at: FilePosition) {
    super(placed(detail, at))
    this.reason = reason
    this.line = at.line
  }
}
