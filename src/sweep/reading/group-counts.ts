// Open findings counted by repository, team and rule, kept in the store: counting over a hundred thousand takes seconds, which the end of a
// sweep has and whoever looks at a page has not. What an acknowledgement changes is counted again for the groups that it touches.
import type { Database, Queries } from '../store/database.js'
import { IS_OPEN, STANDS } from './filter.js'

export type GroupKind = 'repository' | 'team' | 'rule'

/** Any number: whoever counts holds PostgreSQL's advisory lock of this name. */
const COUNTING = 7_226_876

const BY_SEVERITY = (['critical', 'high', 'medium', 'low'] as const)
  .map((severity) => `count(*) FILTER (WHERE f.severity = '${severity}')`)
  .join(', ')

const NAMES = {
  repository: `r.host || '/' || r.name`,
  /** Docker Hub's and other registries' names without a slash are their own team. */
  team: `r.host || '/' || split_part(r.name, '/', 1)`,
} as const

const INTO = 'INSERT INTO group_count (kind, name, images, total, critical, high, medium, low)'

/** Counts by place. $1: the names that are meant, null for all; those without an open finding get no row. */
const placeCounts = (kind: keyof typeof NAMES): string => `
  WITH open AS MATERIALIZED (
    SELECT f.fingerprint, f.severity, row_number() OVER () AS number FROM finding f WHERE ${IS_OPEN}
  ), place AS MATERIALIZED (
    SELECT r.id, ${NAMES[kind]} AS name, dense_rank() OVER (ORDER BY ${NAMES[kind]}) AS number FROM repository r
    WHERE $1::text[] IS NULL OR ${NAMES[kind]} = ANY($1)
  ), tagged AS (
    SELECT DISTINCT place.number AS place, ri.image_id FROM tag t JOIN place ON place.id = t.repository_id
    JOIN resolved_image ri ON ri.digest = t.digest WHERE t.gone_at IS NULL
  ), standing AS MATERIALIZED (
    SELECT t.place, t.image_id, open.number FROM tagged t JOIN image_finding held ON held.image_id = t.image_id
    JOIN occurrence o ON o.id = held.occurrence_id JOIN open ON open.fingerprint = o.fingerprint
  ), images AS (
    SELECT place, count(*) AS images FROM (SELECT DISTINCT place, image_id FROM standing) AS distinct_images GROUP BY place
  ), counted AS (
    SELECT pairs.place, count(*), ${BY_SEVERITY} FROM (SELECT DISTINCT place, number FROM standing) AS pairs
    JOIN open AS f ON f.number = pairs.number GROUP BY pairs.place
  ), counts (place, total, critical, high, medium, low) AS (SELECT * FROM counted)
  ${INTO}
  SELECT '${kind}', named.name, images.images, total, critical, high, medium, low
  FROM counts JOIN images ON images.place = counts.place JOIN (SELECT DISTINCT number, name FROM place) AS named ON named.number = counts.place`

/** As placeCounts, by rule. */
const RULE_COUNTS = `
  WITH standing AS (
    SELECT f.* FROM finding f WHERE ${IS_OPEN} AND ${STANDS} AND ($1::text[] IS NULL OR f.rule_id = ANY($1))
  ), held AS (
    SELECT f.rule_id, count(DISTINCT held.image_id) AS images FROM standing f
    JOIN occurrence o ON o.fingerprint = f.fingerprint JOIN image_finding held ON held.occurrence_id = o.id
    JOIN image i ON i.id = held.image_id WHERE i.gone_at IS NULL GROUP BY f.rule_id
  )
  ${INTO}
  SELECT 'rule', f.rule_id, coalesce(held.images, 0), count(*), ${BY_SEVERITY}
  FROM standing f LEFT JOIN held ON held.rule_id = f.rule_id GROUP BY f.rule_id, held.images`

const COUNTS: Readonly<Record<GroupKind, string>> = {
  repository: placeCounts('repository'),
  team: placeCounts('team'),
  rule: RULE_COUNTS,
}

