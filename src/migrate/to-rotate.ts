// The secrets that a move leaves to be changed: their values stay known wherever they stood.
import { issuerOf } from './candidate-base.js'
import type { GitHistory } from './git-history.js'
import type { Move } from './plan-moves.js'
import type { Issuer } from './rotate/issuer.js'
import type { ToRotate } from './types.js'

/** Each name once, in the moves' order; not those that hold no secret (a user that moved along with its password). */
export function toRotate(moves: readonly Move[], history?: GitHistory): readonly ToRotate[] {
  const secret = moves.filter(({ candidate }) => candidate.companion !== true)
  return [...new Set(secret.map(({ name }) => name))].map((name) => {
    const own = secret.filter((move) => move.name === name)
    const all = own.flatMap(issuersOf)
    const issuers = all.filter((each, at) => all.findIndex((other) => other.remediation === each.remediation) === at)
    const isOutside = own.every(({ candidate }) => history?.neverCommitted?.has(candidate.id) === true)
    return { name, ...(issuers.length === 0 ? {} : { issuers }), ...(isOutside ? { neverCommitted: true } : {}) }
  })
}

const issuersOf = ({ candidate: { issuers, because, remedy } }: Move): readonly Issuer[] =>
  issuers ?? issuerOf({ title: because, ...(remedy === undefined ? {} : { remedy }) })
