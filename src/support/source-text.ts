// A text file as bytes and as the string that parsers see, with the way between offsets in both. Not for files of images: these may be anything.
import { UsageError } from './errors.js'
import { printable } from './printable.js'

export interface SourceText {
  /** Absolute path. */
  readonly file: string
  readonly bytes: Uint8Array
  /** Decoded, byte order mark kept, so that every offset counts it. */
  readonly text: string
  /** UTF-16 offset to byte offset. */
  byteOffset(offset: number): number
  /** Where a UTF-16 offset stands: line and column 1-based, column in UTF-16 units. */
  position(offset: number): { readonly line: number; readonly column: number }
}

/** Offsets of line starts; a line ends with LF, CRLF or a lone CR (YAML 1.2, 5.4). */
function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1)
  }
  return starts
}

function lastNotAfter(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** Bytes of UTF-8 before each line, so that one lookup encodes no more than its line. */
function lineBytes(text: string, starts: readonly number[]): number[] {
  let total = 0
  return starts.map((start, index) => {
    const here = total
    total += Buffer.byteLength(text.slice(start, starts[index + 1]), 'utf8')
    return here
  })
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new UsageError(`${printable(file)}: the file is not valid UTF-8`)
  }
}

/** Decodes `bytes` as UTF-8; throws UsageError where they are something else. */
export function sourceText(file: string, bytes: Uint8Array): SourceText {
  return sourceOf(file, bytes, decode(file, bytes))
}

/** As sourceText(), but bytes that are no UTF-8 are taken one by one (ISO 8859-1): every offset stays true. */
export function tolerantSourceText(file: string, bytes: Uint8Array): SourceText {
  try {
    return sourceText(file, bytes)
  } catch {
    return sourceOf(file, bytes, Buffer.from(bytes).toString('latin1'))
  }
}

function sourceOf(file: string, bytes: Uint8Array, text: string): SourceText {
  const starts = lineStarts(text)
  const ascii = text.length === bytes.length
  const before = ascii ? starts : lineBytes(text, starts)
  return {
    file,
    bytes,
    text,
    byteOffset(offset) {
      if (ascii) return offset
      const line = lastNotAfter(starts, offset)
      return (before[line] ?? 0) + Buffer.byteLength(text.slice(starts[line], offset), 'utf8')
    },
    position(offset) {
      const line = lastNotAfter(starts, offset)
      const bom = line === 0 && text.startsWith('\ufeff') ? 1 : 0
      return { line: line + 1, column: Math.max(1, offset - (starts[line] ?? 0) + 1 - bom) }
    },
  }
}
