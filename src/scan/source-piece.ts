// Makes pieces of texts that stand in a project's files, so that every finding in them has its exact place in the file.
import { claimsOn, type ProjectText } from './project-claims.js'
import { hasInlineIgnore } from './raw-finding.js'
import type { ProjectPlace } from './types.js'
import type { Claim, Piece } from './unit.js'

/** A stretch of a file. Bytes, `end` exclusive. */
export interface Stretch {
  readonly file: Uint8Array
  readonly start: number
  readonly end: number
}

interface PieceOptions {
  readonly separator?: ' '
  readonly claims?: readonly Claim[]
}

/**
 * The pieces of a text that stands at `stretch`: one, or one a line where its lines are written there with something between them (an
 * indented block). Where a text is not written as it is (escapes, folded lines), findings in it have the whole stretch as their place.
 */
export function sourcePieces(
  place: ProjectPlace,
  stretch: Stretch,
  about: ProjectText,
  options: PieceOptions = {},
): Piece[] {
  const claims = [...(options.claims ?? []), ...claimsOn(about)]
  const whole = [sourcePiece(place, stretch, about, claims, options.separator)]
  const lines = about.text.split('\n')
  if (whole[0]?.fixed === undefined || lines.length < 2 || isClaimedWhole(whole[0])) return whole
  const { key: _, ...rest } = about
  const pieces: Piece[] = []
  let { start } = stretch
  let from = 0
  for (const text of lines) {
    const own = about.command ? claimsWithin(claims, from, Buffer.byteLength(text)) : claimsOn({ ...rest, text })
    const piece = sourcePiece(place, { ...stretch, start }, { ...rest, text }, own)
    from += piece.text.length + 1
    if (piece.fixed !== undefined) return whole
    start = (piece.base ?? start) + piece.text.length
    pieces.push(piece)
  }
  return pieces
}

function isClaimedWhole({ claims = [], text }: Piece): boolean {
  return claims.some(({ start, end }) => start === 0 && end === text.length)
}

/** Of a command what its lines hold is known by the others: those of one line, which begins at `from`. */
function claimsWithin(claims: readonly Claim[], from: number, length: number): readonly Claim[] {
  return claims
    .map((claim) => ({ ...claim, start: claim.start - from, end: claim.end - from }))
    .filter(({ start, end }) => start >= 0 && end <= length)
}

function sourcePiece(
  place: ProjectPlace,
  stretch: Stretch,
  about: ProjectText,
  claims: readonly Claim[],
  separator?: ' ',
): Piece {
  const { file, start, end } = stretch
  const text = Buffer.from(about.text)
  const at = Buffer.from(file.subarray(start, end)).indexOf(text)
  return {
    place,
    text,
    ...(about.key === undefined ? {} : { name: about.key }),
    ...(at < 0 ? { base: start, fixed: end - start } : { base: start + at }),
    ...(separator === undefined ? {} : { separator }),
    ...(claims.length === 0 ? {} : { claims }),
    ...(isIgnored(stretch) ? { inlineIgnore: true } : {}),
  }
}

/** What follows an indented block is another line. */
function isIgnored({ file, end }: Stretch): boolean {
  return file[end - 1] !== 0x0a && hasInlineIgnore({ bytes: file, offset: 0 }, { end })
}

/** A whole file behind the pieces of its values: comments and what no parser sees. */
export function rawPiece(place: ProjectPlace, bytes: Uint8Array): Piece {
  return { place, text: bytes, secondary: true }
}

/** The text at a stretch, without quotes round it. */
export function writtenText({ file, start, end }: Stretch): string {
  const text = Buffer.from(file.subarray(start, end)).toString('utf8')
  return /^"[\s\S]*"$|^'[\s\S]*'$/.test(text) ? text.slice(1, -1) : text
}
