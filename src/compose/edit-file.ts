// A Compose file opened for editing: its nodes by path. Decides what must be refused. Its lines: edit-lines.ts, its indentation: edit-style.ts.
import {
  type CST,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { TextEdit } from '../support/byte-edits.js'
import { type SourceText, sourceText } from '../support/source-text.js'
import { EditRefusedError, type RefusalReason } from './errors.js'
import type { YamlPath } from './tree.js'
import { type IndexedDocument, keyText, parseYamlFile } from './yaml-file.js'

export interface EditableFile {
  readonly source: SourceText
  readonly indexed: IndexedDocument
  readonly root: YAMLMap
  readonly eol: '\n' | '\r\n'
}

export function refuse(file: EditableFile, reason: RefusalReason, detail: string, at: number): EditRefusedError {
  return new EditRefusedError(reason, detail, { file: file.source.file, line: file.source.position(at).line })
}

const opened = new WeakMap<Uint8Array, EditableFile>()

/**
 * Parses `bytes`, once however often it is asked: they must not change. Throws ComposeFileError for what is no YAML, EditRefusedError for
 * several documents or none.
 */
export function editableFile(name: string, bytes: Uint8Array): EditableFile {
  const known = opened.get(bytes)
  if (known?.source.file === name) return known
  const file = openFile(name, bytes)
  opened.set(bytes, file)
  return file
}

function openFile(name: string, bytes: Uint8Array): EditableFile {
  const source = sourceText(name, bytes)
  const { documents } = parseYamlFile(source)
  const [indexed] = documents
  const root = indexed?.document.contents
  const crlf = source.text.split('\r\n').length - 1
  const eol = crlf > 0 && crlf * 2 >= source.text.split('\n').length - 1 ? '\r\n' : '\n'
  if (indexed === undefined || documents.length > 1 || !isMap(root)) {
    throw new EditRefusedError('form', 'only a file with one document, a mapping, can be edited', { file: name })
  }
  return { source, indexed, root, eol }
}

// ---- nodes

const pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>()

/** The pair of `key` that is written in `map` itself. */
export function ownPair(file: EditableFile, map: YAMLMap, key: string): Pair | undefined {
  const known = pairs.get(map)
  if (known !== undefined) return known.get(key)
  const byKey = new Map<string, Pair>()
  for (const pair of map.items) {
    const text = keyText(pair, file.indexed.targets, file.source)
    if (!byKey.has(text)) byKey.set(text, pair)
  }
  pairs.set(map, byKey)
  return byKey.get(key)
}

/** True where `key` comes into `map` through a merge key. */
const comesByMerge = (file: EditableFile, map: YAMLMap, key: string): boolean =>
  mergedPair(file, map, key) !== undefined

/** The pair of `key` that a merge key (<<) brings into `map`, which has none of its own: the first of those that it names. */
export function mergedPair(file: EditableFile, map: YAMLMap, key: string): Pair | undefined {
  const merged = map.items
    .filter((pair) => isScalar(pair.key) && pair.key.source === '<<')
    .flatMap((pair) => sources(file, pair.value))
  for (const each of merged) {
    const pair = ownPair(file, each, key) ?? mergedPair(file, each, key)
    if (pair !== undefined) return pair
  }
  return undefined
}

function sources(file: EditableFile, value: unknown): YAMLMap[] {
  const target = isAlias(value) ? file.indexed.targets.get(value) : value
  if (isMap(target)) return [target]
  return isSeq(target) ? target.items.flatMap((item) => sources(file, item)) : []
}

export function startOf(node: unknown): number {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0
}

export function endOf(node: unknown): number {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[1] ?? 0) : 0
}

/** Where the key begins, with a tag or an anchor of its own (`!!merge <<: *common`). */
export function keyStart(pair: Pair): number {
  const own = pair.srcToken?.start.find(({ type }) => type === 'tag' || type === 'anchor')
  return own?.offset ?? startOf(pair.key)
}

const questionMark = (pair: Pair) => pair.srcToken?.start.find((token) => token.type === 'explicit-key-ind')

/** Where the pair begins: at the question mark of an explicit key, else at its key. */
export function pairStart(pair: Pair): number {
  return questionMark(pair)?.offset ?? keyStart(pair)
}

/**
 * The pair of `key` in `map`; refuses keys that a merge brings, and explicit keys (`? key`) but for those who only look at the pair's nodes.
 * Undefined where there is none.
 */
