// Encoded text inside text: what the kernel's runs decode to. Which of it holds a secret is the detector's business.
import { gunzipSync } from 'node:zlib'
import type { Run, Runs } from '../prefilter/prefilter.js'
import { type Encoded, isReadable } from './encoded.js'
import { type EscapeKind, escapeMap, withoutEscapes } from './escapes.js'

/** Text round a region of escapes that may belong to the same assignment. */
const ROUND = 256
/** Most bytes that compressed text inside base64 may become. */
const MAX_INFLATED = 4 * 1024 * 1024
/** Lines of wrapped base64: what may stand between them, and the least length of those before the last. */
const LINE_GAP = 24
const MIN_LINE = 40
const SAMPLE = 512
/** Line ends between two texts of UTF-16. */
const BETWEEN = 2

/** What the runs of `bytes` decode to. `inner`: the text begins inside a longer one, so that its first run may be cut anywhere. */
export function* decodeRuns(bytes: Uint8Array, { narrow, wide }: Runs, inner: boolean): Generator<Encoded> {
  for (const run of joinLines(bytes, narrow)) {
    if (run.kind === 'hex') yield* hex(bytes, run, inner)
    else if (run.kind === 'base64') yield* base64(bytes, run, inner)
    else yield* escaped(bytes, run, run.kind)
  }
  if (wide.length > 0) yield* wideTexts(bytes, wide)
}

/** Base64 that is wrapped into lines, as one run. */
function* joinLines(bytes: Uint8Array, runs: readonly Run[]): Generator<Run> {
  let open: Run | undefined
  for (const run of runs) {
    if (open !== undefined && continues(bytes, open, run)) {
      open = { ...open, end: run.end }
      continue
    }
    if (open !== undefined) yield open
    open = run.kind === 'base64' ? run : undefined
    if (open === undefined) yield run
  }
  if (open !== undefined) yield open
}

function continues(bytes: Uint8Array, open: Run, run: Run): boolean {
  const gap = run.start - open.end
  if (run.kind !== 'base64' || gap < 1 || gap > LINE_GAP || open.end - open.start < MIN_LINE) return false
  const between = bytes.subarray(open.end, run.start)
  return between.includes(10) && between.every((byte) => byte === 10 || byte === 13 || byte === 32 || byte === 9)
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}

function* hex(bytes: Uint8Array, { start, end }: Run, inner: boolean): Generator<Encoded> {
  for (const skip of inner && start === 0 ? [0, 1] : [0]) {
    const decoded = readable(plain(Buffer.from(latin1(bytes, start + skip, end), 'hex')))
    if (decoded !== undefined) return yield { start, end, encoding: 'hex', decoded }
  }
}

function* base64(bytes: Uint8Array, { start, end }: Run, inner: boolean): Generator<Encoded> {
  const text = latin1(bytes, start, end)
  for (const skip of inner && start === 0 ? [0, 1, 2, 3] : [0]) {
    // Buffer reads both alphabets and passes over line ends.
    const decoded = readable(plain(Buffer.from(text.slice(skip), 'base64')))
    if (decoded === undefined) continue
    const encoding = /[-_]/.test(text) && !/[+/]/.test(text) ? 'base64url' : 'base64'
    let stop = end
    while (stop < end + 2 && bytes[stop] === 0x3d) stop++
    return yield { start, end: stop, encoding, decoded }
  }
}

/** As a plain array, so that all texts that are scanned have one shape: code for two is slower. */
const plain = (bytes: Buffer): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)

/** Text, or what becomes text by leaving out every second byte (UTF-16) or by inflating. */
function readable(decoded: Uint8Array): Uint8Array | undefined {
  if (isReadable(decoded)) return decoded
  if (decoded[0] === 0x1f && decoded[1] === 0x8b) return inflated(decoded)
  return decoded.length >= 16 && (decoded[1] === 0 || decoded[0] === 0 || decoded[3] === 0) ? decoded : undefined
}

function inflated(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return plain(gunzipSync(bytes, { maxOutputLength: MAX_INFLATED }))
  } catch {
    // No gzip, or one that grows beyond reason: as good as random bytes.
    return undefined
  }
}

