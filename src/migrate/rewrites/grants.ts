// Declares the secrets and grants them to the services that read them.
import { grantBuildSecret, grantSecret } from '../../compose/edit.js'
import { declareSecret } from '../../compose/edit-declare.js'
import { type Move, readersOf } from '../plan-moves.js'
import { NAME } from '../strategy.js'
import type { ComposeEntry } from '../types.js'
import { RefusedError, type Workbook } from '../workbook.js'

export function declareAll(book: Workbook, moves: readonly Move[], entryOf: (name: string) => ComposeEntry): void {
  for (const name of [...new Set(moves.map((move) => move.name))]) {
    const entry = entryOf(name)
    const source =
      'external' in entry ? { external: true as const, ...(entry.name === name ? {} : { name: entry.name }) } : entry
    book.compose(book.mainFile, (file) => declareSecret(file, name, source))
  }
}

const grantOf = ({ strategy, name }: Move) => ({
  source: name,
  ...(strategy.by === 'settings' ? { target: strategy.target.replaceAll(NAME, name) } : {}),
})

/** Gives a service's build a secret; `id`: the candidate for whose sake. */
export function grantBuild(
  book: Workbook,
  service: string,
  grant: Parameters<typeof grantBuildSecret>[2],
  id: string,
): void {
  const home = book.homeOf(service, 'build')
  if (home === undefined) throw new RefusedError([id], `${service} has no build of its own to grant a secret to`)
  book.compose(home, (open) => grantBuildSecret(open, ['services', service], grant))
}

export function grantAll(book: Workbook, moves: readonly Move[]): void {
  const granted = new Set<string>()
  for (const move of moves) {
    if (move.strategy.by === 'literal' && move.strategy.when === 'build') continue
    if (move.strategy.by === 'build' || move.strategy.by === 'mount' || move.strategy.by === 'config') continue
    for (const service of readersOf(move)) {
      const id = `${service}\0${move.name}`
      if (granted.has(id)) continue
      granted.add(id)
      const file = book.homeOf(service, 'secrets') ?? book.homeOf(service)
      if (file === undefined)
        throw new RefusedError([move.candidate.id], `${service} has no block of its own to grant a secret in`)
      book.compose(file, (open) => grantSecret(open, ['services', service], grantOf(move)))
    }
  }
}
