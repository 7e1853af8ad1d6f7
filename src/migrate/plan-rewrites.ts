// The edits of a plan: every move made in the files that it stands in, in memory, in the order in which they build on each other.
import { relative } from 'node:path'
import { EditRefusedError } from '../compose/errors.js'
import type { ComposeProject } from '../compose/types.js'
import { printable } from '../support/printable.js'
import { type BuildSite, sameSite } from './build-strategy.js'
import { contextIgnores } from './builds.js'
import { dockerfilesOf } from './dockerfile-candidates.js'
import type { Gathered } from './plan.js'
import { otherFiles } from './plan-inputs.js'
import { type Move, shimmedIn } from './plan-moves.js'
import { addReferences } from './references.js'
import { byAgent, deliverByAgent, mountVolumes } from './rewrites/agent.js'
import { buildMoves, nameFrontend, rewriteBuildArgument, rewriteSite, sharedSites } from './rewrites/builds.js'
import { rewriteCopiedFile } from './rewrites/copied-files.js'
import { type Attempt, declareAll, grantAll } from './rewrites/grants.js'
import { rewriteHooks } from './rewrites/hooks.js'
import { missingLines } from './rewrites/ignore-lines.js'
import { literalMoves, rewriteLiteral } from './rewrites/literals.js'
import { rewritePlace } from './rewrites/places.js'
import { rewriteReferences } from './rewrites/references.js'
import { rewriteShim } from './rewrites/shim.js'
import { dropInterpolated, rewriteVariable } from './rewrites/variables.js'
import { RefusedError, Workbook } from './workbook.js'

/** All files with all moves made in them. @throws RefusedError with the candidates that an edit was refused for. */
export function rewriteAll(gathered: Gathered, moves: readonly Move[]): Workbook {
  const { project, factsOf } = gathered
  const dockerfiles = dockerfilesOf(gathered.builds).map(({ file, bytes }) => [file, bytes] as const)
  const book = new Workbook(
    project,
    new Map([...otherFiles(gathered), ...contextIgnores(gathered.builds), ...dockerfiles]),
  )
  const attempt = (ids: readonly string[], work: () => void) => {
    try {
      work()
    } catch (error) {
      if (error instanceof EditRefusedError) throw new RefusedError(ids, withRelativePaths(error.message, project))
      throw error
    }
  }
  rewriteBuilds(gathered, moves, book, attempt)
  for (const move of literalMoves(moves)) attempt([move.candidate.id], () => rewriteLiteral(book, move))
  const read: Move[] = []
  for (const move of moves) {
    if (move.strategy.by === 'build') continue
    const ids = [move.candidate.id]
    if (move.strategy.by === 'literal') continue
    if (move.strategy.by === 'mount') {
      attempt(ids, () => rewriteCopiedFile(book, move))
      continue
    }
    if (move.strategy.by === 'label' || move.strategy.by === 'config') {
      attempt(ids, () => rewritePlace(book, move))
      continue
    }
    if (move.strategy.by !== 'flag') attempt(ids, () => rewriteVariable(book, move))
    read.push(move)
  }
  for (const move of read)
    attempt([move.candidate.id], () => {
      rewriteReferences(book, project, factsOf, move)
      rewriteHooks(book, project, move)
    })
  for (const [service, own] of shimmed(moves)) {
    attempt(
      own.map(({ candidate }) => candidate.id),
      () => rewriteShim(book, project, factsOf, service, own, moves),
    )
  }
  dropInterpolated(book, project, moves)
  deliver(gathered, moves, book, attempt)
  if (moves.length > 0) addToReferences(book, gathered, moves)
  const names = [...new Set(moves.map(({ name }) => name))].sort()
  if (moves.length > 0)
    for (const file of gathered.ignoreFiles.keys())
      book.text(file, (source) => missingLines(source.text, gathered.ignoreLines.get(file)?.(names) ?? []))
  return book
}

/** A message with the project's files as they are seen from its folder. */
const withRelativePaths = (message: string, { files, directory }: ComposeProject): string =>
  files.reduce((text, { file }) => text.replaceAll(printable(file), printable(relative(directory, file))), message)

/** Compose grants the secrets, or an agent brings them: then Compose declares those of builds alone. */
function deliver({ project, store, agent }: Gathered, moves: readonly Move[], book: Workbook, attempt: Attempt): void {
  const brought = agent === undefined ? [] : moves.filter(byAgent)
  const granted = moves.filter((move) => !brought.includes(move))
  const ids = (some: readonly Move[]) => some.map(({ candidate }) => candidate.id)
  grantAll(book, granted, attempt)
  if (granted.length > 0) attempt(ids(granted), () => declareAll(book, project, granted, store.entryOf))
  mountVolumes(book, brought, attempt)
  if (agent !== undefined && brought.length > 0) attempt(ids(brought), () => deliverByAgent(book, brought, agent))
}

function rewriteBuilds({ builds }: Gathered, moves: readonly Move[], book: Workbook, attempt: Attempt): void {
  const sites = sharedSites(moves)
  const unnamed = new Set<string>()
  const files = new Map([...builds.of].map(([service, { dockerfile }]) => [service, dockerfile]))
  for (const shared of sites)
    attempt(
      shared.moves.map(({ candidate }) => candidate.id),
      () => {
        if (rewriteSite(book, shared)) unnamed.add(shared.site.file)
      },
    )
  for (const file of unnamed) nameFrontend(book, file)
  const idOf = (site: BuildSite) => sites.find((shared) => sameSite(shared.site, site))?.id ?? ''
  for (const move of buildMoves(moves))
    attempt([move.candidate.id], () => rewriteBuildArgument(book, move, files, idOf))
}

function addToReferences(book: Workbook, { store, references, stored }: Gathered, moves: readonly Move[]): void {
  const { referenceOf } = store
  if (references === undefined || referenceOf === undefined) return
  const names = [...new Set(moves.map(({ name }) => name))].filter((name) => stored?.declared.has(name) !== true)
  const entries = names.map((name) => ({ name, ...referenceOf(name) }))
  if (entries.length === 0) return
  book.text(references.file, ({ text, bytes }) => [
    { start: bytes.length, end: bytes.length, insert: addReferences(text, entries) },
  ])
}

function shimmed(moves: readonly Move[]): ReadonlyMap<string, readonly Move[]> {
  const services = new Map<string, Move[]>()
  for (const move of moves) {
    for (const service of shimmedIn(move)) services.set(service, [...(services.get(service) ?? []), move])
  }
  return services
}
