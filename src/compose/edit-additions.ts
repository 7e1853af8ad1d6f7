// Edits that add: pairs to mappings, items to lists, entries to sections, in the form and indentation of what is there.
import { isPair, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import { type EntryAddress, itemIndex, styleOf } from './edit-entries.js'
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
  refuseCommented,
  startOf,
} from './edit-file.js'
import { columnOf, insertLines, lineAfter, nextLine } from './edit-lines.js'
import { dashOf, dashStep, indentStep } from './edit-style.js'
import { scalarText } from './scalar-text.js'

/** A pair to add: its first line after the indentation, then lines indented relative to the key. `flow` is its form inside brackets. */
export interface NewPair {
  readonly key: string
  readonly lines: (step: number, dashes: number) => readonly string[]
  readonly flow: string
}

function appendFlow(file: EditableFile, node: YAMLMap | YAMLSeq, text: string): TextEdit {
  refuseCommented(file, node)
  const last = node.items.at(-1)
  const end = isPair(last) ? Math.max(endOf(last.key), endOf(last.value)) : endOf(last)
  if (last === undefined) return { start: startOf(node) + 1, end: endOf(node) - 1, insert: text }
  return { start: end, end, insert: `, ${text}` }
}

/** Adds a pair as the last one of the mapping. */
export function appendPair(file: EditableFile, map: YAMLMap, pair: NewPair): TextEdit {
  if (map.flow === true) return appendFlow(file, map, pair.flow)
  const first = map.items[0]
  const indent = ' '.repeat(first === undefined ? 0 : columnOf(file, pairStart(first)))
  const lines = pair.lines(indentStep(file, map), dashStep(file, map)).map((line) => (line === '' ? '' : indent + line))
  return insertLines(file, afterComments(file, lineAfter(file, map, startOf(map)), indent.length), lines)
}

/** Offset behind the comment lines at `from` that stand deeper than `column`: they are about what is above them. */
function afterComments(file: EditableFile, from: number, column: number): number {
  const { text } = file.source
  let end = from
  for (let at = from; at < text.length; at = nextLine(file, at)) {
    const line = text.slice(at, nextLine(file, at))
    const comment = /^( +)#/.exec(line)
    if (comment !== null && (comment[1] ?? '').length > column) end = nextLine(file, at)
    else if (line.trim() !== '') break
  }
  return end
}

/** Adds an item as the last one of the sequence; `lines` are those of a block item after its dash, `flow` its form inside brackets. */
export function appendItem(file: EditableFile, seq: YAMLSeq, lines: readonly string[], flow: string): TextEdit {
  if (seq.flow === true) return appendFlow(file, seq, flow)
  const dash = dashOf(seq, 0) ?? startOf(seq)
  const indent = ' '.repeat(columnOf(file, dash))
  const gap = ' '.repeat(Math.max(1, startOf(seq.items[0]) - dash - 1))
  const first = /^ +$/.test(gap) && gap.length < 8 ? gap : ' '
  return insertLines(
    file,
    lineAfter(file, seq, startOf(seq)),
    lines.map((line, index) =>
      index === 0 ? `${indent}-${first}${line}` : `${indent} ${' '.repeat(first.length)}${line}`,
    ),
  )
}

/** Fills a key that has no value yet with lines below it, indented relative to the key. */
export function fillEmpty(file: EditableFile, pair: Pair, lines: readonly string[]): TextEdit {
  const indent = ' '.repeat(columnOf(file, keyStart(pair)))
  return insertLines(
    file,
    nextLine(file, endOf(pair.key)),
    lines.map((line) => indent + line),
  )
}

/** Adds an entry to a section of a container (`environment`, `labels`, `build.args` …), in the section's form; makes the section where there is none. */
export function addEntry(file: EditableFile, { section, key }: EntryAddress, value: string): readonly ByteEdit[] {
  const parent = mapAt(file, section.slice(0, -1))
  const name = String(section.at(-1))
  const pair = findPair(file, parent, name)
  const plain = (flow: boolean) => `${scalarText(key, undefined, flow)}: ${scalarText(value, undefined, flow)}`
  if (pair === undefined) {
    const created = {
      key: name,
      lines: (step: number) => [`${name}:`, `${' '.repeat(step)}${plain(false)}`],
      flow: `${name}: {${plain(true)}}`,
    }
    return toByteEdits(file.source, [appendPair(file, parent, created)])
  }
  const node = nodeAt(file, section)
  if (isEmptyValue(node))
    return toByteEdits(file.source, [fillEmpty(file, pair, [`${' '.repeat(indentStep(file, parent))}${plain(false)}`])])
  if (isSeq(node)) {
    if (itemIndex(file, node, key) !== -1)
      throw refuse(file, 'exists', `${section.join('.')} has ${key} already`, startOf(node))
    const text = `${key}=${value}`
    return toByteEdits(file.source, [
      appendItem(
        file,
        node,
        [scalarText(text, styleOf(node.items[0]), false)],
        scalarText(text, styleOf(node.items[0]), true),
      ),
    ])
  }
  const map = mapAt(file, section)
  if (findPair(file, map, key) !== undefined)
    throw refuse(file, 'exists', `${section.join('.')} has ${key} already`, startOf(map))
  return toByteEdits(file.source, [appendPair(file, map, { key, lines: () => [plain(false)], flow: plain(true) })])
}
