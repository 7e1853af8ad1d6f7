// How a Compose file is indented: mappings below keys, dashes below keys. Additions follow it.
import { isMap, isSeq, type YAMLMap, type YAMLSeq } from 'yaml'
import { type EditableFile, pairStart } from './edit-file.js'
import { columnOf } from './edit-lines.js'

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

const stepBelow = onceForEach((file, map) => stepOf(file, map) ?? ofFirst(map, (value) => stepBelow(file, value)))

type StyleOf = (file: EditableFile, map: YAMLMap) => number | undefined

/** Nodes do not change: what a whole file is like is found out once. */
function onceForEach(find: StyleOf): StyleOf {
  const known = new WeakMap<YAMLMap, number | undefined>()
  return (file, map) => {
    if (!known.has(map)) known.set(map, find(file, map))
    return known.get(map)
  }
}

/** What the first of the mappings in `map` says, that says something. */
function ofFirst(map: YAMLMap, find: (value: YAMLMap) => number | undefined): number | undefined {
  for (const { value } of map.items) {
    const found = isMap(value) ? find(value) : undefined
    if (found !== undefined) return found
  }
  return undefined
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

const dashStepBelow = onceForEach(
  (file, map) => dashStepOf(file, map) ?? ofFirst(map, (value) => dashStepBelow(file, value)),
)
