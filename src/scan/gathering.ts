// Collects what workers send back for one layer or folder, in the order of its entries whatever order the workers finish in.

import { surenessInPackage } from '../detect/foreign-code.js'
import { ChunkedFile } from './chunked-file.js'
import type { Gathered } from './file-feeder.js'
import { KeptFindings, limitCoverage, MOST_FINDINGS } from './finding-limits.js'
import { finishFindings } from './finish-findings.js'
import type { Packages } from './packages.js'
import type { Coverage, FilePlace, Place } from './types.js'
import type { ChunkUnit, LeftOut, RawFinding, UnitResult, WorkerSetup } from './unit.js'
import type { Outcome } from './worker-pool.js'

interface Named {
  readonly entry: number
  readonly path: string
  readonly pathBase64?: string
}

/** Paths that hold a found value are known by their masked form, no more than this many: what is masked is rare. */
const MOST_PLAIN_PATHS = 100_000
/** No more than this many files are named one by one where a worker hung. */
const MOST_NAMED = 100

export interface GatheringOptions {
  /** Whose container the files are in; it becomes part of every place, and so of fingerprints. */
  readonly service?: string
  readonly setup: Pick<WorkerSetup, 'rules'>
  /** Known once all files are there. */
  readonly packages: Packages
}

export class Gathering {
  readonly #findings = new KeptFindings<RawFinding>()
  /** In the order in which units were handed out and notes made, each unit's with a place of its own. */
  readonly #coverage: Coverage[][] = []
  readonly #chunks = new Map<number, ChunkedFile>()
  readonly #leftOut: LeftOut[] = []
  readonly #plainPaths = new Map<string, string>()
  readonly #under: Set<Promise<void>> = new Set()
  #failure: unknown
  #dropped = 0
  readonly #options: GatheringOptions

  constructor(options: GatheringOptions) {
    this.#options = options
  }

