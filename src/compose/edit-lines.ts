// The lines of a Compose file that is edited: where they begin and end, and edits that add or remove whole ones.
import { isMap, isPair, isScalar, isSeq, Scalar } from 'yaml'
import { type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import { type EditableFile, endOf, isEmptyValue, refuse, startOf } from './edit-file.js'
import { isOpenBlock } from './yaml-file.js'

export function lineStart(file: EditableFile, offset: number): number {
  const start = file.source.text.lastIndexOf('\n', offset - 1) + 1
  return start === 0 && file.source.text.startsWith('\ufeff') ? 1 : start
}

/** Offset after the line end that follows `offset`; the end of the text where the last line has none. */
export function nextLine(file: EditableFile, offset: number): number {
  const newline = file.source.text.indexOf('\n', offset)
  return newline === -1 ? file.source.text.length : newline + 1
}

export function columnOf(file: EditableFile, offset: number): number {
  return offset - lineStart(file, offset)
}

function isBlock(scalar: Scalar): boolean {
  return scalar.type === Scalar.BLOCK_LITERAL || scalar.type === Scalar.BLOCK_FOLDED
}

/** Offset of the line after a block scalar; blank lines belong to it where it keeps them (`|+`). */
function afterBlockScalar(file: EditableFile, scalar: Scalar): number {
  const { text } = file.source
  let end = scalar.range?.[1] ?? 0
  if (!text.slice(startOf(scalar), startOf(scalar) + 3).includes('+')) return end
  while (end < text.length && text.slice(end, nextLine(file, end)).trim() === '') end = nextLine(file, end)
  return end
}

/** Offset of the line after the last content of `value`; `fallback` where it is empty. */
export function lineAfter(file: EditableFile, value: unknown, fallback: number): number {
  if (isScalar(value) && isBlock(value)) return afterBlockScalar(file, value)
  const last = (isMap(value) || isSeq(value)) && value.flow !== true ? value.items.at(-1) : undefined
  if (isPair(last)) return lineAfter(file, last.value, endOf(last.key))
  if (last !== undefined) return lineAfter(file, last, endOf(last))
  return nextLine(file, Math.max(isEmptyValue(value) ? 0 : endOf(value), fallback))
}

/** Inserts whole lines at the start of a line, or after a last line that has no end: the file then ends without one as before. */
export function insertLines(file: EditableFile, at: number, lines: readonly string[]): TextEdit {
  const { text } = file.source
  const open = at > 0 && at === text.length && text[at - 1] !== '\n' && text[at - 1] !== '\ufeff'
  const last = file.indexed.scalars.at(-1)
  if (
    open &&
    last !== undefined &&
    isBlock(last) &&
    endOf(last) === text.length &&
    !/^[|>][0-9]*-/.test(text.slice(startOf(last)))
  ) {
    throw refuse(
      file,
      isOpenBlock(last, text) ? 'open-block' : 'form',
      'the last value is a block without a line end; a line after it would change it',
      startOf(last),
    )
  }
  const insert = open ? file.eol + lines.join(file.eol) : lines.map((line) => line + file.eol).join('')
  return { start: at, end: at, insert }
}

/** Lets lines follow a last value that is a block without a line end (refused as "open-block"): its header says that it has none. */
export function closeOpenBlock({ source, indexed }: EditableFile): readonly ByteEdit[] {
  const last = indexed.scalars.at(-1)
  if (last === undefined || !isOpenBlock(last, source.text)) return []
  const header = /^([|>])[+\d]*/.exec(source.text.slice(startOf(last)))?.[0] ?? ''
  const end = startOf(last) + header.length
  return toByteEdits(source, [{ start: startOf(last), end, insert: `${header.replace('+', '')}-` }])
}

/** Removes whole lines [start, end); the end of the line before goes where the last line of the file, without an end, is removed. */
export function removeLines(file: EditableFile, start: number, end: number): TextEdit {
  const { text } = file.source
  const open = end === text.length && text[end - 1] !== '\n'
  const before = open ? (text.slice(0, start).match(/\r?\n$/)?.[0].length ?? 0) : 0
  return { start: start - before, end, insert: '' }
}
