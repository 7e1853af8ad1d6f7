// What an earlier image (--since) holds too. A finding with a value that nobody can guess is known by its fingerprint; a guessable value
// has no part in that, so it counts as held only where nothing has changed: in a layer that both have, in an entry that is the same.
import type { Finding, TargetReport } from '../scan/types.js'

/** Whether the earlier image holds `finding` of `target` too. */
export type IsHeld = (finding: Finding, target: TargetReport) => boolean

/** `earlier`: the reports of the image to compare with, one a platform. */
export function heldBy(earlier: readonly TargetReport[]): IsHeld {
  const fingerprints = new Set(earlier.flatMap(({ findings }) => findings.map(({ fingerprint }) => fingerprint)))
  const layers = new Set(earlier.flatMap(({ image }) => image?.layers.flatMap(({ diffId }) => diffId ?? []) ?? []))
  const entries = new Set(earlier.flatMap(({ entryMacs }) => [...(entryMacs ?? [])].map(entryKey)))
  const isShared = (layer: Finding['layer']) => layer?.diffId !== undefined && layers.has(layer.diffId)
  return (finding, { entryMacs }) => {
    const { fingerprint } = finding
    if (!fingerprints.has(fingerprint)) return false
    if (finding.valueTag !== undefined) return true
    const mac = entryMacs?.get(fingerprint)
    if (!('path' in finding.place)) return mac !== undefined && entries.has(entryKey([fingerprint, mac]))
    // The same place in several layers is one finding: any of them may hold another value.
    const again = finding.related.filter((other) => 'path' in other.place && other.fingerprint === fingerprint)
    return [finding, ...again].every(({ layer }) => isShared(layer))
  }
}

const entryKey = ([fingerprint, mac]: readonly [string, string]): string => `${fingerprint} ${mac}`