  /** A unit under way, and the files and names it holds. */
  add(done: Promise<Outcome>, items: readonly Named[]): void {
    const told = this.#place()
    this.#track(done, (outcome) => {
      for (const one of outcome === 'hung' ? hung(items) : outcome.coverage) told.push(one)
      if (outcome === 'hung') return
      this.#noteLimits(outcome)
      if (outcome.findings.length === 0) return
      this.#findings.add(outcome.findings)
      const paths = new Map(items.map((item) => [item.entry, item.path]))
      for (const finding of outcome.findings) this.#notePath(finding, paths.get(finding.entry))
    })
  }

  /** A chunk under way: its lines are counted on from the chunks before it once all are here. */
  addChunk(done: Promise<Outcome>, unit: ChunkUnit): void {
    const { entry, path, offset } = unit
    const told = this.#place()
    this.#track(done, (outcome) => {
      for (const one of outcome === 'hung' ? hung([unit]) : outcome.coverage) told.push(one)
      if (outcome === 'hung') return
      this.#noteLimits(outcome)
      const file = this.#chunks.get(entry) ?? new ChunkedFile()
      this.#chunks.set(entry, file)
      file.add(offset, outcome)
      for (const finding of outcome.findings) this.#notePath(finding, path)
    })
  }

  addCoverage(coverage: readonly Coverage[]): void {
    this.#coverage.push([...coverage])
  }

  /** Where a unit's coverage will stand once it is done. */
  #place(): Coverage[] {
    const told: Coverage[] = []
    this.#coverage.push(told)
    return told
  }

  async finish(): Promise<Gathered> {
    await Promise.all(this.#under)
    if (this.#failure !== undefined) throw this.#failure
    for (const file of this.#chunks.values()) {
      this.#findings.add(file.inText())
      this.#leftOut.push(...file.leftOut())
    }
    const kept = this.#inPackages(this.#findings.all())
    this.#tellLimits(this.#dropped + this.#findings.dropped)
    const masked = new Map([...this.#plainPaths].map(([shown, plain]) => [plain, shown]))
    const coverage = withoutRepeats(this.#coverage.flat()).map((entry) => maskedCoverage(entry, masked))
    return {
      findings: finishFindings(inService(kept, this.#options.service)),
      coverage,
      plainPaths: this.#plainPaths,
    }
  }

  /** Findings in packages, less sure where they are. */
  #inPackages(findings: readonly RawFinding[]): readonly RawFinding[] {
    const { packages, setup } = this.#options
    if (findings.length === 0) return findings
    const rules = new Map(setup.rules.rules.map((rule) => [rule.id, rule]))
    return findings.map((finding) => {
      const { place, ruleId, confidence } = finding
      if (place.kind !== 'file' || !packages.has(place.path)) return finding
      const rule = rules.get(ruleId)
      return rule === undefined ? finding : { ...finding, confidence: surenessInPackage(place.path, confidence, rule) }
    })
  }

  #track(done: Promise<Outcome>, use: (outcome: Outcome) => void): void {
    const task: Promise<void> = done
      .then(use)
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => this.#under.delete(task))
    this.#under.add(task)
  }

  #noteLimits({ leftOut, dropped }: UnitResult): void {
    for (const one of leftOut ?? []) this.#leftOut.push(one)
    this.#dropped += dropped ?? 0
  }

  #tellLimits(dropped: number): void {
    this.addCoverage(limitCoverage(this.#leftOut.toSorted((a, b) => a.entry - b.entry)))
    if (dropped === 0) return
    const detail = `There are more than ${MOST_FINDINGS} findings: the gravest are listed, ${dropped} further ones were counted only.`
    this.addCoverage([{ code: 'LIMIT_FINDINGS', effect: 'partial', detail }])
  }

  #notePath(finding: RawFinding, plain: string | undefined): void {
    const { place } = finding
    if (this.#plainPaths.size >= MOST_PLAIN_PATHS) return
    if (plain !== undefined && 'path' in place && place.path !== plain && place.path.includes('****')) {
      this.#plainPaths.set(place.path, plain)
    }
  }
}

/** What is told of a unit whose worker was ended. */
function hung(items: readonly Named[]): Coverage[] {
  const coverage = items.slice(0, MOST_NAMED).map((item): Coverage => {
    const exact = item.pathBase64 === undefined ? {} : { pathBase64: item.pathBase64 }
    const place: FilePlace = { kind: 'file', path: item.path, ...exact }
    return { code: 'SCAN_DEADLINE', effect: 'partial', place, detail: 'Scanning took too long and was stopped.' }
  })
  if (items.length <= MOST_NAMED) return coverage
  const detail = `Scanning took too long and was stopped; ${items.length - MOST_NAMED} more names and files were with it.`
  return [...coverage, { code: 'SCAN_DEADLINE', effect: 'partial', detail }]
}

function inService(findings: readonly RawFinding[], service: string | undefined): readonly RawFinding[] {
  if (service === undefined) return findings
  const placed = (place: Place): Place => ({ ...place, service })
  return findings.map((finding) => ({
    ...finding,
    place: placed(finding.place),
    related: finding.related.map((other) => ({ ...other, place: placed(other.place) })),
  }))
}

/** A rule that is too slow on each chunk of a file is said once. */
function withoutRepeats(coverage: readonly Coverage[]): Coverage[] {
  const seen = new Set<string>()
  return coverage.filter((entry) => {
    if (entry.code !== 'RULE_DEADLINE') return true
    const key = JSON.stringify([entry.place, entry.detail])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** Coverage was noted before names were scanned: a path that turned out to hold a secret is masked here too. */
function maskedCoverage(coverage: Coverage, masked: ReadonlyMap<string, string>): Coverage {
  const { place } = coverage
  if (place === undefined || !('path' in place)) return coverage
  const path = masked.get(place.path)
  if (path === undefined) return coverage
  const { pathBase64: _, ...rest } = place as FilePlace
  return { ...coverage, place: { ...rest, path } }
}
