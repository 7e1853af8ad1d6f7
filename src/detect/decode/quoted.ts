// Texts that a string of JSON or of a program holds escaped (\" and \n): formats that hold quotation marks or lines themselves are another
// text there. Looked for only round what a named format's rule wanted to see and did not match, so that ordinary strings cost nothing.
import { type Encoded, isReadable } from './encoded.js'
import { escapeMap, withoutEscapes } from './escapes.js'

interface Span {
  readonly start: number
  readonly end: number
}

/** Text round a window that may belong to the same assignment. */
const ROUND = 256
/** Longer ones are no settings in a string but a program. */
const LONGEST = 32 * 1024

/** The text in `bytes` round each of `spans` without its escapes, where it has any. */
export function* unquoted(bytes: Uint8Array, spans: readonly Span[]): Generator<Encoded> {
  for (const { start, end } of joined(bytes.length, spans)) {
    const region = bytes.subarray(start, end)
    if (region.length > LONGEST || !isEscaped(region)) continue
    const decoded = withoutEscapes(region, 'backslash')
    if (!isReadable(decoded)) continue
    yield {
      start,
      end,
      encoding: 'string-escape',
      decoded,
      map: () => {
        const origin = escapeMap(region, 'backslash')
        return (offset) => start + origin(offset)
      },
    }
  }
}

function isEscaped(region: Uint8Array): boolean {
  const text = Buffer.from(region.buffer, region.byteOffset, region.length)
  return text.includes('\\"') || text.includes('\\n')
}

/** Escapes make a text longer than the pattern's reach: a region goes on for as long again. */
function joined(length: number, spans: readonly Span[]): readonly Span[] {
  const regions: { start: number; end: number }[] = []
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const start = Math.max(0, span.start - ROUND)
    const end = Math.min(length, span.end + (span.end - span.start) + ROUND)
    const last = regions.at(-1)
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end)
    else regions.push({ start, end })
  }
  return regions
}
