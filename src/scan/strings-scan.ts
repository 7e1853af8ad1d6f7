// Many short strings (an image's config, a Compose project's values) scanned as one text and mapped back. The only place where guessable
// values are compared with each other: in plain, inside one worker.
import type { Match } from '../detect/types.js'
import { claimsOf, withClaims } from './claims.js'
import { slowCoverage, type UnitTools } from './file-result.js'
import { isGuessable } from './guessable.js'
import { instructionTag } from './instruction.js'
import { linesAt } from './lines.js'
import { asText, bareFinding, hasInlineIgnore, plainValues } from './raw-finding.js'
import { createMasker, isDistinctive } from './redact.js'
import type { Place, Related, Span } from './types.js'
import type { Piece, RawFinding, StringsUnit, UnitResult } from './unit.js'

/** A match with the piece it begins in; `start` is where the piece's own text begins in the one text. */
interface Hit {
  readonly match: Match
  readonly piece: Piece
  readonly start: number
  readonly index: number
}

/** All strings as one text, and where each begins in it. */
interface StringsText {
  readonly text: Uint8Array
  readonly starts: readonly number[]
  readonly pieces: readonly Piece[]
}

type Mask = (text: string) => string

/** All values of the unit, and what takes those that are distinctive out of a name. */
interface FoundValues {
  readonly values: readonly string[]
  readonly maskName: Mask
}

export function scanStringsUnit(unit: StringsUnit, tools: UnitTools): UnitResult {
  const joined = join(unit.pieces)
  const { matches: all, slow } = tools.text.whole(joined.text, { isFile: false })
  const matches = withClaims(all, claimsOf(unit.pieces, joined, tools.text.rules), tools.text.rules)
  tools.memory.remember(matches)
  const values = valuesOf(matches, joined.text)
  const hits = withoutRepeats(locate(matches, joined.starts, unit.pieces))
  const groups = groupByValue(hits.map((hit) => hit.match))
  const text: StringsText = { ...joined, pieces: unit.pieces }
  const found = { values, maskName: createMasker(values.filter(isDistinctive)) }
  const findings = hits.map((hit, i) => stringFinding(hit, groups[i] ?? i, text, found, tools))
  const coverage = slow.size === 0 ? [] : slowCoverage(slow, unit.pieces[0]?.place)
  const mask = createMasker(values)
  const masked = unit.mask.map((text) => tools.memory.mask(mask(text)))
  return { findings, coverage, masked }
}

function join(pieces: readonly Piece[]): { text: Uint8Array; starts: number[] } {
  const parts: Uint8Array[] = []
  const starts: number[] = []
  let at = 0
  for (const piece of pieces) {
    const name = Buffer.from(piece.name === undefined ? '' : `${piece.name}=`)
    starts.push(at + name.length)
    parts.push(name, piece.text, Buffer.from(piece.separator ?? '\n'))
    at += name.length + piece.text.length + 1
  }
  return { text: Buffer.concat(parts), starts }
}

/** Both ascend: matches by start, pieces by their order. A match that begins in a name or a separator belongs to no string. */
function locate(matches: readonly Match[], starts: readonly number[], pieces: readonly Piece[]): Hit[] {
  const hits: Hit[] = []
  let index = 0
  for (const match of matches) {
    while (index + 1 < starts.length && (starts[index + 1] ?? 0) <= match.start) index++
    const piece = pieces[index]
    const start = starts[index] ?? 0
    if (piece !== undefined && match.start >= start && match.start < start + piece.text.length)
      hits.push({ match, piece, start, index })
  }
  return hits
}

/** Without what a secondary piece only repeats: by its value, or by standing where a piece of the same file has a finding. */
function withoutRepeats(hits: readonly Hit[]): Hit[] {
  const first = hits.filter((hit) => hit.piece.secondary !== true)
  const known = new Set(first.flatMap((hit) => plainValues([hit.match])))
  const taken = first.map((hit) => ({ path: pathOf(hit), ...rangeOf(hit) }))
  const isTaken = (hit: Hit) => {
    const { start, end } = rangeOf(hit)
    const path = pathOf(hit)
    return taken.some((other) => path !== undefined && other.path === path && other.start < end && start < other.end)
  }
  return hits.filter((hit) => hit.piece.secondary !== true || !(known.has(asText(hit.match.value)) || isTaken(hit)))
}

