// What a reporter gets. One function a format; the same type for all.
import type { Writable } from 'node:stream'
import type { RuleSummary } from '../detect/rule.js'
import type { SuppressedBy, TargetReport } from '../scan/types.js'
import type { Issue } from '../support/issue.js'

export type FilteredBy = 'severity' | 'confidence' | 'exposure' | 'origin' | 'since' | 'rule'

/** Findings left out by suppression or flags are counted here and are no longer in targets[].findings (unless --show-suppressed). */
export interface ScanReport {
  readonly tool: {
    readonly name: string
    readonly version: string
    readonly rules: { readonly count: number; readonly digest: string }
  }
  readonly startedAt: Date
  readonly durationMs: number
  /**
   * What was scanned earlier, out of a sweep's store, which holds so many images; durationMs is that of the question, and no scan's. One
   * leak stands in many images there: `suppressed` and `filtered` count it once.
   */
  readonly fromStore?: { readonly images: number }
  readonly targets: readonly TargetReport[]
  readonly suppressed: Readonly<Record<SuppressedBy, number>>
  readonly filtered: Readonly<Record<FilteredBy, number>>
  /** About the run and not one target: entries of the ignore file that have expired or match nothing. */
  readonly notes: readonly Issue[]
  /** Title, remediation … by rule id, for every rule that a finding names. */
  readonly rules: ReadonlyMap<string, RuleSummary>
}

/** The flags that a Compose project was found and read by, as they were given. */
export interface GivenProject {
  readonly files: readonly string[]
  readonly envFiles: readonly string[]
  readonly profiles: readonly string[]
}

export interface ReportOptions {
  readonly color: boolean
  /** Columns of the terminal; undefined when the output is no terminal. */
  readonly columns?: number
  readonly quiet: boolean
  readonly showSuppressed: boolean
  /** Images that the Compose project where the command runs builds. */
  readonly builtHere?: ReadonlySet<TargetReport>
  /** What that project was found and read by, beside what is found without: as it was given. */
  readonly project?: GivenProject
  /** Files of own rules (--rules), as they were given: without them nothing is known of what they hold. */
  readonly rules?: readonly string[]
  /** The same run writes this JSON report: its path from where the command runs. */
  readonly jsonFile?: string
}

export type Reporter = (report: ScanReport, out: Writable, options: ReportOptions) => Promise<void>
