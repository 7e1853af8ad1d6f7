// Declares the secrets and grants them to the services that read them.
import type { EditStep } from '../../compose/edit.js'
import { declareSecret, type SecretSource } from '../../compose/edit-declare.js'
import { grantBuildSecret, grantSecrets } from '../../compose/edit-grants.js'
import { entriesWith } from '../candidates.js'
import { type Move, readersOf } from '../plan-moves.js'
import { NAME } from '../strategy-kind.js'
import type { ComposeEntry } from '../types.js'
import { RefusedError, type Workbook } from '../workbook.js'

export function declareAll(book: Workbook, moves: readonly Move[], entryOf: (name: string) => ComposeEntry): void {
  const [first, ...more] = [...new Set(moves.map((move) => move.name))]
  const declaring =
    (...names: readonly (string | undefined)[]): EditStep =>
    (file) =>
      names.flatMap((name) => (name === undefined ? [] : declareSecret(file, name, sourceOf(name, entryOf(name)))))
  // The first one may have to make the section.
  book.compose(book.mainFile, declaring(first))
  if (more.length > 0) book.compose(book.mainFile, declaring(...more))
}

const sourceOf = (name: string, entry: ComposeEntry): SecretSource =>
  'external' in entry ? { external: true, ...(entry.name === name ? {} : { name: entry.name }) } : entry

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
  const home = book.homeOf(service, 'build') ?? book.homeOf(service)
  if (home === undefined) throw new RefusedError([id], `${service} has no build of its own to grant a secret to`)
  book.compose(home, (open) => grantBuildSecret(open, ['services', service], grant))
}

/** Each service's grants in one edit. */
export function grantAll(book: Workbook, moves: readonly Move[], attempt: Attempt): void {
  const granted = new Map<string, Map<string, Move>>()
  for (const move of moves) {
    if (move.strategy.by === 'literal' && move.strategy.when === 'build') continue
    if (move.strategy.by === 'build' || move.strategy.by === 'mount' || move.strategy.by === 'config') continue
    for (const service of readersOf(move)) {
      const own = granted.get(service) ?? new Map<string, Move>()
      if (!own.has(move.name)) own.set(move.name, move)
      granted.set(service, own)
    }
  }
  for (const [service, own] of granted) {
    const ids = [...own.values()].map(({ candidate: { id } }) => id)
    attempt(ids, () => {
      const values = [...own.values()].flatMap(({ candidate }) => entriesWith(candidate))
      const file = book.homeBeside(service, values, 'secrets')
      if (file === undefined) throw new RefusedError(ids, `${service} has no block of its own to grant a secret in`)
      const path = ['services', service]
      book.compose(file, (open) => grantSecrets(open, path, [...own.values()].map(grantOf)), { path })
    })
  }
}

/** Does work for the sake of some candidates: what refuses it keeps them where they are. */
export type Attempt = (ids: readonly string[], work: () => void) => void
