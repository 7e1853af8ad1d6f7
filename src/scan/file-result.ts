// One scanned text of a file, made into findings that may leave the worker: paths masked, slow rules in coverage.
import type { Match } from '../detect/types.js'
import { MOST_OF_A_RULE, RuleQuota } from './finding-limits.js'
import { fileFindings, type MatchedText, maskPath, plainValues } from './raw-finding.js'
import { isDistinctive } from './redact.js'
import type { ScannedText, TextScan } from './text-scan.js'
import type { Coverage, FilePlace, Place } from './types.js'
import type { UnitResult, WorkerSetup } from './unit.js'
import type { ValueMemory } from './value-memory.js'

/** What scanning units needs; one a worker. */
export interface UnitTools {
  readonly text: TextScan
  readonly setup: WorkerSetup
  readonly memory: ValueMemory
  /** Called now and then during long units. */
  readonly alive: () => void
}

/** A scanned text's result, and the matches that its findings are, in the same order. */
export interface FileResult extends UnitResult {
  readonly listed: readonly Match[]
}

/** Findings and coverage of one scanned text of a file. `quota`: of the whole file, where this text is one of several. */
export function fileResult(
  text: MatchedText & { readonly place: FilePlace },
  scanned: ScannedText,
  tools: UnitTools,
  quota?: RuleQuota,
): FileResult {
  if (scanned.matches.length === 0 && scanned.slow.size === 0) return { findings: [], coverage: [], listed: [] }
  tools.memory.remember(scanned.matches)
  const values = plainValues(scanned.matches)
  const place = leavingPlace(text.place, values, tools)
  const own = quota ?? new RuleQuota()
  const listed = own.take(text.table?.take(scanned.matches, tools.text.rules) ?? scanned.matches)
  const findings = fileFindings({ ...text, place }, listed, { ...tools.setup, rules: tools.text.rules, masked: values })
  const isFull = quota === undefined && scanned.matches.length > MOST_OF_A_RULE
  const leftOut = isFull ? { leftOut: own.leftOut(text.entry, place) } : {}
  return { findings, coverage: slowCoverage(scanned.slow, place), ...leftOut, listed }
}

/** The place as it may leave the worker: without what is found in its path, and without distinctive values of its content. */
export function leavingPlace(place: FilePlace, contentValues: readonly string[], tools: UnitTools): FilePlace {
  const names = [place.path, ...(place.inside ?? []), ...(place.gitPath === undefined ? [] : [place.gitPath])]
  const inNames = names.flatMap((name) => plainValues(tools.text.whole(Buffer.from(name), { isFile: false }).matches))
  return maskPath(place, [...inNames, ...contentValues.filter(isDistinctive)])
}

/** Rules that a text's shape made too slow. */
export function slowCoverage(slow: ReadonlySet<string>, place: Place | undefined): Coverage[] {
  return [...slow].map((rule) => ({
    code: 'RULE_DEADLINE',
    effect: 'partial',
    ...(place === undefined ? {} : { place }),
    detail: `The rule ${rule} took too long on this text and was stopped.`,
  }))
}
