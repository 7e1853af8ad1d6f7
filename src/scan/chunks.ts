// How a long text is cut into chunks that overlap, and which chunk a match belongs to, so that every cut gives the same findings.
import { CHUNK_SIZE, MAX_MATCH, type Match } from '../detect/types.js'

/** Bytes from the start of one chunk to the start of the next. */
export const CHUNK_STEP = CHUNK_SIZE - MAX_MATCH

/** Bytes of surroundings that decide whether something is a match; far more than a rule looks at beside its value. */
const MARGIN = 1024

/** Where a chunk stands in its text. */
export interface ChunkPlace {
  /** Of the chunk's first byte in the text. */
  readonly offset: number
  readonly length: number
  readonly last: boolean
}

/**
 * Whether a match belongs to this chunk and not to the one before or after it. Both see what lies in their overlap, the earlier one
 * with little behind it, the later one with little before it: the later one has it from MARGIN bytes after its start.
 */
export function belongsTo(chunk: ChunkPlace, match: Pick<Match, 'start' | 'end'>): boolean {
  const end = chunk.offset + chunk.length
  if (!chunk.last && startsInNext(match, end - MAX_MATCH)) return false
  return chunk.offset === 0 || startsInNext(match, chunk.offset)
}

/** Whether the chunk that begins at `next` sees the match better than the one before it. */
function startsInNext(match: Pick<Match, 'start' | 'end'>, next: number): boolean {
  if (match.start >= next + MARGIN) return true
  return match.start >= next && match.end > next + MAX_MATCH - MARGIN
}

/** The chunks of a text that lies in memory, in order. */
export function* chunksOf(text: Uint8Array): Generator<{ readonly bytes: Uint8Array; readonly place: ChunkPlace }> {
  for (let offset = 0; ; offset += CHUNK_STEP) {
    const bytes = text.subarray(offset, offset + CHUNK_SIZE)
    const last = offset + CHUNK_SIZE >= text.length
    yield { bytes, place: { offset, length: bytes.length, last } }
    if (last) return
  }
}