function pathOf({ piece: { place } }: Hit): string | undefined {
  return 'path' in place ? place.path : undefined
}

/** Where a hit stands in the file or string that its place means. */
function rangeOf({ match, piece, start }: Hit): { start: number; end: number } {
  const base = piece.base ?? 0
  if (piece.fixed !== undefined) return { start: base, end: base + piece.fixed }
  return { start: match.start - start + base, end: match.end - start + base }
}

/** For each match the number of its group: the same value, or the value of another match's part, is one leak. */
function groupByValue(matches: readonly Match[]): number[] {
  const groups = new Map<string, number>()
  for (const [i, match] of matches.entries()) {
    const value = asText(match.value)
    const group = groups.get(value) ?? i
    groups.set(value, group)
    for (const part of match.parts) if (!groups.has(asText(part.value))) groups.set(asText(part.value), group)
  }
  return matches.map((match, i) => groups.get(asText(match.value)) ?? i)
}

/** Where a part stands that may stand in another string than its match: the secret key of an AWS key ID has a variable of its own. */
function partOf(hit: Hit, part: Match['parts'][number], joined: StringsText, maskName: Mask): Related {
  const at = joined.starts.findLastIndex((start) => start <= part.start)
  const other = joined.pieces[at]
  const own = other === undefined || other === hit.piece
  const { piece, start } = own ? hit : { piece: other, start: joined.starts[at] ?? 0 }
  const place = placeOf(piece.place, own ? hit.match.key : undefined, maskName)
  const span = stringSpan(piece, part.start - start, part.end - start, isGuessable(part.value))
  return { role: 'part', place, span }
}

function stringFinding(
  hit: Hit,
  group: number,
  joined: StringsText,
  { values, maskName }: FoundValues,
  tools: UnitTools,
): RawFinding {
  const { match, piece, start } = hit
  const place = placeOf(piece.place, match.key, maskName)
  const span = stringSpan(piece, match.start - start, match.end - start, isGuessable(match.value))
  const related = match.parts.map((part) => partOf(hit, part, joined, maskName))
  const options = { ...tools.setup, rules: tools.text.rules }
  const finding = bareFinding(match, place, span, related, options)
  const needsTag = finding.secret.guessable && place.kind === 'history' && place.key === undefined
  const tag = needsTag
    ? { tag: instructionTag(asText(piece.text), [...values, asText(rawOf(match, joined.text))]) }
    : {}
  const ignored =
    piece.inlineIgnore === true || ('path' in place && hasInlineIgnore({ bytes: piece.text, offset: start }, match))
  return { ...finding, ...tag, ...(ignored ? { inlineIgnore: true } : {}), entry: hit.index, sameAs: group }
}

function placeOf(place: Place, key: string | undefined, maskName: Mask): Place {
  const named = place.key ?? key
  return named === undefined ? place : { ...place, key: maskName(named) }
}

function stringSpan(piece: Piece, start: number, end: number, guessable: boolean): Span {
  const { base, fixed } = piece
  if (fixed !== undefined) return { offset: base ?? 0, ...(guessable ? {} : { length: fixed }) }
  const offset = start + (base ?? 0)
  // A text that begins within its file has lines that only the owner of the file can count.
  const lines =
    'path' in piece.place && base === undefined && start >= 0
      ? linesAt(piece.text, [start, end], { textStart: true })
      : undefined
  const span = { offset, ...lines?.get(start) }
  if (guessable) return span
  const to = lines?.get(end)
  return { ...span, length: end - start, ...(to === undefined ? {} : { endLine: to.line, endColumn: to.column }) }
}

function rawOf(match: Match, text: Uint8Array): Uint8Array {
  return text.subarray(match.start, match.end)
}

/** Every value found, decoded and as it stands in the text. */
function valuesOf(matches: readonly Match[], text: Uint8Array): string[] {
  return [...new Set([...plainValues(matches), ...matches.map((match) => asText(rawOf(match, text)))])].filter(
    (value) => value.length > 2,
  )
}
