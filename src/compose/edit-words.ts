// Edits of the words that a service starts (or another list of words): set, or more put in front. Words of one line each go into brackets,
// one of several lines is written as lines.
import { isDeepStrictEqual } from 'node:util'
import { isAlias, isScalar, isSeq, type Pair, Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import { type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import { appendPair } from './edit-additions.js'
import { isFlow, replaceNode, replaceValue, spaced } from './edit-entries.js'
import {
  type EditableFile,
  endOf,
  endOfColon,
  findPair,
  keptByTag,
  keyStart,
  mapAt,
  mergedPair,
  nodeAt,
  ownPair,
  pairStart,
  refuse,
  refuseAnchored,
  startOf,
} from './edit-file.js'
import { columnOf, insertLines, lineAfter, nextLine, removeLines } from './edit-lines.js'
import { prependLines } from './edit-scalar-lines.js'
import { dashOf, dashStep } from './edit-style.js'
import { areOfLines, flowSequence, itemLines } from './scalar-text.js'
import type { YamlPath } from './tree.js'

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

/** true where a text, or a word of a list, is written on several lines. */
export function spansLines(file: EditableFile, path: YamlPath): boolean {
  const node = nodeAt(file, path)
  const words = isSeq(node) ? node.items : [node]
  return words.some((word) => isScalar(word) && file.source.text.slice(startOf(word), endOf(word)).includes('\n'))
}

function refuseComments(file: EditableFile, list: YAMLSeq, from: number, to: number): void {
  if (hasComments(file, list, from, to))
    throw refuse(file, 'form', 'the list holds comments that would be lost', startOf(list))
}

/** The lines of a block list. */
function linesOfList(file: EditableFile, list: YAMLSeq, pair: Pair): { readonly from: number; readonly to: number } {
  const [from, to] = [nextLine(file, keyStart(pair)), lineAfter(file, list, startOf(list))]
  refuseComments(file, list, from, to)
  if (startOf(list) < from) throw refuse(file, 'form', 'the list begins beside its key', startOf(list))
  return { from, to }
}

/** In brackets, in place of what the key has. */
function replaceInline(file: EditableFile, pair: Pair, words: readonly string[], node: unknown): TextEdit[] {
  const text = flowSequence(words)
  if (!isSeq(node)) return replaceNode(file, node, spaced(file, node, text))
  if (node.flow === true) {
    refuseComments(file, node, startOf(node), endOf(node))
    return [{ start: startOf(node), end: endOf(node), insert: text }]
  }
  const { from, to } = linesOfList(file, node, pair)
  const colon = endOfColon(file, pair)
  return [{ start: colon, end: colon, insert: ` ${text}` }, removeLines(file, from, to)]
}

const indented = (lines: readonly string[], columns: number): readonly string[] =>
  lines.map((line) => (line === '' ? '' : ' '.repeat(columns) + line))

/** As `lines` below the key, in place of what it has. */
function replaceByLines(
  file: EditableFile,
  map: YAMLMap,
  pair: Pair,
  lines: readonly string[],
  node: unknown,
): TextEdit[] {
  const { text } = file.source
  if (isSeq(node) && node.flow !== true) {
    const { from, to } = linesOfList(file, node, pair)
    return [replaceLines(file, from, to, indented(lines, columnOf(file, dashOf(node, 0) ?? startOf(node))))]
  }
  if (isSeq(node)) refuseComments(file, node, startOf(node), endOf(node))
  const below = indented(lines, columnOf(file, pairStart(pair)) + dashStep(file, map))
  const isBlock = isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED)
  const start = startOf(node)
  const header = isBlock ? (/^[|>][-+0-9]*/.exec(text.slice(start, start + 4))?.[0].length ?? 1) : 0
  const end = isBlock ? start + header : endOf(node)
  const from = nextLine(file, end)
  const blank = /[ \t]*$/.exec(text.slice(0, start))?.[0].length ?? 0
  return [
    { start: start - blank, end, insert: '' },
    replaceLines(file, from, isBlock ? Math.max(from, lineAfter(file, node, start)) : from, below),
  ]
}

/** Whole lines in place of those in [from, to); the file ends as before. */
function replaceLines(file: EditableFile, from: number, to: number, lines: readonly string[]): TextEdit {
  if (from === to) return insertLines(file, from, lines)
  const isEnded = file.source.text[to - 1] === '\n'
  return { start: from, end: to, insert: lines.join(file.eol) + (isEnded ? file.eol : '') }
}

/** true where what stands behind the key can give way to lines below it. */
const takesLines = (file: EditableFile, pair: Pair, node: unknown): boolean =>
  node !== undefined && ((isSeq(node) && node.flow !== true) || startOf(node) < nextLine(file, keyStart(pair)))

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
  const inLines = areOfLines(words) && !isFlow(file, [...container, key])
  const inline = `${key}: ${flowSequence(words)}`
  if (pair === undefined) {
    const lines = (dashes: number) => (inLines ? [`${key}:`, ...indented(itemLines(words), dashes)] : [inline])
    const added = { key, lines: (_: number, dashes: number) => lines(dashes), flow: inline }
    return toByteEdits(file.source, [appendPair(file, service, added)])
  }
  const node = nodeAt(file, [...container, key])
  refuseAnchored(file, node)
  const edits =
    inLines && takesLines(file, pair, node)
      ? replaceByLines(file, service, pair, itemLines(words), node)
      : replaceInline(file, pair, words, node)
  return toByteEdits(file.source, [...keptByTag(file, pair), ...edits])
}

