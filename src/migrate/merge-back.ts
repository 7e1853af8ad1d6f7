// Takes a file's edits back where somebody else edited other lines of it since: by exact lines, or not at all. Pure; knows nothing of what the
// lines mean (merge-check.ts).
import { diffArrays } from 'diff'
import { applyByteEdits } from './project-files.js'
import type { Edit } from './types.js'

/** Lines of the file as it is now that are not as the migration wrote them: 1-based, `last` inclusive. */
export interface Overlap {
  readonly first: number
  readonly last: number
}

/** Lines [from, to) of the file as the migration wrote it, and what stood there before. */
interface Region {
  readonly from: number
  readonly to: number
  readonly before: readonly string[]
}

/** Lines [from, to) as the migration wrote them that are now `count` lines, from `at` on. */
interface Hunk {
  readonly from: number
  readonly to: number
  readonly at: number
  readonly count: number
}

/** Milliseconds for the comparison: files that have nothing in common are no edit of each other. */
const PATIENCE = 5000

/**
 * `current` without `edits` of `original`, everything else of it as it is; or the lines that both changed, in which case nothing can be
 * taken back by itself.
 */
export function mergeBack(
  original: Uint8Array,
  edits: readonly Edit[],
  current: Uint8Array,
): { readonly bytes: Uint8Array } | { readonly overlaps: readonly Overlap[] } {
  const written = linesOf(applyByteEdits(original, edits))
  const now = linesOf(current)
  const hunks = hunksOf(written, now)
  if (hunks === undefined) return { overlaps: [{ first: 1, last: now.length }] }
  const regions = regionsOf(original, edits)
  const overlaps = regions.flatMap((region) => hunks.filter((hunk) => meets(hunk, region)).map(placeOf))
  if (overlaps.length > 0) return { overlaps }
  const lines = [...now]
  for (const region of [...regions].reverse())
    lines.splice(placeIn(region, hunks), region.to - region.from, ...region.before)
  return { bytes: Buffer.from(lines.join('\n'), 'latin1') }
}

/** Bytes one to one as characters; a carriage return belongs to its line. */
const linesOf = (bytes: Uint8Array): readonly string[] => Buffer.from(bytes).toString('latin1').split('\n')

function hunksOf(written: readonly string[], now: readonly string[]): readonly Hunk[] | undefined {
  const changes = diffArrays([...written], [...now], { timeout: PATIENCE })
  if (changes === undefined) return undefined
  const hunks: { from: number; to: number; at: number; count: number }[] = []
  let [from, at] = [0, 0]
  for (const { added, removed, value } of changes) {
    const last = hunks.at(-1)
    const hunk =
      last !== undefined && last.to === from && last.at + last.count === at ? last : { from, to: from, at, count: 0 }
    if ((added || removed) && hunk !== last) hunks.push(hunk)
    if (removed) hunk.to += value.length
    if (added) hunk.count += value.length
    if (!added) from += value.length
    if (!removed) at += value.length
  }
  return hunks
}

/** Adjoining edits together. Lines that were only taken out are a region of no lines, in front of line `from`. */
function regionsOf(original: Uint8Array, edits: readonly Edit[]): readonly Region[] {
  const bytes = Buffer.from(original)
  const written = Buffer.from(applyByteEdits(original, edits))
  const lineAt = (offset: number) => written.subarray(0, offset).filter((byte) => byte === LF).length
  const groups: { from: number; to: number; edits: { edit: Edit; shift: number }[] }[] = []
  let shift = 0
  for (const edit of edits) {
    const start = edit.start + shift
    const text = Buffer.from(edit.insert)
    const isWhole = startsLine(bytes, edit.start) && endsLine(bytes.subarray(edit.start, edit.end)) && endsLine(text)
    const from = lineAt(start)
    const to = lineAt(start + text.length) + (isWhole ? 0 : 1)
    const last = groups.at(-1)
    if (last !== undefined && from <= last.to) {
      last.to = Math.max(last.to, to)
      last.edits.push({ edit, shift })
    } else groups.push({ from, to, edits: [{ edit, shift }] })
    shift += text.length - (edit.end - edit.start)
  }
  return groups.map(({ from, to, edits: own }) => ({
    from,
    to,
    before: linesBefore(bytes, written, { from, to, own }),
  }))
}

const LF = 0x0a
const startsLine = (bytes: Uint8Array, at: number): boolean => at === 0 || bytes[at - 1] === LF
const endsLine = (text: Uint8Array): boolean => text.length === 0 || text[text.length - 1] === LF

/** What of the original stands where lines [from, to) were written. */
function linesBefore(
  original: Buffer,
  written: Buffer,
  { from, to, own }: { from: number; to: number; own: readonly { edit: Edit; shift: number }[] },
): readonly string[] {
  const [first, last] = [own[0], own.at(-1)]
  if (first === undefined || last === undefined) return []
  const start = offsetOfLine(written, from) - first.shift
  const behind = last.shift + Buffer.byteLength(last.edit.insert) - (last.edit.end - last.edit.start)
  const next = offsetOfLine(written, to)
  const end = next < 0 ? original.length : next - behind
  const text = original.subarray(start, end).toString('latin1')
  if (next < 0) return text.split('\n')
  return text === '' ? [] : text.slice(0, -1).split('\n')
}

/** -1 where the text has no such line. */
function offsetOfLine(bytes: Buffer, line: number): number {
  let at = 0
  for (let count = 0; count < line; count++) {
    const end = bytes.indexOf(LF, at)
    if (end === -1) return -1
    at = end + 1
  }
  return at
}

/** true where taking the region back would change or lose what the hunk is about. Lines that went must keep the line before them. */
function meets(hunk: Hunk, region: Region): boolean {
  const isInsertion = hunk.from === hunk.to
  if (region.from === region.to) return !isInsertion && hunk.from < region.from && hunk.to >= region.from
  if (isInsertion) return hunk.from > region.from && hunk.from < region.to
  return hunk.from < region.to && hunk.to > region.from
}

/** The region's first line in the file as it is now; lines that went come back before what was written in their place. */
function placeIn({ from, to }: Region, hunks: readonly Hunk[]): number {
  const before = hunks.filter((hunk) => hunk.to <= from && (from !== to || hunk.from < from))
  return before.reduce((at, hunk) => at + hunk.count - (hunk.to - hunk.from), from)
}

const placeOf = ({ at, count }: Hunk): Overlap => ({ first: at + 1, last: Math.max(at + 1, at + count) })
