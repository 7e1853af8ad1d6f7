// The report for people: one section a target, findings grouped by where they are to be fixed, then totals and what to do next.
import pc from 'picocolors'
import type { Severity } from '../detect/types.js'
import type { Finding, Place, Related, TargetReport } from '../scan/types.js'
import { printable } from '../support/printable.js'
import { isIncomplete } from './coverage.js'
import { coverageLines } from './coverage-lines.js'
import { type FindingGroup, groupFindings } from './groups.js'
import { clip, ends, layRows, type Row } from './layout.js'
import { closingLines } from './totals.js'
import type { Reporter, ReportOptions, ScanReport } from './types.js'
import { count, durationText, placeText, prose, shortFingerprint, sizeText, sourceText } from './wording.js'
import { writeText } from './write.js'

type Colors = ReturnType<typeof pc.createColors>

const DEFAULT_WIDTH = 80
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
function remarks(finding: Finding): string[] {
  const lines: string[] = []
  const by = finding.removedBy === undefined ? 'a later layer' : `layer ${finding.removedBy.index + 1}`
  if (finding.exposure === 'deleted') lines.push(`deleted in ${by}, still in the image for everyone who pulls it`)
  if (finding.exposure === 'overwritten')
    lines.push(`overwritten in ${by}, still in the image for everyone who pulls it`)
  if (finding.origin === 'base') lines.push('comes with the base image')
  if (finding.origin === 'container') lines.push('set or written in the container, not in its image')
  if (finding.decodedFrom.length > 0) lines.push(`seen through ${finding.decodedFrom.join(', then ')}`)
  if (finding.validity === 'implausible') lines.push('its form or checksum does not fit: probably no real one')
  if (finding.validity === 'inactive') lines.push('it has expired; whoever signs with the same key can make another')
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

function findingRow(finding: Finding, report: ScanReport, colors: Colors): Row {
  const title = report.rules.get(finding.ruleId)?.title ?? finding.ruleId
  return {
    severity: paintSeverity(finding.severity, colors),
    title: printable(finding.validity === 'plausible' ? `${title} (well-formed)` : title),
    place: printable(placeInGroup(finding)),
    secret: printable(finding.secret.value ?? finding.secret.shown),
    remarks: [
      ...finding.related.map(relatedRemark),
      ...remarks(finding),
      ...(report.fromStore === undefined ? [] : [`ID ${shortFingerprint(finding.fingerprint)}`]),
    ].map(colors.dim),
  }
}

function groupLines(group: FindingGroup, report: ScanReport, colors: Colors, width: number): string[] {
  const amount = count(group.findings.length, 'finding')
  const head = ` ${group.label}  ${printable(group.title)}`
  const rows = group.findings.map((finding) => findingRow(finding, report, colors))
  return ['', ends(colors.bold(clip(head, width - amount.length - 2)), amount, width), ...layRows(rows, width)]
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
    `  ${amounts}${time}${cached}`,
  ]
}

function targetLines(target: TargetReport, report: ScanReport, options: ReportOptions, colors: Colors): string[] {
  const width = Math.max(60, Math.min(options.columns ?? DEFAULT_WIDTH, 120))
  return [
    ...headLines(target, report, options, colors),
    ...groupFindings(target).flatMap((group) => groupLines(group, report, colors, width)),
    ...coverageLines(target, options),
    '',
  ]
}

/** The whole table as text. */
export function tableText(report: ScanReport, options: ReportOptions): string {
  const colors = pc.createColors(options.color)
  const lines = report.targets.flatMap((target) => targetLines(target, report, options, colors))
  return `${[...lines, ...closingLines(report, options)].join('\n')}\n`
}

export const reportTable: Reporter = async (report, out, options) => {
  await writeText(out, tableText(report, options))
}
