// Names in a sentence, short where it holds for nearly all.
import type { Move } from './plan-moves.js'

/** More names than these are a list that nobody reads. */
const MOST_NAMED = 6
/** Exceptions that are still shorter than what they are exceptions from. */
const MOST_EXCEPTED = 4

/** `some` of `all` for people: the names, or "all 19 secrets but a, b" where they are many and the others few. */
export function amongAll(some: readonly string[], all: readonly string[], noun: string): string {
  const named = [...new Set(some)]
  const others = [...new Set(all)].filter((name) => !named.includes(name))
  if (named.length <= MOST_NAMED || others.length > MOST_EXCEPTED) return named.join(', ')
  const count = named.length + others.length
  return others.length === 0 ? `all ${count} ${noun}` : `all ${count} ${noun} but ${others.join(', ')}`
}

/** `all`: the moves that they are some of, where the sentence may hold for all of them. */
export function namesOfMoves(some: readonly Move[], all: readonly Move[] = []): string {
  const idsOf = (moves: readonly Move[]) => [...new Set(moves.map(({ candidate }) => candidate.id))]
  return all.length === 0 ? idsOf(some).join(', ') : amongAll(idsOf(some), idsOf(all), 'values')
}
