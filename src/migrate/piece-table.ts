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
    const pieces: Piece[] = []
    const rest = this.#pieces.values()
    let piece = rest.next().value as Piece | undefined
    let at = 0
    /** Moves on to `offset` of the bytes as they are, and takes what lies before it where `keeps`. */
    const advance = (offset: number, keeps: boolean): void => {
      while (piece !== undefined && at < offset) {
        const length = Math.min(lengthOf(piece), offset - at)
        if (keeps) pieces.push(cut(piece, 0, length))
        piece =
          length < lengthOf(piece) ? cut(piece, length, lengthOf(piece)) : (rest.next().value as Piece | undefined)
        at += length
      }
    }
    for (const { start, end, insert } of edits) {
      advance(start, true)
      if (insert !== '') pieces.push({ from: 'insert', bytes: Buffer.from(insert, 'utf8') })
      advance(end, false)
    }
    advance(Number.POSITIVE_INFINITY, true)
    this.#pieces = pieces
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
