// How far one value has got: every image and tag that holds it, wherever in them it stands.
import type { Exposure, LocalFinding, RedactedSecret } from '../../scan/types.js'
import { NotFoundError } from '../../support/errors.js'
import type { Queries } from '../store/database.js'
import { sameSecrets } from './filter.js'

export interface SpreadPlace {
  readonly fingerprint: string
  readonly ruleId: string
  /** HOST/REPOSITORY:TAG; undefined: no tag leads to it any more. */
  readonly reference?: string
  readonly imageDigest: string
  readonly platform: string
  readonly exposure: Exposure | null
  readonly document: LocalFinding
}

export interface Spread {
  readonly redacted: RedactedSecret
  readonly firstSeenAt: Date
  /** Different ones, over all places. */
  readonly images: number
  readonly repositories: number
  readonly places: readonly SpreadPlace[]
  /** Places that are not listed. */
  readonly more: number
}

interface Row {
  readonly fingerprint: string
  readonly rule_id: string
  readonly reference: string | null
  readonly digest: string
  readonly platform: string
  readonly exposure: Exposure | null
  readonly document: LocalFinding
}

/** Findings of the value that $1's is. */
const SAME = `SELECT f.fingerprint, f.rule_id FROM finding f
  WHERE f.fingerprint = $1 OR f.secret_id IN (${sameSecrets('$1')})`

const HELD = `FROM same JOIN occurrence o ON o.fingerprint = same.fingerprint
  JOIN image_finding found ON found.occurrence_id = o.id JOIN image i ON i.id = found.image_id
  LEFT JOIN resolved_image ON resolved_image.image_id = i.id
  LEFT JOIN tag t ON t.digest = resolved_image.digest AND t.gone_at IS NULL
  LEFT JOIN repository r ON r.id = t.repository_id`

/** The spread of the value of finding `fingerprint`. @throws NotFoundError where there is no such finding. */
export async function secretSpread(queries: Queries, fingerprint: string, limit: number, offset = 0): Promise<Spread> {
  const [head] = await queries.query<{ redacted: RedactedSecret | null; first_seen_at: Date }>(
    `SELECT coalesce(s.redacted, (SELECT o.document->'secret' FROM occurrence o WHERE o.fingerprint = f.fingerprint LIMIT 1)) AS redacted,
       coalesce(s.first_seen_at, f.first_seen_at) AS first_seen_at
     FROM finding f LEFT JOIN secret s ON s.id = f.secret_id WHERE f.fingerprint = $1`,
    [fingerprint],
  )
  if (head === undefined)
    throw new NotFoundError(`There is no finding ${fingerprint} in the store.`, {
      hint: 'The table of secretscan sweep findings shows the ID of each.',
    })
  const [counts] = await queries.query<{ images: number; repositories: number; places: number }>(
    `WITH same AS (${SAME}) SELECT count(DISTINCT i.id) AS images, count(DISTINCT r.id) AS repositories, count(*) AS places ${HELD}`,
    [fingerprint],
  )
  const rows = await queries.query<Row>(
    `WITH same AS (${SAME})
     SELECT same.fingerprint, same.rule_id, r.host || '/' || r.name || ':' || t.name AS reference, i.digest, i.platform,
       found.exposure, o.document ${HELD}
     ORDER BY reference NULLS LAST, i.platform, same.fingerprint, o.id LIMIT $2 OFFSET $3`,
    [fingerprint, limit, offset],
  )
  return {
    redacted: head.redacted ?? { shown: '****', guessable: true },
    firstSeenAt: head.first_seen_at,
    images: counts?.images ?? 0,
    repositories: counts?.repositories ?? 0,
    places: rows.map(spreadPlace),
    more: Math.max(0, (counts?.places ?? 0) - offset - rows.length),
  }
}

function spreadPlace({ rule_id, reference, digest, ...row }: Row): SpreadPlace {
  return { ...row, ruleId: rule_id, imageDigest: digest, ...(reference === null ? {} : { reference }) }
}
