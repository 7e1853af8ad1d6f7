// Edits of Compose files for moving values: commands set, text inside a value replaced; steps put together. Grants are in edit-grants.ts.
// One step after another on bytes; nothing is ever printed anew. Knows nothing of which values are secrets.
import { isDeepStrictEqual } from 'node:util'
import { isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { applyEdits, type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import { appendPair } from './edit-additions.js'
import { replaceNode, replaceValue, spaced } from './edit-entries.js'
import {
  type EditableFile,
  editableFile,
  endOf,
  endOfColon,
  findPair,
  keyStart,
  mapAt,
  mergedPair,
  nodeAt,
  ownPair,
  refuse,
  refuseAnchored,
  startOf,
} from './edit-file.js'
import { lineAfter, nextLine, removeLines } from './edit-lines.js'
import { flowSequence } from './scalar-text.js'
import type { YamlPath } from './tree.js'

/** One edit on the file as the steps before left it. */
export type EditStep = (file: EditableFile) => readonly ByteEdit[]

/** `bytes` with all steps done, each on the result of the one before; throws EditRefusedError, ComposeFileError where a result is no YAML. */
export function editCompose(name: string, bytes: Uint8Array, steps: readonly EditStep[]): Uint8Array {
  let edited = bytes
  for (const step of steps) edited = applyEdits(edited, step(editableFile(name, edited)))
  editableFile(name, edited)
  return edited
}

/** true where a comment stands between the items of a list; a # inside of an item is none. */
function hasComments(file: EditableFile, list: YAMLSeq, from: number, to: number): boolean {
  let at = from
  const gaps = list.items.map((item) => {
    const gap = file.source.text.slice(at, startOf(item))
    at = Math.max(at, endOf(item))
    return gap
  })
  return [...gaps, file.source.text.slice(at, to)].some((gap) => gap.includes('#'))
}

/** true where a list of words holds comments, which setWords() would have to drop. */
export function hasCommentedWords(file: EditableFile, path: YamlPath): boolean {
  const list = nodeAt(file, path)
  return isSeq(list) && hasComments(file, list, startOf(list), lineAfter(file, list, startOf(list)))
}

function replaceSequence(file: EditableFile, service: YAMLMap, pair: Pair, text: string): TextEdit[] {
  const { value } = pair
  if (!isSeq(value)) return [{ start: startOf(value), end: endOf(value), insert: text }]
  const commented = () => refuse(file, 'form', 'the list holds comments that would be lost', startOf(service))
  if (value.flow === true) {
    if (hasComments(file, value, startOf(value), endOf(value))) throw commented()
    return [{ start: startOf(value), end: endOf(value), insert: text }]
  }
  const [from, to] = [nextLine(file, keyStart(pair)), lineAfter(file, value, startOf(value))]
  if (hasComments(file, value, from, to) || startOf(value) < from) throw commented()
  const colon = endOfColon(file, pair)
  return [{ start: colon, end: colon, insert: ` ${text}` }, removeLines(file, from, to)]
}

/** Sets `entrypoint` or `command` (or another list of words) of a container to exactly `words`, dollars doubled by the caller. */
export function setWords(
  file: EditableFile,
  container: YamlPath,
  key: string,
  words: readonly string[],
): readonly ByteEdit[] {
  const service = mapAt(file, container)
  // What a merge key brings is overridden in the container's own block, where it is not the same already.
  const merged = ownPair(file, service, key) === undefined ? mergedPair(file, service, key)?.value : undefined
  if (isSeq(merged) && isDeepStrictEqual(merged.toJSON(), words)) return []
  const pair = merged === undefined ? findPair(file, service, key) : undefined
  const text = flowSequence(words)
  if (pair === undefined)
    return toByteEdits(file.source, [
      appendPair(file, service, { key, lines: () => [`${key}: ${text}`], flow: `${key}: ${text}` }),
    ])
  const node = nodeAt(file, [...container, key])
  refuseAnchored(file, node)
  if (isSeq(node)) return toByteEdits(file.source, replaceSequence(file, service, pair, text))
  return toByteEdits(file.source, replaceNode(file, node, spaced(file, node, text)))
}

/** `text` in the escapes of the scalar that it goes into. */
function inside(style: string | undefined, text: string): string {
  if (style === 'QUOTE_SINGLE') return text.replaceAll("'", "''")
  return style === 'QUOTE_DOUBLE' ? JSON.stringify(text).slice(1, -1) : text
}

/**
 * Replaces `before`, wherever it stands in the scalar at `path`, by `after`; the rest of the scalar keeps its bytes. Where that gives
 * another string than meant (quotes, folding), the whole scalar is written anew.
 */
export function replaceText(file: EditableFile, path: YamlPath, before: string, after: string): readonly ByteEdit[] {
  const node = nodeAt(file, path)
  if (!isScalar(node) || !(node.source ?? '').includes(before))
    throw refuse(file, 'not-found', `${path.join('.')} does not hold the text to be replaced`, startOf(node))
  refuseAnchored(file, node)
  const wanted = (node.source ?? '').replaceAll(before, () => after)
  const written = file.source.text.slice(startOf(node), endOf(node))
  const spliced = written.replaceAll(inside(node.type, before), () => inside(node.type, after))
  const edits = toByteEdits(file.source, [{ start: startOf(node), end: endOf(node), insert: spliced }])
  return readsAs(file, path, edits, wanted) ? edits : replaceValue(file, path, wanted)
}

function readsAs(file: EditableFile, path: YamlPath, edits: readonly ByteEdit[], wanted: string): boolean {
  try {
    const edited = editableFile(file.source.file, applyEdits(file.source.bytes, edits))
    const node = nodeAt(edited, path)
    return isScalar(node) && node.source === wanted && edited.indexed.scalars.length === file.indexed.scalars.length
  } catch {
    return false
  }
}
