// The report for people: one section a target, findings grouped by where they are to be fixed, then totals and what to do next.
import pc from 'picocolors'
import type { Severity } from '../detect/types.js'
import type { Finding, Place, Related, TargetReport } from '../scan/types.js'
import { printable, visible } from '../support/printable.js'
import { isIncomplete } from './coverage.js'
import { coverageLines } from './coverage-lines.js'
import { type FindingGroup, groupFindings } from './groups.js'
import { clip, ends, layRows, type Row } from './layout.js'
import { isMigrated } from './migrated.js'
import { type Repeats, repeatedFrom, repeatsOf } from './repeats.js'
import { closingLines } from './totals.js'
import type { Reporter, ReportOptions, ScanReport } from './types.js'
import { count, durationText, placeText, prose, shortFingerprint, sizeText, sourceText } from './wording.js'
import { writeText } from './write.js'

type Colors = ReturnType<typeof pc.createColors>

const DEFAULT_WIDTH = 80
/** Up to so many are told in full. */
const FEW_TARGETS = 5
const FEW_NAMES = 5
const RELATED_WORDS: Readonly<Record<Related['role'], string>> = {
  part: 'the other part in',
  'same-value': 'the same value in',
  'same-place': 'there again in',
  instruction: 'repeated in',
}

function paintSeverity(severity: Severity, colors: Colors): string {
  const word = severity.toUpperCase()
  if (severity === 'critical') return colors.bold(colors.red(word))
  if (severity === 'high') return colors.red(word)
  return severity === 'medium' ? colors.yellow(word) : colors.cyan(word)
}

/** What a person must know of a finding beyond where it is. */
function remarks(finding: Finding, { kind, migrated }: TargetReport): string[] {
  const lines: string[] = []
  const by = finding.removedBy === undefined ? 'a later layer' : `layer ${finding.removedBy.index + 1}`
  if (finding.exposure === 'deleted') lines.push(`deleted in ${by}, still in the image for everyone who pulls it`)
  if (finding.exposure === 'overwritten')
    lines.push(`overwritten in ${by}, still in the image for everyone who pulls it`)
  if (finding.origin === 'base') lines.push('comes with the base image')
  if (finding.origin === 'container') lines.push('set or written at run time, not in the image')
  if (finding.origin === 'own' && kind === 'container') lines.push('comes with the image')
  if (finding.decodedFrom.length > 0) lines.push(`seen through ${finding.decodedFrom.join(', then ')}`)
  if (finding.validity === 'implausible') lines.push('its form or checksum does not fit: probably no real one')
  if (finding.validity === 'inactive') lines.push('it has expired; whoever signs with the same key can make another')
  if (isMigrated(finding, migrated)) lines.push('a migration put it here, where it belongs: keep the file to yourself')
  if (finding.suppressed !== undefined) {
    const { by: suppressor, reason } = finding.suppressed
    lines.push(`suppressed by ${suppressor}${reason === undefined ? '' : `: ${printable(reason)}`}`)
  }
  return lines
}

function relatedRemark(related: Related): string {
  const layer = related.layer === undefined ? '' : ` (layer ${related.layer.index + 1})`
  const owner = ownerOf(related.place)
  const named = owner === '' ? '' : ` (${printable(owner)})`
  return `${RELATED_WORDS[related.role]} ${printable(placeText(related.place, related.span))}${named}${layer}`
}

/** The group's heading says "config ENV" already: there the variable's name is enough; in a file it stands behind the position. */
function placeInGroup({ place, span }: Finding): string {
  const named = !('path' in place) && place.kind !== 'history' && place.kind !== 'build-arg' && place.key !== undefined
  if (named) return place.key ?? ''
  const name = ownerOf(place) || ('path' in place ? (place.key ?? '') : '')
  return `${placeText(place, span)}${name === '' ? '' : `  ${name}`}`
}

/** Whose value a Compose file has there: the service, and its variable where it has one; "" elsewhere. */
function ownerOf(place: Place): string {
  if (place.kind !== 'compose') return ''
  return [place.service, place.key].filter((part) => part !== undefined).join('.')
}

function findingRow(finding: Finding, target: TargetReport, report: ScanReport, colors: Colors): Row {
  const title = report.rules.get(finding.ruleId)?.title ?? finding.ruleId
  return {
    severity: paintSeverity(finding.severity, colors),
    title: printable(finding.validity === 'plausible' ? `${title} (well-formed)` : title),
    place: printable(placeInGroup(finding)),
    secret: visible(finding.secret.value ?? finding.secret.shown),
    remarks: [
      // Several lines of the history may have it under one name.
      ...new Set(finding.related.map(relatedRemark)),
      ...remarks(finding, target),
      ...(report.fromStore === undefined ? [] : [`ID ${shortFingerprint(finding.fingerprint)}`]),
    ],
  }
}

