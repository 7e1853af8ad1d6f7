// The error family. Each says what happened, to what, and what to do next; commands map the class to an exit code (docs: "Exit codes").
import { withoutLogins } from './logins.js'
import { utcText } from './utc-text.js'

/** Exit codes of every command; see docs/exit-codes.md. */
export const EXIT = {
  ok: 0,
  findings: 1,
  usage: 2,
  incomplete: 3,
  unreachable: 4,
  migrationStopped: 5,
  locked: 6,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const

export interface SecretscanErrorOptions {
  /** What the user can do next: one sentence, imperative. */
  readonly hint?: string
  /** What else was tried and what came of it: told with --debug only. */
  readonly detail?: string
  readonly cause?: unknown
}

/** Base of all errors that a user may see. `code` is stable and documented; `exitCode` is what the process ends with. */
export abstract class SecretscanError extends Error {
  abstract readonly code: string
  abstract readonly exitCode: number
  readonly hint: string | undefined
  readonly detail: string | undefined

  constructor(message: string, options: SecretscanErrorOptions = {}) {
    // Whatever was typed or read may be an address with a login.
    super(withoutLogins(message), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.hint = options.hint === undefined ? undefined : withoutLogins(options.hint)
    this.detail = options.detail === undefined ? undefined : withoutLogins(options.detail)
  }
}

/** Wrong flags, arguments, configuration or rule files. */
export class UsageError extends SecretscanError {
  readonly code: string = 'USAGE'
  readonly exitCode = EXIT.usage
}

/** A rule pack that does not hold to the schema; the message names file, rule, line and what is wrong. */
export class RuleError extends UsageError {
  override readonly code = 'BAD_RULE'
}

/** No such file, image, tag, platform, container … */
export class NotFoundError extends SecretscanError {
  readonly code: string = 'NOT_FOUND'
  readonly exitCode = EXIT.unreachable
}

/** There is none of that name, but of similar ones: the hint says which. */
export class SimilarNamesError extends NotFoundError {}

/** The file is there but it is no image (archive or layout). */
export class NotAnImageError extends SecretscanError {
  readonly code = 'NOT_AN_IMAGE'
  readonly exitCode = EXIT.unreachable
}

/** The platform asked for is not in the index; the message lists what is. */
export class PlatformNotFoundError extends NotFoundError {
  override readonly code = 'PLATFORM_NOT_FOUND'
}

/** An engine, registry or Vault cannot be reached. */
export class UnreachableError extends SecretscanError {
  readonly code: string = 'UNREACHABLE'
  readonly exitCode = EXIT.unreachable
}

/** A registry lets nothing more through for now. */
export class RateLimitedError extends UnreachableError {
  override readonly code = 'RATE_LIMITED'
  readonly resumeAt: Date

  /** `said`: the registry's own words, made printable. */
  constructor(host: string, resumeAt: Date, said = '') {
    super(`${host} lets no more requests through for now${said}.`, {
      hint: `Try again after ${utcText(resumeAt)}, or log in: limits are higher then.`,
    })
    this.resumeAt = resumeAt
  }
}

/** Reached, but not allowed. */
export class UnauthorizedError extends SecretscanError {
  readonly code: string = 'UNAUTHORIZED'
  readonly exitCode = EXIT.unreachable
}

/** Config, manifest or index whose bytes break the specification or do not fit their digest. */
export class CorruptImageError extends SecretscanError {
  readonly code: string = 'CORRUPT_IMAGE'
  readonly exitCode = EXIT.unreachable
}

/** A bound of untrusted input was passed where going on makes no sense (a 5 MiB manifest). */
export class LimitExceededError extends SecretscanError {
  readonly code: string = 'LIMIT_EXCEEDED'
  readonly exitCode = EXIT.unreachable
}

/** Another run holds the lock. */
export class LockedError extends SecretscanError {
  readonly code = 'LOCKED'
  readonly exitCode = EXIT.locked
}

/** A place where secrets are kept refused or failed. */
export class StoreError extends SecretscanError {
  readonly code: string = 'STORE'
  readonly exitCode: number = EXIT.unreachable
}

/** A migration that stopped half-way in a safe state; the hint says how to resume or roll back. */
export class MigrationStoppedError extends SecretscanError {
  readonly code = 'MIGRATION_STOPPED'
  readonly exitCode = EXIT.migrationStopped
}

/** Something that must not happen: a bug in this program. */
export class InternalError extends SecretscanError {
  readonly code = 'INTERNAL'
  readonly exitCode = EXIT.bug
}
