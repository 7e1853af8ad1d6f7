// The findings of a finished image as rows: the value once, where the finding stands, each occurrence once, and which image has it.
import type { Finding, LayerResult, LocalFinding } from '../../scan/types.js'
import { confidenceRank, severityRank } from '../reading/filter.js'
import type { Queries } from '../store/database.js'

export interface FinishedImage {
  readonly imageId: number
  /** Digest of the configuration: the subject of findings in it. */
  readonly configDigest: string
  readonly sweep: number
  readonly rules: string
  readonly findings: readonly Finding[]
  readonly results: ReadonlyMap<string, LayerResult>
  readonly configFindings: readonly LocalFinding[]
  /** It was finished before, and has rows. */
  readonly isAgain: boolean
  /** The sweep that saw what is in it, where it is only put together again: what rules of that sweep found is not new. */
  readonly seenIn: number | null
}

interface Row {
  readonly fingerprint: string
  readonly rule_id: string
  readonly hmac: string | null
  readonly redacted: LocalFinding['secret']
  readonly severity: string
  readonly confidence: string
  readonly subject: string
  readonly ordinal: number
  readonly document: Omit<LocalFinding, 'valueHmac'>
  readonly exposure: string | null
  readonly layer_index: number | null
  readonly removed_by: number | null
  readonly origin: string
  readonly related: Finding['related'] | null
  readonly merged_severity: string | null
  readonly merged_confidence: string | null
}

/**
 * What a rule's allowlist explains away is no finding of a sweep. In place of what the image had before, but for what a rule found that is
 * gone: that is kept, since the rule may come back.
 */
export async function writeFindings(queries: Queries, image: FinishedImage): Promise<void> {
  if (image.isAgain) await queries.query(DELETE_IMAGE_FINDINGS, [image.imageId])
  const findings = image.findings.filter(({ allowed }) => allowed === undefined)
  if (findings.length === 0) return
  // Always in one order: two workers that write the same rows never wait for each other in a circle.
  const rows = findings.map((finding) => rowOf(finding, image)).sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
  const json = JSON.stringify(rows)
  await queries.query(INSERT_SECRETS, [json])
  await queries.query(UPSERT_FINDINGS, [json, image.sweep, image.seenIn])
  await queries.query(INSERT_OCCURRENCES, [json, image.rules])
  await queries.query(INSERT_IMAGE_FINDINGS, [json, image.rules, image.imageId])
}

