// How a Compose file is indented: mappings below keys, dashes below keys. Additions follow it.
import { isMap, isSeq, type YAMLMap, type YAMLSeq } from 'yaml'
import { columnOf, type EditableFile, pairStart } from './edit-file.js'

/** Columns by which a mapping below `map` is indented: as its other children are, else as those of the whole file, else 2. */
export function indentStep(file: EditableFile, map: YAMLMap): number {
  return stepOf(file, map) ?? stepBelow(file, file.root) ?? 2
}

function stepOf(file: EditableFile, map: YAMLMap): number | undefined {
  for (const pair of map.flow === true ? [] : map.items) {
    const first = isMap(pair.value) && pair.value.flow !== true ? pair.value.items[0] : undefined
    const step = first === undefined ? 0 : columnOf(file, pairStart(first)) - columnOf(file, pairStart(pair))
    if (step > 0) return step
  }
  return undefined
}

function stepBelow(file: EditableFile, map: YAMLMap): number | undefined {
  const own = stepOf(file, map)
  if (own !== undefined) return own
  return map.items
    .map((pair) => (isMap(pair.value) ? stepBelow(file, pair.value) : undefined))
    .find((step) => step !== undefined)
}

/** Offset of the dash of item `index`. */
export function dashOf(seq: YAMLSeq, index: number): number | undefined {
  const token = seq.srcToken
  if (token?.type !== 'block-seq') return undefined
  return token.items[index]?.start.find((part) => part.type === 'seq-item-ind')?.offset
}

/** Columns between a key and the dashes below it: as beside it, else as elsewhere in the file, else as mappings are indented. */
export function dashStep(file: EditableFile, map: YAMLMap): number {
  return dashStepOf(file, map) ?? dashStepBelow(file, file.root) ?? indentStep(file, map)
}

function dashStepOf(file: EditableFile, map: YAMLMap): number | undefined {
  for (const pair of map.items) {
    const dash = isSeq(pair.value) ? dashOf(pair.value, 0) : undefined
    if (dash !== undefined) return columnOf(file, dash) - columnOf(file, pairStart(pair))
  }
  return undefined
}

function dashStepBelow(file: EditableFile, map: YAMLMap): number | undefined {
  const own = dashStepOf(file, map)
  if (own !== undefined) return own
  return map.items
    .map((pair) => (isMap(pair.value) ? dashStepBelow(file, pair.value) : undefined))
    .find((step) => step !== undefined)
}
