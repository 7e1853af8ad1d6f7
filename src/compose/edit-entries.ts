// Edits of what is there: replace a value or an entry (removed: edit-remove.ts). Each gives the splices that do it, or refuses.
import { isMap, isScalar, isSeq, Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import { type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import {
  type EditableFile,
  endOf,
  findPair,
  keyStart,
  mapAt,
  nodeAt,
  ownPair,
  refuse,
  refuseAnchored,
  startOf,
} from './edit-file.js'
import { nextLine, removeLines } from './edit-lines.js'
import { changedInLines } from './edit-scalar-lines.js'
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

export function isBlockScalar(node: unknown): node is Scalar {
  return isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED)
}

/** Characters of `|2-`. */
export const headerLength = (file: EditableFile, node: Scalar): number =>
  /^[|>][-+0-9]*/.exec(file.source.text.slice(startOf(node), startOf(node) + 4))?.[0].length ?? 1

/** Puts `text` where `node` stands; a block scalar's header comment and everything around stays. */
export function replaceNode(file: EditableFile, node: unknown, text: string): TextEdit[] {
  if (!isBlockScalar(node)) return [{ start: startOf(node), end: endOf(node), insert: text }]
  const start = startOf(node)
  const header = headerLength(file, node)
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

export function missing(file: EditableFile, { section, key }: EntryAddress, at: unknown): Error {
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
  const key = { start: startOf(pair.key), end: endOf(pair.key), insert: scalarText(entry.key, styleOf(pair.key), flow) }
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
