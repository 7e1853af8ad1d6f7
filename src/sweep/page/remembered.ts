// Pages that were made before and still say what the store holds. Counting over a hundred thousand findings takes seconds, and what is counted
// changes when a sweep ends and when somebody acknowledges, not when somebody looks.
import type { Queries } from '../store/database.js'

/** Addresses that are remembered at a time. */
const MOST = 200
/** ms after which a page is made anew whatever the stamp says: retention deletes behind the end of a sweep. */
const LONGEST = 5 * 60_000

interface Kept<Page> {
  readonly stamp: string
  readonly at: number
  readonly page: Promise<Page>
}

/** Makes pages by address; asks the store only for its stamp where one is remembered. */
export class RememberedPages<Page> {
  readonly #kept = new Map<string, Kept<Page>>()

  /** The page at `address`, made by `make` where none is there that is still true. A page whose making failed is not remembered. */
  async page(address: string, queries: Queries, make: () => Promise<Page>): Promise<Page> {
    const stamp = await stampOf(queries)
    const known = this.#kept.get(address)
    if (known !== undefined && known.stamp === stamp && performance.now() - known.at < LONGEST) return known.page
    const page = make()
    this.#keep(address, { stamp, at: performance.now(), page })
    page.catch(() => this.#kept.delete(address))
    return page
  }

  #keep(address: string, kept: Kept<Page>): void {
    this.#kept.delete(address)
    this.#kept.set(address, kept)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MOST && oldest !== undefined) this.#kept.delete(oldest)
  }
}

/**
 * Another text whenever pages would say something else: a sweep that began or ended, an acknowledgement given, withdrawn or over, a message
 * sent or given up; while a sweep runs, the minute.
 */
const STAMP = `SELECT concat_ws(' ',
  (SELECT id || status || coalesce(finished_at::text, '') FROM sweep ORDER BY id DESC LIMIT 1),
  (SELECT count(*) FROM sweep),
  (SELECT count(*) || '/' || count(*) FILTER (WHERE until <= now()) || '/' || coalesce(max(created_at)::text, '') FROM acknowledgement),
  (SELECT count(*) || '/' || count(*) FILTER (WHERE status = 'dead') FROM notification),
  (SELECT floor(extract(epoch FROM now()) / 60) FROM sweep WHERE status = 'running' LIMIT 1)) AS stamp`

async function stampOf(queries: Queries): Promise<string> {
  const [row] = await queries.query<{ stamp: string }>(STAMP)
  return row?.stamp ?? ''
}
