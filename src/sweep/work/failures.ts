// Which failures pass by themselves, and what is written down of the others.
import { isCertificateError } from '../../registry/answers.js'
import {
  InternalError,
  NotFoundError,
  SecretscanError,
  StoreError,
  UnreachableError,
  UsageError,
} from '../../support/errors.js'
import { refusesValue } from '../store/told-failure.js'
import type { StoredFailure } from './tools.js'

/** What happens with work that failed. */
export type Verdict = 'again' | 'give-up' | 'stop'

/**
 * again: a registry that does not answer may do so later. give-up: it answers, and the answer will be the same (no such image, not
 * allowed, broken, a certificate that nobody vouches for), or the store refuses what it says. stop: this process cannot go on (a bug, the store).
 */
export function verdict(error: unknown): Verdict {
  if (refusesValue(error)) return 'give-up'
  if (!(error instanceof SecretscanError) || error instanceof InternalError) return 'stop'
  if (error instanceof UsageError || error instanceof StoreError) return 'stop'
  if (error instanceof UnreachableError) return isCertificateError(error) ? 'give-up' : 'again'
  return 'give-up'
}

/** When a registry that limits requests may be asked again. */
export function resumeTime(error: unknown): Date | undefined {
  const { resumeAt } = (error ?? {}) as { readonly resumeAt?: unknown }
  return resumeAt instanceof Date ? resumeAt : undefined
}

export const isMissing = (error: unknown): boolean => error instanceof NotFoundError

export function storedFailure(error: unknown): StoredFailure {
  if (error instanceof SecretscanError)
    return { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) }
  if (refusesValue(error)) return { code: 'NOT_STORABLE', message: notStorable(error) }
  return { code: 'INTERNAL', message: 'Something went wrong inside secretscan.' }
}

/** PostgreSQL's own message may quote the value: only its code goes on. */
const notStorable = (error: unknown): string =>
  `The store cannot hold what it says of itself (SQLSTATE ${(error as { readonly code: string }).code}).`
