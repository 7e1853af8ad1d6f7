// What a sweep with other rules than the one before changes in the store before it reads anything: severities where they stand, findings of
// rules that are gone, and results that the new rules need not make again (docs/adr/0011).
import { LAST_SEEN_AT, severityRank } from '../reading/filter.js'
import type { Queries } from '../store/database.js'
import type { SweepTools } from '../work/tools.js'
import { conditionsText, covers, factsOf, type RuleFacts, type SeverityChange, severityChanges } from './rule-facts.js'

/** Why a finding that images hold is gone. */
const RULE_REMOVED = 'rule-removed'

interface StoredSet {
  readonly identity: string
  readonly conditions: string
  readonly rules: RuleFacts
}

/** In the transaction that begins a sweep, so that no worker sees half of it. Does nothing where the rules are those of the last one. */
export async function applyRuleChanges(queries: Queries, tools: Pick<SweepTools, 'rules' | 'session'>): Promise<void> {
  const { rules: identity, session } = tools
  const [last] = await queries.query<{ value: string }>(`SELECT value FROM meta WHERE key = 'rules'`)
  if (last?.value === identity) return
  const now = factsOf(session.detection.rules.rules)
  const conditions = conditionsText(session.detection)
  await queries.query(
    `INSERT INTO rule_set (identity, conditions, rules) VALUES ($1, $2, $3)
     ON CONFLICT (identity) DO UPDATE SET seen_at = now()`,
    [identity, conditions, JSON.stringify(now)],
  )
  const sets = await queries.query<StoredSet>(
    'SELECT identity, conditions, rules FROM rule_set WHERE identity <> $1 ORDER BY seen_at DESC, identity',
    [identity],
  )
  const before = sets.find((set) => set.identity === last?.value)
  if (before !== undefined) await changeSeverities(queries, severityChanges(before.rules, now))
  await leaveRemoved(queries, Object.keys(now))
  await adopt(queries, { identity, conditions, rules: now }, sets)
  await queries.query(
    `INSERT INTO meta (key, value) VALUES ('rules', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    [identity],
  )
}

const CHANGES = `jsonb_to_recordset($1::jsonb) AS c (id text, "from" text, "to" text)`

/** An image's leak stays as bad as its other places made it. */
const CHANGE_IMAGES = `
  UPDATE image_finding AS held SET severity = CASE WHEN ${severityRank('held.severity')} < ${severityRank('c."to"')} THEN held.severity END
  FROM ${CHANGES} JOIN finding ON finding.rule_id = c.id JOIN occurrence ON occurrence.fingerprint = finding.fingerprint
  WHERE held.occurrence_id = occurrence.id AND held.severity IS NOT NULL AND occurrence.document->>'severity' = c."from"`

const CHANGE_OCCURRENCES = `
  UPDATE occurrence SET document = jsonb_set(document, '{severity}', to_jsonb(c."to"))
  FROM ${CHANGES} JOIN finding ON finding.rule_id = c.id
  WHERE occurrence.fingerprint = finding.fingerprint AND occurrence.document->>'severity' = c."from"`

/** As bad as in the worst of its images. */
const CHANGE_FINDINGS = `
  UPDATE finding SET severity = (ARRAY['critical', 'high', 'medium', 'low'])[worst.rank]
  FROM (SELECT o.fingerprint, min(${severityRank("coalesce(held.severity, o.document->>'severity')")}) AS rank
    FROM ${CHANGES} JOIN finding AS f ON f.rule_id = c.id JOIN occurrence AS o ON o.fingerprint = f.fingerprint
    JOIN image_finding AS held ON held.occurrence_id = o.id GROUP BY o.fingerprint) AS worst
  WHERE worst.fingerprint = finding.fingerprint`

async function changeSeverities(queries: Queries, changes: readonly SeverityChange[]): Promise<void> {
  if (changes.length === 0) return
  for (const sql of [CHANGE_IMAGES, CHANGE_OCCURRENCES, CHANGE_FINDINGS])
    await queries.query(sql, [JSON.stringify(changes)])
}

/**
 * Findings of rules that are there no more are gone, those of rules that came back are not. What such a finding hid in an image (the same value,
 * found elsewhere by another rule) stands there again when the image has been put together again.
 */
async function leaveRemoved(queries: Queries, ids: readonly string[]): Promise<void> {
  const went = await queries.query<{ rule_id: string }>(
    `UPDATE finding AS f SET gone_because = '${RULE_REMOVED}', gone_at = coalesce(gone_at, now()), last_seen_at = ${LAST_SEEN_AT}
     WHERE gone_because IS NULL AND rule_id <> ALL($1::text[]) RETURNING rule_id`,
    [ids],
  )
  const came = await queries.query<{ rule_id: string; gone_at: Date }>(
    `UPDATE finding SET gone_because = NULL WHERE gone_because = '${RULE_REMOVED}' AND rule_id = ANY($1::text[])
     RETURNING rule_id, gone_at`,
    [ids],
  )
  const changed = new Set([...went, ...came].map(({ rule_id }) => rule_id))
  if (changed.size > 0) await queries.query(OUTDATE_HOLDING, [[...changed]])
  const missedSince = Math.min(...came.map(({ gone_at }) => gone_at.getTime()))
  if (came.length > 0) await queries.query(OUTDATE_SINCE, [new Date(missedSince).toISOString()])
}

/** Images in which findings of the rules $1 hide other places of their values, or are hidden. */
const OUTDATE_HOLDING = `
  UPDATE image SET outdated = true WHERE gone_at IS NULL AND status <> 'planned' AND EXISTS (
    SELECT FROM image_finding held JOIN occurrence ON occurrence.id = held.occurrence_id
      JOIN finding ON finding.fingerprint = occurrence.fingerprint
    WHERE held.image_id = image.id AND finding.rule_id = ANY($1::text[])
      AND jsonb_array_length(coalesce(held.related, occurrence.document->'related')) > 0)`

/** Images that were put together while a rule was away: results of their layers may hold findings of it. */
const OUTDATE_SINCE = `
  UPDATE image SET outdated = true WHERE gone_at IS NULL AND status <> 'planned' AND finished_at >= $1::timestamptz`

/** Results that hold all that the rules of `now` look for become theirs: nothing of them is read again. */
async function adopt(queries: Queries, now: StoredSet, sets: readonly StoredSet[]): Promise<void> {
  const enough = [now, ...sets]
    .filter(({ conditions, rules }) => conditions === now.conditions && covers(rules, now.rules))
    .map(({ identity }) => identity)
  for (const { identity } of sets) {
    await queries.query(ADOPT_IMAGES, [identity, now.identity, enough])
    const left = await queries.query('SELECT FROM image WHERE rules = $1 LIMIT 1', [identity])
    await queries.query(left.length === 0 ? MOVE_LAYERS : COPY_LAYERS, [identity, now.identity, enough])
    await queries.query(MOVE_OCCURRENCES, [identity, now.identity])
  }
}

/** What a row was really scanned with. */
const SOURCE = 'coalesce(scanned_with, rules)'
/** The same, to be written down where it is not what the row says then. */
const OTHER_SOURCE = `nullif(${SOURCE}, $2)`
const IS_NOT_THERE = 'NOT EXISTS (SELECT FROM layer AS there WHERE there.digest = layer.digest AND there.rules = $2)'

/** $1: the identity before, $2: the one now, $3: the identities whose results hold enough. */
const ADOPT_IMAGES = `
  UPDATE image SET rules = $2, scanned_with = ${OTHER_SOURCE} WHERE rules = $1 AND ${SOURCE} = ANY($3::text[]) AND NOT EXISTS (
    SELECT FROM image_layer AS held JOIN layer ON layer.digest = held.digest AND layer.rules = $1
    WHERE held.image_id = image.id AND layer.status = 'done' AND coalesce(layer.scanned_with, layer.rules) <> ALL($3::text[]))`

/** Where no image stands on the identity before any more. What is there twice stays behind and is dropped when the sweep ends. */
const MOVE_LAYERS = `
  UPDATE layer SET rules = $2, scanned_with = CASE WHEN result IS NOT NULL THEN ${OTHER_SOURCE} END, lease_owner = NULL, lease_until = NULL,
    status = CASE WHEN status = 'leased' THEN 'pending' ELSE status END
  WHERE rules = $1 AND (status <> 'done' OR ${SOURCE} = ANY($3::text[])) AND ${IS_NOT_THERE}`

/** Where images stay behind that need them too. */
const COPY_LAYERS = `
  INSERT INTO layer (digest, rules, status, role, repository_id, size, priority, failure, diff_id, result, files, bytes, scanned_in, scanned_at,
    verified, scanned_with)
  SELECT digest, $2, CASE WHEN status = 'leased' THEN 'pending' ELSE status END, role, repository_id, size, priority, failure, diff_id, result,
    files, bytes, scanned_in, scanned_at, verified, CASE WHEN result IS NOT NULL THEN ${OTHER_SOURCE} END
  FROM layer WHERE rules = $1 AND (status <> 'done' OR ${SOURCE} = ANY($3::text[])) AND ${IS_NOT_THERE} AND EXISTS (
    SELECT FROM image_layer AS held JOIN image ON image.id = held.image_id WHERE held.digest = layer.digest AND image.rules = $2)
  ON CONFLICT DO NOTHING`

const MOVE_OCCURRENCES = `
  UPDATE occurrence SET rules = $2 WHERE rules = $1 AND NOT EXISTS (SELECT FROM image_finding AS held JOIN image ON image.id = held.image_id
      WHERE held.occurrence_id = occurrence.id AND image.rules = $1)
    AND NOT EXISTS (SELECT FROM occurrence AS there WHERE there.subject = occurrence.subject
      AND there.rules = $2 AND there.fingerprint = occurrence.fingerprint AND there.ordinal = occurrence.ordinal)`
