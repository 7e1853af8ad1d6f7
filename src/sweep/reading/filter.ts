// Which findings are meant: the filters of `sweep findings` and of the page, as conditions on the table `finding f`. Pure.
import type { Confidence, Severity } from '../../detect/types.js'
import type { Parameter } from '../store/database.js'

export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low']
const CONFIDENCES: readonly Confidence[] = ['high', 'medium', 'low']

/** Absent: no condition. */
export interface FindingFilter {
  /** New in this sweep. */
  readonly newIn?: number
  /** New in this sweep or a later one, or at this time or later. */
  readonly since?: { readonly sweep: number } | { readonly date: Date }
  readonly rules?: readonly string[]
  readonly skipRules?: readonly string[]
  /** All findings of the value that this one's is. */
  readonly sameSecretAs?: string
  readonly minSeverity?: Severity
  readonly minConfidence?: Confidence
  /** Acknowledged ones too (default: no). */
  readonly acknowledged?: boolean
  /** Those that no image has any more too (default: no). */
  readonly gone?: boolean
  /** HOST/NAME of a repository, or its first path components: everything below it. */
  readonly repository?: string
  /** In the rule, the place, a repository or a tag; ASCII letters in either case. */
  readonly text?: string
}

/** SQL with $1, $2 … and what they stand for. */
export class Conditions {
  readonly parameters: Parameter[] = []
  readonly #parts: string[] = []

  /** Adds a condition, in which `?` stands for each of `values` in turn. */
  add(sql: string, ...values: readonly Parameter[]): void {
    let next = 0
    this.#parts.push(
      sql.replace(/\?/g, () => {
        this.parameters.push(values[next++] ?? null)
        return `$${this.parameters.length}`
      }),
    )
  }

  /** All of them, or TRUE. */
  get sql(): string {
    return this.#parts.length === 0 ? 'TRUE' : this.#parts.map((part) => `(${part})`).join(' AND ')
  }
}

