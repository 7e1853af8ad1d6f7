// Images whose layers are all done: put together by the same assemble() as a single scan's, and written down with the image's "done".
import type { ImageDescription } from '../../image/types.js'
import { assemble } from '../../scan/assemble.js'
import { maskKeyed, maskTagged } from '../../scan/scan-config.js'
import type { ConfigResult, Coverage, LayerResult, LocalFinding } from '../../scan/types.js'
import { TOP_OPEN_LAYER } from '../plan/images.js'
import { factsOf, inTodaysTerms, type RuleFacts } from '../plan/rule-facts.js'
import { FIRST_ATTESTATION } from '../store/attestation-index.js'
import type { Queries } from '../store/database.js'
import { unseal } from '../store/key.js'
import { loadLayer } from '../store/layer-result.js'
import { writeFindings } from './image-findings.js'
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

  remember(digest: string, result: LayerResult): void {
    this.#layers.add(`${this.#tools.rules} ${digest}`, result)
  }

  /** Puts images together again whose layers' results say something else under today's rules. Nothing is read for it but the store. */
  async refreshOutdated(sweep: number): Promise<void> {
    const { database } = this.#tools
    while ((await database.transaction((queries) => this.#refreshSome(queries, sweep))) === BATCH);
  }

  /** Those that no other worker is at; returns how many. */
  async #refreshSome(queries: Queries, sweep: number): Promise<number> {
    const images = await queries.query<ImageRow>(
      `SELECT ${COLUMNS}, NULL AS open FROM image WHERE outdated ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`,
    )
    for (const image of images) {
      // One that is planned is put together anyway.
      if (image.status !== 'planned') await this.#finish(queries, image, sweep)
      else await queries.query('UPDATE image SET outdated = false WHERE id = $1', [image.id])
    }
    return images.length
  }

  async finishWaiting(sweep: number, layer?: string): Promise<number> {
    let finished = 0
    for (;;) {
      const round = await this.#round(sweep, layer)
      finished += round.finished
      if (round.seen < BATCH) return finished
    }
  }

  async #round(sweep: number, layer: string | undefined): Promise<{ seen: number; finished: number }> {
    const { database, rules, on } = this.#tools
    let finished = 0
    const ids = await database.query<{ id: number }>(
      layer === undefined ? `${FREED} LIMIT ${BATCH}` : `${WAITING_FOR} LIMIT ${BATCH}`,
      layer === undefined ? [rules] : [rules, layer],
    )
    for (const { id } of ids) {
      if (!(await database.transaction((queries) => this.#advance(queries, id, sweep)))) continue
      finished++
      on({ type: 'image' })
    }
    return { seen: ids.length, finished }
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
      await queries.query('UPDATE image SET waiting_for = $1 WHERE id = $2', [image.open, id])
      return false
    }
    await this.#finish(queries, image, sweep)
    return true
  }

  async #finish(queries: Queries, row: ImageRow, sweep: number): Promise<void> {
    const tools = this.#tools
    const { results, failures } = await this.#results(queries, row)
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
    const missing = failures.map(lostLayer)
    await queries.query(
      `UPDATE image SET status = $1, failure = $2, description = $3, sealed = NULL, coverage = $4, waiting_for = NULL,
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
      `SELECT held.digest, held.index, scanned.status, scanned.failure
       FROM (SELECT digest, min(index) AS index FROM image_layer WHERE image_id = $1 GROUP BY digest) AS held
         CROSS JOIN LATERAL (SELECT status, failure FROM layer WHERE layer.digest = held.digest AND layer.rules = $2 LIMIT 1) AS scanned`,
      [id, rules],
    )
    const results = new Map<string, LayerResult>()
    for (const { digest, status } of rows)
      if (status === 'done') results.set(digest, await this.#result(queries, digest, rules))
    return { results, failures: rows.filter(({ status }) => status !== 'done') }
  }

  async #result(queries: Queries, digest: string, rules: string): Promise<LayerResult> {
    const key = `${rules} ${digest}`
    const known = this.#layers.get(key)
    if (known !== undefined) return known
    const [row] = await queries.query<{ result: Uint8Array; source: string }>(
      'SELECT result, coalesce(scanned_with, rules) AS source FROM layer WHERE digest = $1 AND rules = $2',
      [digest, rules],
    )
    const loaded = loadLayer(row?.result ?? new Uint8Array(), this.#tools.sealKey)
    const result = { ...loaded, findings: await this.#today(queries, loaded.findings, row?.source ?? rules) }
    this.#layers.add(key, result)
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

const COLUMNS =
  'id, image_id, rules, coalesce(scanned_with, rules) AS source, status, sealed, config, description, finished_in'

const WAITING_FOR = `SELECT id FROM image WHERE status = 'planned' AND rules = $1 AND waiting_for = $2 ORDER BY id`

const FREED = `
  SELECT id FROM image WHERE status = 'planned' AND rules = $1 AND (waiting_for IS NULL
    OR (SELECT layer.status FROM layer WHERE layer.digest = image.waiting_for AND layer.rules = $1) IN ('done', 'failed'))
  ORDER BY id`

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

interface LayerRow {
  readonly digest: string
  readonly index: number
  readonly status: string
  readonly failure: { readonly code: string; readonly message: string } | null
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

function lostLayer({ digest, index, failure }: LayerRow): Coverage {
  const reason = failure === null ? '' : ` ${failure.message}`
  return {
    code: 'LAYER_NOT_SCANNED',
    effect: 'skipped',
    blobId: digest,
    detail: `${index >= FIRST_ATTESTATION ? 'An attestation' : `Layer ${index}`} was not scanned.${reason}`,
  }
}
