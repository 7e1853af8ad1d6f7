// Which bytes of a program are instructions for the processor: no text stands there, and in an image they are a third of the programs' bytes.

/** Offsets in the file, `end` exclusive. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

const LOAD = 1
const [EXECUTABLE, WRITABLE, READABLE] = [1, 2, 4]
/** Types of ELF files that are loaded by their segments: programs and shared libraries. */
const LOADED = [2, 3]
/** Shorter ones are not worth a cut. */
const LEAST = 16 * 1024

interface Segment extends ByteRange {
  readonly flags: number
}

/**
 * The executable segments of an ELF program or library (System V ABI, chapters 4 and 5), by the first bytes of the file. Empty where the linker may have
 * put read-only data between the code: then it made no segment that may only be read, or the code begins with the file.
 */
export function machineCode(head: Uint8Array): readonly ByteRange[] {
  const segments = segmentsOf(head)
  if (!segments.some(({ flags }) => flags === READABLE)) return []
  return segments.filter(
    ({ start, end, flags }) => flags === (READABLE | EXECUTABLE) && start > 0 && end - start >= LEAST,
  )
}

function segmentsOf(head: Uint8Array): readonly Segment[] {
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  if (head.length < 64 || view.getUint32(0) !== 0x7f454c46) return []
  const [wide, little] = [head[4] === 2, head[5] === 1]
  if (!LOADED.includes(view.getUint16(16, little))) return []
  const word = (at: number): number => (wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little))
  const table = word(wide ? 32 : 28)
  const [size, count] = [view.getUint16(wide ? 54 : 42, little), view.getUint16(wide ? 56 : 44, little)]
  if (size < (wide ? 56 : 32) || table + size * count > head.length) return []
  return Array.from({ length: count }, (_, index) => table + index * size)
    .filter((at) => view.getUint32(at, little) === LOAD)
    .map((at) => {
      const start = word(at + (wide ? 8 : 4))
      const flags = view.getUint32(at + (wide ? 4 : 24), little) & (EXECUTABLE | WRITABLE | READABLE)
      return { start, end: start + word(at + (wide ? 32 : 16)), flags }
    })
    .filter(({ start, end }) => end > start)
}

/** What of `start` to `end` lies in none of the ranges, in order. */
export function* outside(ranges: readonly ByteRange[], { start, end }: ByteRange): Generator<ByteRange> {
  let from = start
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    if (range.end <= from || range.start >= end) continue
    if (range.start > from) yield { start: from, end: range.start }
    from = Math.max(from, range.end)
  }
  if (from < end) yield { start: from, end }
}
