// What stands in a page's address: read leniently, since a person may have typed it. A value that is none is as if it were not there.
import type { Severity } from '../../detect/types.js'
import type { FindingFilter } from '../reading/filter.js'

/** More characters are cut off. */
const LONGEST = 300
const MOST_PAGES = 100_000

export type Query = URLSearchParams

export function text(query: Query, name: string): string | undefined {
  const value = query.get(name)?.trim().replaceAll('\0', '').slice(0, LONGEST)
  return value === '' ? undefined : value
}

function number(query: Query, name: string, most = Number.MAX_SAFE_INTEGER): number | undefined {
  const value = query.get(name) ?? ''
  return /^\d{1,15}$/.test(value) && Number(value) >= 1 && Number(value) <= most ? Number(value) : undefined
}

export const pageNumber = (query: Query): number => number(query, 'page', MOST_PAGES) ?? 1

const isOn = (query: Query, name: string): boolean => query.get(name) === '1'

function severity(query: Query): Severity | undefined {
  const value = query.get('severity')
  return value === 'critical' || value === 'high' || value === 'medium' || value === 'low' ? value : undefined
}

/** The filters of the list of findings, as they stand in its address. */
export interface ListQuery {
  readonly q?: string
  readonly rule?: string
  readonly repository?: string
  readonly severity?: Severity
  readonly sweep?: number
  readonly since?: number
  readonly acknowledged: boolean
  readonly gone: boolean
  /** Of low confidence too. */
  readonly unsure: boolean
}

export function listQuery(query: Query): ListQuery {
  const found = {
    q: text(query, 'q'),
    rule: text(query, 'rule'),
    repository: text(query, 'repository'),
    severity: severity(query),
    sweep: number(query, 'sweep'),
    since: number(query, 'since'),
  }
  const given = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
  return {
    ...given,
    acknowledged: isOn(query, 'acknowledged'),
    gone: isOn(query, 'gone'),
    unsure: isOn(query, 'unsure'),
  }
}

export function filterOf({
  q,
  rule,
  repository,
  severity: least,
  sweep,
  since,
  unsure,
  ...flags
}: ListQuery): FindingFilter {
  return {
    ...flags,
    ...(unsure ? {} : { minConfidence: 'medium' }),
    ...(q === undefined ? {} : { text: q }),
    ...(rule === undefined ? {} : { rules: [rule] }),
    ...(repository === undefined ? {} : { repository }),
    ...(least === undefined ? {} : { minSeverity: least }),
    ...(sweep === undefined ? {} : { newIn: sweep }),
    ...(since === undefined ? {} : { since: { sweep: since } }),
  }
}

/** As it stands in an address again. */
export function addressOf(list: ListQuery): Readonly<Record<string, string | undefined>> {
  const { acknowledged, gone, unsure, sweep, since, ...texts } = list
  return {
    ...texts,
    sweep: sweep === undefined ? undefined : String(sweep),
    since: since === undefined ? undefined : String(since),
    acknowledged: acknowledged ? '1' : undefined,
    gone: gone ? '1' : undefined,
    unsure: unsure ? '1' : undefined,
  }
}
