// Keeps values out of plans: the text that an edit writes must hold none.
import { isPlainWord } from '../compose/secret-names.js'
import { TextIndex } from '../support/text-index.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { RefusedError, type Workbook } from './workbook.js'

/** Shorter values stand in other words by chance. */
const TELLING = 6

/**
 * A plan holds no value: where a line is written anew that holds another secret, which stays, nothing of its services moves.
 * @throws RefusedError
 */
export function refuseValues(
  { known, project }: Pick<Gathered, 'known' | 'project'>,
  moves: readonly Move[],
  changes: ReturnType<Workbook['changes']>,
): void {
  const texts = changes.flatMap(({ edits }) => edits.map(({ insert }) => insert))
  const telling = known.filter(({ secret }) => secret.length >= TELLING && !isPlainWord(secret))
  const index = new TextIndex(
    telling.flatMap((candidate) => [
      [candidate.secret, candidate] as const,
      [candidate.secret.replaceAll('$', '$$$$'), candidate] as const,
    ]),
  )
  for (const { id, secret, services: own } of new Set(texts.flatMap((text) => index.within(text)))) {
    const holding = project.values.filter(({ resolved }) => resolved.includes(secret)).flatMap(({ usedBy }) => usedBy)
    const services = new Set([...own, ...holding])
    const refused = moves.filter(({ candidate }) => candidate.services.some((service) => services.has(service)))
    if (refused.length > 0)
      throw new RefusedError(
        refused.map(({ candidate }) => candidate.id),
        `the text to write would hold ${id}, which stays`,
      )
  }
}
