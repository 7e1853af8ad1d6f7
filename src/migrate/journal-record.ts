// What stands in a migration's journal: one fact a line.
import type { StoredSecret, Verified } from './types.js'

/** Facts, in the order in which they happen. `intent` is written before, the others after. */
export type JournalRecord =
  /** `there`: names of what lay in the folder of secrets already. */
  | { readonly type: 'begun'; readonly there?: readonly string[] }
  | { readonly type: 'intent'; readonly step: number }
  /** Looked, and the store held nothing under this step's name: what is there later is ours. */
  | { readonly type: 'absent'; readonly step: number; readonly hmac?: string }
  /** About to write a new version with this value (an HMAC): tells after a crash whether it was written. */
  | { readonly type: 'offered'; readonly step: number; readonly hmac: string }
  | { readonly type: 'put'; readonly step: number; readonly stored: StoredSecret }
  | { readonly type: 'verified'; readonly step: number; readonly how: Verified; readonly reason?: string }
  /** What a staged copy was made from: a keyed hash of all bytes; absent where there was no file. */
  | { readonly type: 'staged'; readonly step: number; readonly hmac?: string }
  | { readonly type: 'done'; readonly step: number; readonly detail?: readonly string[] }
  | { readonly type: 'applied' }
  | { readonly type: 'rolling-back' }
  | { readonly type: 'removed'; readonly name: string }
  | { readonly type: 'kept'; readonly name: string; readonly reason: string }
  /** The folder of secrets was open to others, with these bits, and is no more. */
  | { readonly type: 'closed'; readonly mode: number }
  | { readonly type: 'opened' }
  /** Written by a rollback, at the end of a file (`path`, relative to the project), for what stays behind it. `made`: there was no file. */
  | { readonly type: 'kept-out'; readonly path: string; readonly insert: string; readonly made: boolean }
  /** That has gone again. */
  | { readonly type: 'let-in'; readonly path: string }
  | { readonly type: 'rolled-back' }
  | { readonly type: 'cleaned' }
  /** What it had moved on from is gone, too. */
  | { readonly type: 'left-removed'; readonly name: string }

/** Why a secret stays that a person asked to keep. */
export const KEPT_AS_ASKED = '--keep-secrets'

export type MigrationState = 'started' | 'applied' | 'rolling-back' | 'rolled-back'

/** A line without its end was cut short by a crash, so that nothing that it says has happened: it is dropped. */
export function parseRecords(text: string): JournalRecord[] {
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as JournalRecord)
}
