// Cells of a table, or entries of a store, as text in which names stand beside their values, and where each of them stands in it. For
// formats that keep the two apart. Knows no format itself.

/** Whose value stands at a place of the text: the row where rows are told apart, and the name. */
export interface CellPlace {
  readonly row?: number
  readonly name: string
}

export interface Cell extends CellPlace {
  /** UTF-8. */
  readonly value: Buffer
  /** The value stands alone: what its name says of it (a digest, a session) would be taken for more. */
  readonly bare?: boolean
}

/** Bytes of text that are looked back on: more than a chunk with what it shares with the next. */
const REACH = 2 * 1024 * 1024
/** Cells that are remembered before those out of reach are forgotten. */
const MANY = 64 * 1024
const LONGEST_NAME = 120
/** A longer value is a text of its own, which holds names itself. */
const LONGEST_SCALAR = 2048
/** Bytes of a value that is worth a line. */
export const LEAST_VALUE = 3
/** Bare values that are shorter say nothing. */
const LEAST_BARE = 8

const EMPTY = Buffer.alloc(0)
/** As wide as names and values may lie apart. */
const GAP = Buffer.from(`${'~'.repeat(48)}\n`)

const [TAB, NEWLINE, CR, SPACE, DELETE] = [0x09, 0x0a, 0x0d, 0x20, 0x7f]
const QUOTES = ['"', "'", '`'] as const

/** One for each text. */
export class CellText {
  readonly #starts: number[] = []
  readonly #places: CellPlace[] = []
  #length = 0
  #most = MANY

  /** The cell's lines, which come next in the text. */
  add(cell: Cell): Buffer {
    const name = cell.name.slice(0, LONGEST_NAME).replace(/[^\x20-\x7e\x80-\uffff]|["'`]/g, '_')
    const lines = cell.bare === true ? bareLine(cell.value) : namedLines(name, cell.value)
    if (lines.length === 0) return lines
    this.#forget()
    this.#starts.push(this.#length)
    this.#places.push(this.#placeOf(cell.row, name))
    this.#length += lines.length
    return lines
  }

  /** Many cells in a row may have one place: all values of a list. */
  #placeOf(row: number | undefined, name: string): CellPlace {
    const before = this.#places.at(-1)
    if (before?.name === name && before.row === row) return before
    return row === undefined ? { name } : { row, name }
  }

  /** What follows has nothing to do with what stands before. */
  gap(): Buffer {
    this.#length += GAP.length
    return GAP
  }

  /** What stands at an offset of the text, no further back than the last chunk. */
  at(offset: number): CellPlace | undefined {
    return this.#places[this.#indexAt(offset)]
  }

  /** Of the last cell that begins at the offset or before it; -1 where none does. */
  #indexAt(offset: number): number {
    let [low, high] = [-1, this.#starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] as number) <= offset) low = middle
      else high = middle
    }
    return low
  }

  /** Drops what is out of reach, whenever as much again has come. */
  #forget(): void {
    if (this.#starts.length < this.#most) return
    const gone = Math.max(0, this.#indexAt(this.#length - REACH))
    this.#starts.splice(0, gone)
    this.#places.splice(0, gone)
    this.#most = MANY + this.#starts.length
  }
}

function bareLine(value: Buffer): Buffer {
  return value.length < LEAST_BARE ? EMPTY : Buffer.concat([value, Buffer.from('\n')])
}

/** `name="value"` of what is one value; of a document the name, then the document as it is. */
function namedLines(name: string, value: Buffer): Buffer {
  if (value.length === 0) return value
  if (isDocument(value)) return Buffer.concat([Buffer.from(`${name}:\n`), value, Buffer.from('\n')])
  const isQuoted = value.length > 2 && value[0] === 0x22 && value.indexOf(0x22, 1) === value.length - 1
  const quote = isQuoted ? '' : (QUOTES.find((sign) => !value.includes(sign)) ?? '"')
  return Buffer.concat([Buffer.from(`${name}=${quote}`), value, Buffer.from(`${quote}\n`)])
}

function isDocument(value: Buffer): boolean {
  const begin = String.fromCharCode(value[0] as number)
  return value.length > LONGEST_SCALAR || '{[<'.includes(begin) || value.includes(NEWLINE) || value.includes(CR)
}

/** Bytes of a piece. */
const PIECE = 64 * 1024

function* slicesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE)
}

/** Short lines in pieces that are worth a promise each. A long one, which may fill memory, is copied neither here nor by who takes it whole. */
export async function* inPieces(lines: Iterable<Buffer>): AsyncGenerator<Buffer> {
  let piece: Buffer[] = []
  let length = 0
  for (const line of lines) {
    if (line.length === 0) continue
    if (length > 0 && length + line.length > PIECE) {
      yield Buffer.concat(piece, length)
      piece = []
      length = 0
    }
    if (line.length >= PIECE) yield* slicesOf(line)
    else {
      piece.push(line)
      length += line.length
    }
  }
  if (length > 0) yield Buffer.concat(piece, length)
}

/** true of bytes that are text: no control characters but those that break lines, nor what is no UTF-8, in their beginning. */
export function isText(bytes: Buffer): boolean {
  const reach = Math.min(bytes.length, 1024)
  for (let at = 0; at < reach; at++) {
    const byte = bytes[at] as number
    if ((byte < SPACE && byte !== TAB && byte !== NEWLINE && byte !== CR) || byte === DELETE) return false
  }
  // A character may be cut by the end of what is looked at.
  const text = bytes.subarray(0, reach).toString('utf8')
  const broken = text.indexOf('\ufffd')
  return broken < 0 || (reach < bytes.length && broken >= text.length - 3)
}
