// The tags of one repository as rows: only what has changed since the sweep before is written, so that a sweep which finds nothing new writes
// next to nothing, and makes no row old that a database would have to clear away.
import type { Digest } from '../../image/types.js'
import type { Database } from '../store/database.js'
import type { StoredFailure } from '../work/tools.js'

/** Names that are kept to tell which rows are gone. Where a repository has more, its rows are marked with the sweep. */
const NAMES_KEPT = 100_000

export interface Tag {
  readonly tag: string
  readonly digest: Digest
}

/** Row `known` of a tag says something else than the registry, which has `t`. */
const IS_OTHER =
  'known.id IS NULL OR known.digest <> t.digest OR known.gone_at IS NOT NULL OR known.failure IS NOT NULL'
const LISTED = `unnest($2::text[], $3::text[]) AS t (name, digest)
  LEFT JOIN tag AS known ON known.repository_id = $1 AND known.name = t.name`

/** SQL: the digest t.digest is to be looked at, by those conditions. `first`: the number of the first parameter that stands for them. */
export const isNewDigest = (first: number): string => `
  NOT EXISTS (SELECT 1 FROM resolved WHERE resolved.digest = t.digest AND resolved.platforms = $${first})
  OR EXISTS (SELECT 1 FROM resolved_image JOIN image ON image.id = resolved_image.image_id
    WHERE resolved_image.digest = t.digest AND image.rules <> $${first + 2} AND ($${first + 1} OR image.status = 'planned'))`

/** What makes a digest one that is to be looked at: another selection of platforms, or other rules (of all images where `rescan` says so). */
export interface Looked {
  readonly platforms: string
  readonly rescan: boolean
  readonly rules: string
}

export const lookedParameters = ({ platforms, rescan, rules }: Looked) => [platforms, rescan, rules] as const

/** In one statement what most repositories answer: nothing is new. $1: repository, $2: names, $3: digests, $4 on: Looked. */
const STANDS = `
  SELECT NOT EXISTS (SELECT FROM ${LISTED} WHERE ${IS_OTHER} OR ${isNewDigest(4)}) AS stands,
    (SELECT count(*) FROM tag AS there WHERE there.repository_id = $1 AND there.gone_at IS NULL) AS live`

/** Rows that say something else than the registry. $1: repository, $2: names, $3: digests, $4: sweep. */
const WRITE = `
  INSERT INTO tag (repository_id, name, digest, seen_in)
  SELECT $1::bigint, t.name, t.digest, $4::bigint FROM ${LISTED} WHERE ${IS_OTHER}
  ON CONFLICT (repository_id, name) DO UPDATE SET digest = excluded.digest, seen_in = excluded.seen_in, last_seen_at = now(),
    gone_at = NULL, failure = NULL`

const WRITE_FAILED = `
  INSERT INTO tag (repository_id, name, digest, seen_in, failure) VALUES ($1, $3, '', $2, $4)
  ON CONFLICT (repository_id, name) DO UPDATE SET seen_in = excluded.seen_in, failure = excluded.failure, gone_at = NULL`

const MARK =
  'UPDATE tag SET seen_in = $2 WHERE repository_id = $1 AND name = ANY($3::text[]) AND seen_in IS DISTINCT FROM $2'

export class TagRows {
  readonly #database: Database
  readonly #repository: number
  readonly #sweep: number
  readonly #most: number
  readonly #names = new Set<string>()
  #isMarked = false
  /** Rows of tags that are there, as long as none was written since they were counted. */
  #live: number | undefined

  /** `most`: names kept in memory. */
  constructor(database: Database, repository: number, sweep: number, most = NAMES_KEPT) {
    this.#database = database
    this.#repository = repository
    this.#sweep = sweep
    this.#most = most
  }

  /** Whether all of `tags` stand as they did and lead to nothing that is to be looked at: then there is nothing to write. */
  async stand(tags: readonly Tag[], looked: Looked): Promise<boolean> {
    const names = tags.map(({ tag }) => tag)
    const digests = tags.map(({ digest }) => digest)
    const [row] = await this.#database.query<{ stands: boolean; live: number }>(STANDS, [
      this.#repository,
      names,
      digests,
      ...lookedParameters(looked),
    ])
    if (row?.stands !== true) return false
    this.#live = row.live
    await this.#see(names)
    return true
  }

  /** Tags as the registry has them now. */
  async write(tags: readonly Tag[]): Promise<void> {
    const last = new Map(tags.map(({ tag, digest }) => [tag, digest]))
    const names = [...last.keys()]
    this.#live = undefined
    await this.#database.query(WRITE, [this.#repository, names, [...last.values()], this.#sweep])
    await this.#see(names)
  }

  /** A tag whose digest could not be had. */
  async writeFailed(tag: string, failure: StoredFailure): Promise<void> {
    this.#live = undefined
    await this.#database.query(WRITE_FAILED, [this.#repository, this.#sweep, tag, JSON.stringify(failure)])
    await this.#see([tag])
  }

  /** To be called when the registry's list has come to its end: what was not in it is gone. */
  async leaveGone(): Promise<void> {
    const { query } = this.#database
    if (this.#isMarked) {
      await query(
        'UPDATE tag SET gone_at = now() WHERE repository_id = $1 AND seen_in IS DISTINCT FROM $2 AND gone_at IS NULL',
        [this.#repository, this.#sweep],
      )
      return
    }
    // Each name that was seen has a row: as many rows as names are the same ones.
    if (this.#live === this.#names.size) return
    await query(
      `UPDATE tag SET gone_at = now() WHERE repository_id = $1 AND gone_at IS NULL
         AND (SELECT count(*) FROM tag AS there WHERE there.repository_id = $1 AND there.gone_at IS NULL) <> $2
         AND NOT EXISTS (SELECT FROM unnest($3::text[]) AS seen (name) WHERE seen.name = tag.name)`,
      [this.#repository, this.#names.size, [...this.#names]],
    )
  }

  async #see(names: readonly string[]): Promise<void> {
    if (!this.#isMarked) for (const name of names) this.#names.add(name)
    if (!this.#isMarked && this.#names.size <= this.#most) return
    await this.#database.query(MARK, [this.#repository, this.#sweep, this.#isMarked ? names : [...this.#names]])
    this.#isMarked = true
    this.#names.clear()
  }
}
