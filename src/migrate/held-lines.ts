// Lines of an env file that cannot leave it yet, since something that stays is made from them.
import { relative } from 'node:path'
import { templateVariables } from '../compose/interpolate.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import { type Candidate, entriesWith } from './candidates.js'
import type { Chosen } from './plan-moves.js'
import { checkAfter } from './rewrites/references.js'
import { madeFromVariable } from './secret-sources.js'

/** true for a health check that reads the file in place of every reference to the line. */
function readsFile(chosen: readonly Chosen[], value: LocatedValue, variable: string, project: ComposeProject): boolean {
  const moves = chosen.map((each) => ({ ...each, name: each.candidate.variable }))
  const after = checkAfter(value, moves, project)
  return after?.every((word) => !templateVariables(word).includes(variable)) === true
}

/** Lines of an env file from which something else that stays is made: other lines, and what of the Compose file reads it as .env. */
export function heldLines(
  chosen: readonly Chosen[],
  project: ComposeProject,
): readonly { readonly candidate: Candidate; readonly reason: string; readonly todo: string }[] {
  const placeOfEntry = ({ file, key }: LocatedValue) => `${file}\0${key}`
  const moving = new Set(chosen.flatMap(({ candidate }) => entriesWith(candidate)))
  const lines = new Set(
    chosen.flatMap(({ candidate: { what, value } }) => (what === 'env-file' ? [placeOfEntry(value)] : [])),
  )
  return chosen.flatMap(({ candidate }) => {
    const { value, variable, what } = candidate
    if (what !== 'env-file') return []
    const isEntry = ({ section, file, namedBy = [] }: LocatedValue) =>
      file === value.file
        ? section === 'dotenv' || section === 'env-file-entry'
        : section === 'env-file-entry' && namedBy.some((service) => value.namedBy?.includes(service) === true)
    const values = valuesOf(project)
    const isDotenv = values.withKey(variable).some((each) => each.section === 'dotenv' && isEntry(each))
    const taker = isDotenv ? madeFromVariable(project, variable) : undefined
    if (taker !== undefined)
      return [
        {
          candidate,
          reason: `${taker} takes the same line, by environment:.`,
          todo: 'Let that one take a file (file:) that git does not hold, and plan again.',
        },
      ]
    const users = values
      .interpolating(variable)
      .filter(
        (other) =>
          !readsFile(chosen, other, variable, project) &&
          !moving.has(other) &&
          (isEntry(other) ? !lines.has(placeOfEntry(other)) : isDotenv),
      )
    if (users.length === 0) return []
    const nameOf = ({ service, key, section }: LocatedValue) =>
      [service, key ?? section].filter((part) => part !== undefined).join('.')
    const names = [...new Set(users.map(nameOf))]
    const isOne = names.length === 1
    const files = [...new Set(users.filter(isEntry).map(({ file }) => file))]
    const where = files.map((file) => (file === value.file ? 'the same file' : relative(project.directory, file)))
    return files.length > 0
      ? [
          {
            candidate,
            reason: `${names.join(', ')} in ${where.join(', ')} ${isOne ? 'is' : 'are'} made from it.`,
            todo: 'Write the value there too, or move them together by hand.',
          },
        ]
      : [
          {
            candidate,
            reason: `${names.join(', ')} ${isOne ? 'has' : 'have'} it from the same line, and ${isOne ? 'stays' : 'stay'}.`,
            todo: 'Move what has it first, or give this service an env file of its own.',
          },
        ]
  })
}
