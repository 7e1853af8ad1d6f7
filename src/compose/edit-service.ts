// Edits that add whole parts to a Compose file: an item of a service's list, what a service depends on, a block in a top-level section.
import { isMap, isScalar, isSeq, type YAMLSeq } from 'yaml'
import { type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import { appendItem, appendPair, fillEmpty } from './edit-additions.js'
import { addSection } from './edit-declare.js'
import {
  type EditableFile,
  endOf,
  findPair,
  isEmptyValue,
  keyStart,
  mapAt,
  nodeAt,
  refuse,
  refuseAnchored,
  refuseCommented,
  startOf,
} from './edit-file.js'
import { columnOf, lineAfter, nextLine } from './edit-lines.js'
import { indentStep } from './edit-style.js'
import { scalarText } from './scalar-text.js'
import type { YamlPath } from './tree.js'

/** A volume's short form, which everyone writes without quotes: no colon in it is followed by a space. */
const MOUNT = /^[a-z][A-Za-z0-9_.-]*:\/[A-Za-z0-9_./-]+(?::ro)?$/

/** Adds a text to a list of a container (`volumes` …), which is made where there is none; no edit where the list has it. */
export function addListItem(file: EditableFile, container: YamlPath, key: string, text: string): readonly ByteEdit[] {
  const map = mapAt(file, container)
  const pair = findPair(file, map, key)
  const item = MOUNT.test(text) ? text : scalarText(text, undefined, false)
  const flowItem = scalarText(text, undefined, true)
  if (pair === undefined) {
    const lines = (_: number, dashes: number) => [`${key}:`, `${' '.repeat(dashes)}- ${item}`]
    return toByteEdits(file.source, [appendPair(file, map, { key, lines, flow: `${key}: [${flowItem}]` })])
  }
  const node = nodeAt(file, [...container, key])
  if (isEmptyValue(node))
    return toByteEdits(file.source, [fillEmpty(file, pair, [`${' '.repeat(indentStep(file, map))}- ${item}`])])
  if (!isSeq(node)) throw refuse(file, 'form', `${[...container, key].join('.')} is no list`, startOf(node))
  if (node.items.some((each) => isScalar(each) && each.source === text)) return []
  refuseAnchored(file, node)
  return toByteEdits(file.source, [appendItem(file, node, [item], flowItem)])
}

/** Lets a service wait until another is healthy; a `depends_on` that is a list becomes a map that means the same. */
export function addDependency(file: EditableFile, container: YamlPath, on: string): readonly ByteEdit[] {
  const map = mapAt(file, container)
  const path = [...container, 'depends_on']
  const pair = findPair(file, map, 'depends_on')
  const step = ' '.repeat(indentStep(file, map))
  const healthy = (indent: string) => [`${indent}${on}:`, `${indent}${step}condition: service_healthy`]
  const flow = `${on}: {condition: service_healthy}`
  if (pair === undefined) {
    const created = { key: 'depends_on', lines: () => ['depends_on:', ...healthy(step)], flow: `depends_on: {${flow}}` }
    return toByteEdits(file.source, [appendPair(file, map, created)])
  }
  const node = nodeAt(file, path)
  if (isEmptyValue(node)) return toByteEdits(file.source, [fillEmpty(file, pair, healthy(step))])
  refuseAnchored(file, node)
  if (isMap(node)) {
    if (findPair(file, node, on) !== undefined) return []
    return toByteEdits(file.source, [appendPair(file, node, { key: on, lines: () => healthy(''), flow })])
  }
  if (!isSeq(node)) throw refuse(file, 'form', `${path.join('.')} is no list`, startOf(node))
  const names = namesOf(file, node)
  if (names.includes(on)) throw refuse(file, 'exists', `${path.join('.')} has ${on} already`, startOf(node))
  if (node.flow === true) {
    refuseCommented(file, node)
    const started = names.map((name) => `${scalarText(name, undefined, true)}: {condition: service_started}`)
    return toByteEdits(file.source, [
      { start: startOf(node), end: endOf(node), insert: `{${[...started, flow].join(', ')}}` },
    ])
  }
  const lines = names.flatMap((name) => [
    `${step}${scalarText(name, undefined, false)}:`,
    `${step}${step}condition: service_started`,
  ])
  const indent = ' '.repeat(columnOf(file, keyStart(pair)))
  return toByteEdits(file.source, [
    replaceList(
      file,
      node,
      keyStart(pair),
      [...lines, ...healthy(step)].map((line) => indent + line),
    ),
  ])
}

function namesOf(file: EditableFile, node: YAMLSeq): readonly string[] {
  return node.items.map((item) => {
    if (!isScalar(item)) throw refuse(file, 'form', 'the list holds more than names', startOf(node))
    refuseAnchored(file, item)
    return item.source ?? String(item.value)
  })
}

/** Puts other lines where those of a block list stand below its key. */
function replaceList(file: EditableFile, node: YAMLSeq, key: number, lines: readonly string[]): TextEdit {
  const [from, to] = [nextLine(file, key), lineAfter(file, node, startOf(node))]
  if (/#/.test(file.source.text.slice(from, to)) || startOf(node) < from)
    throw refuse(file, 'form', 'the list holds comments that would be lost', startOf(node))
  const open = to === file.source.text.length && file.source.text[to - 1] !== '\n'
  return { start: from, end: to, insert: lines.join(file.eol) + (open ? '' : file.eol) }
}

/** Adds `name` with the lines of `body` below it to a top-level section, which is made where there is none. */
export function addBlock(
  file: EditableFile,
  section: 'services' | 'volumes',
  name: string,
  body: (step: string) => readonly string[],
): readonly ByteEdit[] {
  const step = ' '.repeat(indentStep(file, file.root))
  const key = `${scalarText(name, undefined, false)}:`
  const block = [key, ...body(step).map((line) => (line === '' ? '' : step + line))]
  const pair = findPair(file, file.root, section)
  if (file.root.flow === true) throw refuse(file, 'form', 'the file is one pair of braces', 0)
  if (pair === undefined)
    return toByteEdits(file.source, [addSection(file, [`${section}:`, ...block.map((line) => step + line)])])
  if (isEmptyValue(nodeAt(file, [section])))
    return toByteEdits(file.source, [
      fillEmpty(
        file,
        pair,
        block.map((line) => step + line),
      ),
    ])
  const map = mapAt(file, [section])
  if (map.flow === true) throw refuse(file, 'form', `${section} is written in braces`, startOf(map))
  if (findPair(file, map, name) !== undefined)
    throw refuse(file, 'exists', `${section} has ${name} already`, startOf(map))
  return toByteEdits(file.source, [appendPair(file, map, { key: name, lines: () => block, flow: '' })])
}
