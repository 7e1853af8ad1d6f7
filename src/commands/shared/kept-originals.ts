// Findings in what this tool itself keeps: the originals of a migration, which hold the values until they are cleaned.

import type { TargetReport } from '../../scan/types.js'
import type { Issue } from '../../support/issue.js'
import { isKeptOriginal } from '../../support/kept-original.js'

/** One note for all of them; [] where there are none. */
export function keptOriginals(targets: readonly Pick<TargetReport, 'findings'>[]): readonly Issue[] {
  const own = targets.flatMap(({ findings }) => findings.filter(({ place }) => isKeptOriginal(place)))
  if (own.length === 0) return []
  const detail = `${own.length} ${own.length === 1 ? 'finding is' : 'findings are'} in .secretscan/migrations, where a migration keeps the originals for its rollback; "secretscan migrate clean" removes them`
  return [{ code: 'MIGRATION_ORIGINALS', effect: 'note', detail }]
}
