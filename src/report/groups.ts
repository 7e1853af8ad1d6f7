// Findings by where they are to be fixed: a layer and its instruction, the configuration, the history, a file of a folder. Worst first.
import type { Severity } from '../detect/types.js'
import type { ConfigPlace, Finding, TargetReport } from '../scan/types.js'
import { isKeptOriginal } from '../support/kept-original.js'

export interface FindingGroup {
  /** "layer 6/9", "config", "history", "file". */
  readonly label: string
  /** The instruction, the kind of config string, or the file's path; plain. */
  readonly title: string
  readonly findings: readonly Finding[]
}

const RANK: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3 }

/** 0 for critical to 3 for low. */
export const severityRank = (severity: Severity): number => RANK[severity]

/** The history's line, masked. */
function lineOf({ index }: ConfigPlace, { image }: TargetReport): string {
  return index === undefined ? '' : (image?.history?.[index]?.createdBy ?? '')
}

function groupOf(finding: Finding, target: TargetReport): Omit<FindingGroup, 'findings'> & { readonly order: number } {
  const { place, layer } = finding
  if (!('path' in place)) {
    if (place.kind === 'history' || place.kind === 'build-arg')
      return { label: 'history', title: lineOf(place, target), order: 2_000_000 + (place.index ?? 0) }
    return { label: 'config', title: place.kind.toUpperCase(), order: 1_000_000 }
  }
  if (target.kind !== 'image') return { label: 'file', title: place.path, order: isKeptOriginal(place) ? 1 : 0 }
  if (layer === undefined) return { label: 'layer', title: 'of no known image', order: 999_999 }
  return {
    label: `layer ${layer.index + 1}/${target.image?.layers.length ?? '?'}`,
    title: layer.createdBy ?? '',
    order: layer.index,
  }
}

function byPlace(a: Finding, b: Finding): number {
  const severity = RANK[a.severity] - RANK[b.severity]
  if (severity !== 0) return severity
  const [left, right] = [
    'path' in a.place ? a.place.path : (a.place.key ?? ''),
    'path' in b.place ? b.place.path : (b.place.key ?? ''),
  ]
  if (left !== right) return left < right ? -1 : 1
  return a.span.offset - b.span.offset
}

/** The target's findings in groups: worst group first, then lowest layer first, then configuration, then history. */
export function groupFindings(target: TargetReport): readonly FindingGroup[] {
  const groups = new Map<string, { label: string; title: string; order: number; findings: Finding[] }>()
  for (const finding of target.findings) {
    const { label, title, order } = groupOf(finding, target)
    const key = `${order} ${label} ${title}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { label, title, order, findings: [finding] })
    else group.findings.push(finding)
  }
  const worst = (group: { findings: readonly Finding[] }): number =>
    Math.min(...group.findings.map(({ severity }) => RANK[severity]))
  const sorted = [...groups.values()].sort(
    (a, b) => worst(a) - worst(b) || a.order - b.order || (a.title < b.title ? -1 : 1),
  )
  return sorted.map(({ label, title, findings }) => ({ label, title, findings: findings.sort(byPlace) }))
}
