// What `migrate clean` says of what it removes, before and after.
import type { KeptRun } from '../../migrate/clean.js'
import type { Leftover } from '../../migrate/move-on/leftovers.js'
import { storeName } from '../../migrate/print-plan.js'
import { count } from '../../report/wording.js'
import { printable } from '../../support/printable.js'

/** A file, or a secret of a Swarm. */
export const placeOf = ({ from, at }: Leftover): string => (from === 'swarm' ? `${at} in ${storeName(from)}` : at)

/** Why the value of before should stay: a clause. */
export const mayNotKnow = ({ untold }: KeptRun): string =>
  `nothing here knows whether the database of ${untold.map(printable).join(', ')} was told the new one`

/** Names each run and each value that would go. */
export function questionFor(kept: readonly KeptRun[], left: readonly Leftover[]): string {
  const ids = kept.map(({ id }) => id).join(', ')
  const values = kept.flatMap((run) => (run.values.length === 0 ? [] : [`${run.values.join(', ')} (${run.id})`]))
  const among = values.length === 0 ? '' : `, among them the values before of ${values.join(', ')}`
  const untold = kept.filter((run) => run.untold.length > 0).map(mayNotKnow)
  const warning = untold.length === 0 ? '' : ` First be sure: ${untold.join('; ')}.`
  const originals = kept.length === 0 ? '' : ` the kept originals of ${count(kept.length, 'run')} (${ids})${among}`
  const places =
    left.length === 0
      ? ''
      : `${originals === '' ? '' : ', and'} ${left.map(placeOf).join(', ')}, which nothing should read any more`
  return `Remove${originals}${places}? A rollback is not possible afterwards.${warning}`
}
