// Edits of what is there: replace a value or an entry, remove one. Each gives the splices that do it, or refuses.
import { isMap, isPair, isScalar, isSeq, type Pair, Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import { type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import {
  type EditableFile,
  endOf,
  findPair,
  keyStart,
  mapAt,
  nodeAt,
  ownPair,
  pairStart,
  refuse,
  refuseAnchored,
  refuseCommented,
  startOf,
} from './edit-file.js'
import { lineAfter, lineStart, nextLine, removeLines } from './edit-lines.js'
import { changedInLines } from './edit-scalar-lines.js'
import { dashOf } from './edit-style.js'
import { resolvePlain } from './plain-scalar.js'
import { scalarText } from './scalar-text.js'
import type { YamlPath } from './tree.js'

/** An entry of a section that may be a map or a list of `KEY=value`. */
export interface EntryAddress {
  /** Path of the section, e.g. services, db, environment. */
  readonly section: YamlPath
  readonly key: string
}

/** A key and its value as YAML sees them: dollars must be doubled already where Compose is not to interpolate. */
export interface NewEntry {
  readonly key: string
  readonly value: string
}

function isBlockScalar(node: unknown): node is Scalar {
  return isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED)
}

/** Puts `text` where `node` stands; a block scalar's header comment and everything around stays. */
export function replaceNode(file: EditableFile, node: unknown, text: string): TextEdit[] {
  if (!isBlockScalar(node)) return [{ start: startOf(node), end: endOf(node), insert: text }]
  const start = startOf(node)
  const header = /^[|>][-+0-9]*/.exec(file.source.text.slice(start, start + 4))?.[0].length ?? 1
  const body = nextLine(file, start)
  return [
    { start, end: start + header, insert: text },
    ...(endOf(node) > body ? [removeLines(file, body, endOf(node))] : []),
  ]
}

export function styleOf(node: unknown): Scalar.Type | undefined {
  const type = isScalar(node) ? node.type : undefined
  return type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE || type === Scalar.PLAIN ? type : undefined
}

/** true where the last of `path` stands in brackets. */
export function isFlow(file: EditableFile, path: YamlPath): boolean {
  return path.some((_, depth) => {
    const node = nodeAt(file, path.slice(0, depth))
    return node !== undefined && !isScalar(node) && 'flow' in node && node.flow === true
  })
}

/** The text after a key's colon that is to hold a value: a space first where the value was empty. */
export function spaced(file: EditableFile, node: unknown, text: string): string {
  const before = file.source.text[startOf(node) - 1]
  return before === ':' || before === '-' ? ` ${text}` : text
}

/** Replaces the scalar at `path` (a key's value or a list item) by the string `value`, in its own quotes where it has some. */
export function replaceValue(file: EditableFile, path: YamlPath, value: string): readonly ByteEdit[] {
  const node = nodeAt(file, path)
  if (node !== undefined && !isScalar(node))
    throw refuse(file, 'form', `${path.join('.')} is no single value`, startOf(node))
  refuseAnchored(file, node)
  const inLines = changedInLines(file, path, value)
  if (inLines !== undefined) return inLines
  const flow = isFlow(file, path)
  const text = !flow && staysPlain(node, value) ? value : scalarText(value, styleOf(node), flow)
  return toByteEdits(file.source, replaceNode(file, node, spaced(file, node, text)))
}

/** True where `value` needs no quotes since the text without quotes that it replaces begins as it does and nothing in it means something. */
function staysPlain(node: unknown, value: string): boolean {
  if (!isScalar(node) || node.type !== Scalar.PLAIN || typeof node.source !== 'string') return false
  const isOneLine =
    node.range !== undefined && node.range !== null && node.range[1] - node.range[0] === node.source.length
  const begins = node.source.length > 2 && value.startsWith(node.source.slice(0, 3))
  return (
    isOneLine &&
    begins &&
    /^[A-Za-z/]/.test(value) &&
    !/[\n\r\t]|:\s|:$|\s#|\s$/.test(value) &&
    typeof resolvePlain(value).value === 'string'
  )
}

// ---- entries of sections

/** Index of the list entry `KEY` or `KEY=…`; -1 where there is none. Refuses a list that has it twice: the last one counts, the other would come to light. */
export function itemIndex(file: EditableFile, seq: YAMLSeq, key: string): number {
  const fits = (item: unknown) => isScalar(item) && (item.source === key || item.source?.startsWith(`${key}=`) === true)
  const index = seq.items.findIndex(fits)
  if (index !== seq.items.findLastIndex(fits))
    throw refuse(file, 'form', `the list has ${key} twice`, startOf(seq.items[index]))
  return index
}

/** True where a section, map or list, has `key` of its own. */
function hasEntry(file: EditableFile, section: unknown, key: string): boolean {
  if (isSeq(section)) return itemIndex(file, section, key) !== -1
  return isMap(section) && ownPair(file, section, key) !== undefined
}

function missing(file: EditableFile, { section, key }: EntryAddress, at: unknown): Error {
  return refuse(file, 'not-found', `${section.join('.')} has no ${key}`, startOf(at))
}

function replaceListEntry(
  file: EditableFile,
  seq: YAMLSeq,
  address: EntryAddress,
  entry: NewEntry,
  flow: boolean,
): TextEdit[] {
  const item = seq.items[itemIndex(file, seq, address.key)]
  if (item === undefined) throw missing(file, address, seq)
  refuseAnchored(file, item)
  return replaceNode(file, item, scalarText(`${entry.key}=${entry.value}`, styleOf(item), flow))
}

function replaceMapEntry(
  file: EditableFile,
  map: YAMLMap,
  address: EntryAddress,
  entry: NewEntry,
  flow: boolean,
): TextEdit[] {
  const pair = findPair(file, map, address.key, 'explicit')
  if (pair === undefined) throw missing(file, address, map)
  refuseAnchored(file, pair.key)
  refuseAnchored(file, pair.value)
  if (pair.value !== null && !isScalar(pair.value))
    throw refuse(file, 'alias', `the value of ${address.key} is no plain value of its own`, startOf(pair.value))
  const key = { start: keyStart(pair), end: endOf(pair.key), insert: scalarText(entry.key, styleOf(pair.key), flow) }
  const text = scalarText(entry.value, styleOf(pair.value), flow)
  if (pair.value === null) throw refuse(file, 'form', `${address.key} has no value`, keyStart(pair))
  return [key, ...replaceNode(file, pair.value, spaced(file, pair.value, text))]
}

/** Replaces key and value of an entry in place: `X: v` by `X_FILE: /run/secrets/x`; comments, quotes and form stay. */
export function replaceEntry(file: EditableFile, address: EntryAddress, entry: NewEntry): readonly ByteEdit[] {
  const section = nodeAt(file, address.section)
  const flow = isFlow(file, [...address.section, address.key])
  if (entry.key !== address.key && hasEntry(file, section, entry.key))
    throw refuse(file, 'exists', `${address.section.join('.')} has ${entry.key} already`, startOf(section))
  if (isSeq(section)) return toByteEdits(file.source, replaceListEntry(file, section, address, entry, flow))
  return toByteEdits(file.source, replaceMapEntry(file, mapAt(file, address.section), address, entry, flow))
}

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

/** Removes the lines of an item of a block collection; refuses where something else stands on its first line. */
function cutLines(file: EditableFile, start: number, end: number): TextEdit[] {
  const from = lineStart(file, start)
  if (file.source.text.slice(from, start).trim() !== '')
    throw refuse(file, 'form', 'the entry shares its line with another one', start)
  return [removeLines(file, from, end)]
}

function cutPair(file: EditableFile, map: YAMLMap, pair: Pair): TextEdit[] {
  refuseAnchored(file, pair.key)
  refuseAnchored(file, pair.value)
  if (map.flow === true) return cutFlow(file, map, map.items.indexOf(pair))
  return cutLines(file, pairStart(pair), lineAfter(file, pair.value, endOf(pair.key)))
}

function cutItem(file: EditableFile, seq: YAMLSeq, index: number): TextEdit[] {
  const item = seq.items[index]
  refuseAnchored(file, item)
  if (seq.flow === true) return cutFlow(file, seq, index)
  return cutLines(file, dashOf(seq, index) ?? startOf(item), lineAfter(file, item, endOf(item)))
}

const isAnchored = (node: unknown): boolean => (isMap(node) || isSeq(node)) && node.anchor !== undefined

/** `environment: &x {}`, its entry gone. */
function emptySection(file: EditableFile, pair: Pair, section: unknown, entry: TextEdit[]): TextEdit[] {
  if ((isMap(section) || isSeq(section)) && section.flow === true) return entry
  const colon = file.source.text.indexOf(':', endOf(pair.key)) + 1
  const anchor = /&[^\s,[\]{}]+/.exec(file.source.text.slice(colon, startOf(section)))
  const at = anchor === null ? colon : colon + anchor.index + anchor[0].length
  return [{ start: at, end: at, insert: isSeq(section) ? ' []' : ' {}' }, ...entry]
}

/** Removes the key of a section whose last entry goes, comment lines in it left where they are. */
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
  if (entry.some((edit) => edit.start <= below))
    return cutLines(file, keyStart(pair), lineAfter(file, section, below - 1))
  return [...cutLines(file, keyStart(pair), below), ...entry]
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
