// Wraps a service's program so that it finds its secrets in the environment as before, or on its command line.
import { setWords } from '../../compose/edit.js'
import type { ComposeProject } from '../../compose/types.js'
import { modelWords } from '../command-candidates.js'
import type { FactsOf } from '../image-facts.js'
import type { Move } from '../plan-moves.js'
import { forCompose, shimEntrypoint, shimScript } from '../shim.js'
import { factsForFlag, imageOf } from '../strategy.js'
import { RefusedError, type Workbook } from '../workbook.js'
import { commandLine } from './command-line.js'

/** One edit for all moves of a service that go through its shim. */
export function rewriteShim(
  book: Workbook,
  project: ComposeProject,
  factsOf: FactsOf,
  service: string,
  moves: readonly Move[],
): void {
  const ids = moves.map(({ candidate }) => candidate.id)
  const isFlagsAlone = moves.every(({ strategy }) => strategy.by === 'flag')
  const facts = (isFlagsAlone ? factsForFlag : lookedAt)(imageOf(project, service), factsOf)
  if ('missing' in facts) throw new RefusedError(ids, facts.missing)
  const ownEntrypoint = modelWords(project, service, 'entrypoint')
  const ownCommand = modelWords(project, service, 'command')
  const entrypoint = ownEntrypoint ?? facts.entrypoint
  // An entrypoint in the Compose file drops the image's CMD (measured), and so does ours: it is written out.
  const command = ownCommand ?? (ownEntrypoint === undefined ? facts.cmd : [])
  if (entrypoint.length + command.length === 0)
    throw new RefusedError(ids, `${imageOf(project, service)} names no program to start`)
  const flags = moves.filter(({ strategy }) => strategy.by === 'flag')
  const variables = moves.filter(({ strategy }) => strategy.by !== 'flag')
  const frozen = flags.length === 0 ? undefined : otherVariable(project, service, flags)
  if (frozen !== undefined)
    throw new RefusedError(ids, `the command also takes ${frozen}, whose value would be written into the file`)
  const newlines = new Set(variables.filter(({ candidate }) => candidate.secret.endsWith('\n')).map(({ name }) => name))
  const exports = variables.map(({ candidate, name }) => ({ variable: candidate.variable, secret: name }))
  const words = flags.length === 0 ? undefined : readingLine(entrypoint, command, flags)
  const script = shimScript(
    exports,
    newlines,
    flags.map(({ name }) => name),
    words,
  )
  const file = book.homeOf(service, 'entrypoint') ?? book.homeOf(service)
  if (file === undefined) throw new RefusedError(ids, `${service} has no block of its own to add an entrypoint to`)
  const container = ['services', service]
  const wrapped = words === undefined ? shimEntrypoint(script, entrypoint) : ['/bin/sh', '-c', script]
  book.compose(file, (open) => setWords(open, container, 'entrypoint', wrapped.map(forCompose)))
  const rest = words === undefined ? command : []
  if (sameWords(rest, ownCommand)) return
  if (ownCommand === undefined && rest.length === 0) return
  const home = book.homeOf(service, 'command') ?? file
  book.compose(home, (open) => setWords(open, container, 'command', rest.map(forCompose)))
}

/** A variable with a value that the service's words take beside those that move: written out they would hold that value. */
function otherVariable(project: ComposeProject, service: string, flags: readonly Move[]): string | undefined {
  const moved = new Set(flags.map(({ candidate }) => candidate.secret))
  const isOther = (name: string): boolean => {
    const text = project.environment.get(name) ?? ''
    return text !== '' && !moved.has(text)
  }
  return project.values
    .filter(({ section, usedBy }) => (section === 'command' || section === 'entrypoint') && usedBy.includes(service))
    .flatMap(({ interpolates }) => interpolates)
    .find(isOther)
}

/** The whole command with its passwords read from files. */
function readingLine(entrypoint: readonly string[], command: readonly string[], flags: readonly Move[]): string {
  const words = [...entrypoint, ...command]
  const places = flags.map(({ candidate: { id, given, secret }, name }) => {
    const word = (given?.word ?? 0) + (given?.section === 'entrypoint' ? 0 : entrypoint.length)
    const start = given?.start ?? 0
    const end = start + secret.length
    if (given === undefined || words[word]?.slice(start, end) !== secret)
      throw new RefusedError([id], 'the services that share it have other words around it')
    return { word, start, end, name }
  })
  return commandLine(words, places)
}

const lookedAt = (image: string, factsOf: FactsOf) => factsOf(image)

const sameWords = (left: readonly string[], right: readonly string[] | undefined): boolean =>
  right !== undefined && left.length === right.length && left.every((word, index) => word === right[index])
