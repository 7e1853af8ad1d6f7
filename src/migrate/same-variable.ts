// Entries of one variable that hang together: one does not move without the other.
import { relative } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import type { Blocked } from './build-use.js'
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

/** What two entries of one variable can have in common: a service, their env file, or an entry that both override. */
function holdersOf({ what, variable, services, unread = [], value, shadowed }: Candidate): readonly string[] {
  if (APART.has(what)) return []
  const having = [...services, ...unread, ...(value.namedBy ?? [])]
  const file = what === 'env-file' ? [`${variable}\0\0${value.file}`] : []
  const entries = shadowed.filter(({ section }) => section !== 'env-file-entry')
  const overridden = entries.map((entry) => `${variable}\0\0${entry.file}\0${entry.start}`)
  return [...having.map((service) => `${variable}\0${service}`), ...file, ...overridden]
}

/**
 * Those of `candidates` that are of the same variable and service as one of `held`, also one that has it and does not read it or in which another
 * overrides it, or stand in the same env file: moving one alone would bring the other to the fore.
 */
export function heldTogether(
  candidates: readonly Candidate[],
  held: readonly Candidate[],
  { directory }: Pick<ComposeProject, 'directory'>,
): readonly (Blocked & { readonly candidate: Candidate })[] {
  const holders = new Map(held.flatMap((other) => holdersOf(other).map((holder) => [holder, other] as const)))
  return candidates.flatMap((candidate) => {
    const other = holders.get(holdersOf(candidate).find((holder) => holders.has(holder)) ?? '')
    if (other === undefined) return []
    const { file, line } = other.value
    return [
      {
        candidate,
        reason: `It moves only together with ${other.id} (${relative(directory, file)}:${line}), which stays: without it that one would come to count, or leave with it.`,
        todo: 'Do what is said of that one, and plan again; or move both by hand.',
      },
    ]
  })
}
