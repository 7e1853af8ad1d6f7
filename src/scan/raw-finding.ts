// From a match, which holds a plain value, to a finding that holds none. Runs in the worker that found it.
import type { Match } from '../detect/types.js'
import { valueHmac, valueTag } from './fingerprint.js'
import { isGuessable } from './guessable.js'
import { type LineColumn, linesAt, shiftSpan, TEXT_START, type TextPosition } from './lines.js'
import type { RuleLookup } from './overlaps.js'
import { createMasker, isDistinctive, maskValues, redact } from './redact.js'
import type { TableRows } from './table-rows.js'
import type { FilePlace, Place, Related, Span } from './types.js'
import type { RawFinding } from './unit.js'

/** The text that matches were found in. `offset`: where `bytes` begins in it. */
export interface MatchedText {
  readonly bytes: Uint8Array
  readonly offset: number
  readonly place: Place
  readonly entry: number
  /** Where the text is a table's. */
  readonly table?: TableRows
}

export interface FindingOptions {
  readonly rules: RuleLookup
  readonly showSecrets: boolean
  readonly valueKey?: Uint8Array
}

export interface FileFindingOptions extends FindingOptions {
  /** Plain values that no name may hold: those of all matches of the text, listed or not. */
  readonly masked: readonly string[]
}

type Ranged = Pick<Match, 'start' | 'end' | 'value'>

/** The findings of a file's (or member's, or chunk's) matches; lines are counted from the text's first byte in `bytes`. */
export function fileFindings(text: MatchedText, matches: readonly Match[], options: FileFindingOptions): RawFinding[] {
  if (matches.length === 0) return []
  const lines: ReadonlyMap<number, LineColumn> = text.table === undefined ? locate(text, matches) : new Map()
  const mask = createMasker(options.masked.filter(isDistinctive))
  return matches.map((match) => {
    const own = withKey(text.place, match.key, mask)
    const placed = (range: Ranged, key: string | undefined): Pick<Related, 'place' | 'span'> => {
      const cell = text.table?.placeOf({ start: range.start, ...(key === undefined ? {} : { key }) })
      const guessable = isGuessable(range.value)
      return cell === undefined
        ? { place: own, span: fileSpan(text, lines, range.start, range.end, guessable) }
        : { place: withKey(text.place, cell.name, mask), span: rowSpan(range.start, range.end, cell.row, guessable) }
    }
    // A part may stand in another row: the secret key of an AWS key ID is a setting of its own.
    const related = match.parts.map((part): Related => ({ role: 'part', ...placed(part, undefined) }))
    const { place, span } = placed(match, match.key)
    const finding = bareFinding(match, place, span, related, options)
    const inlineIgnore = hasInlineIgnore(text, match)
    return { ...finding, entry: text.entry, ...(inlineIgnore ? { inlineIgnore } : {}) }
  })
}

/** Everything of a finding but its entry. */
export function bareFinding(
  match: Match,
  place: Place,
  span: Span,
  related: readonly Related[],
  options: FindingOptions,
): Omit<RawFinding, 'entry'> {
  const secret = redact(match.value, options)
  return {
    ruleId: match.ruleId,
    severity: match.severity ?? options.rules.get(match.ruleId)?.severity ?? 'medium',
    confidence: match.confidence,
    validity: match.validity,
    secret,
    place,
    span,
    decodedFrom: match.decodedFrom,
    related,
    ...(secret.guessable ? {} : { valueTag: valueTag(match.value) }),
    ...(options.valueKey === undefined ? {} : { valueHmac: valueHmac(options.valueKey, match.value) }),
    ...(match.allowed === undefined ? {} : { allowed: match.allowed }),
  }
}

/** Every plain value that the matches and their parts hold, as text. */
export function plainValues(matches: readonly Match[]): string[] {
  return matches.flatMap((match) => [match.value, ...match.parts.map((part) => part.value)]).map(asText)
}

/** A plain value as text that can be looked for in strings. */
export function asText(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
}

/** `path` without the values that may not stand in it. */
export function maskPath(place: FilePlace, values: Iterable<string>): FilePlace {
  const path = maskValues(place.path, values)
  const inside = place.inside?.map((name) => maskValues(name, values))
  const gitPath = place.gitPath === undefined ? undefined : maskValues(place.gitPath, values)
  const isSame = inside === undefined || inside.every((name, i) => name === place.inside?.[i])
  if (path === place.path && isSame && gitPath === place.gitPath) return place
  // The exact bytes of a name that holds a secret must not leave either.
  const { pathBase64: _, ...rest } = place
  return { ...rest, path, ...(inside === undefined ? {} : { inside }), ...(gitPath === undefined ? {} : { gitPath }) }
}

function withKey(place: Place, key: string | undefined, mask: (text: string) => string): Place {
  return key === undefined || place.key !== undefined ? place : { ...place, key: mask(key) }
}

function locate(text: MatchedText, matches: readonly Match[]): Map<number, LineColumn> {
  const offsets: number[] = []
  for (const match of matches) {
    for (const range of [match, ...match.parts]) offsets.push(range.start - text.offset, range.end - text.offset)
  }
  const wide = matches.some((match) => /^utf-?16/i.test(match.decodedFrom[0] ?? ''))
  return linesAt(text.bytes, offsets, { textStart: text.offset === 0, wide })
}

function fileSpan(
  text: MatchedText,
  lines: ReadonlyMap<number, LineColumn>,
  start: number,
  end: number,
  guessable: boolean,
): Span {
  const from = lines.get(start - text.offset)
  const span = { offset: start, ...from }
  if (guessable) return span
  const to = lines.get(end - text.offset)
  return { ...span, length: end - start, ...(to === undefined ? {} : { endLine: to.line, endColumn: to.column }) }
}

/** A row's number takes the place of the line; there is no column. */
function rowSpan(start: number, end: number, row: number | undefined, guessable: boolean): Span {
  const span = { offset: start, ...(row === undefined ? {} : { line: row }) }
  return guessable ? span : { ...span, length: end - start }
}

/** A comment that asks for silence, on the value's line and at most this many bytes after it. */
const INLINE_REACH = 256
const INLINE_IGNORE = /secretscan:ignore|gitleaks:allow/

/** true where a comment that says to ignore follows `match` on its line. */
export function hasInlineIgnore(text: Pick<MatchedText, 'bytes' | 'offset'>, match: { readonly end: number }): boolean {
  const from = match.end - text.offset
  const reach = text.bytes.subarray(from, from + INLINE_REACH)
  const newline = reach.indexOf(0x0a)
  const rest = newline < 0 ? reach : reach.subarray(0, newline)
  return INLINE_IGNORE.test(Buffer.from(rest.buffer, rest.byteOffset, rest.byteLength).toString('latin1'))
}

/** A finding whose places were counted from a chunk's start, moved to where the chunk stands. */
export function shiftFinding<T extends RawFinding>(finding: T, from: TextPosition): T {
  if (from === TEXT_START) return finding
  const related = finding.related.map((other) => ({ ...other, span: shiftSpan(other.span, from) }))
  return { ...finding, span: shiftSpan(finding.span, from), related }
}
