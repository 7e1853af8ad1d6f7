// Collects what workers send back for one layer or folder, in the order of its entries whatever order the workers finish in.
import { CHUNK_STEP } from './chunks.js'
import type { Gathered } from './file-feeder.js'
import { finishFindings } from './finish-findings.js'
import { TEXT_START, type TextPosition, then } from './lines.js'
import { shiftFinding } from './raw-finding.js'
import type { Coverage, FilePlace, Place, Span } from './types.js'
import type { ChunkUnit, RawFinding } from './unit.js'
import type { Outcome } from './worker-pool.js'

interface Named {
  readonly entry: number
  readonly path: string
  readonly pathBase64?: string
}

interface ChunkOutcome {
  readonly offset: number
  readonly findings: readonly RawFinding[]
  readonly step?: TextPosition
}

/** Findings of one layer or folder that are kept: a hostile file has one in every line. */
const MOST_FINDINGS = 100_000
/** No more than this many files are named one by one where a worker hung. */
const MOST_NAMED = 100

export class Gathering {
  readonly #findings: RawFinding[] = []
  readonly #coverage: Coverage[] = []
  readonly #chunks = new Map<number, ChunkOutcome[]>()
  readonly #plainPaths = new Map<string, string>()
  readonly #under: Set<Promise<void>> = new Set()
  #failure: unknown
  #count = 0
  #dropped = 0
  readonly #service: string | undefined

  /** `service`: whose container the files are in; it becomes part of every place, and so of fingerprints. */
  constructor(service?: string) {
    this.#service = service
  }

  /** A unit under way, and the files and names it holds. */
  add(done: Promise<Outcome>, items: readonly Named[]): void {
    this.#track(done, (outcome) => {
      if (outcome === 'hung') return this.#hung(items)
      this.addCoverage(outcome.coverage)
      const kept = this.#within(outcome.findings)
      if (kept.length === 0) return
      for (const finding of kept) this.#findings.push(finding)
      const paths = new Map(items.map((item) => [item.entry, item.path]))
      for (const finding of kept) this.#notePath(finding, paths.get(finding.entry))
    })
  }

  /** A chunk under way: its lines are counted on from the chunks before it once all are here. */
  addChunk(done: Promise<Outcome>, unit: ChunkUnit): void {
    const { entry, path, offset } = unit
    this.#track(done, (outcome) => {
      if (outcome === 'hung') return this.#hung([unit])
      this.addCoverage(outcome.coverage)
      const chunks = this.#chunks.get(entry) ?? []
      this.#chunks.set(entry, chunks)
      const kept = this.#within(outcome.findings)
      chunks.push({ offset, findings: kept, ...(outcome.step === undefined ? {} : { step: outcome.step }) })
      for (const finding of kept) this.#notePath(finding, path)
    })
  }

  addCoverage(coverage: readonly Coverage[]): void {
    for (const entry of coverage) this.#coverage.push(entry)
  }

  async finish(): Promise<Gathered> {
    await Promise.all(this.#under)
    if (this.#failure !== undefined) throw this.#failure
    for (const chunks of this.#chunks.values()) for (const finding of inText(chunks)) this.#findings.push(finding)
    if (this.#dropped > 0) {
      const detail = `More than ${MOST_FINDINGS} findings: ${this.#dropped} further ones were left out.`
      this.#coverage.push({ code: 'LIMIT_FINDINGS', effect: 'partial', detail })
    }
    const masked = new Map([...this.#plainPaths].map(([shown, plain]) => [plain, shown]))
    const coverage = this.#coverage.map((entry) => maskedCoverage(entry, masked))
    return {
      findings: finishFindings(inService(this.#findings, this.#service)),
      coverage,
      plainPaths: this.#plainPaths,
    }
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

  #within(findings: readonly RawFinding[]): readonly RawFinding[] {
    const kept = findings.slice(0, MOST_FINDINGS - this.#count)
    this.#count += kept.length
    this.#dropped += findings.length - kept.length
    return kept
  }

  #notePath(finding: RawFinding, plain: string | undefined): void {
    const { place } = finding
    if (plain !== undefined && 'path' in place && place.path !== plain && place.path.includes('****')) {
      this.#plainPaths.set(place.path, plain)
    }
  }

  #hung(items: readonly Named[]): void {
    for (const item of items.slice(0, MOST_NAMED)) {
      const exact = item.pathBase64 === undefined ? {} : { pathBase64: item.pathBase64 }
      const place: FilePlace = { kind: 'file', path: item.path, ...exact }
      this.#coverage.push({
        code: 'SCAN_DEADLINE',
        effect: 'partial',
        place,
        detail: 'Scanning took too long and was stopped.',
      })
    }
    if (items.length <= MOST_NAMED) return
    const detail = `Scanning took too long and was stopped; ${items.length - MOST_NAMED} more names and files were with it.`
    this.#coverage.push({ code: 'SCAN_DEADLINE', effect: 'partial', detail })
  }
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

/** The findings of a big file's chunks with places counted from the file's start. */
function inText(chunks: readonly ChunkOutcome[]): RawFinding[] {
  let from: TextPosition | undefined = TEXT_START
  let expected = 0
  const findings: RawFinding[] = []
  for (const chunk of [...chunks].sort((a, b) => a.offset - b.offset)) {
    // Where a chunk is missing (its worker hung) no line after it is known.
    if (chunk.offset !== expected) from = undefined
    for (const finding of chunk.findings)
      findings.push(from === undefined ? withoutLines(finding) : shiftFinding(finding, from))
    if (from === undefined || chunk.step === undefined) continue
    from = then(from, chunk.step)
    expected = chunk.offset + CHUNK_STEP
  }
  return findings
}

function withoutLines(finding: RawFinding): RawFinding {
  const bare = ({ line: _line, column: _column, endLine: _endLine, endColumn: _endColumn, ...span }: Span): Span => span
  return {
    ...finding,
    span: bare(finding.span),
    related: finding.related.map((other) => ({ ...other, span: bare(other.span) })),
  }
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
