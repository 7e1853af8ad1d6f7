// Leaves out what the user's flags leave out, and counts it by flag. Pure.
import type { Confidence, Severity } from '../detect/types.js'
import type { FilteredBy } from '../report/types.js'
import type { Exposure, Finding, TargetReport } from '../scan/types.js'
import type { IsHeld } from './since.js'

export interface FindingFilters {
  readonly minSeverity: Severity
  readonly minConfidence: Confidence
  /** Empty: all. */
  readonly exposure: readonly Exposure[]
  /** Empty: all. A finding of unknown origin always stays. */
  readonly origin: readonly ('own' | 'base')[]
  /** Whether an earlier image holds a finding too. */
  readonly since?: IsHeld
  /** Whether a rule's findings stay, by its id; absent: all do. */
  readonly isWanted?: (ruleId: string) => boolean
  /** What is left out is counted once, whatever number of targets hold it, and not at all where one of them keeps it. */
  readonly once?: boolean
}

export interface Filtered {
  readonly targets: readonly TargetReport[]
  readonly filtered: Readonly<Record<FilteredBy, number>>
}

const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low']
const CONFIDENCES: readonly Confidence[] = ['high', 'medium', 'low']

/** True for a severity that is `least` or worse. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least)
}

function reasonToLeaveOut(finding: Finding, target: TargetReport, filters: FindingFilters): FilteredBy | undefined {
  if (filters.isWanted?.(finding.ruleId) === false) return 'rule'
  if (!isAtLeast(finding.severity, filters.minSeverity)) return 'severity'
  if (CONFIDENCES.indexOf(finding.confidence) > CONFIDENCES.indexOf(filters.minConfidence)) return 'confidence'
  if (filters.exposure.length > 0 && finding.exposure !== undefined && !filters.exposure.includes(finding.exposure))
    return 'exposure'
  if (filters.since?.(finding, target) === true) return 'since'
  const { origin } = finding
  if (filters.origin.length > 0 && (origin === 'own' || origin === 'base') && !filters.origin.includes(origin))
    return 'origin'
  return undefined
}

/** Each finding is counted under the first flag that leaves it out. */
export function filterFindings(targets: readonly TargetReport[], filters: FindingFilters): Filtered {
  const left: [string, FilteredBy][] = []
  const kept = targets.map((target) => ({
    ...target,
    findings: target.findings.filter((finding) => {
      const reason = reasonToLeaveOut(finding, target, filters)
      if (reason !== undefined) left.push([finding.fingerprint, reason])
      return reason === undefined
    }),
  }))
  const filtered: Record<FilteredBy, number> = { severity: 0, confidence: 0, exposure: 0, origin: 0, since: 0, rule: 0 }
  for (const [, reason] of filters.once === true ? leftEverywhere(left, kept) : left) filtered[reason]++
  return { targets: kept, filtered }
}

function leftEverywhere(left: readonly [string, FilteredBy][], kept: readonly TargetReport[]): Map<string, FilteredBy> {
  const once = new Map(left)
  for (const { fingerprint } of kept.flatMap(({ findings }) => findings)) once.delete(fingerprint)
  return once
}
