// Edits that remove an entry or an item, and its section where it was the only one; comments stay. What is replaced: edit-entries.ts.
import { isMap, isPair, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import { type EntryAddress, headerLength, isBlockScalar, itemIndex, missing } from './edit-entries.js'
import {
  type EditableFile,
  endOf,
  endOfColon,
  findPair,
  isEmptyValue,
  keyStart,
  mapAt,
  nodeAt,
  pairStart,
  refuse,
  refuseAnchored,
  refuseCommented,
  startOf,
} from './edit-file.js'
import { lineAfter, lineStart, nextLine, removeLines } from './edit-lines.js'
import { dashOf } from './edit-style.js'
import type { YamlPath } from './tree.js'

/** Cuts item `index` with its comma out of a flow collection. */
function cutFlow(file: EditableFile, node: YAMLMap | YAMLSeq, index: number): TextEdit[] {
  refuseCommented(file, node)
  const bounds = node.items.map((item) =>
    isPair(item) ? [pairStart(item), Math.max(endOf(item.key), endOf(item.value))] : [startOf(item), endOf(item)],
  )
  const [start = 0, end = 0] = bounds[index] ?? []
  const next = bounds[index + 1]
  const previous = bounds[index - 1]
  if (next !== undefined) return [{ start, end: next[0] ?? end, insert: '' }]
  return [{ start: previous?.[1] ?? start, end, insert: '' }]
}

/**
 * Removes the lines [start, end) of an item of a block collection, but for a comment `behind` it, which then begins its line; refuses where
 * something else stands on its first line.
 */
function cutLines(file: EditableFile, start: number, end: number, behind: number): TextEdit[] {
  const { text } = file.source
  const from = lineStart(file, start)
  if (text.slice(from, start).trim() !== '')
    throw refuse(file, 'form', 'the entry shares its line with another one', start)
  const comment = /^[ \t]+(?=#)/.exec(text.slice(behind, nextLine(file, behind)))
  if (comment === null) return [removeLines(file, from, end)]
  const at = behind + comment[0].length
  const below = nextLine(file, at)
  return [{ start, end: at, insert: '' }, ...(below < end ? [removeLines(file, below, end)] : [])]
}

/** Where a comment on the last line of a key or its value would follow; of a block scalar on its first. */
function behindNode(file: EditableFile, node: unknown, fallback: number): number {
  if (isBlockScalar(node)) return startOf(node) + headerLength(file, node)
  return isEmptyValue(node) ? fallback : endOf(node)
}

function cutPair(file: EditableFile, map: YAMLMap, pair: Pair): TextEdit[] {
  refuseAnchored(file, pair.key)
  refuseAnchored(file, pair.value)
  if (map.flow === true) return cutFlow(file, map, map.items.indexOf(pair))
  const end = lineAfter(file, pair.value, endOf(pair.key))
  return cutLines(file, pairStart(pair), end, behindNode(file, pair.value, endOfColon(file, pair)))
}

function cutItem(file: EditableFile, seq: YAMLSeq, index: number): TextEdit[] {
  const item = seq.items[index]
  refuseAnchored(file, item)
  if (seq.flow === true) return cutFlow(file, seq, index)
  const end = lineAfter(file, item, endOf(item))
  return cutLines(file, dashOf(seq, index) ?? startOf(item), end, behindNode(file, item, endOf(item)))
}

const isAnchored = (node: unknown): boolean => (isMap(node) || isSeq(node)) && node.anchor !== undefined

/** `environment: &x {}`, its entry gone. */
function emptySection(file: EditableFile, pair: Pair, section: unknown, entry: TextEdit[]): TextEdit[] {
  if ((isMap(section) || isSeq(section)) && section.flow === true) return entry
  const colon = file.source.text.indexOf(':', endOf(pair.key)) + 1
  // Its tag and its anchor stand before what it holds.
  const before = /^(?:\s*[&!][^\s,[\]{}]*)*/.exec(file.source.text.slice(colon, startOf(section)))?.[0] ?? ''
  const at = colon + before.length
  return [{ start: at, end: at, insert: isSeq(section) ? ' []' : ' {}' }, ...entry]
}

/** Removes the key of a section whose last entry goes, comments in it left where they are. */
function cutSection(file: EditableFile, path: YamlPath, entry: TextEdit[]): TextEdit[] {
  const parent = mapAt(file, path.slice(0, -1))
  const pair = findPair(file, parent, String(path.at(-1)))
  const section = nodeAt(file, path)
  if (pair === undefined) throw refuse(file, 'not-found', `${path.join('.')} is not there`, startOf(section))
  // What an alias names, or the only thing that its parent has, stays as an empty collection.
  if (parent.items.length < 2 || isAnchored(section)) return emptySection(file, pair, section, entry)
  const flow =
    parent.flow === true || (!isScalar(section) && section !== undefined && 'flow' in section && section.flow === true)
  if (flow) return cutPair(file, parent, pair)
  const below = nextLine(file, keyStart(pair))
  const tag = /^[ \t]*!\S*/.exec(file.source.text.slice(endOfColon(file, pair), below))?.[0].length ?? 0
  const own = cutLines(file, keyStart(pair), below, endOfColon(file, pair) + tag)
  // Without a last line end the entry takes that of the line above along.
  const meets = entry.some((edit) => own.some(({ end }) => edit.start < end))
  return meets ? [removeLines(file, lineStart(file, keyStart(pair)), file.source.text.length)] : [...own, ...entry]
}

/** Removes item `index` of the list at `path`; where it is the only one, its section too. Comments above it stay. */
export function removeItem(file: EditableFile, path: YamlPath, index: number): readonly ByteEdit[] {
  const list = nodeAt(file, path)
  if (!isSeq(list) || list.items[index] === undefined)
    throw refuse(file, 'not-found', `${path.join('.')} has no such item`, startOf(list))
  const cut = cutItem(file, list, index)
  return toByteEdits(file.source, list.items.length > 1 ? cut : cutSection(file, path, cut))
}

/** Removes an entry; where it is the only one, its section too. Comments above it stay. */
export function removeEntry(file: EditableFile, address: EntryAddress): readonly ByteEdit[] {
  const section = nodeAt(file, address.section)
  if (isSeq(section)) {
    const index = itemIndex(file, section, address.key)
    if (index === -1) throw missing(file, address, section)
    const cut = cutItem(file, section, index)
    return toByteEdits(file.source, section.items.length > 1 ? cut : cutSection(file, address.section, cut))
  }
  const map = mapAt(file, address.section)
  const pair = findPair(file, map, address.key, 'explicit')
  if (pair === undefined) throw missing(file, address, map)
  const cut = cutPair(file, map, pair)
  return toByteEdits(file.source, map.items.length > 1 ? cut : cutSection(file, address.section, cut))
}
