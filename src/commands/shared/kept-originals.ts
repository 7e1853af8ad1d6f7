// Findings in what this tool itself keeps: the originals of a migration, which hold the values until they are cleaned.

import { count } from '../../report/wording.js'
import type { Finding, TargetReport } from '../../scan/types.js'
import type { Issue } from '../../support/issue.js'
import { isKeptOriginal } from '../../support/kept-original.js'

/** One note for all of them in folders, one for all in images and containers; [] where there are none. */
export function keptOriginals(targets: readonly Pick<TargetReport, 'kind' | 'findings'>[]): readonly Issue[] {
  const kept = targets.flatMap(({ kind, findings }) =>
    findings.filter(hasCopy).map(() => kind === 'image' || kind === 'container'),
  )
  const inImages = kept.filter((isIn) => isIn).length
  return [
    ...noteOf(
      kept.length - inImages,
      'where a migration keeps the originals for its rollback; "secretscan migrate clean" removes them',
    ),
    ...noteOf(
      inImages,
      'where a migration keeps the originals of a project, and came into an image with that: add .secretscan to the .dockerignore of what is built, and change the values',
    ),
  ]
}

/** It lies there, or the same value does. */
const hasCopy = ({ place, related }: Finding): boolean =>
  [place, ...related.map((other) => other.place)].some(isKeptOriginal)

function noteOf(amount: number, where: string): readonly Issue[] {
  if (amount === 0) return []
  const have = `${count(amount, 'finding')} ${amount === 1 ? 'has' : 'have'}`
  return [{ code: 'MIGRATION_ORIGINALS', effect: 'note', detail: `${have} a copy in .secretscan/migrations, ${where}` }]
}
