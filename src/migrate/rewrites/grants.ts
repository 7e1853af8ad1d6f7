// Declares the secrets and grants them to the services that read them.
import { dirname } from 'node:path'
import type { EditStep } from '../../compose/edit.js'
import { declareSecret, type SecretSource } from '../../compose/edit-declare.js'
import { grantBuildSecret, grantSecrets } from '../../compose/edit-grants.js'
import type { ComposeProject } from '../../compose/types.js'
import { asList, asTree } from '../../support/tree.js'
import { isWhole } from '../alternative-files.js'
import { entriesWith } from '../candidates.js'
import { type Move, readersOf } from '../plan-moves.js'
import { NAME } from '../strategy-kind.js'
import type { ComposeEntry } from '../types.js'
import { RefusedError, type Workbook } from '../workbook.js'
import { servicesIn, writtenModel } from '../written-model.js'

type EntryOf = (name: string) => ComposeEntry

/**
 * In the file that grants it, where that one could be started alone, else in the first one: Compose takes an equal declaration twice, and
 * refuses a grant without one.
 */
export function declareAll(book: Workbook, project: ComposeProject, moves: readonly Move[], entryOf: EntryOf): void {
  const names = [...new Set(moves.map(({ name }) => name))]
  const apart = startedAlone(book, project).map((file) => ({ file, granted: grantedIn(book.open(file).source.bytes) }))
  const elsewhere = project.mainFiles.filter((file) => !apart.some((each) => each.file === file))
  const others = new Set(elsewhere.flatMap((file) => [...grantedIn(book.open(file).source.bytes)]))
  const isApart = (name: string) => !others.has(name) && apart.some(({ granted }) => granted.has(name))
  declareIn(book, book.mainFile, apart.length === 0 ? names : names.filter((name) => !isApart(name)), entryOf)
  for (const { file, granted } of apart)
    declareIn(
      book,
      file,
      names.filter((name) => granted.has(name)),
      entryOf,
    )
}

/** Main files beside the first one that could be started without it, from the same folder. */
const startedAlone = (book: Workbook, { mainFiles }: ComposeProject): readonly string[] =>
  mainFiles.filter(
    (file) =>
      file !== book.mainFile && dirname(file) === dirname(book.mainFile) && isWhole(file, book.open(file).source.bytes),
  )

/** Names of the secrets that services of the file, or their builds, are given. */
function grantedIn(bytes: Uint8Array): ReadonlySet<string> {
  const grants = Object.values(servicesIn(bytes))
    .map(asTree)
    .flatMap(({ secrets, build }) => [...asList(secrets), ...asList(asTree(build)['secrets'])])
  return new Set(grants.map((grant) => String(typeof grant === 'string' ? grant : asTree(grant)['source'])))
}

/** One that stands there already is of an earlier plan, or a person's own of this very place. */
function declareIn(book: Workbook, file: string, names: readonly string[], entryOf: EntryOf): void {
  const declared = asTree(writtenModel(book.open(file).source.bytes)['secrets'])
  const [first, ...more] = names.filter((name) => !Object.hasOwn(declared, name))
  const declaring =
    (names: readonly string[]): EditStep =>
    (open) =>
      names.flatMap((name) => declareSecret(open, name, sourceOf(name, entryOf(name))))
  // The first one may have to make the section.
  if (first !== undefined) book.compose(file, declaring([first]))
  if (more.length > 0) book.compose(file, declaring(more))
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
  const granted = new Map<string, Move[]>()
  for (const move of moves) {
    if (move.strategy.by === 'literal' && move.strategy.when === 'build') continue
    if (move.strategy.by === 'build' || move.strategy.by === 'mount' || move.strategy.by === 'config') continue
    for (const service of readersOf(move)) granted.set(service, [...(granted.get(service) ?? []), move])
  }
  for (const [service, all] of granted) {
    const own = all.filter((move, index) => all.findIndex(({ name }) => name === move.name) === index)
    const ids = own.map(({ candidate: { id } }) => id)
    attempt(ids, () => {
      const values = all.flatMap(({ candidate }) => entriesWith(candidate))
      const files = book.homesBeside(service, values, 'secrets')
      if (files.length === 0) throw new RefusedError(ids, `${service} has no block of its own to grant a secret in`)
      const path = ['services', service]
      for (const file of files) book.compose(file, (open) => grantSecrets(open, path, own.map(grantOf)), { path })
    })
  }
}

/** Does work for the sake of some candidates: what refuses it keeps them where they are. */
export type Attempt = (ids: readonly string[], work: () => void) => void