/** `text` as it stands, for the inside of a LIKE pattern. */
function likeText(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

/** Holds for a finding `f` that somebody has accepted, for now. */
export const IS_ACKNOWLEDGED = `EXISTS (SELECT FROM acknowledgement a WHERE a.fingerprint = f.fingerprint
  AND (a.until IS NULL OR a.until > now()))`

/** Holds for a finding `f` of the confidence that reports have by default; what is shown and counted without being asked for has it. */
export const IS_LIKELY = `f.confidence <> 'low'`

/** Holds for a finding `f` that counts: an image has it, it is likely, nobody has accepted it. What every summary and page counts. */
export const IS_OPEN = `f.gone_at IS NULL AND ${IS_LIKELY} AND NOT ${IS_ACKNOWLEDGED}`

/** When a finding `f` was seen last. Its row says that of what is gone; what is there was seen by the last sweep of everything, too. */
export const LAST_SEEN_AT = `CASE WHEN f.gone_at IS NOT NULL THEN f.last_seen_at
  ELSE greatest(f.last_seen_at, (SELECT max(finished_at) FROM sweep WHERE scope = 'all')) END`

/** Holds for a finding `f` that an image has: what is only a part of another finding in every image has no row of its own. */
export const STANDS = `EXISTS (SELECT FROM occurrence o JOIN image_finding held ON held.occurrence_id = o.id
  WHERE o.fingerprint = f.fingerprint)`

/** Ids of the rows of `secret` for the value of a finding: one for each rule that found it. `parameter` stands for its fingerprint. */
export function sameSecrets(parameter: string): string {
  return `SELECT id FROM secret WHERE hmac = (SELECT s.hmac FROM secret s JOIN finding one ON one.secret_id = s.id
    WHERE one.fingerprint = ${parameter})`
}

/** Images that a tag leads to now, with the finding `f`; conditions on repository `r` and tag `t` go behind it. */
const IN_TAGGED_IMAGE = `SELECT FROM occurrence o JOIN image_finding held ON held.occurrence_id = o.id
  JOIN resolved_image ON resolved_image.image_id = held.image_id
  JOIN tag t ON t.digest = resolved_image.digest AND t.gone_at IS NULL
  JOIN repository r ON r.id = t.repository_id
  WHERE o.fingerprint = f.fingerprint`

function addTime(conditions: Conditions, { newIn, since }: FindingFilter): void {
  if (newIn !== undefined) conditions.add('f.first_seen_in = ?', newIn)
  if (since === undefined) return
  if ('sweep' in since) conditions.add('f.first_seen_in >= ?', since.sweep)
  else conditions.add('f.first_seen_at >= ?::timestamptz', since.date.toISOString())
}

/** What the fingerprint begins with where the text is an ID; null (of no finding) where it is too short for one. */
function fingerprintStart(text: string): string | null {
  const id = /^(?:v1:)?([a-z0-9]{6,})$/.exec(text)?.[1]
  return id === undefined ? null : `v1:${id}`
}

function addText(conditions: Conditions, text: string): void {
  const pattern = `%${likeText(text)}%`
  conditions.add(
    `f.rule_id ILIKE ? OR starts_with(f.fingerprint, ?::text) OR EXISTS (SELECT FROM occurrence o WHERE o.fingerprint = f.fingerprint
       AND (o.document->'place'->>'path' ILIKE ? OR o.document->'place'->>'key' ILIKE ?))
     OR EXISTS (${IN_TAGGED_IMAGE} AND (r.host || '/' || r.name || ':' || t.name) ILIKE ?)`,
    pattern,
    fingerprintStart(text),
    pattern,
    pattern,
    pattern,
  )
}

/** The filter as conditions on `finding f`. */
export function findingConditions(filter: FindingFilter): Conditions {
  const conditions = new Conditions()
  addTime(conditions, filter)
  if (filter.gone !== true) conditions.add('f.gone_at IS NULL')
  if (filter.acknowledged !== true) conditions.add(`NOT ${IS_ACKNOWLEDGED}`)
  if (filter.rules !== undefined && filter.rules.length > 0) conditions.add('f.rule_id = ANY(?::text[])', filter.rules)
  if (filter.skipRules !== undefined && filter.skipRules.length > 0)
    conditions.add('NOT f.rule_id = ANY(?::text[])', filter.skipRules)
  if (filter.minSeverity !== undefined)
    conditions.add('f.severity = ANY(?::text[])', SEVERITIES.slice(0, SEVERITIES.indexOf(filter.minSeverity) + 1))
  if (filter.minConfidence !== undefined)
    conditions.add('f.confidence = ANY(?::text[])', CONFIDENCES.slice(0, CONFIDENCES.indexOf(filter.minConfidence) + 1))
  if (filter.sameSecretAs !== undefined)
    conditions.add(
      `f.fingerprint = ? OR f.secret_id IN (${sameSecrets('?')})`,
      filter.sameSecretAs,
      filter.sameSecretAs,
    )
  if (filter.repository !== undefined) {
    const below = `${likeText(filter.repository)}/%`
    conditions.add(
      `EXISTS (${IN_TAGGED_IMAGE} AND (r.host || '/' || r.name = ? OR (r.host || '/' || r.name) LIKE ?))`,
      filter.repository,
      below,
    )
  }
  if (filter.text !== undefined && filter.text !== '') addText(conditions, filter.text)
  return conditions
}

/** Orders `column` by severity, worst first; confidenceRank: surest first. */
export const severityRank = (column: string): string => rankIn(SEVERITIES, column)
export const confidenceRank = (column: string): string => rankIn(CONFIDENCES, column)

const rankIn = (words: readonly string[], column: string): string =>
  `array_position(ARRAY[${words.map((word) => `'${word}'`).join(', ')}], ${column})`

/** Orders `finding f` by severity, worst first. */
export const WORST_FIRST = severityRank('f.severity')
