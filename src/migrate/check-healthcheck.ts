// Does a health check ask for the same after values moved? It may read them from files, and get a shell for that; nothing else of it changes.
import type { Move } from './plan-moves.js'
import { withoutBrought } from './rewrites/application-checks.js'
import { reading, withReadings } from './rewrites/env-readings.js'
import { forCompose } from './shim.js'

/** `before` and `after`: healthcheck.test of the resolved models; `moves`: those of the service. */
export function isSameCheck(before: unknown, after: unknown, moves: readonly Move[]): boolean {
  return meaning(before, moves) === meaning(after, moves)
}

/**
 * The command with the values themselves in place of what reads them, quotes and the kind of list left out. Only secrets that the service
 * is given count: the reading of another one stays as it is, and differs.
 */
function meaning(test: unknown, moves: readonly Move[]): string {
  const words = Array.isArray(test) ? test.map(String) : [String(test)]
  const command = words.slice(/^CMD(?:-SHELL)?$/.test(words[0] ?? '') ? 1 : 0).join(' ')
  const own = moves.reduce(withoutBrought, forCompose(command))
  const read = moves.reduce(
    (text, { candidate: { variable, secret }, name }) =>
      withReadings(text, variable, name, false).replaceAll(reading(name), () => forCompose(secret)),
    own,
  )
  return read
    .replace(/["'`\\]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}
