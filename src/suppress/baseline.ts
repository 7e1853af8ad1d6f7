// Baseline files: the fingerprints of findings that are known and accepted. They hold nothing else, so they can be committed.
import { readFileSync } from 'node:fs'
import { UsageError } from '../support/errors.js'
import { whyUnreadable } from '../support/unreadable.js'

const FINGERPRINT = /^v1:[a-z2-7]{26}$/

export interface Baseline {
  readonly path: string
  readonly fingerprints: ReadonlySet<string>
}

/** The text of a baseline file: sorted, one fingerprint a line, so that a diff shows what changed. */
export function baselineText(fingerprints: Iterable<string>): string {
  return `${JSON.stringify({ schemaVersion: 1, fingerprints: [...new Set(fingerprints)].sort() }, null, 2)}\n`
}

/** Parses a baseline file. `path` is for messages. Throws UsageError. */
export function parseBaseline(text: string, path: string): Baseline {
  const hint = { hint: 'Make one with: secretscan baseline create REPORT.json' }
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

/** Reads a baseline file. Throws UsageError where it is missing or no baseline. */
export function readBaseline(path: string): Baseline {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`The baseline ${path} cannot be read: ${whyUnreadable(error)}`, {
      hint: 'Make one with: secretscan baseline create REPORT.json',
      cause: error,
    })
  }
  return parseBaseline(text, path)
}

/**
 * The fingerprints of a JSON report's findings, those that are listed as suppressed by a baseline too. `path` is for messages.
 * Throws UsageError for anything else, and for a report from which a baseline has already removed findings.
 */
export function reportFingerprints(text: string, path: string): readonly string[] {
  const hint = { hint: 'Make one with: secretscan image NAME --format json --output report.json' }
  let report: unknown
  try {
    report = JSON.parse(text)
  } catch {
    throw new UsageError(`${path} is not valid JSON`, hint)
  }
  const fields = typeof report === 'object' && report !== null ? report : {}
  const findings: unknown = 'findings' in fields ? fields.findings : undefined
  if (!Array.isArray(findings)) throw new UsageError(`${path} is no JSON report of secretscan`, hint)
  const entries: readonly unknown[] = findings
  const listed = entries.filter((entry) => suppressorOf(entry) === 'baseline').length
  if (removedByBaseline(fields) > listed) {
    throw new UsageError(`${path} was made with a baseline, so what that suppresses is missing`, {
      hint: 'Make the report without --baseline, or with --show-suppressed.',
    })
  }
  return entries
    .filter((entry) => (suppressorOf(entry) ?? 'baseline') === 'baseline')
    .flatMap((entry) => fingerprintsOf(entry, path))
}

function removedByBaseline(report: object): number {
  const suppressed: unknown = 'suppressed' in report ? report.suppressed : undefined
  const amount =
    typeof suppressed === 'object' && suppressed !== null && 'baseline' in suppressed ? suppressed.baseline : 0
  return typeof amount === 'number' ? amount : 0
}

function suppressorOf(finding: unknown): unknown {
  const suppressed: unknown =
    typeof finding === 'object' && finding !== null && 'suppressed' in finding ? finding.suppressed : undefined
  return typeof suppressed === 'object' && suppressed !== null && 'by' in suppressed ? suppressed.by : undefined
}

/** The finding's own fingerprint and those of the other places of its value: a finding is suppressed only if all of them are. */
function fingerprintsOf(finding: unknown, path: string): readonly string[] {
  const related: unknown =
    typeof finding === 'object' && finding !== null && 'related' in finding ? finding.related : []
  const others: readonly unknown[] = Array.isArray(related) ? related : []
  const sameValue = others.filter(
    (entry) => typeof entry === 'object' && entry !== null && 'role' in entry && entry.role === 'same-value',
  )
  return [fingerprintOf(finding, path), ...sameValue.flatMap((entry) => knownFingerprint(entry) ?? [])]
}

function knownFingerprint(entry: unknown): string | undefined {
  const fingerprint: unknown =
    typeof entry === 'object' && entry !== null && 'fingerprint' in entry ? entry.fingerprint : undefined
  return typeof fingerprint === 'string' && FINGERPRINT.test(fingerprint) ? fingerprint : undefined
}

function fingerprintOf(finding: unknown, path: string): string {
  const fingerprint = knownFingerprint(finding)
  if (fingerprint === undefined) throw new UsageError(`${path} holds a finding without a fingerprint`)
  return fingerprint
}
