// Which finding is meant by what a person typed: a whole fingerprint, or the beginning of one as tables show it.
import { NotFoundError, UsageError } from '../../support/errors.js'
import { printable, shorten } from '../../support/printable.js'
import type { Queries } from '../store/database.js'

/** Fewer characters are a slip of the keyboard more often than a name. */
const SHORTEST = 6
const MOST_NAMED = 5
const FINGERPRINT = /^(?:v1:)?([a-z0-9]+)$/

/**
 * The fingerprint of the one finding of the store (gone and acknowledged ones too) that is `text` or begins with it; "v1:" may be left out.
 * @throws NotFoundError where there is none; UsageError where several begin so, or it is too short
 */
export async function meantFingerprint(queries: Queries, text: string): Promise<string> {
  const typed = FINGERPRINT.exec(text.trim().toLowerCase())?.[1]
  if (typed === undefined) throw unknown(text)
  const rows = await queries.query<{ fingerprint: string }>(
    'SELECT fingerprint FROM finding WHERE fingerprint >= $1 AND starts_with(fingerprint, $1) ORDER BY fingerprint LIMIT $2',
    [`v1:${typed}`, MOST_NAMED + 1],
  )
  const [first] = rows
  if (first === undefined) throw unknown(text)
  if (rows.length > 1 && first.fingerprint !== `v1:${typed}`)
    throw ambiguous(
      text,
      rows.map(({ fingerprint }) => fingerprint),
    )
  if (typed.length < SHORTEST)
    throw new UsageError(`${typed} is too short for the ID of a finding.`, {
      hint: `Give at least ${SHORTEST} characters.`,
    })
  return first.fingerprint
}

const unknown = (text: string): NotFoundError =>
  new NotFoundError(`There is no finding ${shorten(printable(text), 60)} in the store.`, {
    hint: 'The table of secretscan sweep findings shows the ID of each, --format json its fingerprint.',
  })

function ambiguous(text: string, fingerprints: readonly string[]): UsageError {
  const named = fingerprints.slice(0, MOST_NAMED).join(', ')
  const more = fingerprints.length > MOST_NAMED ? ', …' : ''
  return new UsageError(`More than one finding begins with ${shorten(printable(text), 60)}: ${named}${more}.`, {
    hint: 'Give more of its characters.',
  })
}
