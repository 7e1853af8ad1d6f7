// Strings that are no files (a config's, a Compose project's) scanned by one worker as one text.
import { finishFindings } from './finish-findings.js'
import type { Coverage, LocalFinding } from './types.js'
import type { Piece } from './unit.js'
import type { WorkerPool } from './worker-pool.js'

export interface ScannedStrings {
  readonly findings: readonly LocalFinding[]
  readonly coverage: readonly Coverage[]
  /** The strings of `mask` without any value found in the pieces. */
  readonly masked: readonly string[]
}

/**
 * Scans the pieces together: a key ID in one meets its secret in the next, and equal values are one finding, guessable ones too.
 * `mask`: strings that shall leave the program. Spans are offsets in a piece's text, with lines where its place is a file's.
 */
export async function scanStrings(
  pieces: readonly Piece[],
  pool: WorkerPool,
  options: { readonly mask?: readonly string[] } = {},
): Promise<ScannedStrings> {
  const mask = options.mask ?? []
  if (pieces.length === 0) return { findings: [], coverage: [], masked: mask }
  const { done } = await pool.submit({ kind: 'strings', pieces, mask })
  const outcome = await done
  if (outcome !== 'hung')
    return { ...outcome, findings: finishFindings(outcome.findings), masked: outcome.masked ?? mask.map(() => '') }
  // What could not be checked must not leave.
  const detail = 'Scanning the strings took too long and was stopped.'
  return { findings: [], coverage: [{ code: 'SCAN_DEADLINE', effect: 'skipped', detail }], masked: mask.map(() => '') }
}
