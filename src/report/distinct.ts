// One leak that stands in many images, once. Not for the images of one scan, where each stands for itself.
import type { Finding } from '../scan/types.js'
import { severityRank } from './groups.js'

/** One finding for each fingerprint: the worst of those that have it. */
export function distinctFindings(findings: readonly Finding[]): readonly Finding[] {
  const worst = new Map<string, Finding>()
  for (const finding of findings) {
    const known = worst.get(finding.fingerprint)
    if (known === undefined || severityRank(finding.severity) < severityRank(known.severity))
      worst.set(finding.fingerprint, finding)
  }
  return [...worst.values()]
}
