// Parses a Compose file for its positions: documents, anchors, the path of every node. Gives no meaning to keys.
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml'
import type { SourceText } from '../support/source-text.js'
import { yamlWords } from '../support/yaml-words.js'
import { ComposeFileError } from './errors.js'
import type { YamlPath } from './tree.js'

/** Levels of keys and lists; far more than any Compose file has, and few enough for recursion. */
const MAX_DEPTH = 200
/** A line that opens that many levels by its indentation or by indicators at its start. */
const DEEP_LINE = new RegExp(`^(?: {${MAX_DEPTH * 4}}|(?:[-?][ \\t]+){${MAX_DEPTH}})`, 'm')

type YamlDocument = Document.Parsed

export interface IndexedDocument {
  readonly document: YamlDocument
  readonly paths: ReadonlyMap<Node, YamlPath>
  /** What each alias stands for: the last anchor of its name before it (YAML 1.2, 3.2.2.2). */
  readonly targets: ReadonlyMap<Alias, Node>
  /** Values (not keys) that are scalars, in the order of the file. */
  readonly scalars: readonly Scalar[]
}

export interface YamlFile {
  readonly source: SourceText
  readonly documents: readonly IndexedDocument[]
}

function yamlError(error: YAMLError, source: SourceText): ComposeFileError {
  return new ComposeFileError(`not valid YAML: ${yamlWords(error.code)}`, {
    file: source.file,
    line: source.position(error.pos[0]).line,
  })
}

/** The text of a key; throws where a key is no scalar. */
export function keyText(pair: Pair, targets: ReadonlyMap<Alias, Node>, source: SourceText): string {
  const key = isAlias(pair.key) ? targets.get(pair.key) : pair.key
  if (isScalar(key)) return key.source ?? String(key.value)
  const at = isMap(pair.key) || isSeq(pair.key) ? (pair.key.range?.[0] ?? 0) : 0
  throw new ComposeFileError('a key must be a plain word or a string', {
    file: source.file,
    line: source.position(at).line,
  })
}

interface Index {
  readonly source: SourceText
  readonly paths: Map<Node, YamlPath>
  readonly targets: Map<Alias, Node>
  readonly anchors: Map<string, Node>
  readonly scalars: Scalar[]
}

function resolveAlias(alias: Alias, index: Index): void {
  const target = index.anchors.get(alias.source)
  const line = index.source.position(alias.range?.[0] ?? 0).line
  if (target === undefined)
    throw new ComposeFileError(`the anchor of alias *${alias.source} is not defined before it`, {
      file: index.source.file,
      line,
    })
  index.targets.set(alias, target)
}

function indexNode(node: unknown, path: YamlPath, index: Index): void {
  if (path.length > MAX_DEPTH) throw new ComposeFileError('values are nested too deeply', { file: index.source.file })
  if (isAlias(node)) resolveAlias(node, index)
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return
  if (node.anchor !== undefined) index.anchors.set(node.anchor, node)
  index.paths.set(node, path)
  if (isScalar(node)) index.scalars.push(node)
  else if (isSeq(node)) for (const [at, item] of node.items.entries()) indexNode(item, [...path, at], index)
  else indexMap(node, path, index)
}

function indexMap({ items }: YAMLMap, path: YamlPath, index: Index): void {
  const keys = new Set<unknown>()
  for (const pair of items) {
    const key = isPair(pair) && isScalar(pair.key) ? pair.key : undefined
    if (key !== undefined && keys.has(key.value)) throw duplicateKey(key, index.source)
    if (key !== undefined) keys.add(key.value)
    indexPair(pair, path, index)
  }
}

const duplicateKey = (key: Scalar, source: SourceText): ComposeFileError =>
  new ComposeFileError(`not valid YAML: ${yamlWords('DUPLICATE_KEY')}`, {
    file: source.file,
    line: source.position(key.range?.[0] ?? 0).line,
  })

function indexPair(pair: unknown, path: YamlPath, index: Index): void {
  if (!isPair(pair)) return
  if (isAlias(pair.key)) resolveAlias(pair.key, index)
  else if (isScalar(pair.key) && pair.key.anchor !== undefined) index.anchors.set(pair.key.anchor, pair.key)
  indexNode(pair.value, [...path, keyText(pair, index.targets, index.source)], index)
}

function indexDocument(document: YamlDocument, source: SourceText): IndexedDocument {
  const index: Index = { source, paths: new Map(), targets: new Map(), anchors: new Map(), scalars: [] }
  indexNode(document.contents, [], index)
  withoutMissingEnd(index.scalars.at(-1), source)
  return { document, paths: index.paths, targets: index.targets, scalars: index.scalars }
}

/** A block whose last line has no end, since the file has none, holds none: Compose reads it so (measured), the parser adds one. */
function withoutMissingEnd(last: Scalar | undefined, { text }: SourceText): void {
  if (last === undefined || !isOpenBlock(last, text)) return
  if (typeof last.value === 'string') last.value = last.value.replace(/\n$/, '')
  if (last.source !== undefined) last.source = last.source.replace(/\n$/, '')
}

/** true where the text ends within a line of the block `scalar`. */
export function isOpenBlock({ type, range }: Scalar, text: string): boolean {
  const isBlock = type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED'
  return isBlock && range?.[1] === text.length && text.slice(text.lastIndexOf('\n') + 1).trim() !== ''
}

/**
 * True where the text opens more levels than can be followed. Looked at before it is parsed: where the stack runs out inside the
 * parser, V8 may end the process instead of throwing. Brackets in strings count too, which no real file has that many of.
 */
function nestsTooDeeply(text: string): boolean {
  let depth = 0
  for (const character of text) {
    if (character === '[' || character === '{') depth++
    else if ((character === ']' || character === '}') && depth > 0) depth--
    if (depth > MAX_DEPTH) return true
  }
  return DEEP_LINE.test(text)
}

function parseDocuments(source: SourceText): YamlFile {
  const parsed = parseAllDocuments(source.text, {
    schema: 'failsafe',
    merge: false,
    // The parser compares each key with all others of its mapping: indexMap() looks them up.
    uniqueKeys: false,
    keepSourceTokens: true,
    prettyErrors: false,
    logLevel: 'silent',
  })
  if ('empty' in parsed) return { source, documents: [] }
  for (const document of parsed) {
    const [error] = document.errors
    if (error !== undefined) throw yamlError(error, source)
  }
  return { source, documents: parsed.map((document) => indexDocument(document, source)) }
}

const parsedFiles = new WeakMap<SourceText, YamlFile>()

/** Parses `source`, once however often it is asked; throws ComposeFileError with the line of the first error, and for nesting too deep to be followed. */
export function parseYamlFile(source: SourceText): YamlFile {
  const known = parsedFiles.get(source)
  if (known !== undefined) return known
  if (nestsTooDeeply(source.text)) throw new ComposeFileError('values are nested too deeply', { file: source.file })
  const file = parseDocuments(source)
  parsedFiles.set(source, file)
  return file
}
