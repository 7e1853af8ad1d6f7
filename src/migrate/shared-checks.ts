// Health checks and commands that several services share by an anchor, a merge key or `extends`: they are written once, so what moves must
// make the same of them for every service, or it stays.
import { relative } from 'node:path'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import type { Move } from './plan-moves.js'
import { commandValues, wordsByService } from './rewrites/references.js'

export interface Unshared {
  readonly move: Move
  readonly reason: string
  readonly todo: string
}

/** The moves after which a shared health check or command would be right for some of its services alone, each once. */
export function unsharedChecks(moves: readonly Move[], project: ComposeProject): readonly Unshared[] {
  const found = new Map<Move, Unshared>()
  for (const value of commandValues(project)) {
    const after = value.usedBy.length < 2 ? undefined : wordsByService(value, moves, project)
    if (after === undefined || new Set(after.words.values()).size < 2) continue
    for (const move of after.changing)
      if (!found.has(move)) found.set(move, { move, ...explained(move, value, after.words, project) })
  }
  return [...found.values()]
}

function explained(
  { candidate }: Move,
  { file, line, section }: LocatedValue,
  words: ReadonlyMap<string, string>,
  project: ComposeProject,
): Pick<Unshared, 'reason' | 'todo'> {
  const own = candidate.services.find((service) => words.has(service))
  const others = [...words].flatMap(([service, text]) => (text === words.get(own ?? '') ? [] : [service]))
  const what = section === 'healthcheck' ? 'health check' : section
  return {
    reason: `The ${what} in ${relative(project.directory, file)}:${line} reads it, and is that of ${named(others)} too, which would have to read another secret there, or none.`,
    todo: `Give each of these services a ${what} of its own, and plan again.`,
  }
}

const NAMED = 3

const named = (services: readonly string[]): string => {
  const more = services.length - NAMED
  const first = services.slice(0, NAMED).join(', ')
  return more > 0 ? `${first} and ${more} more` : first
}
