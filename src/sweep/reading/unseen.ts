// What the latest sweep could not look at and no image stands for: registries, repositories and tags, as targets that failed, so that nobody
// reads "none found" where nothing was looked at; and tags that are no images (charts, signatures), as targets with a note.
import type { Coverage, TargetReport } from '../../scan/types.js'
import { EXIT, NotFoundError } from '../../support/errors.js'
import { grouped } from '../../support/grouped.js'
import type { Queries } from '../store/database.js'
import { emptyRegistries, type FailureRow, listFailures, sinceAll } from './status.js'

const MOST = 10_000
const KINDS: ReadonlySet<FailureRow['what']> = new Set(['registry', 'repository', 'tag'])

interface SweepRow {
  readonly id: number
  readonly ended: boolean
}

/** @throws NotFoundError where no sweep has begun. */
export async function unseenTargets(queries: Queries): Promise<readonly TargetReport[]> {
  const [latest] = await queries.query<SweepRow>(
    'SELECT id, finished_at IS NOT NULL AS ended FROM sweep ORDER BY (finished_at IS NOT NULL) DESC, id DESC LIMIT 1',
  )
  if (latest === undefined)
    throw new NotFoundError('There has been no sweep yet.', { hint: 'Start one with: secretscan sweep run' })
  const listed = await listFailures(queries, latest.id, MOST + 1)
  const failures = listed.slice(0, MOST).filter(({ what }) => KINDS.has(what))
  return [
    ...(latest.ended ? [] : [unfinished(latest.id)]),
    ...failures.map(failedTarget),
    ...(listed.slice(MOST).some(({ what }) => KINDS.has(what)) ? [moreFailures(latest.id)] : []),
    ...(await withoutRepository(queries, latest.id)),
    ...(await passedOver(queries, latest.id)),
  ]
}

/** Tags that no image is behind. */
async function passedOver(queries: Queries, sweep: number): Promise<readonly TargetReport[]> {
  const rows = await queries.query<{ name: string; coverage: readonly Coverage[] }>(
    `SELECT DISTINCT ON (name) repository.host || '/' || repository.name || ':' || tag.name AS name, resolved.coverage
     FROM resolved JOIN tag ON tag.digest = resolved.digest JOIN repository ON repository.id = tag.repository_id
     WHERE resolved.coverage <> '[]' AND tag.gone_at IS NULL AND tag.failure IS NULL
       AND NOT EXISTS (SELECT 1 FROM resolved_image WHERE resolved_image.digest = tag.digest)
       AND NOT jsonb_path_exists(resolved.coverage, '$[*] ? (@.effect != "note")')
     ORDER BY name, resolved.resolved_at DESC LIMIT ${MOST + 1}`,
  )
  const named = rows.slice(0, MOST).map(({ name, coverage }) => ({ ...emptyTarget(name), coverage }))
  return rows.length > MOST ? [...named, moreNotes(sweep)] : named
}

/** Registries of which the last sweep of everything took nothing: they hold nothing, or a name or glob is mistyped. */
async function withoutRepository(queries: Queries, sweep: number): Promise<readonly TargetReport[]> {
  const rows = await queries.query<{ host: string }>(
    `SELECT bare.host FROM ${sinceAll('$1')} AS whole(id) CROSS JOIN LATERAL (${emptyRegistries('whole.id')}) AS bare ORDER BY bare.host`,
    [sweep],
  )
  return rows.map(({ host }) =>
    failedTarget({
      what: 'registry',
      name: host,
      code: 'NO_REPOSITORY',
      message: 'It holds none of the repositories that sweep.yaml asks for.',
      hint: 'Is a name or glob mistyped? Then mend it and run: secretscan sweep run',
    }),
  )
}

function moreNotes(id: number): TargetReport {
  const detail = `More than ${grouped(MOST)} tags are no images: only these are named.`
  return { ...emptyTarget(`sweep ${id}`), coverage: [{ code: 'LIMIT_NOTES', effect: 'note', detail }] }
}

function unfinished(id: number): TargetReport {
  return failedTarget({
    what: 'registry',
    name: `sweep ${id}`,
    code: 'SWEEP_NOT_FINISHED',
    message: 'No sweep has come to its end yet: what it has not reached is not in here.',
    hint: null,
  })
}

function moreFailures(id: number): TargetReport {
  return failedTarget({
    what: 'registry',
    name: `sweep ${id}`,
    code: 'LIMIT_FAILURES',
    message: `More than ${grouped(MOST)} registries, repositories and tags could not be looked at: only these are named.`,
    hint: null,
  })
}

function failedTarget({ name, code, message, hint }: Omit<FailureRow, 'reference'>): TargetReport {
  return {
    ...emptyTarget(name),
    failed: { code, message, exitCode: EXIT.incomplete, ...(hint === null ? {} : { hint }) },
  }
}

function emptyTarget(name: string): TargetReport {
  return {
    kind: 'image',
    input: name,
    reference: name,
    source: 'registry',
    cachedLayers: [],
    findings: [],
    coverage: [],
    stats: { layers: 0, files: 0, bytes: 0 },
  }
}