export function findPair(file: EditableFile, map: YAMLMap, key: string, explicit?: 'explicit'): Pair | undefined {
  const pair = ownPair(file, map, key)
  if (pair === undefined) {
    if (comesByMerge(file, map, key))
      throw refuse(
        file,
        'merged-key',
        `${key} comes in by a merge key (<<); it can only be changed where it is defined`,
        startOf(map),
      )
    return undefined
  }
  if (!isScalar(pair.key)) throw refuse(file, 'alias', `the key ${key} is written as an alias`, startOf(pair.key))
  if (explicit === undefined && questionMark(pair) !== undefined)
    throw refuse(file, 'explicit-key', `${key} is written as an explicit key (?)`, keyStart(pair))
  return pair
}

/** The mapping at `path`; refuses aliases on the way. */
export function mapAt(file: EditableFile, path: YamlPath): YAMLMap {
  const node = nodeAt(file, path)
  if (isMap(node)) return node
  throw refuse(file, 'form', `${path.join('.')} is no mapping`, startOf(node))
}

/** The node at `path`; undefined for an empty value; refuses where there is none. */
export function nodeAt(file: EditableFile, path: YamlPath): Node | undefined {
  let node: unknown = file.root
  for (const [depth, part] of path.entries()) {
    const here = path.slice(0, depth + 1).join('.')
    if (isAlias(node))
      throw refuse(file, 'alias', `${here} stands in an alias; it can only be changed at its anchor`, startOf(node))
    const next: unknown = isMap(node)
      ? findPair(file, node, String(part), 'explicit')
      : isSeq(node) && typeof part === 'number'
        ? node.items[part]
        : undefined
    if (next === undefined) throw refuse(file, 'not-found', `${here} is not in the file`, startOf(node))
    node = isPair(next) ? next.value : next
  }
  if (isAlias(node))
    throw refuse(file, 'alias', `${path.join('.')} is an alias; it can only be changed at its anchor`, startOf(node))
  return isScalar(node) || isMap(node) || isSeq(node) ? node : undefined
}

/** Offset behind the colon of a pair. */
export function endOfColon(file: EditableFile, pair: Pair): number {
  return file.source.text.indexOf(':', endOf(pair.key)) + 1
}

/** `!reset` drops what stands behind it: it becomes `!override`, which puts that in place of what other files have. */
export function keptByTag(file: EditableFile, pair: Pair): readonly TextEdit[] {
  const from = endOfColon(file, pair)
  const before = /^[ \t]*(?=!reset(?:\s|$))/.exec(file.source.text.slice(from))?.[0].length
  if (before === undefined) return []
  const start = from + before
  return [{ start, end: start + '!reset'.length, insert: '!override' }]
}

export function isEmptyValue(node: unknown): boolean {
  return (
    node === undefined ||
    node === null ||
    (isScalar(node) &&
      node.type === Scalar.PLAIN &&
      (node.source ?? '') === '' &&
      node.anchor === undefined &&
      node.tag === undefined)
  )
}

/** Refuses a value that has an anchor: aliases elsewhere would change with it. */
export function refuseAnchored(file: EditableFile, node: unknown): void {
  if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) {
    throw refuse(
      file,
      'anchored-value',
      `the value has an anchor (&${node.anchor}) that other places use`,
      startOf(node),
    )
  }
}

function isComment(token: CST.SourceToken): boolean {
  return token.type === 'comment'
}

/** True where a comment stands between the brackets, those of collections inside too. */
function holdsComment(collection: CST.FlowCollection): boolean {
  return collection.items.some(({ start, key, sep, value }) => {
    const parts = [key, value].filter((part) => part !== null && part !== undefined)
    const behind = parts.flatMap((part) => ('end' in part ? (part.end ?? []) : []))
    return (
      [...start, ...(sep ?? []), ...behind].some(isComment) ||
      parts.some((part) => part.type === 'flow-collection' && holdsComment(part))
    )
  })
}

/** Refuses a flow collection with comments inside: an edit could cut one off or swallow a bracket. */
export function refuseCommented(file: EditableFile, node: YAMLMap | YAMLSeq): void {
  if (node.srcToken?.type !== 'flow-collection' || !holdsComment(node.srcToken)) return
  throw refuse(file, 'flow-comment', 'there is a comment inside the brackets', startOf(node))
}
