// Edits of one parsed Compose file that are still to be made: parsing costs more than all else, so edits of parts that have nothing to do with
// each other are made on one parse. A part is a mapping (a service) or an entry of one; whoever edits it reads nothing beside it.
import { isMap, isPair, isSeq, type Pair } from 'yaml'
import { itemIndex } from '../compose/edit-entries.js'
import { type EditableFile, endOf, nodeAt, ownPair, pairStart, startOf } from '../compose/edit-file.js'
import { lineAfter, lineStart } from '../compose/edit-lines.js'
import { dashOf } from '../compose/edit-style.js'
import type { YamlPath } from '../compose/tree.js'
import type { SourceText } from '../support/source-text.js'
import type { Edit } from './types.js'

/** The mapping at `path`, or the entry `key` of the section there, map or list. */
export interface Part {
  readonly path: YamlPath
  readonly key?: string
  /** The entry goes, and a section with the last of its entries. */
  readonly removed?: true
}

/** Bytes (start, end]: what is added at the end of a part belongs to it. */
interface Range {
  readonly start: number
  readonly end: number
}

export class PendingEdits {
  readonly file: EditableFile
  /** In order; none overlaps another. */
  readonly #edits: Edit[] = []
  readonly #aliases: readonly number[]
  /** How many entries have gone, by the section's path. */
  readonly #gone = new Map<string, number>()

  constructor(file: EditableFile) {
    this.file = file
    this.#aliases = [...file.indexed.targets.keys()].map((alias) => startOf(alias)).sort((a, b) => a - b)
  }

  get edits(): readonly Edit[] {
    return this.#edits
  }

  /** true where `part` is as it was parsed, so that a step may read and edit it. */
  isClean(part: Part | undefined): boolean {
    if (this.#edits.length === 0) return true
    const range = this.#rangeOf(part)
    if (range === undefined) return false
    // What stands elsewhere by an alias is read with the part.
    const alias = this.#aliases.some((at) => {
      const offset = this.file.source.byteOffset(at)
      return offset > range.start && offset < range.end
    })
    const edit = this.#edits[this.#firstEndingAfter(range.start)]
    return (
      !alias && (edit === undefined || edit.start > range.end || (edit.start === range.end && edit.end > edit.start))
    )
  }

  /** Takes the edits of a step on a clean part; false, and takes none, where they reach beyond it. */
  add(edits: readonly Edit[], part: Part | undefined): boolean {
    if (this.#edits.length > 0) {
      const range = this.#rangeOf(part)
      const isInside = ({ start, end }: Edit) =>
        range !== undefined && end <= range.end && (start > range.start || (start === range.start && end > start))
      if (!edits.every(isInside)) return false
    }
    if (part?.removed === true) this.#gone.set(idOf(part), (this.#gone.get(idOf(part)) ?? 0) + 1)
    for (const edit of edits) this.#edits.splice(placeOf(this.#edits, edit), 0, edit)
    return true
  }

  /** What a step on `part` reads and edits; undefined where that cannot be told. */
  #rangeOf(part: Part | undefined): Range | undefined {
    if (part?.removed !== true) return part === undefined ? undefined : rangeOf(this.file, part)
    const section = nodeAt(this.file, part.path)
    // An entry between brackets is cut out with what is beside it.
    if ((!isMap(section) && !isSeq(section)) || section.flow === true) return undefined
    const gone = this.#gone.get(idOf(part)) ?? 0
    if (section.items.length - gone > 1) return rangeOf(this.file, part)
    return gone === 0 ? rangeOf(this.file, { path: part.path.slice(0, -1) }) : undefined
  }

  /** Index of the first edit that ends behind `offset`. */
  #firstEndingAfter(offset: number): number {
    return firstIndex(this.#edits, ({ end }) => end > offset)
  }
}

const idOf = ({ path }: Part): string => path.join('\0')

/** Edits of whole lines of a text. */
export class PendingLines {
  readonly source: SourceText
  readonly #edits: Edit[] = []

  constructor(source: SourceText) {
    this.source = source
  }

  get edits(): readonly Edit[] {
    return this.#edits
  }

  /** false, and takes none, where one of `edits` meets another edit. */
  add(edits: readonly Edit[]): boolean {
    const places = edits.map(({ start }) => firstIndex(this.#edits, (edit) => edit.end > start))
    const meets = edits.some(({ start, end }, index) => {
      const next = this.#edits[places[index] ?? 0]
      return next !== undefined && next.start < end && start < next.end
    })
    if (meets) return false
    for (const edit of edits) this.#edits.splice(placeOf(this.#edits, edit), 0, edit)
    return true
  }
}

/** Behind those that begin before it, and those at its place that take nothing away. */
const placeOf = (edits: readonly Edit[], { start, end }: Edit): number =>
  firstIndex(edits, (edit) => edit.start > start || (edit.start === start && edit.end > end))

/** Index of the first of `items` that fits, where all behind it fit too. */
function firstIndex<Item>(items: readonly Item[], fits: (item: Item) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    const item = items[middle]
    if (item !== undefined && fits(item)) high = middle
    else low = middle + 1
  }
  return low
}

function rangeOf(file: EditableFile, { path, key }: Part): Range | undefined {
  let node: unknown = file.root
  let pair: Pair | undefined
  let flow = false
  for (const part of key === undefined ? path : [...path, key]) {
    if (isMap(node)) {
      flow ||= node.flow === true
      pair = ownPair(file, node, String(part))
      if (pair === undefined) return undefined
      node = pair.value
    } else if (isSeq(node) && part === key) {
      const index = itemIndex(file, node, key)
      const item = node.items[index]
      if (index === -1 || node.flow === true) return undefined
      const start = dashOf(node, index) ?? startOf(item)
      return bytesOf(file, lineStart(file, start), lineAfter(file, item, endOf(item)))
    } else return undefined
  }
  if (pair === undefined || !isPair(pair)) return undefined
  if (flow) return bytesOf(file, pairStart(pair), Math.max(endOf(pair.key), endOf(pair.value)))
  return bytesOf(file, lineStart(file, pairStart(pair)), lineAfter(file, pair.value, endOf(pair.key)))
}

const bytesOf = ({ source }: EditableFile, start: number, end: number): Range => ({
  start: source.byteOffset(start),
  end: source.byteOffset(end),
})
