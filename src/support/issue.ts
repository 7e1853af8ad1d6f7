// What was not seen, or is worth a note: the one record that every room hands up, so that nothing is lost silently.

/**
 * Codes are stable and upper-case; docs/coverage-codes.md lists them all.
 * - `skipped`, `partial`: something was not seen (exit code 3).
 * - `note`: nothing was missed, or nothing can be (an attestation passed over, an encrypted member, trailing bytes that were scanned).
 */
export interface Issue {
  readonly code: string
  readonly effect: 'skipped' | 'partial' | 'note'
  /** Bytes that were not seen, where known. */
  readonly bytes?: number
  /** One sentence for a person. Never holds bytes of a scanned file other than a name made printable. */
  readonly detail: string
}
