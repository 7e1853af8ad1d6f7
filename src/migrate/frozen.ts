// Values that are put together with what only a shell may set at a later start: as secrets they would hold what that is now.
import type { ComposeProject } from '../compose/types.js'
import type { Candidate } from './candidates.js'
import type { Chosen } from './plan-moves.js'
import { openParts } from './unsettled.js'
import { openVariables } from './value-source.js'
import { withoutHeld } from './without-held.js'

/** Those of `chosen` that may move; the others go to `left` with the reason. A URL that keeps its text keeps its references, too. */
export function withoutFrozen(
  chosen: readonly Chosen[],
  left: { candidate: Candidate; reason: string; todo: string }[],
  project: ComposeProject,
): readonly Chosen[] {
  const frozen = new Map(
    chosen.flatMap(({ candidate }) => {
      const names = openNames(candidate, project)
      return names.length === 0 ? [] : [[candidate, openParts(names)] as const]
    }),
  )
  if (frozen.size === 0) return chosen
  left.push(...[...frozen].map(([candidate, why]) => ({ candidate, ...why })))
  const { kept, left: more } = withoutHeld(
    chosen.filter(({ candidate }) => !frozen.has(candidate)),
    left.map(({ candidate }) => candidate),
    project,
  )
  left.push(...more)
  return kept
}

function openNames({ value, source, what, url }: Candidate, project: ComposeProject): readonly string[] {
  const isWhole = url === undefined && value === source && (what === 'environment' || what === 'env-file')
  return isWhole ? openVariables(project, value) : []
}
