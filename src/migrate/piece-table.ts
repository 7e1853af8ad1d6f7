// Many edits, each made on the result of the one before, as one list of edits on the original bytes: what a plan holds.
import type { Edit } from './types.js'

type Piece =
  | { readonly from: 'original'; readonly start: number; readonly end: number }
  | { readonly from: 'insert'; readonly bytes: Uint8Array }

const lengthOf = (piece: Piece): number => (piece.from === 'original' ? piece.end - piece.start : piece.bytes.length)

function cut(piece: Piece, start: number, end: number): Piece {
  if (piece.from === 'insert') return { from: 'insert', bytes: piece.bytes.subarray(start, end) }
  return { from: 'original', start: piece.start + start, end: piece.start + end }
}

/** A file's bytes as pieces of the original and of what was inserted. */
export class PieceTable {
  readonly #original: Uint8Array
  #pieces: readonly Piece[]

  constructor(original: Uint8Array) {
    this.#original = original
    this.#pieces = original.length === 0 ? [] : [{ from: 'original', start: 0, end: original.length }]
  }

  /** The bytes as they are now. */
  bytes(): Uint8Array {
    return Buffer.concat(
      this.#pieces.map((piece) =>
        piece.from === 'insert' ? piece.bytes : this.#original.subarray(piece.start, piece.end),
      ),
    )
  }

  /** Replaces [start, end) of the bytes as they are now. Edits of one call are positions before any of them; in order, none overlaps. */
  edit(edits: readonly { readonly start: number; readonly end: number; readonly insert: string }[]): void {
    for (const edit of [...edits].reverse()) this.#splice(edit.start, edit.end, Buffer.from(edit.insert, 'utf8'))
  }

  #splice(start: number, end: number, insert: Uint8Array): void {
    const before: Piece[] = []
    const after: Piece[] = []
    let at = 0
    for (const piece of this.#pieces) {
      const length = lengthOf(piece)
      if (at < start) before.push(cut(piece, 0, Math.min(length, start - at)))
      if (at + length > end) after.push(cut(piece, Math.max(0, end - at), length))
      at += length
    }
    const inserted: readonly Piece[] = insert.length === 0 ? [] : [{ from: 'insert', bytes: insert }]
    this.#pieces = [...before, ...inserted, ...after].filter((piece) => lengthOf(piece) > 0)
  }

  /** What turns the original into the bytes of now: in order, touching edits joined. */
  edits(): readonly Edit[] {
    const edits: { start: number; end: number; insert: Uint8Array[] }[] = []
    let at = 0
    const open = () => {
      const last = edits.at(-1)
      if (last !== undefined && last.end === at) return last
      const next = { start: at, end: at, insert: [] as Uint8Array[] }
      edits.push(next)
      return next
    }
    for (const piece of this.#pieces) {
      if (piece.from === 'insert') open().insert.push(piece.bytes)
      else {
        if (piece.start > at) open().end = piece.start
        at = piece.end
      }
    }
    if (at < this.#original.length) open().end = this.#original.length
    return edits.map(({ start, end, insert }) => ({ start, end, insert: Buffer.concat(insert).toString('utf8') }))
  }
}
