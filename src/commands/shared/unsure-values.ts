// Values of which only a person can say whether they are secrets: the guided migration offers them, too, but does not choose them.
import { type MigrateRequest, type Prepared, prepare } from '../../migrate/run.js'
import { offeredMoves } from './migrate-choices.js'

export interface Offer {
  /** Moves are all that can be chosen; what is left, whatever is chosen. */
  readonly prepared: Prepared
  /** IDs of those that move only where a person says that they are secrets. */
  readonly unsure: ReadonlySet<string>
}

/** `first`: planned by `request`, without them. */
export async function withUnsure(first: Prepared, request: MigrateRequest): Promise<Offer> {
  const inDoubt = first.gathered.candidates.flatMap(({ id, doubtful }) => (doubtful === true ? [id] : []))
  const none = { prepared: first, unsure: new Set<string>() }
  if (inDoubt.length === 0 || request.select.length > 0) return none
  const idsOf = ({ planned }: Prepared) => offeredMoves(planned).map(({ candidate }) => candidate.id)
  const sure = idsOf(first)
  const all = await prepare({ ...request, select: [...sure, ...inDoubt] })
  const offered = idsOf(all)
  // One in doubt must not cost one that is sure.
  if (!sure.every((id) => offered.includes(id))) return none
  const unsure = new Set(inDoubt.filter((id) => offered.includes(id)))
  const left = first.planned.left.filter(({ candidate }) => !unsure.has(candidate.id))
  return { prepared: { gathered: first.gathered, planned: { ...all.planned, left } }, unsure }
}
