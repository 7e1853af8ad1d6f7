// Baseline files: the fingerprints of findings that are known and accepted. They hold nothing else, so they can be committed.
import { readFileSync } from 'node:fs'
import { UsageError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import { shellWord } from '../support/shell-word.js'
import { whyUnreadable } from '../support/unreadable.js'

/** What the fingerprint of a finding looks like. */
export const FINGERPRINT = /^v1:[a-z2-7]{26}$/

export interface Baseline {
  readonly path: string
  readonly fingerprints: ReadonlySet<string>
}

/** The text of a baseline file: sorted, one fingerprint a line, so that a diff shows what changed. */
export function baselineText(fingerprints: Iterable<string>): string {
  return `${JSON.stringify({ schemaVersion: 1, fingerprints: [...new Set(fingerprints)].sort() }, null, 2)}\n`
}

/** The command that writes the baseline `path` from a report. */
const creating = (path: string, report: string): string =>
  `secretscan baseline create ${report} --output ${printable(shellWord(path))}`

/** Parses a baseline file. `path` is for messages. Throws UsageError. */
export function parseBaseline(text: string, path: string): Baseline {
  const hint = { hint: `Make it anew with: ${creating(path, 'REPORT.json')} --force` }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw new UsageError(`The baseline ${path} is not valid JSON`, hint)
  }
  const fields = typeof document === 'object' && document !== null ? document : {}
  const version = 'schemaVersion' in fields ? fields.schemaVersion : undefined
  const list: unknown = 'fingerprints' in fields ? fields.fingerprints : undefined
  if (version !== 1 || !Array.isArray(list)) throw new UsageError(`${path} is no baseline of schema version 1`, hint)
  const fingerprints = list.filter((entry): entry is string => typeof entry === 'string' && FINGERPRINT.test(entry))
  if (fingerprints.length !== list.length)
    throw new UsageError(`The baseline ${path} holds something that is no fingerprint`, hint)
  return { path, fingerprints: new Set(fingerprints) }
}

/**
 * Reads a baseline file. `without`: how a scan reads none, for the report of which one is made: with one that is not there it ends.
 * @throws UsageError where it is missing or no baseline.
 */
export function readBaseline(path: string, without?: string): Baseline {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const hint =
      without === undefined
        ? `Make it with: ${creating(path, 'REPORT.json')}`
        : `${without} and with --report json=report.json, then: ${creating(path, 'report.json')}`
    throw new UsageError(`The baseline ${printable(path)} cannot be read: ${whyUnreadable(error)}`, {
      hint,
      cause: error,
    })
  }
  return parseBaseline(text, path)
}
