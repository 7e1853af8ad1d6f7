// Wraps a service's program so that it finds its secrets in the environment as before, or on its command line.
import { type CommandSecret, commandSecrets } from '../../compose/command-secrets.js'
import type { EditStep } from '../../compose/edit.js'
import { setWords } from '../../compose/edit-words.js'
import { modelWords } from '../../compose/started-words.js'
import type { ComposeProject } from '../../compose/types.js'
import type { FactsOf, ImageFacts } from '../image-facts.js'
import { type Move, movesOf } from '../plan-moves.js'
import { imageOf } from '../service-model.js'
import { forCompose, shimEntrypoint, shimScript } from '../shim.js'
import { factsForFlag } from '../shim-strategy.js'
import { builderOf } from '../strategy-kind.js'
import { RefusedError, type Workbook } from '../workbook.js'
import { commandLine } from './command-line.js'
import { literalMoves } from './literals.js'
import { extendShim } from './shim-again.js'
import { keepWords, mustKeepWords, prefersKeptWords, shimHome } from './shim-in-place.js'
import { type ShimParts, shimParts } from './shim-parts.js'

/** One edit for all moves of a service that go through its shim; `all`: those of the plan. */
export function rewriteShim(
  book: Workbook,
  project: ComposeProject,
  factsOf: FactsOf,
  service: string,
  moves: readonly Move[],
  all: readonly Move[],
): void {
  const ids = moves.map(({ candidate }) => candidate.id)
  const isFlagsAlone = moves.every(({ strategy }) => strategy.by === 'flag')
  const facts = (isFlagsAlone ? factsForFlag : lookedAt)(imageOf(project, service), factsOf)
  if ('missing' in facts) throw new RefusedError(ids, facts.missing)
  const parts = shimParts(project, facts, service, moves)
  if (parts.entrypoint.length + parts.command.length === 0)
    throw new RefusedError(ids, `${imageOf(project, service)} names no program to start`)
  if (extendShim(book, project, parts)) return
  const [given, ...more] = givenByImage(project, facts, parts)
  if (given !== undefined) {
    const leaving = movesOf(literalMoves(all), [service]).map(({ candidate }) => candidate.secret)
    const isLeaving = [given, ...more].every(({ value }) => leaving.includes(value))
    throw new RefusedError(
      ids,
      `the command of the image itself gives a password (${given.name}), which would be written into the Compose file beside the shim`,
      isLeaving
        ? {
            todo: `That password leaves the image with this plan: apply it, run docker compose build ${builderOf(project, service) ?? service}, and plan again. Then this value moves, too.`,
          }
        : {},
    )
  }
  const home = shimHome(book, parts)
  const others = book.othersBeside(service, parts.values, home)
  const isKept = mustKeepWords(book, project, parts) || (others.length === 0 && prefersKeptWords(book, project, parts))
  if (others.length > 0 && (isKept || parts.flags.length > 0))
    throw new RefusedError(
      parts.wordIds,
      'each of the files that could be started alone would need its words in a shim',
    )
  if (isKept) {
    if (home !== undefined) writeDropped(book, parts, home)
    keepWords(book, project, parts)
  } else writeOut(book, parts, modelWords(project, service, 'command'), others)
}

/** The secrets in the image's own words, which the shim writes out. */
function givenByImage(
  project: ComposeProject,
  facts: ImageFacts,
  { service, command }: ShimParts,
): readonly CommandSecret[] {
  if (modelWords(project, service, 'entrypoint') !== undefined) return []
  const own = modelWords(project, service, 'command') === undefined ? command : []
  return commandSecrets([...facts.entrypoint, ...own])
}

const lookedAt = (image: string, factsOf: FactsOf) => factsOf(image)

/** The program and, where passwords stand in its words, these as shell text. */
function writeOut(
  book: Workbook,
  parts: ShimParts,
  ownCommand: readonly string[] | undefined,
  others: readonly string[],
): void {
  const { ids, service, entrypoint, command, flags } = parts
  const words = flags.length === 0 ? undefined : readingLine(parts)
  const names = flags.map(({ name }) => name)
  const script = shimScript(parts.exports, parts.newlines, {
    alsoRead: names,
    handedOn: parts.handedOn,
    ...(words === undefined ? {} : { program: words }),
  })
  const file = shimHome(book, parts)
  if (file === undefined) throw new RefusedError(ids, `${service} has no block of its own to add an entrypoint to`)
  const container = ['services', service]
  const part = { path: container }
  const wrapped = words === undefined ? shimEntrypoint(script, entrypoint) : ['/bin/sh', '-c', script]
  const setEntrypoint: EditStep = (open) => setWords(open, container, 'entrypoint', wrapped.map(forCompose))
  const rest = words === undefined ? command : []
  const home = book.homeOf(service, 'command') ?? file
  // One that it would inherit is written for the shim of another service.
  const isNone = ownCommand === undefined && rest.length === 0 && !book.isInheriting(service, home)
  const isLeft = sameWords(rest, ownCommand) || isNone
  const setCommand: EditStep = (open) => (isLeft ? [] : setWords(open, container, 'command', rest.map(forCompose)))
  if (words === undefined) writeDropped(book, parts, file)
  // Two keys of one mapping.
  if (home === file) book.compose(file, (open) => [...setEntrypoint(open), ...setCommand(open)], part)
  else {
    book.compose(file, setEntrypoint, part)
    book.compose(home, setCommand, part)
  }
  for (const other of others) {
    const isGiven = book.homesOf(service, 'command').includes(other) || parts.dropped.length === 0
    const setOwn: EditStep = (open) =>
      isGiven ? [] : setWords(open, container, 'command', parts.dropped.map(forCompose))
    book.compose(other, (open) => [...setEntrypoint(open), ...setOwn(open)], part)
  }
}

/** Into the file of the shim, where the command that counts is that of a later file, without which the service is started, too. */
function writeDropped(book: Workbook, { service, dropped }: ShimParts, file: string): void {
  if (!isBefore(book, service, file) || dropped.length === 0) return
  const path = ['services', service]
  book.compose(file, (open) => setWords(open, path, 'command', dropped.map(forCompose)), { path })
}

/** true where `file` has no command, and no file before it has. */
const isBefore = (book: Workbook, service: string, file: string): boolean => {
  const homes = book.homesOf(service)
  const first = book.homesOf(service, 'command')[0]
  return first !== undefined && homes.indexOf(file) < homes.indexOf(first)
}

/** The whole command with its passwords read from files. */
function readingLine({ entrypoint, command, flags }: ShimParts): string {
  const places = flags.map((place) => ({
    ...place,
    word: place.word + (place.section === 'entrypoint' ? 0 : entrypoint.length),
  }))
  return commandLine([...entrypoint, ...command], places)
}

const sameWords = (left: readonly string[], right: readonly string[] | undefined): boolean =>
  right !== undefined && left.length === right.length && left.every((word, index) => word === right[index])
