// From raw findings of one layer, folder or config to local ones: ordinals, fingerprints, and equal values of one unit brought together.
import { fingerprint } from './fingerprint.js'
import { mergeLeak } from './merge.js'
import type { LocalFinding } from './types.js'
import type { RawFinding } from './unit.js'

/** In the order of entries and offsets. What a worker said to be the same value is one finding, the rest of it `related`. */
export function finishFindings(raw: readonly RawFinding[]): LocalFinding[] {
  const ordered = withoutRepeats([...raw].sort((a, b) => a.entry - b.entry || a.span.offset - b.span.offset))
  const ordinals = new Ordinals()
  const groups = new Map<number | RawFinding, LocalFinding[]>()
  for (const finding of ordered) {
    const { entry: _entry, tag, sameAs, ...local } = finding
    const tagged = { ...local, fingerprint: fingerprint(local.ruleId, local.place, tagOf(finding, tag, ordinals)) }
    const group = groups.get(sameAs ?? finding)
    if (group === undefined) groups.set(sameAs ?? finding, [tagged])
    else group.push(tagged)
  }
  return [...groups.values()].map((group) => mergeLeak(group, { sameUnit: true }))
}

function tagOf(finding: RawFinding, tag: string | undefined, ordinals: Ordinals): string {
  if (finding.valueTag !== undefined) return finding.valueTag
  const ordinal = ordinals.of(finding, tag)
  if (tag === undefined) return `#${ordinal}`
  return ordinal === 1 ? tag : `${tag}#${ordinal}`
}

/** A guessable value's number among those that are equal in all other parts of the fingerprint; equal values share one. */
class Ordinals {
  readonly #seen = new Map<string, Map<number | RawFinding, number>>()

  of(finding: RawFinding, tag: string | undefined): number {
    const { index: _index, ...place } = { index: undefined, ...finding.place }
    const key = JSON.stringify([finding.ruleId, place, tag ?? null])
    const numbers = this.#seen.get(key) ?? new Map<number | RawFinding, number>()
    this.#seen.set(key, numbers)
    const value = finding.sameAs ?? finding
    const known = numbers.get(value)
    if (known !== undefined) return known
    numbers.set(value, numbers.size + 1)
    return numbers.size
  }
}

/** A folder's name is seen again in the path of every file below it, a git object in every pack that has it. */
function withoutRepeats(findings: readonly RawFinding[]): RawFinding[] {
  const seen = new Set<string>()
  return findings.filter((finding) => {
    const { place } = finding
    if (place.kind !== 'file-name' && place.kind !== 'git') return true
    const where = [place.path, place.inside ?? []]
    const key = JSON.stringify([finding.ruleId, where, finding.span.offset, finding.valueTag ?? null])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
