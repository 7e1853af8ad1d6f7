// Entries of .env that nothing needs any more once values made from them have moved: they stay, since their own text moved nowhere.
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import { base, reasonFor } from './candidate-base.js'
import { entriesOf } from './env-file-readers.js'
import type { LeftEntry, Move } from './plan-moves.js'

/** What `moves` leave without a user, in the files' order. */
export function orphanedEntries(moves: readonly Move[], project: ComposeProject): readonly LeftEntry[] {
  const moved = new Set(moves.map(({ candidate }) => candidate.value))
  const gone = new Set(moves.flatMap(({ candidate }) => entriesOf(candidate, project)))
  // Such a line has a placeholder for its password now, and is needed.
  const urls = new Set(moves.map(({ candidate }) => candidate.url?.entry))
  return project.values.flatMap((entry) => {
    const { section, key = '', file } = entry
    const reason =
      section === 'dotenv' && !gone.has(entry) && !urls.has(entry) ? reasonFor(entry, () => undefined) : undefined
    if (reason === undefined) return []
    const isSameLine = (other: LocatedValue): boolean =>
      other.section === 'env-file-entry' && other.file === file && other.key === key
    const values = valuesOf(project)
    const users = [...values.interpolating(key), ...values.withKey(key).filter(isSameLine)].filter(
      (other) => other.section !== 'dotenv',
    )
    // A line that is a service's env file, too, goes with its own move.
    if (users.length === 0 || users.some(isSameLine) || !users.every((user) => moved.has(user))) return []
    return [
      {
        candidate: base(project, entry),
        reason: `${reason.title}: what is made from it moves, and nothing else of this project has it.`,
        todo: 'Remove the line where nothing else reads this file.',
      },
    ]
  })
}