/** Names of the groups that hold the findings $1, by kind. */
const TOUCHED = `
  WITH place AS (
    SELECT DISTINCT ${NAMES.repository} AS repository, ${NAMES.team} AS team FROM occurrence o
    JOIN image_finding held ON held.occurrence_id = o.id JOIN resolved_image ri ON ri.image_id = held.image_id
    JOIN tag t ON t.digest = ri.digest AND t.gone_at IS NULL JOIN repository r ON r.id = t.repository_id
    WHERE o.fingerprint = ANY($1::text[])
  )
  SELECT 'repository' AS kind, repository AS name FROM place UNION SELECT 'team', team FROM place
  UNION SELECT 'rule', rule_id FROM finding WHERE fingerprint = ANY($1::text[])`

interface Counted {
  /** What was counted: the end of a sweep. */
  readonly stamp: string
  /** Seconds since 1970: acknowledgements that ended since are counted again. */
  readonly at: number
}

/** Of the last sweep that has ended; before the first has, of this minute. */
const STAMP = `coalesce(
  (SELECT id || ' ' || extract(epoch FROM finished_at) FROM sweep WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1),
  'minute ' || floor(extract(epoch FROM now()) / 60))`

interface State {
  readonly stamp: string
  readonly now: number
  readonly counted: Counted | undefined
}

async function stateOf(queries: Queries): Promise<State> {
  const [row] = await queries.query<{ stamp: string; now: number; counted: string | null }>(
    `SELECT ${STAMP} AS stamp, extract(epoch FROM now())::float8 AS now,
       (SELECT value FROM meta WHERE key = 'group_count') AS counted`,
  )
  const counted = row?.counted ?? null
  return {
    stamp: row?.stamp ?? '',
    now: row?.now ?? 0,
    counted: counted === null ? undefined : (JSON.parse(counted) as Counted),
  }
}

/** Findings that were acknowledged, or are open again, since the counting. */
async function changedSince(queries: Queries, { at }: Counted): Promise<readonly string[]> {
  const rows = await queries.query<{ fingerprint: string }>(
    `SELECT fingerprint FROM recount UNION
     SELECT fingerprint FROM acknowledgement WHERE until > to_timestamp($1::float8) AND until <= now()`,
    [at],
  )
  return rows.map(({ fingerprint }) => fingerprint)
}

/** Brings the counts up to date, where they are not. Several processes may call it at once. */
export async function updateGroupCounts(database: Database): Promise<void> {
  const state = await stateOf(database)
  if (state.counted?.stamp === state.stamp && (await changedSince(database, state.counted)).length === 0) return
  await database.transaction(async (queries) => {
    await queries.query('SELECT pg_advisory_xact_lock($1)', [COUNTING])
    const { stamp, now, counted } = await stateOf(queries)
    const changed = counted?.stamp === stamp ? await changedSince(queries, counted) : undefined
    // First, so that a mark that is made meanwhile stays.
    await queries.query('DELETE FROM recount WHERE $1::text[] IS NULL OR fingerprint = ANY($1)', [changed ?? null])
    if (changed === undefined) await countAll(queries)
    else await countTouched(queries, changed)
    await queries.query(
      `INSERT INTO meta (key, value) VALUES ('group_count', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
      [JSON.stringify({ stamp, at: now } satisfies Counted)],
    )
  })
}

async function countAll(queries: Queries): Promise<void> {
  await queries.query('DELETE FROM group_count')
  for (const sql of Object.values(COUNTS)) await queries.query(sql, [null])
}

async function countTouched(queries: Queries, fingerprints: readonly string[]): Promise<void> {
  const groups = await queries.query<{ kind: GroupKind; name: string }>(TOUCHED, [fingerprints])
  for (const [kind, sql] of Object.entries(COUNTS)) {
    const names = groups.filter((group) => group.kind === kind).map(({ name }) => name)
    if (names.length === 0) continue
    await queries.query('DELETE FROM group_count WHERE kind = $1 AND name = ANY($2::text[])', [kind, names])
    await queries.query(sql, [names])
  }
}
