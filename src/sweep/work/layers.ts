// Layers that wait to be scanned, as rows: taken in batches by one worker at a time, renewed while it is at them, given back when it dies.
import { diedMessage, MOST_DEATHS, SUSPICIOUS, WORKER_DIED } from '../jobs/deaths.js'
import type { Database } from '../store/database.js'
import { isOver } from '../store/far-future.js'
import { storeLayer } from '../store/layer-result.js'
import type { ResolvedLayer } from '../types.js'
import { tryElsewhere } from './elsewhere.js'
import type { ScannedLayer } from './scan-layers.js'
import type { StoredFailure } from './tools.js'

/** Seconds that a layer stays with a worker that does not renew it. */
const LEASE = 30
const TRIES = 5
/** Seconds before the second try; doubled each time. */
const FIRST_DELAY = 5

export interface LeasedLayer extends Omit<ResolvedLayer, 'diffId' | 'foreign'> {
  readonly host: string
  readonly repository: string
  readonly attempt: number
  readonly deaths: number
}

export interface LayerQueue {
  /** Takes up to `most` layers of the hosts, but for those that workers have died of again and again (deaths.ts). */
  lease(most: number, hosts: readonly string[]): Promise<readonly LeasedLayer[]>
  /** Takes one of those, if there are any: for a worker that holds nothing else. */
  leaseSuspicious(hosts: readonly string[]): Promise<readonly LeasedLayer[]>
  renew(layers: readonly LeasedLayer[]): Promise<void>
  /** Gives back what will not be scanned now. */
  giveBack(layers: readonly LeasedLayer[]): Promise<void>
  /** Findings and "done" in one statement. False where another worker had it done before, or it is to be read in another role. */
  finish(layer: LeasedLayer, scanned: ScannedLayer, sweep: number): Promise<boolean>
  /** For bytes that are not the digest's: reads it from another repository that holds it. False where there is none. */
  tryElsewhere(layer: LeasedLayer): Promise<boolean>
  /** Later again, unless that was the last try. `pointless`: a further try would fail in the same way. */
  fail(layer: LeasedLayer, failure: StoredFailure, pointless: boolean): Promise<'again' | 'failed'>
  /** Not before then, without counting as a try. */
  postpone(layer: LeasedLayer, until: Date): Promise<void>
  /**
   * What `dead` workers hold, or nobody renews, may be taken again, but for `held`, which this worker has in its hands. Given up is what
   * too many have died of.
   */
  reclaim(dead: readonly string[], held: readonly LeasedLayer[]): Promise<void>
}

export function layerQueue(context: QueueContext): LayerQueue {
  const { database, rules, worker } = context
  return {
    lease: (most, hosts) => lease(context, most, hosts, '<'),
    leaseSuspicious: (hosts) => lease(context, 1, hosts, '>='),
    renew: async (layers) => {
      await database.query(
        `UPDATE layer SET lease_until = now() + make_interval(secs => $1)
         WHERE digest = ANY($2::text[]) AND rules = $3 AND lease_owner = $4 AND status = 'leased'`,
        [LEASE, layers.map(({ digest }) => digest), rules, worker],
      )
    },
    giveBack: async (layers) => {
      await database.query(
        `UPDATE layer SET status = 'pending', lease_owner = NULL, lease_until = NULL
         WHERE digest = ANY($1::text[]) AND rules = $2 AND lease_owner = $3 AND status = 'leased'`,
        [layers.map(({ digest }) => digest), rules, worker],
      )
    },
    finish: (layer, scanned, sweep) => finish(context, layer, scanned, sweep),
    tryElsewhere: (layer) => tryElsewhere(context, layer),
    fail: (layer, failure, pointless) => fail(context, layer, failure, pointless),
    postpone: async (layer, until) => {
      await database.query(
        `UPDATE layer SET status = 'pending', not_before = $1, lease_owner = NULL, lease_until = NULL
         WHERE digest = $2 AND rules = $3 AND lease_owner = $4 AND status = 'leased'`,
        [until.toISOString(), layer.digest, rules, worker],
      )
    },
    reclaim: (dead, held) => reclaim(context, dead, held),
  }
}

