// A file's text of any length, scanned as its bytes come. Holds one chunk of it.
import { CHUNK_SIZE, MAX_MATCH } from '../detect/types.js'
import { CHUNK_STEP } from './chunks.js'
import { type FileContext, nameOf } from './file-context.js'
import { fileResult, type UnitTools } from './file-result.js'
import { advance, TEXT_START, type TextPosition, textMark } from './lines.js'
import { asText, shiftFinding } from './raw-finding.js'
import type { Coverage } from './types.js'
import type { RawFinding, UnitResult } from './unit.js'

/** Scans a text of any length as it comes, holding one chunk of it. */
export class RollingScan {
  readonly #file: FileContext
  readonly #tools: UnitTools
  readonly #buffer = new Uint8Array(CHUNK_SIZE)
  readonly #found: { readonly value: string; readonly finding: RawFinding }[] = []
  readonly #coverage: Coverage[] = []
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
  values(): string[] {
    return this.#found.map(({ value }) => value)
  }

  /** What was found but for the values that are known already; the scan is over. */
  end(known: ReadonlySet<string>): UnitResult {
    this.#scan(true)
    const findings = this.#found.filter(({ value }) => !known.has(value)).map(({ finding }) => finding)
    return { findings, coverage: this.#coverage }
  }

  #scan(last: boolean): void {
    const bytes = this.#buffer.subarray(0, this.#length)
    const chunk = { offset: this.#offset, length: bytes.length, last }
    const scanned = this.#tools.text.chunk(bytes, chunk, nameOf(this.#file.place))
    const result = fileResult({ bytes, offset: this.#offset, ...this.#file }, scanned, this.#tools)
    for (const [i, finding] of result.findings.entries()) {
      const value = scanned.matches[i]?.value ?? new Uint8Array()
      this.#found.push({ value: asText(value), finding: shiftFinding(finding, this.#position) })
    }
    this.#coverage.push(...result.coverage)
    if (last) return
    const start = this.#offset === 0 ? textMark(bytes) : 0
    this.#position = advance(this.#position, bytes, start, CHUNK_STEP)
    this.#buffer.copyWithin(0, CHUNK_STEP)
    this.#length = MAX_MATCH
    this.#offset += CHUNK_STEP
    this.#tools.alive()
  }
}
