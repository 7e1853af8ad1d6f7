// Lines of env files that no service gets, since a moved value overrides them: those that leave with it although they hold another value, and
// those that stay.
import { relative } from 'node:path'
import type { LocatedValue } from '../compose/types.js'
import { leaves } from './other-names.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import type { Edit } from './types.js'

type Changes = readonly { readonly file: string; readonly edits: readonly Edit[] }[]

/** At most one note of each kind. */
export function overriddenLineNotes(
  { project, known }: Pick<Gathered, 'project' | 'known'>,
  moves: readonly Move[],
  changes: Changes,
): readonly string[] {
  const others = moves.flatMap(({ candidate: { id, value } }) => {
    const overridden = known.filter((each) => each.id === id).flatMap(({ shadowed }) => shadowed)
    return overridden.filter(
      ({ section, resolved }) => section === 'env-file-entry' && resolved !== '' && resolved !== value.resolved,
    )
  })
  const lines = [...new Set(others)]
  const placesOf = (some: readonly LocatedValue[]) =>
    some.map(({ file, line, key }) => `${relative(project.directory, file)}:${line} (${key})`).join(', ')
  const gone = lines.filter((line) => leaves(line, changes))
  const staying = lines.filter((line) => !leaves(line, changes))
  return [
    ...(gone.length === 0
      ? []
      : [
          `${placesOf(gone)}: ${gone.length === 1 ? 'leaves' : 'leave'} as well, since the service would get that in place of the secret. Its value is another one, which no service has and no secret keeps: write it down elsewhere where something else uses it (a program that is started on the host).`,
        ]),
    ...(staying.length === 0
      ? []
      : [
          `${placesOf(staying)}: no service gets what stands there, which the Compose file overrides. It stays: take it out where nothing else uses it.`,
        ]),
  ]
}
