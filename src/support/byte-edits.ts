// Splices: the only way in which this program changes a person's files. Bytes outside the splices stay as they are.
import { InternalError } from './errors.js'
import type { SourceText } from './source-text.js'

/** Replaces bytes [start, end) by `insert` (UTF-8). */
export interface ByteEdit {
  readonly start: number
  readonly end: number
  readonly insert: string
}

/** As ByteEdit, in UTF-16 offsets. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly insert: string
}

export function toByteEdits(source: SourceText, edits: readonly TextEdit[]): readonly ByteEdit[] {
  return edits.map(({ start, end, insert }) => ({
    start: source.byteOffset(start),
    end: source.byteOffset(end),
    insert,
  }))
}

/** `bytes` with all `edits` done; edits at one offset keep their order. Throws InternalError where two overlap. */
export function applyEdits(bytes: Uint8Array, edits: readonly ByteEdit[]): Uint8Array {
  const parts: Uint8Array[] = []
  let at = 0
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start < at || edit.end < edit.start || edit.end > bytes.length)
      throw new InternalError('edits of a file overlap')
    parts.push(bytes.subarray(at, edit.start), Buffer.from(edit.insert, 'utf8'))
    at = edit.end
  }
  return Buffer.concat([...parts, bytes.subarray(at)])
}
