// Edits of a scalar that stands on several lines: a text goes in front, words of it change, and its other lines stay as they are.
import { diffArrays } from 'diff'
import { isScalar, Scalar } from 'yaml'
import { applyEdits, type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import { type EditableFile, editableFile, endOf, nodeAt, startOf } from './edit-file.js'
import { lineStart, nextLine } from './edit-lines.js'
import type { YamlPath } from './tree.js'

/** `text` in the escapes of the scalar that it goes into. */
export function inside(style: string | undefined, text: string): string {
  if (style === Scalar.QUOTE_SINGLE) return text.replaceAll("'", "''")
  return style === Scalar.QUOTE_DOUBLE ? JSON.stringify(text).slice(1, -1) : text
}

/** true where the scalar at `path` is `wanted` after the edits, and no other has come or gone. */
export function readsAs(file: EditableFile, path: YamlPath, edits: readonly ByteEdit[], wanted: string): boolean {
  try {
    const edited = editableFile(file.source.file, applyEdits(file.source.bytes, edits))
    const node = nodeAt(edited, path)
    return isScalar(node) && node.source === wanted && edited.indexed.scalars.length === file.indexed.scalars.length
  } catch {
    return false
  }
}

/** What one line says of a scalar's string, without the blanks around it. */
interface Line {
  readonly text: string
  /** UTF-16 offset in the file. */
  readonly offset: number
  /** In the string. */
  readonly at: number
}

const isBlock = ({ type }: Scalar): boolean => type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED

/** The lines of a scalar; undefined where it has only one, or a line is not what it says (escapes). */
function linesOf(file: EditableFile, node: Scalar): readonly Line[] | undefined {
  const { text } = file.source
  const quotes = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE ? 1 : 0
  const end = endOf(node) - quotes
  const value = node.source ?? ''
  const lines: Line[] = []
  let at = 0
  for (let from = isBlock(node) ? nextLine(file, startOf(node)) : startOf(node) + quotes; from < end; ) {
    const next = Math.min(end, nextLine(file, from))
    const line = text.slice(from, next)
    const said = line.trim()
    const found = value.indexOf(said, at)
    if (found === -1 || value.slice(at, found).trim() !== '') return undefined
    if (said !== '') lines.push({ text: said, offset: from + line.indexOf(said), at: found })
    at = found + said.length
    from = next
  }
  return lines.length > 1 || isBlock(node) ? lines : undefined
}

/** Makes the scalar `value` by splices in those of its lines that differ; undefined where that cannot be, or it has one line only. */
export function changedInLines(file: EditableFile, path: YamlPath, value: string): readonly ByteEdit[] | undefined {
  const node = nodeAt(file, path)
  const lines = isScalar(node) ? linesOf(file, node) : undefined
  if (!isScalar(node) || lines === undefined) return undefined
  const edits: TextEdit[] = []
  const [first] = lines
  const indent = first === undefined ? '' : file.source.text.slice(lineStart(file, first.offset), first.offset)
  const written = (text: string) => inside(node.type, text).replaceAll('\n', file.eol + indent)
  for (const { start, end, insert } of changes(node.source ?? '', value)) {
    const line = lines.find(({ at, text }) => at <= start && end <= at + text.length)
    if (line === undefined) return undefined
    const from = line.offset + start - line.at
    edits.push({ start: from, end: from + end - start, insert: written(insert) })
  }
  const bytes = toByteEdits(file.source, edits)
  return readsAs(file, path, bytes, value) ? bytes : undefined
}

/** Words, blanks, signs; what a shell substitutes is one word. */
const tokens = (text: string): readonly string[] => text.match(/\$+\([^()]*\)|\s+|\w+|./gsu) ?? []

/** From one string to the other, word by word. */
function changes(before: string, after: string): readonly TextEdit[] {
  const found: { start: number; end: number; insert: string }[] = []
  let at = 0
  for (const { value: words, added, removed } of diffArrays([...tokens(before)], [...tokens(after)])) {
    const value = words.join('')
    if (added || removed) {
      const last = found.at(-1)
      const change = last?.end === at ? last : { start: at, end: at, insert: '' }
      if (change !== last) found.push(change)
      if (added) change.insert += value
      else change.end += value.length
    }
    if (!added) at += value.length
  }
  return found
}

/** Puts `text` before the string at `path`, which stands on several lines, on lines of its own; undefined where it does not. */
export function prependLines(file: EditableFile, path: YamlPath, text: string): readonly ByteEdit[] | undefined {
  const node = nodeAt(file, path)
  const [first, second] = isScalar(node) ? (linesOf(file, node) ?? []) : []
  if (!isScalar(node) || first === undefined) return undefined
  const like = isBlock(node) ? first : second
  const indent = like === undefined ? '' : file.source.text.slice(lineStart(file, like.offset), like.offset)
  const insert = text
    .split('\n')
    .map((line) => inside(node.type, line) + file.eol + indent)
    .join('')
  const edits = toByteEdits(file.source, [{ start: first.offset, end: first.offset, insert }])
  const isMeant = [' ', '\n'].some((blank) =>
    readsAs(file, path, edits, text.replaceAll('\n', blank) + blank + (node.source ?? '')),
  )
  return isMeant ? edits : undefined
}
