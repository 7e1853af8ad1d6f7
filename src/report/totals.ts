// The table's last lines: totals, what flags and suppressions left out, and what to run next.
import type { Severity } from '../detect/types.js'
import type { Finding } from '../scan/types.js'
import { grouped } from '../support/grouped.js'
import { printable } from '../support/printable.js'
import { shellWord } from '../support/shell-word.js'
import { isIncomplete } from './coverage.js'
import { distinctFindings } from './distinct.js'
import { severityRank } from './groups.js'
import { unsettled } from './migrated.js'
import type { FilteredBy, GivenProject, ReportOptions, ScanReport } from './types.js'
import { count, prose, shortFingerprint } from './wording.js'

const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low']
const FILTER_FLAGS: Readonly<Record<FilteredBy, string>> = {
  severity: '--min-severity',
  confidence: '--min-confidence',
  exposure: '--exposure',
  origin: '--origin',
  since: '--since',
  rule: '--rule or --skip-rule',
}

/** Columns of a command with its purpose on the same line. */
const WIDEST_COMMAND = 80

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, amount) => total + amount, 0)

/** These two flags leave something out without being given. */
function howToSee(by: string, amount: number): string {
  if (by !== 'severity' && by !== 'confidence') return ''
  return `; --min-${by} low shows ${amount === 1 ? 'it' : 'them'}`
}

/** "More" than those that are told. */
function suppressedWords({ targets }: ScanReport, { showSuppressed }: ReportOptions): string {
  if (showSuppressed) return 'suppressed'
  return `${targets.some(({ findings }) => findings.length > 0) ? 'more ' : ''}suppressed; --show-suppressed`
}

function leftOut(report: ScanReport, options: ReportOptions): string {
  const suppressed = sum(report.suppressed)
  const parts = [
    ...(suppressed > 0 ? [`${grouped(suppressed)} ${suppressedWords(report, options)}`] : []),
    ...Object.entries(FILTER_FLAGS).flatMap(([by, flag]) => {
      const amount = report.filtered[by as FilteredBy]
      return amount > 0 ? [`${grouped(amount)} left out by ${flag}${howToSee(by, amount)}`] : []
    }),
  ]
  return parts.length === 0 ? '' : `   (${parts.join('; ')})`
}

/** Nobody may read "none found" where nothing, or not everything, was looked at. */
function nothingFound({ targets, fromStore }: ScanReport): string {
  if (fromStore?.images === 0 && targets.length === 0) return 'Nothing was scanned: the store holds no image'
  if (targets.length === 0 && fromStore === undefined) return 'Nothing was scanned'
  const failed = targets.filter((target) => target.failed !== undefined).length
  if (failed > 0 && failed === targets.length) return `Nothing was scanned: ${count(failed, 'target')} failed`
  const missed = targets.flatMap(({ coverage }) => coverage.filter(isIncomplete)).length
  const reasons = [
    ...(failed > 0 ? [`${count(failed, 'target')} failed`] : []),
    ...(missed > 0 ? [`${count(missed, 'part')} not scanned`] : []),
  ]
  return reasons.length === 0 ? 'No secrets found' : `No secrets found in what could be scanned; ${reasons.join(', ')}`
}

/** In how many images; only where a finding is counted once for all of them. */
function spreadText({ targets, fromStore }: ScanReport): string {
  if (fromStore === undefined) return ''
  const holding = targets.filter(({ findings }) => findings.some(({ suppressed }) => suppressed === undefined))
  return ` in ${count(holding.length, 'image')}`
}

function totalsLine(
  findings: readonly Finding[],
  repeated: number,
  report: ScanReport,
  options: ReportOptions,
): string {
  const suffix = leftOut(report, options)
  const counted = report.fromStore === undefined ? findings : distinctFindings(findings)
  if (findings.length === 0) return `${nothingFound(report)}${suffix}`
  const bySeverity = SEVERITIES.map(
    (severity) => [counted.filter((finding) => finding.severity === severity).length, severity] as const,
  )
  const amounts = bySeverity
    .filter(([amount]) => amount > 0)
    .map(([amount, severity]) => `${grouped(amount)} ${severity}`)
  const failed = report.targets.filter((target) => target.failed !== undefined).length
  const unseen = failed === 0 ? '' : `; ${count(failed, 'target')} failed`
  const shared =
    repeated === 0 || report.fromStore !== undefined
      ? ''
      : ` (${grouped(findings.length - repeated)} without what images share)`
  return `${count(counted.length, 'finding')}${shared}${spreadText(report)}: ${amounts.join(', ')}${unseen}${suffix}`
}

