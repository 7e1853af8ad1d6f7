// Images whose layers are all done: put together by the same assemble() as a single scan's, and written down with the image's "done".
import type { ImageDescription } from '../../image/types.js'
import { assemble } from '../../scan/assemble.js'
import { maskKeyed, maskTagged } from '../../scan/scan-config.js'
import type { ConfigResult, LayerResult, LocalFinding } from '../../scan/types.js'
import { TOP_OPEN_LAYER } from '../plan/images.js'
import { factsOf, inTodaysTerms, type RuleFacts } from '../plan/rule-facts.js'
import type { Queries } from '../store/database.js'
import { unseal } from '../store/key.js'
import { loadLayer } from '../store/layer-result.js'
import type { ResolvedLayer } from '../types.js'
import { type Claimed, claimImages, inOwnTransaction, releaseImages } from './image-claims.js'
import { writeFindings } from './image-findings.js'
import { isKept, type LayerRow, lostLayer, wrongSizes } from './layer-coverage.js'
import { LayerMemory } from './layer-memory.js'
import type { SweepTools } from './tools.js'

const BATCH = 20

/** Finishes what waits for the layer, or with no layer whatever can be finished. Returns how many images that were. */
export class ImageFinisher {
  readonly #tools: SweepTools
  readonly #layers = new LayerMemory()
  readonly #facts: RuleFacts
  readonly #earlier = new Map<string, Promise<RuleFacts | undefined>>()

  constructor(tools: SweepTools) {
    this.#tools = tools
    this.#facts = factsOf(tools.session.detection.rules.rules)
  }

  remember({ digest, role }: Pick<ResolvedLayer, 'digest' | 'role'>, result: LayerResult): void {
    this.#layers.add(memoryKey(this.#tools.rules, digest, role), result)
  }

  /** Puts images together again whose layers' results say something else under today's rules. Nothing is read for it but the store. */
  async refreshOutdated(sweep: number): Promise<void> {
    await this.#all('outdated', (queries, id) => this.#refresh(queries, id, sweep))
  }

