// Lines and columns: 1-based, columns in UTF-16 units, as editors and SARIF count. Works on bytes, so that no long string is ever made.
import { countNewlines, countUnits } from './count.js'
import type { Span } from './types.js'

const NEWLINE = 0x0a

/** What lies before a position: whole lines, and UTF-16 units since the last newline. */
export interface TextPosition {
  readonly newlines: number
  readonly units: number
}

export interface LineColumn {
  readonly line: number
  readonly column: number
}

export const TEXT_START: TextPosition = { newlines: 0, units: 0 }

/** The position after `bytes[start..end)`, which begins at `from`. */
export function advance(from: TextPosition, bytes: Uint8Array, start: number, end: number): TextPosition {
  const newlines = countNewlines(bytes, start, end)
  if (newlines === 0) return { newlines: from.newlines, units: from.units + countUnits(bytes, start, end) }
  const lineStart = bytes.lastIndexOf(NEWLINE, end - 1) + 1
  return { newlines: from.newlines + newlines, units: countUnits(bytes, lineStart, end) }
}

/**
 * Line and column of each of `offsets` (indexes into `bytes`, any order), counted from the first byte. `textStart`: the bytes begin
 * their text, so a byte order mark is no column and tells UTF-16.
 */
export function linesAt(
  bytes: Uint8Array,
  offsets: Iterable<number>,
  options: { readonly textStart: boolean; readonly wide?: boolean },
): Map<number, LineColumn> {
  const mark = options.textStart ? markOf(bytes) : { length: 0, wide: false }
  const wide = options.wide === true || mark.wide
  const places = new Map<number, LineColumn>()
  let position = TEXT_START
  let at = mark.length
  for (const offset of [...new Set(offsets)].sort((a, b) => a - b)) {
    if (offset > at) {
      position = advance(position, bytes, at, offset)
      at = offset
    }
    const column = wide ? wideColumn(bytes, mark.length, offset) : position.units + 1
    places.set(offset, { line: position.newlines + 1, column })
  }
  return places
}

function wideColumn(bytes: Uint8Array, textStart: number, offset: number): number {
  const newline = offset === 0 ? -1 : bytes.lastIndexOf(NEWLINE, offset - 1)
  const lineStart = Math.max(textStart, newline + 1)
  return ((offset - lineStart) >> 1) + 1
}

/** Bytes of a UTF-8 byte order mark at the start of a text: no column. */
export function textMark(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

function markOf(bytes: Uint8Array): { length: number; wide: boolean } {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return { length: 2, wide: true }
  return { length: textMark(bytes), wide: false }
}

/** Where one ends who goes on by `step` from `from`. */
export function then(from: TextPosition, step: TextPosition): TextPosition {
  return { newlines: from.newlines + step.newlines, units: step.newlines === 0 ? from.units + step.units : step.units }
}

/** Moves a span that was measured from a chunk's start to where the chunk begins in its text. */
export function shiftSpan(span: Span, from: TextPosition): Span {
  if (span.line === undefined || span.column === undefined) return span
  const start = shift(span.line, span.column, from)
  if (span.endLine === undefined || span.endColumn === undefined) return { ...span, ...start }
  const end = shift(span.endLine, span.endColumn, from)
  return { ...span, ...start, endLine: end.line, endColumn: end.column }
}

function shift(line: number, column: number, from: TextPosition): LineColumn {
  return { line: line + from.newlines, column: line === 1 ? column + from.units : column }
}
