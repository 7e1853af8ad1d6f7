// What a baseline takes from a JSON report: the fingerprints of its findings, and whether it saw everything. A report of a scan that
// failed says nothing of what is there, so it is refused.
import { UsageError } from '../support/errors.js'
import { asList, asTree } from '../support/tree.js'
import { FINGERPRINT } from './baseline.js'

export interface ReportFingerprints {
  readonly fingerprints: readonly string[]
  /** Part of a target was not scanned: what the report does not hold may be there all the same. */
  readonly incomplete: boolean
}

/**
 * The fingerprints of a JSON report's findings, those that are listed as suppressed by a baseline too. `path` is for messages.
 * Throws UsageError for anything else, for a scan that failed, and for a report from which a baseline has already removed findings.
 */
export function reportFingerprints(text: string, path: string): ReportFingerprints {
  const report = parsed(text, path)
  refuseFailed(report, path)
  const findings = asTree(report)['findings']
  if (!Array.isArray(findings)) throw new UsageError(`${path} is no JSON report of secretscan`, MAKE_ONE)
  const entries: readonly unknown[] = findings
  const listed = entries.filter((entry) => suppressorOf(entry) === 'baseline').length
  const removed = asTree(asTree(report)['suppressed'])['baseline']
  if (typeof removed === 'number' && removed > listed) {
    throw new UsageError(`${path} was made with a baseline, so what that suppresses is missing`, {
      hint: 'Make the report without --baseline, or with --show-suppressed.',
    })
  }
  return {
    fingerprints: entries
      .filter((entry) => (suppressorOf(entry) ?? 'baseline') === 'baseline')
      .flatMap((entry) => fingerprintsOf(entry, path)),
    incomplete: ['errors', 'skipped'].some((name) =>
      asList(asTree(report)[name]).some((issue) => asTree(issue)['effect'] !== 'note'),
    ),
  }
}

const MAKE_ONE = { hint: 'Make one with: secretscan image NAME --format json --output report.json' }

function parsed(text: string, path: string): unknown {
  if (text.trim() === '') throw new UsageError(`${path} holds no report: it is empty`, MAKE_ONE)
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${path} is not valid JSON`, MAKE_ONE)
  }
}

/** A scan that could not be done at all (the document is its error), or not of each target. */
function refuseFailed(report: unknown, path: string): void {
  const error = asTree(report)['error']
  if (error !== undefined) {
    const hint = wordsOf(error, 'hint')
    const words = wordsOf(error, 'message') ?? 'no message'
    throw new UsageError(`${path} is no report, but the error of a scan: ${words}`, hint === undefined ? {} : { hint })
  }
  const failed = asList(asTree(report)['targets']).find((target) => asTree(target)['failed'] !== undefined)
  if (failed === undefined) return
  const words = wordsOf(asTree(failed)['failed'], 'message') ?? 'no message'
  throw new UsageError(
    `${path} holds a target that failed, ${wordsOf(failed, 'input') ?? 'without a name'}: ${words}`,
    {
      hint: 'Mend that, or leave the target out, and scan again: what it holds is not known. The baseline stays as it was.',
    },
  )
}

function wordsOf(value: unknown, name: string): string | undefined {
  const words = asTree(value)[name]
  return typeof words === 'string' ? words : undefined
}

const suppressorOf = (finding: unknown): unknown => asTree(asTree(finding)['suppressed'])['by']

/** The finding's own fingerprint and those of the other places of its value: a finding is suppressed only if all of them are. */
function fingerprintsOf(finding: unknown, path: string): readonly string[] {
  const own = knownFingerprint(finding)
  if (own === undefined) throw new UsageError(`${path} holds a finding without a fingerprint`)
  const sameValue = asList(asTree(finding)['related']).filter((entry) => asTree(entry)['role'] === 'same-value')
  return [own, ...sameValue.flatMap((entry) => knownFingerprint(entry) ?? [])]
}

function knownFingerprint(entry: unknown): string | undefined {
  const fingerprint = wordsOf(entry, 'fingerprint')
  return fingerprint !== undefined && FINGERPRINT.test(fingerprint) ? fingerprint : undefined
}
