// A plan whose result is known to mean the same: what would not is left, and the rest is planned again.
import { type LoadOptions, loadProject } from '../compose/load.js'
import { assertSameDockerfiles } from './check-dockerfile.js'
import { assertSameModel, firstProblem } from './check-model.js'
import { type Gathered, makePlan, type Planned } from './plan.js'
import type { Move } from './plan-moves.js'

/** @throws StoreError where the models differ by more than single moves explain. */
export async function makeSafePlan(gathered: Gathered, load: LoadOptions): Promise<Planned> {
  const held = new Map<string, string>()
  const hasAgent = gathered.agent !== undefined
  for (;;) {
    const planned = makePlan({ ...gathered, held })
    const after = await loadProject({ ...load, overlay: new Map([...(load.overlay ?? []), ...planned.staged]) })
    const problem = firstProblem(gathered.project, after, planned.moves, hasAgent)
    if (problem === undefined) {
      assertSameDockerfiles(gathered.builds, planned.staged, planned.moves)
      return planned
    }
    const culprits = culpritsOf(problem, planned.moves)
    if (culprits.length === 0) assertSameModel(gathered.project, after, planned.moves, hasAgent)
    for (const { candidate } of culprits) held.set(candidate.id, problem)
  }
}

/** The move that the problem names, else all of its service. */
function culpritsOf(problem: string, moves: readonly Move[]): readonly Move[] {
  const own = moves.filter(({ candidate }) => candidate.services.some((service) => problem.startsWith(`${service}.`)))
  const named = own.filter(({ candidate }) => problem.includes(`.environment.${candidate.variable} `))
  return named.length > 0 ? named : own
}