/** UTF-16, by its order, in one text each: programs hold hundreds of thousands of short ones. */
function* wideTexts(bytes: Uint8Array, runs: Uint32Array): Generator<Encoded> {
  const { little, big } = byOrder(bytes, runs)
  if (little.length > 0) yield wideText(bytes, little, 'utf-16le', 0)
  // A character stands where its first byte does: in this order that is the zero.
  if (big.length > 0) yield wideText(bytes, big, 'utf-16be', -1)
}

function byOrder(bytes: Uint8Array, runs: Uint32Array): { readonly little: Uint32Array; readonly big: Uint32Array } {
  const [little, big] = [new Uint32Array(runs.length), new Uint32Array(runs.length)]
  let littleLength = 0
  let bigLength = 0
  for (let index = 0; index < runs.length; index += 2) {
    const start = runs[index] as number
    const end = runs[index + 1] as number
    if (startsBig(bytes, start, end)) {
      big[bigLength++] = start
      big[bigLength++] = end
    } else {
      little[littleLength++] = start
      little[littleLength++] = end
    }
  }
  return { little: little.subarray(0, littleLength), big: big.subarray(0, bigLength) }
}

/**
 * The runs' characters, with empty lines between. `runs`: start and end of each, which begin at the low byte, `lead` bytes behind the
 * character.
 */
function wideText(bytes: Uint8Array, runs: Uint32Array, encoding: string, lead: number): Encoded {
  const starts = new Uint32Array(runs.length / 2)
  let most = 0
  for (let index = 0; index < runs.length; index += 2)
    most += (((runs[index + 1] as number) - (runs[index] as number)) >> 1) + BETWEEN
  const decoded = new Uint8Array(most).fill(10)
  let length = 0
  for (let number = 0; number < starts.length; number++) {
    const end = runs[number * 2 + 1] as number
    starts[number] = length
    for (let at = runs[number * 2] as number; at + 1 < end; at += 2) decoded[length++] = bytes[at] as number
    length += BETWEEN
  }
  return {
    start: (runs[0] as number) + lead,
    end: runs[runs.length - 1] as number,
    encoding,
    decoded: decoded.subarray(0, length - BETWEEN),
    map: () => (offset) => {
      const number = lastAtMost(starts, offset)
      const [start, end] = [runs[number * 2] as number, runs[number * 2 + 1] as number]
      return start + lead + Math.min(offset - (starts[number] as number), (end - start) >> 1) * 2
    },
  }
}

/** The place of the last of ascending numbers that is not above `limit`; 0 where all are. */
function lastAtMost(numbers: Uint32Array, limit: number): number {
  let [low, high] = [0, numbers.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((numbers[middle] as number) <= limit) low = middle
    else high = middle - 1
  }
  return low
}

/** A zero before the run and none of its own behind it: the zeros are the high bytes that come first. */
function startsBig(bytes: Uint8Array, start: number, end: number): boolean {
  return start > 0 && bytes[start - 1] === 0 && (end >= bytes.length || bytes[end] !== 0)
}

const ENCODING: Readonly<Record<EscapeKind, string>> = {
  percent: 'percent',
  backslash: 'unicode-escape',
  entity: 'html-entity',
}

/** Programs in strings are escapes from end to end: three samples tell them from text. */
function hasText(region: Uint8Array, kind: EscapeKind): boolean {
  const places = region.length <= SAMPLE * 3 ? [0] : [0, (region.length - SAMPLE) >> 1, region.length - SAMPLE]
  return places.some((at) => {
    const sample = region.subarray(at, at + SAMPLE)
    // What is no text with its escapes is none without them: odd bytes stay.
    return isReadable(sample) && isReadable(withoutEscapes(sample, kind))
  })
}

function* escaped(bytes: Uint8Array, run: Run, kind: EscapeKind): Generator<Encoded> {
  const start = Math.max(0, run.start - ROUND)
  const end = Math.min(bytes.length, run.end + ROUND)
  const region = bytes.subarray(start, end)
  if (!hasText(region, kind)) return
  const decoded = withoutEscapes(region, kind)
  if (decoded.length === region.length) return
  yield {
    start,
    end,
    encoding: ENCODING[kind],
    decoded,
    map: () => {
      const origin = escapeMap(region, kind)
      return (offset) => start + origin(offset)
    },
  }
}
