// A file's text of any length, scanned as its bytes come. Holds one chunk of it.
import { CHUNK_SIZE, MAX_MATCH, type Match } from '../detect/types.js'
import { CHUNK_STEP } from './chunks.js'
import { type FileContext, nameOf } from './file-context.js'
import { fileResult, leavingPlace, type UnitTools } from './file-result.js'
import { RuleQuota } from './finding-limits.js'
import { KnownValues } from './known-values.js'
import { advance, TEXT_START, type TextPosition, textMark } from './lines.js'
import { asText, shiftFinding } from './raw-finding.js'
import type { Coverage } from './types.js'
import type { LeftOut, RawFinding, UnitResult } from './unit.js'

/** Scans a text of any length as it comes, holding one chunk of it. */
export class RollingScan {
  readonly #file: FileContext
  readonly #tools: UnitTools
  readonly #buffer = new Uint8Array(CHUNK_SIZE)
  readonly #found: { readonly value: string; readonly finding: RawFinding }[] = []
  readonly #coverage: Coverage[] = []
  readonly #quota = new RuleQuota()
  readonly #values = new KnownValues()
  /** Of matches beyond the quota, by rule: their values, as far as they are kept. */
  readonly #further = new Map<string, string[]>()
  #length = 0
  #offset = 0
  #position: TextPosition = TEXT_START

  constructor(file: FileContext, tools: UnitTools) {
    this.#file = file
    this.#tools = tools
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#length === CHUNK_SIZE) this.#scan(false)
      const part = bytes.subarray(at, at + CHUNK_SIZE - this.#length)
      this.#buffer.set(part, this.#length)
      this.#length += part.length
      at += part.length
    }
  }

  /** The plain values of what was found. */
  values(): Iterable<string> {
    return this.#values.all()
  }

  /** What was found but for the values that are known already; the scan is over. */
  end(known: { has(value: string): boolean }): UnitResult {
    this.#scan(true)
    const findings = this.#found.filter(({ value }) => !known.has(value)).map(({ finding }) => finding)
    return { findings, coverage: this.#coverage, leftOut: this.#leftOut(known) }
  }

  #leftOut(known: { has(value: string): boolean }): LeftOut[] {
    const { entry, place } = this.#file
    const counted = this.#quota.leftOut(entry, leavingPlace(place, [...this.#values.all()], this.#tools))
    return counted.flatMap((one) => {
      const repeated = (this.#further.get(one.ruleId) ?? []).filter((value) => known.has(value)).length
      return repeated === one.count ? [] : [{ ...one, count: one.count - repeated }]
    })
  }

  #scan(last: boolean): void {
    const bytes = this.#buffer.subarray(0, this.#length)
    const chunk = { offset: this.#offset, length: bytes.length, last }
    const scanned = this.#tools.text.chunk(bytes, chunk, nameOf(this.#file.place))
    const result = fileResult({ bytes, offset: this.#offset, ...this.#file }, scanned, this.#tools, this.#quota)
    for (const [i, finding] of result.findings.entries()) {
      const value = result.listed[i]?.value ?? new Uint8Array()
      this.#found.push({ value: asText(value), finding: shiftFinding(finding, this.#position) })
    }
    this.#remember(scanned.matches, new Set(result.listed))
    this.#coverage.push(...result.coverage)
    if (last) return
    const start = this.#offset === 0 ? textMark(bytes) : 0
    this.#position = advance(this.#position, bytes, start, CHUNK_STEP)
    this.#buffer.copyWithin(0, CHUNK_STEP)
    this.#length = MAX_MATCH
    this.#offset += CHUNK_STEP
    this.#tools.alive()
  }

  #remember(matches: readonly Match[], listed: ReadonlySet<Match>): void {
    for (const match of matches) {
      const value = asText(match.value)
      if (!this.#values.add(value) || listed.has(match)) continue
      const further = this.#further.get(match.ruleId)
      if (further === undefined) this.#further.set(match.ruleId, [value])
      else further.push(value)
    }
  }
}
