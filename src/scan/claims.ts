// Claims of pieces (a variable whose name says secret) made matches, and which of them stand beside what the rules have found themselves.
import type { Match } from '../detect/types.js'
import { RangeIndex, type RuleLookup } from './overlaps.js'
import type { Piece } from './unit.js'

/** The claims of rules that are in use, as matches in the joined text, in its order. */
export function claimsOf(
  pieces: readonly Piece[],
  joined: { readonly text: Uint8Array; readonly starts: readonly number[] },
  rules: RuleLookup,
): Match[] {
  return pieces.flatMap((piece, i) =>
    (piece.claims ?? [])
      .filter(({ ruleId }) => rules.has(ruleId))
      .map(({ ruleId, start, end, key, guess }) => {
        const from = (joined.starts[i] ?? 0) + start
        const to = (joined.starts[i] ?? 0) + end
        return {
          ruleId,
          start: from,
          end: to,
          value: joined.text.slice(from, to),
          confidence: guess === true ? ('medium' as const) : ('high' as const),
          decodedFrom: [],
          validity: 'unchecked' as const,
          parts: [],
          ...(key === undefined ? {} : { key }),
        }
      }),
  )
}

/**
 * Matches and claims, each stretch of text once: a rule that knows a value's form or service keeps it, a claim replaces what was only
 * guessed, doubted or explained away.
 */
export function withClaims(matches: readonly Match[], claims: readonly Match[], rules: RuleLookup): readonly Match[] {
  if (claims.length === 0) return matches
  const isSure = (match: Match) =>
    rules.get(match.ruleId)?.kind !== 'generic' && match.allowed === undefined && match.confidence !== 'low'
  const [sure, likely] = [new RangeIndex<Match>(), new RangeIndex<Match>()]
  for (const match of matches) {
    if (isSure(match)) sure.add(match, match)
    if (match.allowed === undefined && match.confidence !== 'low') likely.add(match, match)
  }
  const standing = new RangeIndex<Match>()
  const kept: Match[] = []
  for (const claim of claims) {
    if (sure.some(claim, () => true) || (claim.confidence === 'medium' && likely.some(claim, () => true))) continue
    if (standing.some(claim, () => true)) continue
    standing.add(claim, claim)
    kept.push(claim)
  }
  const others = matches.filter((match) => isSure(match) || !standing.some(match, () => true))
  return [...others, ...kept].sort((a, b) => a.start - b.start || a.end - b.end)
}
