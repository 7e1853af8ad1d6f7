// Several rules may see the same bytes: the most trusted one keeps them. One leak must not be counted twice.
import { TOO_REGULAR } from '../detect/allowlist.js'
import type { Rule, RuleKind } from '../detect/rule.js'
import type { Confidence, Match } from '../detect/types.js'

const TRUST: Readonly<Record<RuleKind, number>> = { format: 3, file: 2, service: 1, generic: 0 }
/** A token whose checksum does not fit is more than a value with a telling name, and less than one that a service's rule knows. */
const WRONG_CHECKSUM = 0.5
const CONFIDENCE: Readonly<Record<Confidence, number>> = { high: 2, medium: 1, low: 0 }

/** Rules that take whatever stands in a place: what knows the value, or a part of it, knows more. */
const BY_PLACE_ALONE = new Set(['kubernetes-secret-value'])
/** Rules of files whose names anybody chooses: where a service's name stands beside the value, its rule knows whose key it is. */
const BY_ANY_NAME = new Set([
  'terraform-variable-secret',
  'terraform-state-secret',
  'dotnet-configuration-password',
  'azure-functions-local-settings',
  'systemd-unit-password',
  'markdown-table-secret',
])

/** Shapes that do not tell what they open: a file that says so knows more. */
const BY_SHAPE_ALONE = new Set(['json-web-token'])

/** Rules by id: what a match needs to be judged by. */
export type RuleLookup = ReadonlyMap<string, Pick<Rule, 'id' | 'kind' | 'severity'>>

/**
 * The matches of one text in order of their place, without those that share bytes with a more trusted one: format, then file, service,
 * generic (and what is known by its place alone; a file whose names anybody chooses is less than a service; a shape that many services share is less than its file); then the higher confidence; then the
 * longer, and of the same bytes the value of a Kubernetes Secret. A match whose own check refuses it (no key of its format, too little entropy) takes no
 * place from one that nothing speaks against. The parts of a match (the secret key beside its key ID) cover their bytes too: from less
 * trusted rules, and from one that knows just that part and nothing that belongs to it. Two formats that stand as each other's part are two
 * secrets.
 */
export function resolveOverlaps(matches: readonly Match[], rules: RuleLookup): Match[] {
  if (matches.length < 2) return [...matches]
  const trust = ({ ruleId, validity, allowed, confidence }: Match) => {
    if (allowed === TOO_REGULAR) return -1
    if (validity === 'implausible') return confidence === 'low' ? -1 : WRONG_CHECKSUM
    // That it has run out already is what only the token itself says.
    if (BY_SHAPE_ALONE.has(ruleId) && validity !== 'inactive') return TRUST.file - 0.5
    if (BY_ANY_NAME.has(ruleId)) return TRUST.service - 0.5
    return TRUST[BY_PLACE_ALONE.has(ruleId) ? 'generic' : (rules.get(ruleId)?.kind ?? 'generic')]
  }
  const ranked = [...matches].sort(
    (a, b) =>
      trust(b) - trust(a) ||
      CONFIDENCE[b.confidence] - CONFIDENCE[a.confidence] ||
      b.end - b.start - (a.end - a.start) ||
      // Decoded it can be judged as what it is: a typed password must not be shown in part because its base64 looks random.
      Number(BY_PLACE_ALONE.has(b.ruleId)) - Number(BY_PLACE_ALONE.has(a.ruleId)) ||
      b.value.length - a.value.length ||
      a.start - b.start ||
      (a.ruleId < b.ruleId ? -1 : 1),
  )
  const kept: Match[] = []
  const taken = new RangeIndex<Match>()
  const parts = new RangeIndex<Match>()
  for (const match of ranked) {
    if (taken.some(match, (other) => !sharesOnlyItsCarrier(match, other))) continue
    if (parts.some(match, (owner) => trust(owner) > trust(match))) continue
    kept.push(match)
    taken.add(match, match)
    for (const part of match.parts) parts.add(part, match)
  }
  // A secret key that its key ID's finding holds already, found once more by a rule of its own; beside what is no key ID it stands for itself.
  const sound = kept.filter(({ validity }) => validity !== 'implausible')
  const held = new Set(sound.flatMap((match) => match.parts.map(({ start, end }) => `${start} ${end}`)))
  return kept
    .filter(({ start, end, parts: own }) => own.length > 0 || !held.has(`${start} ${end}`))
    .sort((a, b) => a.start - b.start || a.end - b.end)
}

/** Two different values decoded from one encoded text share its bytes and are still two secrets. */
function sharesOnlyItsCarrier(a: Match, b: Match): boolean {
  if (a.decodedFrom.length === 0 || b.decodedFrom.length === 0) return false
  const [longer, shorter] = a.value.length >= b.value.length ? [a.value, b.value] : [b.value, a.value]
  return !Buffer.from(longer).includes(Buffer.from(shorter))
}

interface Range {
  readonly start: number
  readonly end: number
}

/** Ranges by the blocks they touch, so that ten thousand matches of a hostile file are not compared pair by pair. */
export class RangeIndex<T> {
  static readonly #BLOCK = 256
  readonly #blocks = new Map<number, { range: Range; owner: T }[]>()

  add(range: Range, owner: T): void {
    for (const block of this.#blocksOf(range)) {
      const entries = this.#blocks.get(block)
      if (entries === undefined) this.#blocks.set(block, [{ range, owner }])
      else entries.push({ range, owner })
    }
  }

  /** Whether a range that shares bytes with `range` has an owner that `test` accepts. */
  some(range: Range, test: (owner: T) => boolean): boolean {
    for (const block of this.#blocksOf(range)) {
      for (const entry of this.#blocks.get(block) ?? []) {
        if (entry.range.start < range.end && range.start < entry.range.end && test(entry.owner)) return true
      }
    }
    return false
  }

  *#blocksOf(range: Range): Generator<number> {
    const last = Math.floor(Math.max(range.start, range.end - 1) / RangeIndex.#BLOCK)
    for (let block = Math.floor(range.start / RangeIndex.#BLOCK); block <= last; block++) yield block
  }
}