export interface QueueContext {
  readonly database: Database
  readonly rules: string
  readonly worker: string
  readonly sealKey: Uint8Array
  /** By host: this worker reads from no others. */
  readonly registries: ReadonlyMap<string, unknown>
}

async function lease(
  { database, rules, worker }: QueueContext,
  most: number,
  hosts: readonly string[],
  deaths: '<' | '>=',
) {
  return database.query<LeasedLayer>(
    `WITH taken AS (
       SELECT layer.digest, repository.host, repository.name FROM layer JOIN repository ON repository.id = layer.repository_id
       WHERE layer.rules = $1 AND layer.status = 'pending' AND (layer.not_before IS NULL OR ${isOver('layer.not_before')})
         AND repository.host = ANY($2::text[]) AND layer.deaths ${deaths} ${SUSPICIOUS}
       ORDER BY layer.priority, layer.digest LIMIT $3 FOR UPDATE OF layer SKIP LOCKED
     )
     UPDATE layer SET status = 'leased', lease_owner = $4, lease_until = now() + make_interval(secs => $5)
     FROM taken WHERE layer.digest = taken.digest AND layer.rules = $1
     RETURNING layer.digest, layer.size, layer.role, layer.attempt, layer.deaths, taken.host, taken.name AS repository`,
    [rules, hosts, most, worker, LEASE],
  )
}

async function finish(
  { database, rules, sealKey }: QueueContext,
  layer: LeasedLayer,
  { result, size, verified }: ScannedLayer,
  sweep: number,
) {
  const rows = await database.query(
    `UPDATE layer SET status = 'done', result = $1, diff_id = $2, files = $3, bytes = $4, scanned_in = $5, scanned_at = now(),
       lease_owner = NULL, lease_until = NULL, failure = NULL, size = $9, verified = $10,
       scanned_with = NULL
     WHERE digest = $6 AND rules = $7 AND role = $8 AND status <> 'done' RETURNING digest`,
    [
      storeLayer(result, sealKey),
      result.diffId ?? null,
      result.files,
      result.bytes,
      sweep,
      layer.digest,
      rules,
      layer.role,
      size,
      verified,
    ],
  )
  return rows.length > 0
}

async function fail(context: QueueContext, layer: LeasedLayer, failure: StoredFailure, pointless: boolean) {
  const { database, rules, worker } = context
  if (pointless && (await tryElsewhere(context, layer))) return 'again'
  const attempt = layer.attempt + 1
  const last = pointless || attempt >= TRIES
  await database.query(
    `UPDATE layer SET status = $1, failure = $2, attempt = $7, not_before = now() + make_interval(secs => $3),
       tried = CASE WHEN $8 THEN array_append(tried, repository_id) ELSE tried END, lease_owner = NULL, lease_until = NULL
     WHERE digest = $4 AND rules = $5 AND lease_owner = $6 AND status = 'leased'`,
    [
      last ? 'failed' : 'pending',
      JSON.stringify(failure),
      FIRST_DELAY * 2 ** layer.attempt,
      layer.digest,
      rules,
      worker,
      attempt,
      pointless,
    ],
  )
  return last ? 'failed' : 'again'
}

/** A lease that ends later than one can be given is one that the clock was set back under. */
async function reclaim(
  { database, rules, worker }: QueueContext,
  dead: readonly string[],
  held: readonly LeasedLayer[],
): Promise<void> {
  await database.query(
    `UPDATE layer SET deaths = deaths + 1, status = CASE WHEN deaths + 1 >= $1 THEN 'failed' ELSE 'pending' END,
       failure = CASE WHEN deaths + 1 >= $1 THEN $2::jsonb ELSE failure END, lease_owner = NULL, lease_until = NULL
     WHERE status = 'leased'
       AND (lease_until NOT BETWEEN now() AND now() + make_interval(secs => $3) OR lease_owner = ANY($4::text[]))
       AND NOT (lease_owner = $5 AND rules = $6 AND digest = ANY($7::text[]))`,
    [
      MOST_DEATHS,
      JSON.stringify({ code: WORKER_DIED, message: diedMessage('they read it') }),
      2 * LEASE,
      dead,
      worker,
      rules,
      held.map(({ digest }) => digest),
    ],
  )
}