  async #refresh(queries: Queries, id: number, sweep: number): Promise<boolean> {
    const [image] = await queries.query<ImageRow>(
      `SELECT ${COLUMNS}, NULL AS open FROM image WHERE id = $1 AND outdated FOR UPDATE SKIP LOCKED`,
      [id],
    )
    if (image === undefined) return false
    // One that is planned is put together anyway.
    if (image.status !== 'planned') await this.#finish(queries, image, sweep)
    else await queries.query('UPDATE image SET outdated = false, held_by = NULL WHERE id = $1', [image.id])
    return true
  }

  async finishWaiting(sweep: number, layer?: string): Promise<number> {
    return this.#all(layer === undefined ? 'freed' : { layer }, async (queries, id) => {
      const isFinished = await this.#advance(queries, id, sweep)
      if (isFinished) this.#tools.on({ type: 'image' })
      return isFinished
    })
  }

  /** Gives back what was claimed. */
  async close(): Promise<void> {
    await releaseImages(this.#tools.database, this.#tools.worker)
  }

  /**
   * Each image in a transaction of its own, until none is left that this worker may take. Those that workers have died of come last, one at
   * a time, and only where no layer is waited for: then this worker does nothing else. Returns how many were finished.
   */
  async #all(which: Claimed, work: (queries: Queries, id: number) => Promise<boolean>): Promise<number> {
    const { database, rules, worker } = this.#tools
    const tried = new Set<number>()
    let finished = 0
    for (const suspicious of typeof which === 'string' ? [false, true] : [false]) {
      const most = suspicious ? 1 : BATCH
      for (let ids: readonly number[] = []; ; ) {
        ids = await claimImages(database, which, { worker, rules, most, suspicious })
        // What this process is at already, for another layer, comes again.
        const left = ids.filter((id) => !tried.has(id))
        for (const id of left) {
          tried.add(id)
          if (await inOwnTransaction(database, id, work)) finished++
        }
        if (ids.length < most || left.length === 0) break
      }
    }
    return finished
  }

  /** Lets the image wait for another of its layers, or finishes it. False where it waits, or another worker is at it. */
  async #advance(queries: Queries, id: number, sweep: number): Promise<boolean> {
    const [image] = await queries.query<ImageRow>(
      `SELECT ${COLUMNS}, (${TOP_OPEN_LAYER}) AS open
       FROM image WHERE id = $1 AND status = 'planned' AND rules = $2 FOR UPDATE SKIP LOCKED`,
      [id, this.#tools.rules],
    )
    if (image === undefined) return false
    if (image.open !== null) {
      await queries.query('UPDATE image SET waiting_for = $1, held_by = NULL WHERE id = $2', [image.open, id])
      return false
    }
    await this.#finish(queries, image, sweep)
    return true
  }

  async #finish(queries: Queries, row: ImageRow, sweep: number): Promise<void> {
    const tools = this.#tools
    const { results, rows, lost } = await this.#results(queries, row)
    const { findings: found, coverage } = JSON.parse(Buffer.from(row.config).toString('utf8')) as Omit<
      ConfigResult,
      'image'
    >
    const findings = await this.#today(queries, found, row.source)
    const image = withComputed(maskedDescription(row, [...results.values()], tools), results)
    const assembled = assemble(image, results, { findings, coverage, image })
    await writeFindings(queries, {
      imageId: row.id,
      configDigest: row.image_id,
      sweep,
      rules: row.rules,
      findings: assembled.findings,
      results,
      configFindings: findings,
      isAgain: row.finished_in !== null,
      seenIn: row.status === 'planned' ? null : row.finished_in,
    })
    const failures = lost.filter((layer) => !isKept(layer))
    const missing = [...lost.map(lostLayer), ...wrongSizes(image, rows)]
    await queries.query(
      `UPDATE image SET status = $1, failure = $2, description = $3, sealed = NULL, coverage = $4, waiting_for = NULL, held_by = NULL, deaths = 0,
         finished_in = CASE WHEN outdated THEN finished_in ELSE $5 END, finished_at = now(), outdated = false WHERE id = $6`,
      [
        failures.length === 0 ? 'done' : 'failed',
        failures.length === 0 ? null : JSON.stringify(failures[0]?.failure),
        JSON.stringify(image),
        JSON.stringify([...assembled.coverage, ...missing]),
        sweep,
        row.id,
      ],
    )
  }

  async #results(queries: Queries, { id, rules }: ImageRow) {
    const rows = await queries.query<LayerRow>(
      `SELECT held.digest, held.index, scanned.status, scanned.role, scanned.size, scanned.verified, scanned.has_result, scanned.failure
       FROM (SELECT digest, min(index) AS index FROM image_layer WHERE image_id = $1 GROUP BY digest) AS held
         CROSS JOIN LATERAL (SELECT status, role, size, verified, result IS NOT NULL AS has_result, failure FROM layer WHERE layer.digest = held.digest AND layer.rules = $2 LIMIT 1) AS scanned`,
      [id, rules],
    )
    const results = new Map<string, LayerResult>()
    for (const layer of rows)
      if (layer.status === 'done' || isKept(layer)) results.set(layer.digest, await this.#result(queries, layer, rules))
    return { results, rows, lost: rows.filter(({ status }) => status !== 'done') }
  }

  async #result(queries: Queries, { digest, role, verified }: LayerRow, rules: string): Promise<LayerResult> {
    const key = memoryKey(rules, digest, role)
    const known = this.#layers.get(key)
    if (known !== undefined) return known
    const [row] = await queries.query<{ result: Uint8Array; source: string }>(
      'SELECT result, coalesce(scanned_with, rules) AS source FROM layer WHERE digest = $1 AND rules = $2',
      [digest, rules],
    )
    const loaded = loadLayer(row?.result ?? new Uint8Array(), this.#tools.sealKey)
    const result = { ...loaded, findings: await this.#today(queries, loaded.findings, row?.source ?? rules) }
    if (verified) this.#layers.add(key, result)
    return result
  }

  /** Findings that were made with the rules `source`, as today's rules have them. */
  async #today(queries: Queries, findings: readonly LocalFinding[], source: string): Promise<readonly LocalFinding[]> {
    if (source === this.#tools.rules || findings.length === 0) return findings
    let then = this.#earlier.get(source)
    if (then === undefined) {
      then = storedFacts(queries, source)
      this.#earlier.set(source, then)
      then.catch(() => this.#earlier.delete(source))
    }
    return inTodaysTerms(findings, await then, this.#facts)
  }
}

/** Undefined where nobody wrote down what the rules were. */
async function storedFacts(queries: Queries, identity: string): Promise<RuleFacts | undefined> {
  const [row] = await queries.query<{ rules: RuleFacts }>('SELECT rules FROM rule_set WHERE identity = $1', [identity])
  return row?.rules
}

/** A blob that was read in another role has another result. */
const memoryKey = (rules: string, digest: string, role: string): string => `${rules} ${digest} ${role}`

const COLUMNS =
  'id, image_id, rules, coalesce(scanned_with, rules) AS source, status, sealed, config, description, finished_in'

interface ImageRow {
  readonly id: number
  readonly image_id: string
  readonly rules: string
  /** The rules with which its configuration was scanned. */
  readonly source: string
  readonly status: string
  readonly sealed: Uint8Array | null
  readonly config: Uint8Array
  readonly description: ImageDescription
  readonly finished_in: number | null
  readonly open: string | null
}

/** Texts come back without the values that layers hold, also those that were scanned by another worker. */
function maskedDescription(row: ImageRow, results: readonly LayerResult[], tools: SweepTools): ImageDescription {
  if (row.sealed === null) return row.description
  const plain = JSON.parse(Buffer.from(unseal(tools.sealKey, row.sealed)).toString('utf8')) as ImageDescription
  const found = results.flatMap(({ findings }) => findings)
  const tagged = maskTagged(plain, new Set(found.flatMap(({ valueTag }) => valueTag ?? [])))
  const guessable = found.filter(({ secret }) => secret.guessable)
  return maskKeyed(tagged, tools.valueKey, new Set(guessable.flatMap(({ valueHmac }) => valueHmac ?? [])))
}

/** diffIDs that the configuration does not name but whose bytes were hashed. */
function withComputed(image: ImageDescription, results: ReadonlyMap<string, LayerResult>): ImageDescription {
  const layers = image.layers.map((entry) => {
    const diffId = entry.diffId ?? results.get(entry.blobId)?.diffId
    return diffId === undefined ? entry : { ...entry, diffId }
  })
  return { ...image, layers }
}
