// The secrets that a move leaves to be changed: their values stay known wherever they stood.
import type { Move } from './plan-moves.js'
import type { ToRotate } from './types.js'

/** Each name once, in the moves' order; not those that hold no secret (a user that moved along with its password). */
export function toRotate(moves: readonly Move[]): readonly ToRotate[] {
  const secret = moves.filter(({ candidate }) => candidate.companion !== true)
  return [...new Set(secret.map(({ name }) => name))].map((name) => {
    const issued = secret.find((move) => move.name === name && move.candidate.remedy !== undefined)?.candidate
    return issued?.remedy === undefined
      ? { name }
      : { name, issuer: { title: issued.because, remediation: issued.remedy } }
  })
}
