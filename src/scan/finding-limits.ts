// How many findings are kept: a dump of a million passwords is one leak to deal with, and must not fill the memory or hide another one.
// Says what was left out; decides nothing about what a finding is.
import type { Confidence, Match, Severity } from '../detect/types.js'
import type { Coverage, FilePlace, LayerResult, LocalFinding } from './types.js'
import type { LeftOut, RawFinding } from './unit.js'

/** Findings of one rule that are listed of one file (of a member, of an object); the first ones. */
export const MOST_OF_A_RULE = 1000
/** Findings that are listed of one layer or folder, and of all layers of an image; the gravest. */
export const MOST_FINDINGS = 20_000
/** No more than this many files with further findings are named one by one. */
const MOST_NAMED = 100

const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low']
const CONFIDENCES: readonly Confidence[] = ['high', 'medium', 'low']

/** Lets pass the first MOST_OF_A_RULE of each rule, and counts the others. One a file. */
export class RuleQuota {
  readonly #seen = new Map<string, number>()

  /** Of `matches`, which ascend and follow what was taken before, those that are listed. */
  take(matches: readonly Match[]): readonly Match[] {
    if (this.#seen.size === 0 && matches.length <= MOST_OF_A_RULE) {
      for (const { ruleId } of matches) this.#count(ruleId)
      return matches
    }
    return matches.filter(({ ruleId }) => this.#count(ruleId) <= MOST_OF_A_RULE)
  }

  /** What was not let pass, by rule. */
  leftOut(entry: number, place: FilePlace): LeftOut[] {
    return [...this.#seen]
      .filter(([, count]) => count > MOST_OF_A_RULE)
      .map(([ruleId, count]) => ({ entry, place, ruleId, count: count - MOST_OF_A_RULE }))
  }

  #count(ruleId: string): number {
    const count = (this.#seen.get(ruleId) ?? 0) + 1
    this.#seen.set(ruleId, count)
    return count
  }
}

/** Keeps the gravest findings, of equal ones the first, in whatever order they come; holds at most twice as many as it keeps. */
export class KeptFindings<T extends RawFinding> {
  readonly #limit: number
  #kept: T[] = []
  #dropped = 0

  constructor(limit: number = MOST_FINDINGS) {
    this.#limit = limit
  }

  add(findings: readonly T[]): void {
    for (const finding of findings) this.#kept.push(finding)
    if (this.#kept.length > 2 * this.#limit) this.#prune()
  }

  /** How many were given and are not kept; all() settles it. */
  get dropped(): number {
    return this.#dropped
  }

  all(): readonly T[] {
    if (this.#kept.length > this.#limit) this.#prune()
    return this.#kept
  }

  #prune(): void {
    this.#dropped += this.#kept.length - this.#limit
    this.#kept = this.#kept.sort((a, b) => byWeight(a, b) || byPlace(a, b)).slice(0, this.#limit)
  }
}

type Weighed = Pick<LocalFinding, 'confidence' | 'severity'>

function byWeight(a: Weighed, b: Weighed): number {
  return (
    // What is shown only on demand never takes the place of what is shown.
    Number(a.confidence === 'low') - Number(b.confidence === 'low') ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence)
  )
}

const byPlace = (a: RawFinding, b: RawFinding): number => a.entry - b.entry || a.span.offset - b.span.offset

/** Room for the findings of an image's layers, in the order in which they are done: of the layer that it does not hold, the gravest. */
export class ImageRoom {
  #left: number

  constructor(limit: number = MOST_FINDINGS) {
    this.#left = limit
  }

  /** The layer, without the findings for which there is no room. */
  fit(layer: LayerResult): LayerResult {
    const { findings } = layer
    const room = this.#left
    this.#left = Math.max(0, room - findings.length)
    if (findings.length <= room) return layer
    const kept = new Set([...findings].sort(byWeight).slice(0, room))
    const detail = `The image has more findings than are listed: ${findings.length - room} of this layer were counted only.`
    const coverage: Coverage = { code: 'LIMIT_FINDINGS', effect: 'partial', detail }
    return {
      ...layer,
      findings: findings.filter((finding) => kept.has(finding)),
      coverage: [...layer.coverage, coverage],
      shortened: true,
    }
  }
}

/** The entries of a report for what was counted only: one a file, then one for all further files. */
export function limitCoverage(leftOut: readonly LeftOut[]): Coverage[] {
  const files = new Map<string, { readonly place: FilePlace; readonly counts: Map<string, number> }>()
  for (const { entry, place, ruleId, count } of leftOut) {
    const key = JSON.stringify([entry, place.kind, place.path, place.inside ?? []])
    const file = files.get(key) ?? { place, counts: new Map<string, number>() }
    files.set(key, file)
    file.counts.set(ruleId, (file.counts.get(ruleId) ?? 0) + count)
  }
  const all = [...files.values()]
  const coverage = all.slice(0, MOST_NAMED).map(({ place, counts }) => fileCoverage(place, counts))
  if (all.length <= MOST_NAMED) return coverage
  const more = all.slice(MOST_NAMED).reduce((sum, { counts }) => sum + total(counts), 0)
  const detail = `${all.length - MOST_NAMED} more files hold more findings than are listed: ${more} were counted only.`
  return [...coverage, { code: 'LIMIT_FINDINGS', effect: 'partial', detail }]
}

const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, count) => sum + count)

function fileCoverage(place: FilePlace, counts: ReadonlyMap<string, number>): Coverage {
  const rules = [...counts].map(([ruleId, count]) => `${count} of ${ruleId}`).join(', ')
  const detail = `The file holds more findings than are listed: ${rules} were counted only (${MOST_OF_A_RULE} of a rule are listed).`
  return { code: 'LIMIT_FINDINGS', effect: 'partial', place, detail }
}