function rowOf(finding: Finding, image: FinishedImage): Row {
  const subject = finding.layer?.blobId ?? image.configDigest
  const local = localOf(finding, image)
  const { valueHmac, ...document } = local
  return {
    fingerprint: finding.fingerprint,
    rule_id: finding.ruleId,
    hmac: valueHmac ?? null,
    redacted: finding.secret,
    severity: finding.severity,
    confidence: finding.confidence,
    subject,
    ordinal: finding.span.offset,
    document,
    exposure: finding.exposure ?? null,
    layer_index: finding.layer?.index ?? null,
    removed_by: finding.removedBy?.index ?? null,
    origin: finding.origin,
    related: isOfLayer(finding) && isSame(finding.related, local.related) ? null : finding.related,
    merged_severity: finding.severity === local.severity ? null : finding.severity,
    merged_confidence: finding.confidence === local.confidence ? null : finding.confidence,
  }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * Not so a line of the history: it goes with the layer that it made, but each image that has the layer has a history of its own, and other
 * places of the value in it.
 */
const isOfLayer = ({ layer, place }: Finding): boolean =>
  layer !== undefined && place.kind !== 'history' && place.kind !== 'build-arg'

/** The finding in the terms of its layer or configuration, before assemble() brought other places of the value to it. */
function localOf(finding: Finding, { results, configFindings }: FinishedImage): LocalFinding {
  const inLayer = finding.layer === undefined ? undefined : results.get(finding.layer.blobId)?.findings
  const own = isOfLayer(finding) ? (inLayer ?? []) : configFindings
  const local = own.find(
    ({ fingerprint, ruleId, span }) =>
      fingerprint === finding.fingerprint && ruleId === finding.ruleId && span.offset === finding.span.offset,
  )
  if (local !== undefined) return local
  const { layer: _l, exposure: _e, removedBy: _r, origin: _o, suppressed: _s, ...rest } = finding
  return rest
}

const ROWS = `jsonb_to_recordset($1::jsonb) AS f (fingerprint text, rule_id text, hmac text, redacted jsonb, severity text,
  confidence text, subject text, ordinal bigint, document jsonb, exposure text, layer_index int, removed_by int, origin text,
  related jsonb, merged_severity text, merged_confidence text)`

const DELETE_IMAGE_FINDINGS = `
  DELETE FROM image_finding WHERE image_id = $1 AND NOT EXISTS (
    SELECT FROM occurrence JOIN finding ON finding.fingerprint = occurrence.fingerprint
    WHERE occurrence.id = image_finding.occurrence_id AND finding.gone_because IS NOT NULL)`

const INSERT_SECRETS = `
  INSERT INTO secret (hmac, rule_id, redacted)
  SELECT DISTINCT ON (f.hmac, f.rule_id) decode(f.hmac, 'hex'), f.rule_id, f.redacted FROM ${ROWS}
  WHERE f.hmac IS NOT NULL ORDER BY f.hmac, f.rule_id ON CONFLICT DO NOTHING`

/** A leak is as bad, and as sure, as in the worst of its images: other places in one may say more of it than those in another. */
const SEVERER = `${severityRank('excluded.severity')} < ${severityRank('finding.severity')}`
const SURER = `${confidenceRank('excluded.confidence')} < ${confidenceRank('finding.confidence')}`

const UPSERT_FINDINGS = `
  INSERT INTO finding (fingerprint, secret_id, rule_id, severity, confidence, first_seen_in, first_seen_at, last_seen_in)
  SELECT DISTINCT ON (f.fingerprint) f.fingerprint, secret.id, f.rule_id, f.severity, f.confidence, COALESCE(earlier.id, $2::bigint),
    COALESCE(earlier.started_at, now()), $2::bigint
  FROM ${ROWS} LEFT JOIN secret ON secret.hmac = decode(f.hmac, 'hex') AND secret.rule_id = f.rule_id
    LEFT JOIN (SELECT sweep.id, sweep.started_at, rule_set.rules FROM sweep JOIN rule_set ON rule_set.identity = sweep.rules
      WHERE sweep.id = $3::bigint) AS earlier ON jsonb_exists(earlier.rules, f.rule_id)
  ORDER BY f.fingerprint, ${severityRank('f.severity')}, ${confidenceRank('f.confidence')}
  ON CONFLICT (fingerprint) DO UPDATE SET last_seen_in = excluded.last_seen_in, last_seen_at = now(), gone_at = NULL,
    severity = CASE WHEN ${SEVERER} THEN excluded.severity ELSE finding.severity END,
    confidence = CASE WHEN ${SURER} THEN excluded.confidence ELSE finding.confidence END
  WHERE finding.last_seen_in <> excluded.last_seen_in OR finding.gone_at IS NOT NULL OR ${SEVERER} OR ${SURER}`

const INSERT_OCCURRENCES = `
  INSERT INTO occurrence (fingerprint, subject, rules, ordinal, document)
  SELECT DISTINCT ON (f.subject, f.fingerprint, f.ordinal) f.fingerprint, f.subject, $2::text, f.ordinal, f.document FROM ${ROWS}
  ORDER BY f.subject, f.fingerprint, f.ordinal ON CONFLICT DO NOTHING`

const INSERT_IMAGE_FINDINGS = `
  INSERT INTO image_finding (image_id, occurrence_id, exposure, layer_index, removed_by, origin, related, severity, confidence)
  SELECT $3::bigint, occurrence.id, f.exposure, f.layer_index, f.removed_by, f.origin, f.related, f.merged_severity, f.merged_confidence
  FROM ${ROWS} JOIN occurrence ON occurrence.subject = f.subject AND occurrence.rules = $2::text
    AND occurrence.fingerprint = f.fingerprint AND occurrence.ordinal = f.ordinal
  ON CONFLICT DO NOTHING`
