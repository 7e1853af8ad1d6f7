// Declares top-level secrets and configs in a Compose file.
import { type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import { appendPair, fillEmpty } from './edit-additions.js'
import {
  type EditableFile,
  findPair,
  insertLines,
  isEmptyValue,
  keyStart,
  lineAfter,
  mapAt,
  nodeAt,
  refuse,
  startOf,
} from './edit-file.js'
import { indentStep } from './edit-style.js'
import { scalarText } from './scalar-text.js'

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
  const literal = /^\S[^\r\u0000-\u0008\u007f-\u009f]*[^\n]\n$/.test(text) && text.slice(0, -1).includes('\n')
  if (!literal) return [key, ...sourceFields(source, false).map((field) => indent + field)]
  const body = text.slice(0, -1).split('\n')
  return [key, `${indent}content: |`, ...body.map((line) => (line === '' ? '' : indent + indent + line))]
}

/** True where top-level keys have a blank line between them. */
function spacedSections(file: EditableFile): boolean {
  return file.root.items
    .slice(1)
    .some((pair) => /\n[ \t]*\r?\n/.test(file.source.text.slice(0, keyStart(pair)).slice(-200)))
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
  return insertLines(
    file,
    end,
    spacedSections(file) && !blank && !endsInKeptLines(file, content) ? ['', ...lines] : lines,
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

/** Declares a top-level config; refuses ("exists") where the name is taken. */
export function declareConfig(file: EditableFile, name: string, source: ConfigSource): readonly ByteEdit[] {
  return toByteEdits(file.source, [declare(file, 'configs', name, source)])
}
