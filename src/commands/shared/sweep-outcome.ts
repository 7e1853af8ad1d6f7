// How a sweep ended: its exit code (docs/exit-codes.md), and what is said of it.
import type { Settings } from '../../config/settings.js'
import { count, durationText, sizeText } from '../../report/wording.js'
import { EXIT } from '../../support/errors.js'
import { countFindings, type SeverityCounts } from '../../sweep/reading/findings.js'
import type { SweepOutcome } from '../../sweep/run-sweep.js'
import type { Queries } from '../../sweep/store/database.js'

export interface OutcomeSettings extends Pick<Settings, 'fail-on' | 'allow-incomplete' | 'min-confidence'> {
  /** Only what this sweep saw first counts. */
  readonly newOnly: boolean
}

/** What counts: neither acknowledged nor gone. */
export function countingFindings(
  queries: Queries,
  { id }: SweepOutcome,
  settings: OutcomeSettings,
): Promise<SeverityCounts> {
  return countFindings(queries, {
    minConfidence: settings['min-confidence'],
    ...(settings['fail-on'] === 'never' ? {} : { minSeverity: settings['fail-on'] }),
    ...(settings.newOnly ? { newIn: id } : {}),
  })
}

/** 1 findings, 4 no registry could be asked, 3 a part was not seen, 0 otherwise. */
export function sweepExitCode(
  { status, counts }: SweepOutcome,
  found: SeverityCounts,
  settings: OutcomeSettings,
): number {
  if (settings['fail-on'] !== 'never' && found.total > 0) return EXIT.findings
  if (status === 'failed') return EXIT.unreachable
  const isIncomplete = status === 'partial' || counts.incompleteImages > 0
  return isIncomplete && !settings['allow-incomplete'] ? EXIT.incomplete : EXIT.ok
}

/** What a person reads at the end. */
export function outcomeText(bin: string, outcome: SweepOutcome): string {
  const { counts, startedAt, id } = outcome
  const failed = [
    [counts.failedRegistries, 'registry'],
    [counts.failedRepositories, 'repository'],
    [counts.failedTags, 'tag'],
    [counts.failedImages, 'image'],
  ] as const
  const lines = [
    `Sweep ${id}: ${count(counts.images, 'image')} under ${count(counts.tags, 'tag')}, ${count(counts.layersScanned, 'layer')} scanned (${sizeText(counts.bytesScanned)}) in ${durationText(Date.now() - startedAt.getTime())}`,
    `${count(counts.findings, 'finding')}, ${counts.newFindings.toLocaleString('en-US')} new, ${counts.goneFindings.toLocaleString('en-US')} gone`,
  ]
  for (const [amount, noun] of failed) {
    if (amount > 0)
      lines.push(`${count(amount, noun).replace(/ys$/, 'ies')} could not be read: ${bin} sweep status says why`)
  }
  if (counts.newFindings > 0) lines.push(`Next: ${bin} sweep findings --new`)
  return `${lines.join('\n')}\n`
}
