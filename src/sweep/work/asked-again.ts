// What is said of lists that failed and are asked for again: which one, why and when. Waiting takes minutes, and the reason may be a mistyped host.
import { count } from '../../report/wording.js'
import { printable } from '../../support/printable.js'
import { sentence } from '../../support/sentence.js'
import type { Job, Retry } from '../jobs/engine.js'
import { storedFailure } from './failures.js'
import type { SweepTools } from './tools.js'

/** Seconds from which minutes are told. */
const MINUTES_FROM = 100

const waitText = (seconds: number): string =>
  seconds < MINUTES_FROM ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`

/** How often after the next try; over how long only at the beginning, since less of it is left each time. */
function moreText({ failed, most, span: [least, longest] }: Retry): string {
  const left = most - failed - 1
  if (left <= 0) return ''
  const minutes = longest <= 60 ? 'up to a minute' : `${Math.floor(least / 60)} to ${Math.ceil(longest / 60)} minutes`
  const over = failed === 1 ? `, over ${minutes}` : ''
  return `, and up to ${count(left, 'time')} more${over}`
}

export class AskedAgain {
  readonly #tools: Pick<SweepTools, 'database' | 'on'>
  readonly #told = new Set<string>()
  /** Registries of which something was read in this run. */
  readonly #answering = new Set<string>()

  constructor(tools: Pick<SweepTools, 'database' | 'on'>) {
    this.#tools = tools
  }

  hasAnswered(host: string): void {
    this.#answering.add(host)
  }

  /** Something of the registry was read, in this run or in an earlier one: it is there, and only away for a while. */
  async hasEverAnswered(host: string): Promise<boolean> {
    if (this.#answering.has(host)) return true
    const rows = await this.#tools.database.query(
      `SELECT FROM repository WHERE host = $1
         AND (platforms IS NOT NULL OR EXISTS (SELECT FROM tag WHERE repository_id = repository.id)) LIMIT 1`,
      [host],
    )
    return rows.length > 0
  }

  /** Once for each failure, and at each try of a registry of which nothing was read yet. */
  async tell({ payload }: Pick<Job, 'payload'>, error: unknown, retry: Retry): Promise<void> {
    const { seconds, failed, most } = retry
    const [row] = await this.#tools.database.query<{ host: string; name: string }>(
      `SELECT host, host || '/' || name AS name FROM repository WHERE id = $1`,
      [Number(payload.repository ?? 0)],
    )
    const host = row?.host ?? String(payload.host)
    const reason = sentence(printable(storedFailure(error).message))
    const name = printable(row?.name ?? host)
    const message = `${reason.includes(name) ? '' : `${name}: `}${reason}`
    if (!this.#told.has(message)) {
      this.#told.add(message)
      this.#told.add(`${host} ${failed}`)
      this.#tools.on({
        type: 'trouble',
        message: `${message} It is asked again in ${waitText(seconds)}${moreText(retry)}.`,
        waits: true,
      })
    } else if (!this.#answering.has(host) && !this.#told.has(`${host} ${failed}`)) {
      this.#told.add(`${host} ${failed}`)
      this.#tools.on({
        type: 'retry',
        message: `${message} Failed ${failed} of ${most} times; asked again in ${waitText(seconds)}.`,
      })
    }
  }
}