function groupLines(
  group: FindingGroup,
  target: TargetReport,
  report: ScanReport,
  colors: Colors,
  { width, broken }: { readonly width: number; readonly broken: boolean },
): string[] {
  const amount = count(group.findings.length, 'finding')
  const head = ` ${group.label}  ${printable(group.title)}`
  const rows = group.findings.map((finding) => findingRow(finding, target, report, colors))
  return [
    '',
    ends(colors.bold(clip(head, width - amount.length - 2)), amount, width),
    ...layRows(rows, width, { broken, paint: colors.dim }),
  ]
}

function shortDigest(digest: string): string {
  return digest.length > 27 ? `${digest.slice(0, 11)}…${digest.slice(-4)}` : digest
}

/** A tick only where everything was seen and nothing found: each outcome has a sign of its own. */
function signOf({ failed, findings, coverage }: TargetReport, colors: Colors): string {
  if (failed !== undefined) return colors.red('✖')
  if (findings.some(({ suppressed }) => suppressed === undefined)) return colors.red('●')
  return coverage.some(isIncomplete) ? colors.yellow('⚠') : colors.green('✔')
}

function headLines(target: TargetReport, report: ScanReport, options: ReportOptions, colors: Colors): string[] {
  const name = colors.bold(printable(target.reference))
  if (target.failed !== undefined)
    return [
      `${signOf(target, colors)} ${name}  failed`,
      prose(`  ${printable(target.failed.message)} [${target.failed.code}]`, options),
      ...(target.failed.hint === undefined ? [] : [prose(`  ${printable(target.failed.hint)}`, options)]),
    ]
  const parts = [
    name,
    target.image?.platform,
    target.image === undefined ? undefined : shortDigest(target.image.imageId),
    target.source === undefined ? undefined : sourceText(target.source),
  ]
  const { layers, files, bytes } = target.stats
  const amounts = [
    ...(layers > 0 ? [count(layers, 'layer')] : []),
    sizeText(bytes),
    `${count(files, 'file')} scanned`,
  ].join(', ')
  const isTimed = report.targets.length === 1 && report.fromStore === undefined
  const time = isTimed ? ` in ${durationText(report.durationMs)}` : ''
  const cached =
    target.cachedLayers.length === 0 ? '' : ` (${count(target.cachedLayers.length, 'layer')} from the cache)`
  return [
    `${signOf(target, colors)} ${parts.filter((part) => part !== undefined && part !== '').join('  ')}`,
    ...alsoLines(target, options),
    ...(isBrief(target, report) ? [] : [`  ${amounts}${time}${cached}`]),
  ]
}

/** Of many targets a clean one is told in one line. */
function isBrief({ failed, findings, coverage }: TargetReport, { targets }: ScanReport): boolean {
  return targets.length > FEW_TARGETS && failed === undefined && findings.length === 0 && coverage.length === 0
}

function alsoLines({ reference, names = [] }: TargetReport, options: ReportOptions): string[] {
  const others = names.filter((name) => name !== reference)
  const more = others.length - FEW_NAMES
  const text = `${others.slice(0, FEW_NAMES).map(printable).join(', ')}${more > 0 ? ` and ${count(more, 'more name')}` : ''}`
  return others.length === 0 ? [] : [prose(`  also ${text}`, options, 2)]
}

function repeatLines(target: TargetReport, repeats: Repeats, options: ReportOptions): string[] {
  const lines = [...repeatedFrom(target, repeats)].map(([{ reference }, amount]) => {
    const [what, as] = amount === 1 ? ['1 finding', 'it is told'] : [`${count(amount, 'finding')}`, 'they are told']
    return prose(` ${what} in what it shares with ${printable(reference)}: ${as} there`, options, 2)
  })
  return lines.length === 0 ? [] : ['', ...lines]
}

function targetLines(
  target: TargetReport,
  report: ScanReport,
  repeats: Repeats,
  options: ReportOptions,
  colors: Colors,
): string[] {
  const width = Math.max(60, Math.min(options.columns ?? DEFAULT_WIDTH, 120))
  const head = headLines(target, report, options, colors)
  if (isBrief(target, report)) return head
  const fresh = { ...target, findings: target.findings.filter((finding) => !repeats.has(finding)) }
  return [
    ...head,
    ...groupFindings(fresh).flatMap((group) =>
      groupLines(group, target, report, colors, { width, broken: options.columns !== undefined }),
    ),
    ...repeatLines(target, repeats, options),
    ...coverageLines(target, options),
    '',
  ]
}

/** The whole table as text. */
export function tableText(report: ScanReport, options: ReportOptions): string {
  const colors = pc.createColors(options.color)
  const repeats = repeatsOf(report.targets)
  const lines = report.targets.flatMap((target) => targetLines(target, report, repeats, options, colors))
  // After clean targets of one line each.
  if (lines.at(-1) !== '' && lines.length > 0) lines.push('')
  return `${[...lines, ...closingLines(report, repeats.size, options)].join('\n')}\n`
}

export const reportTable: Reporter = async (report, out, options) => {
  await writeText(out, tableText(report, options))
}
