// How a sweep ended: its exit code (docs/exit-codes.md), and what is said of it.
import type { Settings } from '../../config/settings.js'
import { count, durationText, sizeText } from '../../report/wording.js'
import { EXIT } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import type { SweepCounts } from '../../sweep/plan/finish-sweep.js'
import { countFindings, type SeverityCounts } from '../../sweep/reading/findings.js'
import type { Unmatched } from '../../sweep/reading/unmatched.js'
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
  // A registry of which nothing was taken holds nothing, or a name or glob is mistyped: nobody would see that otherwise.
  const isIncomplete = status === 'partial' || counts.incompleteImages > 0 || counts.emptyRegistries > 0
  return isIncomplete && !settings['allow-incomplete'] ? EXIT.incomplete : EXIT.ok
}

/** What a sweep's row says of findings; rows of earlier versions lack some. */
export type FindingCounts = Partial<
  Pick<
    SweepCounts,
    'findings' | 'findingImages' | 'unsureFindings' | 'acknowledgedFindings' | 'newFindings' | 'goneFindings'
  >
>

/** What a person reads at the end. */
export function outcomeText(bin: string, outcome: SweepOutcome): string {
  const { counts, startedAt, id, unmatched } = outcome
  const lines = [
    `Sweep ${id}: ${count(counts.images, 'image')} under ${count(counts.tags, 'tag')}, ${count(counts.layersScanned, 'layer')} scanned (${sizeText(counts.bytesScanned)}) in ${durationText(Date.now() - startedAt.getTime())}`,
    findingsText(counts),
    ...otherRulesText(counts),
    ...leftOutText(counts),
    ...emptyText(counts),
    ...unmatchedText(unmatched),
    ...incompleteText(bin, counts),
  ]
  lines.push(...unreadText(bin, outcome), ...unsentText(bin, outcome.messages))
  if (counts.newFindings > 0) lines.push(`Next: ${bin} sweep findings --new`)
  return `${lines.join('\n')}\n`
}

/** What could not be read: registries with the reason and what to do, of all else how much. */
export function unreadText(
  bin: string,
  { counts, unreadRegistries }: Pick<SweepOutcome, 'counts' | 'unreadRegistries'>,
): string[] {
  const others = [
    [Math.max(0, counts.failedRegistries - unreadRegistries.length), 'registry'],
    [counts.failedRepositories, 'repository'],
    [counts.failedTags, 'tag'],
    [counts.failedImages, 'image'],
  ] as const
  return [
    ...unreadRegistries.flatMap(({ name, message, hint }) => [
      `${printable(name)} could not be read: ${printable(message)}`,
      ...(hint === null ? [] : [`  ${printable(hint)}`]),
    ]),
    ...others
      .filter(([amount]) => amount > 0)
      .map(
        ([amount, noun]) =>
          `${count(amount, noun).replace(/ys$/, 'ies')} could not be read: ${bin} sweep status says why`,
      ),
  ]
}

/** Lines where news did not go out: nobody else says so. */
export function unsentText(bin: string, { notSent, waiting }: SweepOutcome['messages']): string[] {
  const line = (amount: number, one: string, many: string): string[] =>
    amount === 0 ? [] : [`${count(amount, 'message')} ${amount === 1 ? one : many}: ${bin} sweep status says why`]
  return [
    ...line(notSent, 'was not sent', 'were not sent'),
    ...line(waiting, 'is still to be sent', 'are still to be sent'),
  ]
}

/** A line where images were scanned with earlier rules: who has put a new version in would take their findings for all. */
export function otherRulesText({ otherRulesImages = 0 }: Partial<Pick<SweepCounts, 'otherRulesImages'>>): string[] {
  if (otherRulesImages === 0) return []
  const images = `${count(otherRulesImages, 'image')} ${otherRulesImages === 1 ? 'was' : 'were'} scanned with earlier rules`
  return [`${images}; rescanOnRuleChange: true in sweep.yaml has them read again`]
}

/** A line where a registry was taken out of sweep.yaml: who did so by mistake would take its findings for mended. */
export function leftOutText({ leftOutRepositories = 0 }: Partial<Pick<SweepCounts, 'leftOutRepositories'>>): string[] {
  if (leftOutRepositories === 0) return []
  const repositories = count(leftOutRepositories, 'repository').replace(/ys$/, 'ies')
  return [
    `${repositories} of registries that sweep.yaml names no more ${leftOutRepositories === 1 ? 'is' : 'are'} gone`,
  ]
}

/** A line where a registry was read and none of its repositories was asked for: what it held is gone by a mistyped glob, perhaps. */
export function emptyText({ emptyRegistries = 0 }: Partial<Pick<SweepCounts, 'emptyRegistries'>>): string[] {
  if (emptyRegistries === 0) return []
  const registries = count(emptyRegistries, 'registry').replace(/ys$/, 'ies')
  return [`No repository was taken of ${registries}: are names and globs in sweep.yaml right?`]
}

/** A line for each registry in which nothing was found for a name or glob: what it is for is missed, or taken in, without a word. */
export function unmatchedText(unmatched: readonly Unmatched[]): string[] {
  const line = (what: string, host: string, patterns: readonly string[]): string[] =>
    patterns.length === 0
      ? []
      : [`No ${what} of ${printable(host)} matches ${patterns.map(printable).join(', ')}: is sweep.yaml right?`]
  return unmatched.flatMap(({ host, repositories, tags }) => [
    ...line('repository', host, repositories),
    ...line('tag', host, tags),
  ])
}

/** A line where a part of images was not seen: the exit code says so, too. Those that could not be read at all are told by themselves. */
export function incompleteText(
  bin: string,
  { incompleteImages = 0, failedImages = 0 }: Partial<Pick<SweepCounts, 'incompleteImages' | 'failedImages'>>,
): string[] {
  const amount = incompleteImages - failedImages
  if (amount <= 0) return []
  return [
    `${count(amount, 'image')} ${amount === 1 ? 'was' : 'were'} not seen whole: ${bin} sweep findings says what was not scanned`,
  ]
}

/** "5 open findings in 12 images, 2 new, 0 gone (12 of low confidence and 1 acknowledged are not counted)". */
export function findingsText(counts: FindingCounts): string {
  const number = (amount: number | undefined): string => (amount ?? 0).toLocaleString('en-US')
  const left = [
    ...((counts.unsureFindings ?? 0) > 0 ? [`${number(counts.unsureFindings)} of low confidence`] : []),
    ...((counts.acknowledgedFindings ?? 0) > 0 ? [`${number(counts.acknowledgedFindings)} acknowledged`] : []),
  ]
  const total = (counts.unsureFindings ?? 0) + (counts.acknowledgedFindings ?? 0)
  const uncounted = left.length === 0 ? '' : ` (${left.join(' and ')} ${total === 1 ? 'is' : 'are'} not counted)`
  const where = counts.findingImages === undefined ? '' : ` in ${count(counts.findingImages, 'image')}`
  return `${count(counts.findings ?? 0, 'open finding')}${where}, ${number(counts.newFindings)} new, ${number(counts.goneFindings)} gone${uncounted}`
}
