// What stays because of something else that stays: lines that it is made from, and entries of the same variable.
import type { ComposeProject } from '../compose/types.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'
import { heldLines } from './held-lines.js'
import type { Chosen } from './plan-moves.js'
import { heldTogether } from './same-variable.js'

/** Those of `chosen` that may still move where `held` stay, and the others with the reason. */
export function withoutHeld<Each extends Chosen>(
  chosen: readonly Each[],
  held: readonly Candidate[],
  project: ComposeProject,
): { readonly kept: readonly Each[]; readonly left: readonly (Blocked & { readonly candidate: Candidate })[] } {
  const candidates = chosen.map(({ candidate }) => candidate)
  const lines = heldLines(chosen, project)
  const open = lines.length > 0 ? lines : heldTogether(candidates, held, project)
  if (open.length === 0) return { kept: chosen, left: [] }
  const gone = new Set(open.map(({ candidate }) => candidate))
  const rest = withoutHeld(
    chosen.filter(({ candidate }) => !gone.has(candidate)),
    [...held, ...gone],
    project,
  )
  return { kept: rest.kept, left: [...open, ...rest.left] }
}