/** A command on a line of its own, with what it is for. It is to be copied, so it is never broken. */
function commandLines(command: string, purpose: string): readonly string[] {
  const line = `      ${command}      ${purpose}`
  return line.length <= WIDEST_COMMAND ? [line] : [`      ${command}`, `      ${purpose}`]
}

/** Which command takes values out of where they were found; [] where there is none for it. */
function moveLines({ targets, fromStore }: ScanReport, options: ReportOptions): readonly string[] {
  const { builtHere, project, jsonFile } = options
  const images = targets.filter((target) => target.kind === 'image' && unsettled(target).length > 0)
  const isBuilt = images.some((image) => builtHere?.has(image) === true)
  const isProject = targets.some(({ kind }) => kind === 'compose')
  if (images.length === 0 && !isProject) return []
  if (isProject || isBuilt) {
    const flags = [...projectFlags(project), ...(isBuilt ? ['--images'] : [])]
    return commandLines(['secretscan migrate', ...flags].join(' '), 'to move what your Compose project needs')
  }
  const file = word(jsonFile ?? 'report.json')
  const make =
    fromStore === undefined
      ? `add --report json=${file} to this scan`
      : `secretscan sweep findings --image NAME --format json --output ${file}`
  return [
    `      secretscan migrate plan --from-report ${file}`,
    '      beside its Compose file or Dockerfile, to see what to change there',
    ...(jsonFile === undefined ? [`      (for that report: ${make})`] : []),
  ]
}

/** A migration reads no settings of scans: what a setting named, it has to be told. */
const projectFlags = ({ files, envFiles, profiles }: GivenProject = NONE_GIVEN): readonly string[] => [
  ...files.map((file) => `-f ${word(file)}`),
  ...envFiles.map((file) => `--env-file ${word(file)}`),
  ...profiles.map((profile) => `--profile ${word(profile)}`),
]

const NONE_GIVEN: GivenProject = { files: [], envFiles: [], profiles: [] }
const word = (text: string): string => printable(shellWord(text))

/** A rule of an own file is known to a command that is told of that file. */
const showRule = (id: string, { rules = [] }: ReportOptions): string =>
  ['secretscan rules show', id, ...rules.map((file) => `--rules ${word(file)}`)].join(' ')

function nextLines(report: ScanReport, options: ReportOptions): readonly string[] {
  const say = (line: string) => prose(line, options, 2)
  const findings = report.targets.flatMap(unsettled).filter(({ suppressed }) => suppressed === undefined)
  const worst = findings.sort((a, b) => severityRank(a.severity) - severityRank(b.severity))[0]
  if (worst !== undefined) {
    const move = moveLines(report, options)
    const revoke = `Next: revoke or change them first (${showRule(worst.ruleId, options)})${move.length > 0 ? ', then' : ''}`
    const accept = `To accept one: secretscan sweep ack ${shortFingerprint(worst.fingerprint)} --reason '…'`
    return [say(revoke), ...move, ...(report.fromStore === undefined ? [] : [say(accept)])]
  }
  if (report.targets.some(({ failed }) => failed !== undefined)) return [say('Next: mend what failed and scan again')]
  const incomplete = report.targets.some(({ coverage }) => coverage.some(isIncomplete))
  return incomplete ? [say('Next: look at what was not scanned; --allow-incomplete accepts it')] : []
}

/** Totals, notes about the run, advice; `quiet` leaves totals only. `repeated`: findings that another target has told. */
export function closingLines(report: ScanReport, repeated: number, options: ReportOptions): readonly string[] {
  const findings = report.targets
    .flatMap((target) => target.findings)
    .filter(({ suppressed }) => suppressed === undefined)
  const totals = prose(totalsLine(findings, repeated, report, options), options, 2)
  if (options.quiet) return [totals]
  const notes = report.notes.map(({ code, detail }) => prose(`Note: ${printable(detail)} [${code}]`, options, 2))
  return [...notes, totals, ...nextLines(report, options)]
}
