// Which findings were already told with an earlier target, since images share layers and entries of their configuration. Pure.
import type { Finding, TargetReport } from '../scan/types.js'

/** By finding: the earlier target that has the very same one. */
export type Repeats = ReadonlyMap<Finding, TargetReport>

/**
 * The same means: in a layer that both have, or in an entry of the configuration that is the same as a whole. What two images hold in
 * layers of their own is to be mended twice, and no repeat.
 */
export function repeatsOf(targets: readonly TargetReport[]): Repeats {
  const first = new Map<string, TargetReport>()
  const repeats = new Map<Finding, TargetReport>()
  for (const target of targets) {
    for (const finding of target.findings) {
      const key = keyOf(finding, target)
      const earlier = key === undefined ? undefined : first.get(key)
      if (earlier !== undefined && earlier !== target) repeats.set(finding, earlier)
      else if (key !== undefined) first.set(key, target)
    }
  }
  return repeats
}

/** Undefined where nothing tells whether another finding is the same. */
function keyOf(finding: Finding, { entryMacs }: TargetReport): string | undefined {
  const { fingerprint, place, layer, exposure, origin, suppressed } = finding
  const whole = 'path' in place ? layer?.diffId : entryMacs?.get(fingerprint)
  return whole === undefined ? undefined : JSON.stringify([fingerprint, whole, exposure, origin, suppressed?.by])
}

/** How many of `target`'s findings each earlier target has. */
export function repeatedFrom(target: TargetReport, repeats: Repeats): ReadonlyMap<TargetReport, number> {
  const amounts = new Map<TargetReport, number>()
  for (const finding of target.findings) {
    const earlier = repeats.get(finding)
    if (earlier !== undefined) amounts.set(earlier, (amounts.get(earlier) ?? 0) + 1)
  }
  return amounts
}
