// The chunks of one big file, in whatever order they come: their findings with places counted from the file's start, no more of a rule than
// are listed of a file.
import { CHUNK_STEP } from './chunks.js'
import { MOST_OF_A_RULE } from './finding-limits.js'
import { TEXT_START, type TextPosition, then } from './lines.js'
import { shiftFinding } from './raw-finding.js'
import type { FilePlace, Place, Span } from './types.js'
import type { LeftOut, RawFinding } from './unit.js'

interface ChunkOutcome {
  readonly offset: number
  /** In the order of their offsets. */
  findings: readonly RawFinding[]
  readonly step?: TextPosition
}

export class ChunkedFile {
  readonly #chunks: ChunkOutcome[] = []
  readonly #leftOut = new Map<string, { readonly first: RawFinding; count: number }>()
  #held = 0
  #most = 4 * MOST_OF_A_RULE

  /** `step`: how the text moves on from this chunk's start to the next one's. */
  add(offset: number, { findings, step }: { readonly findings: readonly RawFinding[]; readonly step?: TextPosition }) {
    this.#chunks.push({ offset, findings, ...(step === undefined ? {} : { step }) })
    this.#held += findings.length
    if (this.#held <= this.#most) return
    this.#limit()
    this.#most = Math.max(this.#most, 2 * this.#held)
  }

  /** All findings that are listed, in order. */
  inText(): RawFinding[] {
    this.#limit()
    let from: TextPosition | undefined = TEXT_START
    let expected = 0
    const findings: RawFinding[] = []
    for (const chunk of this.#chunks) {
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

  /** What the limit took from the chunks together, by rule; each chunk has told of its own. */
  leftOut(): LeftOut[] {
    return [...this.#leftOut].map(([ruleId, { first, count }]) => ({
      entry: first.entry,
      place: withoutKey(first.place),
      ruleId,
      count,
    }))
  }

  #limit(): void {
    this.#chunks.sort((a, b) => a.offset - b.offset)
    const seen = new Map<string, number>()
    this.#held = 0
    for (const chunk of this.#chunks) {
      chunk.findings = chunk.findings.filter((finding) => {
        const count = (seen.get(finding.ruleId) ?? 0) + 1
        seen.set(finding.ruleId, count)
        if (count > MOST_OF_A_RULE) this.#leave(finding)
        return count <= MOST_OF_A_RULE
      })
      this.#held += chunk.findings.length
    }
  }

  #leave(finding: RawFinding): void {
    const known = this.#leftOut.get(finding.ruleId)
    if (known === undefined) this.#leftOut.set(finding.ruleId, { first: finding, count: 1 })
    else known.count++
  }
}

function withoutKey(place: Place): FilePlace {
  const { key: _, ...file } = place
  return file as FilePlace
}

function withoutLines(finding: RawFinding): RawFinding {
  const bare = ({ line: _line, column: _column, endLine: _endLine, endColumn: _endColumn, ...span }: Span): Span => span
  return {
    ...finding,
    span: bare(finding.span),
    related: finding.related.map((other) => ({ ...other, span: bare(other.span) })),
  }
}
