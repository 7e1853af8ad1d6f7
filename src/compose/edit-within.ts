// Edits within a value that is there: a part of its text is replaced, the rest stays as it is written.
import { isScalar, isSeq } from 'yaml'
import { type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import { type EntryAddress, itemIndex } from './edit-entries.js'
import { type EditableFile, endOf, findPair, mapAt, nodeAt, refuse, startOf } from './edit-file.js'

/** Replaces a part of an entry's value, which is written as `text`; its quotes and its anchor stay. */
export function replaceInEntry(
  file: EditableFile,
  { section, key }: EntryAddress,
  { text, start, end, insert }: TextEdit & { readonly text: string },
): readonly ByteEdit[] {
  const node = nodeAt(file, section)
  const value = isSeq(node)
    ? node.items[itemIndex(file, node, key)]
    : findPair(file, mapAt(file, section), key, 'explicit')?.value
  const written = isScalar(value) ? file.source.text.slice(startOf(value), endOf(value)) : ''
  const at = written.indexOf(text)
  if (at === -1) throw refuse(file, 'form', `${key} is written otherwise`, startOf(value))
  const from = startOf(value) + at
  return toByteEdits(file.source, [{ start: from + start, end: from + end, insert }])
}
