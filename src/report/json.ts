// The JSON report, schema version 1 (docs/schemas/report.schema.json). What scripts rely on: fields are added, never changed.
import type { LayerEntry } from '../image/types.js'
import type { Coverage, Finding, Place, Related, Span, TargetReport } from '../scan/types.js'
import type { Issue } from '../support/issue.js'
import { brokeSomething } from './coverage.js'
import type { Reporter, ScanReport } from './types.js'
import { failureSentences } from './wording.js'
import { writeListed } from './write.js'

type Json = Readonly<Record<string, unknown>>

/** `entries` without those whose value is undefined. */
function present(entries: Json): Json {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined))
}

function layerJson(layer: LayerEntry | undefined): Json | undefined {
  if (layer === undefined) return undefined
  return present({ index: layer.index, diffId: layer.diffId, digest: layer.blobDigest, createdBy: layer.createdBy })
}

function placeJson(place: Place): Json {
  const field = (name: string): unknown => (name in place ? place[name as keyof Place] : undefined)
  return present({
    kind: place.kind,
    path: field('path'),
    pathBase64: field('pathBase64'),
    inside: field('inside'),
    gitPath: field('gitPath'),
    key: field('key'),
    service: field('service'),
  })
}

function spanJson(span: Span): Json {
  const { offset, line, column, endLine, endColumn } = span
  return present({ offset, line, column, endLine, endColumn })
}

/** A finding's target, and its index in the report. */
interface Owner {
  readonly target: TargetReport
  readonly index: number
}

function locationJson(place: Place, span: Span, layer: LayerEntry | undefined, { target, index }: Owner): Json {
  const rest = present({ createdBy: historyLine(place, target), layer: layerJson(layer) })
  return { target: index, ...placeJson(place), ...spanJson(span), ...rest }
}

/** The line of the history that a finding is in, masked: one that made no layer is named nowhere else. */
function historyLine(place: Place, { image }: TargetReport): string | undefined {
  if (place.kind !== 'history' && place.kind !== 'build-arg') return undefined
  return place.index === undefined ? undefined : image?.history?.[place.index]?.createdBy
}

function relatedJson(related: Related, owner: Owner): Json {
  const { role, fingerprint, exposure, place, span, layer } = related
  return { ...present({ role, fingerprint, exposure }), location: locationJson(place, span, layer, owner) }
}

function removedByJson(layer: LayerEntry | undefined): Json | undefined {
  return layer === undefined ? undefined : present({ index: layer.index, createdBy: layer.createdBy })
}

function findingJson(finding: Finding, owner: Owner, report: ScanReport): Json {
  const rule = report.rules.get(finding.ruleId)
  const { shown, guessable, length, entropy, value } = finding.secret
  return present({
    fingerprint: finding.fingerprint,
    ruleId: finding.ruleId,
    title: rule?.title ?? finding.ruleId,
    severity: finding.severity,
    confidence: finding.confidence,
    secret: present({ redacted: shown, guessable, length, entropy, value }),
    location: locationJson(finding.place, finding.span, finding.layer, owner),
    exposure: finding.exposure,
    removedBy: removedByJson(finding.removedBy),
    origin: finding.origin,
    related: finding.related.map((related) => relatedJson(related, owner)),
    decodedFrom: finding.decodedFrom,
    validity: finding.validity,
    suppressed: finding.suppressed,
    remediation: rule?.remediation,
  })
}

function targetJson(target: TargetReport): Json {
  const { kind, input, reference, source, names, image, failed } = target
  const cached = new Set(target.cachedLayers)
  const layers = image?.layers.map((layer) => ({
    ...layerJson(layer),
    ...present({ size: layer.size }),
    cached: cached.has(layer.index),
  }))
  return present({
    kind,
    input,
    reference,
    source,
    names,
    platform: image?.platform,
    imageId: image?.imageId,
    manifestDigest: image?.manifestDigest,
    layers,
    failed: failed === undefined ? undefined : { code: failed.code, message: failureSentences(failed) },
  })
}

/** The layer's diffID where the image is known, else the blob's digest where that is what names it. */
function layerOfBlob(blobId: string | undefined, target: TargetReport): string | undefined {
  const layer = target.image?.layers.find((candidate) => candidate.blobId === blobId)
  return layer?.diffId ?? layer?.blobDigest ?? (blobId?.startsWith('sha256:') === true ? blobId : undefined)
}

function coverageJson(coverage: Coverage, index: number, target: TargetReport): Json {
  const { code, effect, detail, bytes, place } = coverage
  const { path, pathBase64, inside, key } = place === undefined ? {} : placeJson(place)
  return present({
    code,
    effect,
    message: detail,
    target: index,
    layer: layerOfBlob(coverage.blobId, target),
    path,
    pathBase64,
    inside,
    key,
    bytes,
  })
}

function noteJson({ code, effect, detail }: Issue): Json {
  return { code, effect, message: detail }
}

function statsJson(report: ScanReport): Json {
  const sum = (field: 'layers' | 'files' | 'bytes'): number =>
    report.targets.reduce((total, target) => total + target.stats[field], 0)
  const bytes = sum('bytes')
  const isTimed = report.durationMs > 0 && report.fromStore === undefined
  const bytesPerSecond = isTimed ? Math.round((bytes * 1000) / report.durationMs) : 0
  return { layers: sum('layers'), files: sum('files'), bytes, bytesPerSecond }
}

/** The whole report as a plain object, ready for JSON.stringify. */
export function reportDocument(report: ScanReport): Json {
  return { ...frameDocument(report), findings: [...findingsOf(report)] }
}

function* findingsOf(report: ScanReport): Generator<Json> {
  for (const [index, target] of report.targets.entries())
    for (const finding of target.findings) yield findingJson(finding, { target, index }, report)
}

/** The report with no finding in it. */
function frameDocument(report: ScanReport): Json {
  const perTarget = (broke: boolean): Json[] =>
    report.targets.flatMap((target, index) =>
      target.coverage
        .filter((coverage) => brokeSomething(coverage) === broke)
        .map((coverage) => coverageJson(coverage, index, target)),
    )
  const { baseline, inline, allowlist, acknowledgement } = report.suppressed
  return {
    schemaVersion: 1,
    tool: report.tool,
    startedAt: report.startedAt.toISOString(),
    durationMs: Math.round(report.durationMs),
    targets: report.targets.map(targetJson),
    findings: [],
    suppressed: {
      baseline,
      ignoreFile: report.suppressed['ignore-file'],
      inline,
      allowlist,
      ...(acknowledgement === 0 ? {} : { acknowledgement }),
    },
    filtered: report.filtered,
    errors: perTarget(true),
    skipped: [...perTarget(false), ...report.notes.map(noteJson)],
    stats: statsJson(report),
  }
}

/** Written piece by piece: the text of twenty thousand findings is larger than all that a scan holds. */
export const reportJson: Reporter = (report, out) =>
  writeListed(out, frameDocument(report), { name: 'findings', depth: 1, items: findingsOf(report) })
