// Entries of one variable that hang together: one does not move without the other.
import type { Candidate } from './candidates.js'

const APART: ReadonlySet<Candidate['what']> = new Set([
  'build-arg',
  'image-env',
  'copied-file',
  'build-literal',
  'run-literal',
  'flag',
  'other',
])

/** What two entries of one variable can have in common: a service, or their env file. */
function holdersOf({ what, variable, services, unread = [], value }: Candidate): readonly string[] {
  if (APART.has(what)) return []
  const having = [...services, ...unread, ...(value.namedBy ?? [])]
  const file = what === 'env-file' ? [`${variable}\0\0${value.file}`] : []
  return [...having.map((service) => `${variable}\0${service}`), ...file]
}

/**
 * Tells of a candidate whether one of `others` is of the same variable and service, also one that has it and does not read it or in which another
 * overrides it, or stands in the same env file: moving one alone would bring the other to the fore.
 */
export function sharingWith(others: readonly Candidate[]): (candidate: Candidate) => boolean {
  const held = new Set(others.flatMap(holdersOf))
  return (candidate) => holdersOf(candidate).some((holder) => held.has(holder))
}
