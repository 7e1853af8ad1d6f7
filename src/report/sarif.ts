// SARIF 2.1.0 for code scanning services: one run, every target's findings as results.
// A guessable value has a start and no end: an end would tell its length.
import type {
  Log,
  Notification,
  PhysicalLocation,
  Region,
  ReportingDescriptor,
  Result,
  Location as SarifLocation,
} from 'sarif'
import type { RuleSummary } from '../detect/rule.js'
import type { Severity } from '../detect/types.js'
import type { Coverage, Finding, Place, Span, TargetReport } from '../scan/types.js'
import type { Issue } from '../support/issue.js'
import { printable } from '../support/printable.js'
import { brokeSomething } from './coverage.js'
import type { Reporter, ScanReport } from './types.js'
import { placeUri } from './uri.js'
import { failureSentences, placeText } from './wording.js'
import { writeListed } from './write.js'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
const LEVELS = { critical: 'error', high: 'error', medium: 'warning', low: 'note' } as const
/** What GitHub sorts by: a CVSS-like number in a string. */
const SECURITY_SEVERITY: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '3.0',
}

function descriptor(rule: RuleSummary): ReportingDescriptor {
  const references = rule.references.map((reference) => `- <${reference}>`).join('\n')
  const helpUri = rule.references[0]
  return {
    id: rule.id,
    shortDescription: { text: rule.title },
    help: {
      text: rule.remediation,
      markdown: references === '' ? rule.remediation : `${rule.remediation}\n\n${references}`,
    },
    ...(helpUri === undefined ? {} : { helpUri }),
    defaultConfiguration: { level: LEVELS[rule.severity] },
    properties: { tags: ['security', 'secret'], 'security-severity': SECURITY_SEVERITY[rule.severity] },
  }
}

function region(span: Span, isFile: boolean): Region {
  if (span.line !== undefined) {
    return {
      startLine: span.line,
      ...(span.column === undefined ? {} : { startColumn: span.column }),
      ...(span.endLine === undefined ? {} : { endLine: span.endLine }),
      ...(span.endColumn === undefined ? {} : { endColumn: span.endColumn }),
    }
  }
  if (!isFile) return { startLine: 1 }
  return { byteOffset: span.offset, ...(span.length === undefined ? {} : { byteLength: span.length }) }
}

function location(place: Place, span: Span): SarifLocation {
  const physicalLocation: PhysicalLocation = {
    artifactLocation: { uri: placeUri(place) },
    region: region(span, 'path' in place),
  }
  return { physicalLocation, logicalLocations: [{ fullyQualifiedName: printable(placeText(place, {})) }] }
}

function suppressions(finding: Finding): Pick<Result, 'suppressions'> {
  if (finding.suppressed === undefined) return {}
  const { by, reason } = finding.suppressed
  const kind = by === 'inline' ? 'inSource' : 'external'
  return { suppressions: [{ kind, status: 'accepted', justification: reason ?? by }] }
}

function messageText(finding: Finding, title: string, target: TargetReport): string {
  const where = printable(placeText(finding.place, finding.span))
  const gone =
    finding.exposure === 'deleted' || finding.exposure === 'overwritten'
      ? `; ${finding.exposure} in a later layer, still in the image`
      : ''
  return `${title} (${finding.secret.shown}) in ${where} of ${printable(target.reference)}${gone}`
}

function result(
  finding: Finding,
  targetIndex: number,
  target: TargetReport,
  ruleIndexes: ReadonlyMap<string, number>,
  report: ScanReport,
): Result {
  const ruleIndex = ruleIndexes.get(finding.ruleId)
  const { severity, confidence, validity, exposure, origin } = finding
  return {
    ruleId: finding.ruleId,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: LEVELS[severity],
    message: { text: messageText(finding, report.rules.get(finding.ruleId)?.title ?? finding.ruleId, target) },
    locations: [location(finding.place, finding.span)],
    ...(finding.related.length === 0
      ? {}
      : {
          relatedLocations: finding.related.map(({ place, span, role }, id) => ({
            id,
            ...location(place, span),
            message: { text: role },
          })),
        }),
    partialFingerprints: { 'secretscan/v1': finding.fingerprint },
    ...suppressions(finding),
    properties: {
      target: targetIndex,
      reference: target.reference,
      severity,
      confidence,
      validity,
      origin,
      ...(exposure === undefined ? {} : { exposure }),
      ...(finding.layer === undefined ? {} : { layer: finding.layer.index }),
    },
  }
}

function notification(issue: Issue, coverage?: Coverage): Notification {
  const level = issue.effect === 'note' ? 'note' : brokeSomething(issue) ? 'error' : 'warning'
  return {
    level,
    message: { text: issue.detail },
    descriptor: { id: issue.code },
    ...(coverage?.place === undefined
      ? {}
      : { locations: [{ physicalLocation: { artifactLocation: { uri: placeUri(coverage.place) } } }] }),
  }
}

function notifications(report: ScanReport): Notification[] {
  const failures = report.targets.flatMap(({ failed }) =>
    failed === undefined
      ? []
      : [{ level: 'error' as const, message: { text: failureSentences(failed) }, descriptor: { id: failed.code } }],
  )
  const coverage = report.targets.flatMap((target) => target.coverage.map((entry) => notification(entry, entry)))
  return [...failures, ...coverage, ...report.notes.map((note) => notification(note))]
}

function* resultsOf(report: ScanReport): Generator<Result> {
  const ruleIndexes = new Map([...report.rules.values()].map((rule, index) => [rule.id, index]))
  for (const [index, target] of report.targets.entries())
    for (const finding of target.findings) yield result(finding, index, target, ruleIndexes, report)
}

/** The SARIF log of a report, with no result in it. */
function frameLog(report: ScanReport): Log {
  const rules = [...report.rules.values()]
  const end = new Date(report.startedAt.getTime() + report.durationMs)
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            version: report.tool.version,
            semanticVersion: report.tool.version,
            rules: rules.map(descriptor),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: report.targets.every(({ failed }) => failed === undefined),
            startTimeUtc: report.startedAt.toISOString(),
            endTimeUtc: end.toISOString(),
            toolExecutionNotifications: notifications(report),
          },
        ],
        results: [],
      },
    ],
  }
}

/** Written piece by piece: the text of all results may be longer than a text can be. */
export const reportSarif: Reporter = (report, out) =>
  writeListed(out, frameLog(report), { name: 'results', depth: 3, items: resultsOf(report) })
