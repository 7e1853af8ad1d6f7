// Bytes to the matches that stand: all detectors over one text, overlaps resolved. Knows no threads and no archives.
import { createTextDetector } from '../detect/detector.js'
import { fileDetectors } from '../detect/files/index.js'
import { type ByteRange, machineCode, outside } from '../detect/machine-code.js'
import { CHUNK_SIZE, type Chunk, type FileDetector, type Match, type TextDetector } from '../detect/types.js'
import { belongsTo, type ChunkPlace, chunksOf } from './chunks.js'
import { CleanTexts, type TextKind } from './clean-texts.js'
import { type RuleLookup, resolveOverlaps } from './overlaps.js'
import type { WorkerSetup } from './unit.js'

/** Bytes of a file's beginning that tell its format. */
export const HEAD_BYTES = 4096

export interface ScannedText {
  readonly matches: readonly Match[]
  /** Rules that were stopped by their deadline. */
  readonly slow: ReadonlySet<string>
}

export interface TextScan {
  readonly rules: RuleLookup
  /** A text that lies in memory whole; file detectors see it too where it is a file. */
  whole(bytes: Uint8Array, options: { readonly path?: string; readonly isFile: boolean }): ScannedText
  /** One chunk of a longer text; matches that belong to a neighbour are left to it. `code`: the text's machineCode(). */
  chunk(bytes: Uint8Array, place: ChunkPlace, path: string, code?: readonly ByteRange[]): ScannedText
}

export function createTextScan(setup: WorkerSetup): TextScan {
  const { maxDecodeDepth, prepared } = setup
  const detector = createTextDetector(setup.rules, { maxDecodeDepth, ...(prepared === undefined ? {} : { prepared }) })
  const formats = fileDetectors(setup.rules)
  const rules: RuleLookup = new Map(setup.rules.rules.map((rule) => [rule.id, rule]))
  const unlessClean = whereNotClean(setup.cleanTexts === undefined ? undefined : CleanTexts.open(setup.cleanTexts))
  const whole: TextScan['whole'] = (bytes, { path, isFile }) => {
    const code = isFile ? machineCode(bytes.subarray(0, HEAD_BYTES)) : []
    const found =
      bytes.length <= CHUNK_SIZE && code.length === 0
        ? scanShort(detector, bytes, path)
        : scanChunks(detector, bytes, path, code)
    if (isFile && path !== undefined) found.matches.push(...scanFormats(formats, bytes, path))
    return { matches: resolveOverlaps(found.matches, rules), slow: found.slow }
  }
  return {
    rules,
    whole(bytes, options) {
      if (!options.isFile || options.path === undefined) return whole(bytes, options)
      return unlessClean('whole', bytes, options.path, () => whole(bytes, options))
    },
    chunk(bytes, place, path, code = []) {
      const about = `${place.offset} ${place.length} ${place.last} ${JSON.stringify(code)} ${path}`
      return unlessClean('chunk', bytes, about, () => {
        const { matches, slow } = scanOne(detector, bytes, { ...place, code }, path)
        return { matches: resolveOverlaps(matches, rules), slow: new Set(slow) }
      })
    },
  }
}

const NOTHING: ScannedText = { matches: [], slow: new Set() }

/** Scans a file's bytes unless nothing was found in them before; `about`: all else that decides what is found. */
function whereNotClean(clean: CleanTexts | undefined) {
  return (kind: TextKind, bytes: Uint8Array, about: string, scan: () => ScannedText): ScannedText => {
    if (clean?.has(kind, bytes, about) === true) return NOTHING
    const found = scan()
    if (found.matches.length === 0 && found.slow.size === 0) clean?.add()
    return found
  }
}

/** The file detectors that want to see the file, given its first bytes. */
export function wantedBy(formats: readonly FileDetector[], path: string, head: Uint8Array): FileDetector[] {
  return formats.filter((format) => format.accepts(path, head))
}

function scanFormats(formats: readonly FileDetector[], bytes: Uint8Array, path: string): Match[] {
  const wanted = wantedBy(formats, path, bytes.subarray(0, HEAD_BYTES))
  return wanted.flatMap((format) => (bytes.length <= format.maxBytes ? format.scan(bytes, path) : []))
}

/** A text of one chunk: all matches are its own. */
function scanShort(detector: TextDetector, bytes: Uint8Array, path: string | undefined) {
  const { matches, slow } = detector.scan({ bytes, offset: 0, last: true, ...(path === undefined ? {} : { path }) })
  return { matches: [...matches], slow: new Set(slow) }
}

function scanChunks(detector: TextDetector, text: Uint8Array, path: string | undefined, code: readonly ByteRange[]) {
  const matches: Match[] = []
  const slow = new Set<string>()
  for (const { bytes, place } of chunksOf(text)) {
    const result = scanOne(detector, bytes, { ...place, code }, path)
    matches.push(...result.matches)
    for (const rule of result.slow) slow.add(rule)
  }
  return { matches, slow }
}

/** `code` is not looked at. */
function scanOne(
  detector: TextDetector,
  bytes: Uint8Array,
  place: ChunkPlace & { readonly code: readonly ByteRange[] },
  path: string | undefined,
) {
  const { offset, last, code } = place
  const matches: Match[] = []
  const slow: string[] = []
  for (const { start, end } of outside(code, { start: offset, end: offset + bytes.length })) {
    const part = bytes.subarray(start - offset, end - offset)
    const chunk: Chunk = { bytes: part, offset: start, last, ...(path === undefined ? {} : { path }) }
    const result = detector.scan(chunk)
    for (const match of result.matches) if (belongsTo(place, match)) matches.push(match)
    slow.push(...result.slow)
  }
  return { matches, slow }
}