/** Puts `words`, dollars doubled by the caller, before the first item of the list at `path`; what stands there keeps its lines. */
export function prependWords(file: EditableFile, path: YamlPath, words: readonly string[]): readonly ByteEdit[] {
  const list = nodeAt(file, path)
  const [first] = isSeq(list) ? list.items : []
  if (!isSeq(list) || first === undefined)
    throw refuse(file, 'not-found', `${path.join('.')} has no item to stand before`, startOf(list))
  const dash = dashOf(list, 0)
  if (dash !== undefined) {
    // The dash of what stood first goes on standing where the first of the new ones would.
    const column = columnOf(file, dash)
    const lines = indented(itemLines(words), column).join(file.eol).slice(column)
    return toByteEdits(file.source, [{ start: dash, end: dash, insert: lines + file.eol + ' '.repeat(column) }])
  }
  const written = areOfLines(words) && !isFlow(file, path) ? plainItems(file, list) : undefined
  const parent = mapAt(file, path.slice(0, -1))
  const pair = findPair(file, parent, String(path.at(-1)))
  if (written !== undefined && pair !== undefined && takesLines(file, pair, list)) {
    const lines = [...itemLines(words), ...written.map((item) => `- ${item}`)]
    return toByteEdits(file.source, replaceByLines(file, parent, pair, lines, list))
  }
  // Before its anchor or tag, if it has one: behind the bracket.
  const at = startOf(list) + 1
  return toByteEdits(file.source, [{ start: at, end: at, insert: `${flowSequence(words).slice(1, -1)}, ` }])
}

/** The items of a list in brackets as they are written; undefined where they could not stand by themselves. */
function plainItems(file: EditableFile, list: YAMLSeq): readonly string[] | undefined {
  if (list.anchor !== undefined || hasComments(file, list, startOf(list), endOf(list))) return undefined
  const isPlain = list.items.every(
    (item) => isScalar(item) && !isAlias(item) && item.anchor === undefined && item.tag === undefined,
  )
  const items = list.items.map((item) => file.source.text.slice(startOf(item), endOf(item)))
  return isPlain && items.every((item) => item !== '' && !item.includes('\n')) ? items : undefined
}

/** Puts `text` before the first word of the text at `path`; the ends of its lines become blanks where that has only one line. */
export function prependText(file: EditableFile, path: YamlPath, text: string): readonly ByteEdit[] {
  const node = nodeAt(file, path)
  refuseAnchored(file, node)
  const before = isScalar(node) ? (node.source ?? '') : ''
  return prependLines(file, path, text) ?? replaceValue(file, path, `${text.replaceAll('\n', ' ')} ${before}`)
}
