// The order of targets that nobody named one by one. Pure.
import type { TargetReport } from '../scan/types.js'
import { severityRank } from './groups.js'

/** Behind the lowest severity: what failed may hold anything, what is clean needs no look. */
const FAILED = 4
const CLEAN = 5

function rank({ findings, failed }: TargetReport): number {
  const ranks = findings
    .filter(({ suppressed }) => suppressed === undefined)
    .map(({ severity }) => severityRank(severity))
  return Math.min(failed === undefined ? CLEAN : FAILED, ...ranks)
}

/** By the worst finding, then by their number, else as they came; failed ones behind those with findings, clean ones last. */
export function sortWorstFirst(targets: readonly TargetReport[]): readonly TargetReport[] {
  const ranked = targets.map((target) => ({ target, rank: rank(target) }))
  return ranked
    .sort((a, b) => a.rank - b.rank || b.target.findings.length - a.target.findings.length)
    .map(({ target }) => target)
}
