// Declares top-level secrets and configs in a Compose file.

import { isMap, isScalar, type Pair, type YAMLMap } from 'yaml'
import { type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import { addEntry, appendPair, fillEmpty } from './edit-additions.js'
import {
  type EditableFile,
  endOf,
  findPair,
  isEmptyValue,
  keyStart,
  mapAt,
  nodeAt,
  pairStart,
  refuse,
  refuseAnchored,
  startOf,
} from './edit-file.js'
import { columnOf, insertLines, lineAfter } from './edit-lines.js'
import { removeEntry } from './edit-remove.js'
import { indentStep } from './edit-style.js'
import { literalBlock, scalarText } from './scalar-text.js'

/** What a top-level secret says of where its value is. */
export type SecretSource =
  | { readonly file: string }
  | { readonly environment: string }
  | { readonly external: true; readonly name?: string }

/** What a top-level config holds. `content` as YAML sees it: dollars doubled. */
export type ConfigSource = { readonly content: string } | { readonly file: string }

function sourceFields(source: SecretSource | ConfigSource, flow: boolean): readonly string[] {
  if ('external' in source)
    return [
      'external: true',
      ...(source.name === undefined ? [] : [`name: ${scalarText(source.name, undefined, flow)}`]),
    ]
  return Object.entries(source).map(([key, value]) => `${key}: ${scalarText(value, undefined, flow)}`)
}

/** Lines below the section's key: content as a literal block where one can hold it, else the fields on one line each. */
function declarationLines(name: string, source: SecretSource | ConfigSource, step: number): readonly string[] {
  const indent = ' '.repeat(step)
  const key = `${scalarText(name, undefined, false)}:`
  const text = 'content' in source ? source.content : ''
  const [header, ...lines] = literalBlock(text) ?? []
  if (header === undefined) return [key, ...sourceFields(source, false).map((field) => indent + field)]
  return [key, `${indent}content: ${header}`, ...lines.map((line) => (line === '' ? '' : indent + indent + line))]
}

/** True where top-level keys have a blank line between them, or the services where there is but one such key beside the version. */
function spacedSections(file: EditableFile): boolean {
  const isSpaced = (pairs: readonly Pair[]) => pairs.slice(1).some((pair) => hasBlankAbove(file, keyStart(pair)))
  const sections = file.root.items.filter(({ key }) => !isScalar(key) || key.source !== 'version')
  if (sections.length > 1) return isSpaced(file.root.items)
  const [services] = sections
  return isSpaced(file.root.items) || (isMap(services?.value) && isSpaced(services.value.items))
}

/** True where the line of `offset`, or the comment lines above it, have a blank line above them. */
function hasBlankAbove(file: EditableFile, offset: number): boolean {
  const { text } = file.source
  for (let end = text.lastIndexOf('\n', offset - 1); end >= 0; ) {
    const start = text.lastIndexOf('\n', end - 1) + 1
    const line = text.slice(start, end).trim()
    if (!line.startsWith('#')) return line === ''
    end = start - 1
  }
  return false
}

/** True where blank lines at the end belong to a block scalar that keeps them. */
function endsInKeptLines(file: EditableFile, content: number): boolean {
  const last = file.indexed.scalars.at(-1)
  const start = startOf(last)
  return (
    last !== undefined &&
    lineAfter(file, last, 0) === content &&
    /^[|>][0-9]*\+/.test(file.source.text.slice(start, start + 4))
  )
}

/** Adds a top-level section at the end of the document: after trailing comments, before an end marker. */
export function addSection(file: EditableFile, lines: readonly string[]): TextEdit {
  const { text } = file.source
  const content = lineAfter(file, file.root, 0)
  const marker = /^\.\.\.(?=\s|$)/m.exec(text.slice(content))
  const end = marker === null ? text.length : content + marker.index
  const blank = /(?:^|\n)[ \t]*\r?\n$/.test(text.slice(content, end))
  const [first] = file.root.items
  const start = first === undefined ? 0 : pairStart(first)
  // Some files are indented as a whole.
  const indent = / *$/.exec(text.slice(start - columnOf(file, start), start))?.[0] ?? ''
  const indented = lines.map((line) => (line === '' ? '' : indent + line))
  return insertLines(
    file,
    end,
    spacedSections(file) && !blank && !endsInKeptLines(file, content) ? ['', ...indented] : indented,
  )
}

function declare(
  file: EditableFile,
  section: 'secrets' | 'configs',
  name: string,
  source: SecretSource | ConfigSource,
): TextEdit {
  const pair = findPair(file, file.root, section)
  const flow = `${scalarText(name, undefined, true)}: {${sourceFields(source, true).join(', ')}}`
  const step = indentStep(file, file.root)
  const below = declarationLines(name, source, step)
  const indented = below.map((line) => (line === '' ? '' : ' '.repeat(step) + line))
  if (pair === undefined) {
    if (file.root.flow === true)
      return appendPair(file, file.root, { key: section, lines: () => [], flow: `${section}: {${flow}}` })
    return addSection(file, [`${section}:`, ...indented])
  }
  if (isEmptyValue(nodeAt(file, [section]))) return fillEmpty(file, pair, indented)
  const map = mapAt(file, [section])
  if (findPair(file, map, name) !== undefined)
    throw refuse(file, 'exists', `${section} has ${name} already`, startOf(map))
  return appendPair(file, map, { key: name, lines: () => below, flow })
}

/** Declares a top-level secret; refuses ("exists") where the name is taken. */
export function declareSecret(file: EditableFile, name: string, source: SecretSource): readonly ByteEdit[] {
  return toByteEdits(file.source, [declare(file, 'secrets', name, source)])
}

/** Steps that give a declared secret another source; refuses one that says more than where it is. */
export function changeSource(
  name: string,
  source: SecretSource,
): readonly ((file: EditableFile) => readonly ByteEdit[])[] {
  const section = ['secrets', name]
  const [first = '', second] = sourceFields(source, false)
  const known = new Set(['file', 'environment', 'external', 'name'])
  const keyOf = ({ key }: Pair) => String(isScalar(key) ? key.source : '')
  const checked = (file: EditableFile): YAMLMap => {
    const map = mapAt(file, section)
    refuseAnchored(file, map)
    const other = map.items.map(keyOf).find((key) => !known.has(key))
    if (other !== undefined) throw refuse(file, 'form', `the secret ${name} has ${other} as well`, startOf(map))
    return map
  }
  const dropRest = (file: EditableFile): readonly ByteEdit[] => {
    const rest = checked(file).items[1]
    return rest === undefined ? [] : removeEntry(file, { section, key: keyOf(rest) })
  }
  const replaceFirst = (file: EditableFile): readonly ByteEdit[] => {
    const map = checked(file)
    const [pair] = map.items
    if (pair === undefined || (pair.value !== null && !isScalar(pair.value)))
      throw refuse(file, 'form', `the secret ${name} is written in a form that is not edited`, startOf(map))
    const end = Math.max(endOf(pair.key), endOf(pair.value))
    return toByteEdits(file.source, [{ start: keyStart(pair), end, insert: first }])
  }
  const addSecond = (file: EditableFile): readonly ByteEdit[] => {
    if (second === undefined || !('external' in source)) return []
    return addEntry(file, { section, key: 'name' }, source.name ?? name)
  }
  return [dropRest, replaceFirst, addSecond]
}

/** Declares a top-level config; refuses ("exists") where the name is taken. */
export function declareConfig(file: EditableFile, name: string, source: ConfigSource): readonly ByteEdit[] {
  return toByteEdits(file.source, [declare(file, 'configs', name, source)])
}
