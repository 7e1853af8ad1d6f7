// Variables that are no secrets but have to move along: some images take their file forms only as a whole set (user, database and
// password of nextcloud).

import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { type Candidate, variableBase } from './candidates.js'
import { setOf } from './conventions.js'
import type { Chosen, LeftEntry } from './plan-moves.js'
import { imageOf } from './service-model.js'
import { memberOf } from './value-source.js'

/** `candidates`, each followed by those that it needs. */
export function withCompanions(project: ComposeProject, candidates: readonly Candidate[]): readonly Candidate[] {
  const seen = new Set<LocatedValue>(candidates.map(({ value }) => value))
  return candidates.flatMap((candidate) => {
    const own = candidate.services.flatMap((service) =>
      setOf(imageOf(project, service), candidate.variable).flatMap((variable) => {
        const value = memberOf(project, service, variable)
        if (value === undefined || seen.has(value)) return []
        const base = variableBase(project, value, { title: `Counts only together with ${candidate.variable}` })
        if (base === undefined) return []
        seen.add(value)
        return [{ ...base, companion: true as const }]
      }),
    )
    return [candidate, ...own]
  })
}

/** Variables that count only together move all or none; those that were to come along stay without a word. */
export function withoutBrokenSets(
  chosen: readonly Chosen[],
  project: ComposeProject,
  left: LeftEntry[],
): readonly Chosen[] {
  const isFile = (service: string, variable: string) =>
    chosen.some(
      ({ candidate, strategy }) =>
        strategy.by === 'file' && candidate.variable === variable && candidate.services.includes(service),
    )
  const broken = chosen.filter(
    ({ candidate, strategy }) =>
      strategy.by === 'file' &&
      candidate.services.some((service) =>
        setOf(imageOf(project, service), candidate.variable).some((each) => !isFile(service, each)),
      ),
  )
  if (broken.length === 0) return chosen.filter((each) => !isAlone(each.candidate, chosen, project))
  for (const { candidate } of broken)
    if (candidate.companion !== true)
      left.push({
        candidate,
        reason: 'Its image takes it from a file only together with other variables, and one of them has to stay.',
        todo: 'Move them by hand.',
      })
  return withoutBrokenSets(
    chosen.filter((each) => !broken.includes(each)),
    project,
    left,
  )
}

/** A companion without the secret that it was to go along with, as where its service takes that through a shim. */
function isAlone(candidate: Candidate, chosen: readonly Chosen[], project: ComposeProject): boolean {
  if (candidate.companion !== true) return false
  return !chosen.some(
    (other) =>
      other.candidate.companion !== true &&
      other.strategy.by === 'file' &&
      other.candidate.services.some(
        (service) =>
          candidate.services.includes(service) &&
          setOf(imageOf(project, service), other.candidate.variable).includes(candidate.variable),
      ),
  )
}
