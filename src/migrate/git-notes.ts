// What a person has to know of git: since when it has the values that move, and where it does not tell.

import { printable } from '../support/printable.js'
import { shellWord } from '../support/shell-word.js'
import { namesOfMoves } from './among-all.js'
import type { GitHistory } from './git-history.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'

/** Values of one file that were committed together are told together. */
export function gitNotes({ history }: Pick<Gathered, 'history'>, moves: readonly Move[]): readonly string[] {
  const groups = new Map<string, Move[]>()
  for (const move of moves) {
    const found = history?.committed.get(move.candidate.id)
    if (found === undefined) continue
    const { commits, file, since } = found
    const where = commits === 1 ? `a commit of ${file} of ${since}` : `${commits} commits of ${file} since ${since}`
    groups.set(where, [...(groups.get(where) ?? []), move])
  }
  const told = [...groups].map(
    ([where, own]) => `${namesOfMoves(own, moves)}: in ${where}, so everyone who has the git repository has the value.`,
  )
  return [...told, ...foreignNotes(history, moves)]
}

/** Values whose history git does not tell, by their repositories. */
function foreignNotes(history: GitHistory | undefined, moves: readonly Move[]): readonly string[] {
  const foreignOf = ({ candidate }: Move) => history?.foreign?.get(candidate.id)
  const repositories = [...new Set(moves.map(foreignOf))].filter((each) => each !== undefined)
  return repositories.map((repository) => {
    const own = moves.filter((move) => foreignOf(move) === repository)
    const values = own.length === moves.length ? 'the values' : `the values of ${namesOfMoves(own, moves)}`
    return `Whether git's history has ${values} is not known: git reads no repository of another user, and ${printable(repository)} is one. Plan as its owner to know, or trust it: git config --global --add safe.directory ${shellWord(printable(repository))}`
  })
}
