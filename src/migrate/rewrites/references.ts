// Health checks and commands that read a moved variable: they do not see what an entrypoint exported (measured), so they read the file.
import { isScalar } from 'yaml'
import { replaceValue } from '../../compose/edit-entries.js'
import { editableFile, nodeAt } from '../../compose/edit-file.js'
import { setWords } from '../../compose/edit-words.js'
import type { ComposeProject, LocatedValue } from '../../compose/types.js'
import { valuesOf } from '../../compose/value-index.js'
import { printable } from '../../support/printable.js'
import { conventionFor, knownEntrypoint } from '../conventions.js'
import type { FactsOf } from '../image-facts.js'
import { leavesEnvironment, type Move, movesOf, shimmedIn } from '../plan-moves.js'
import { imageOf, serviceModel } from '../service-model.js'
import { pathOfWords, wordsAt } from '../service-words.js'
import { unheldIn } from '../shim-strategy.js'
import { RefusedError, type Workbook } from '../workbook.js'
import { startsApplication, startsFramework, withBrought, withoutBrought } from './application-checks.js'
import { reading, readsVariable, withoutPlainReferences } from './env-readings.js'
import { rewrittenWords, scriptOf, shellLine } from './words-after.js'

/** What `move` makes of `words`. */
function wordsAfter(
  words: readonly string[],
  move: Move,
  project: ComposeProject,
  section: LocatedValue['section'],
): readonly string[] {
  const after = rewrittenWords(words, move, project, section)
  return section === 'healthcheck' ? withBrought(words, after, move) : after
}

/** The words of a health check as written (one for a text), after what `moves` do to them; undefined: nothing. */
export function checkAfter(
  value: LocatedValue,
  moves: readonly Move[],
  project: ComposeProject,
  wordsOf = wordsAfter,
): readonly string[] | undefined {
  const bytes = project.files.find(({ file }) => file === value.file)?.bytes
  if (value.section !== 'healthcheck' || bytes === undefined) return undefined
  const own = movesOf(moves, value.usedBy).filter((move) => concerns(value, move))
  if (own.length === 0) return undefined
  const before = wordsAt(editableFile(value.file, bytes), pathOfWords(value))
  if (before === undefined || !isWritten(value, before)) return undefined
  const after = own.reduce<readonly string[]>((words, move) => wordsOf(words, move, project, value.section), before)
  return after.some((word, index) => word !== before[index]) ? after : undefined
}

/** true where the health check `value`, or its word of one, is written anew by `moves`, so that nothing of it is left to do. */
export function isReadAnew(value: LocatedValue, moves: readonly Move[], project: ComposeProject): boolean {
  const after = checkAfter(value, moves, project, rewrittenWords)
  const index = value.path.at(-1)
  if (after === undefined || typeof index !== 'number') return after !== undefined
  const bytes = project.files.find(({ file }) => file === value.file)?.bytes ?? new Uint8Array()
  return after[index] !== wordsAt(editableFile(value.file, bytes), pathOfWords(value))?.[index]
}

const CHECK = /^CMD(?:-SHELL)?$/

/** Rewrites the health check and, where the variable left the environment, shell commands of the services that had it. */
export function rewriteReferences(book: Workbook, project: ComposeProject, factsOf: FactsOf, move: Move): void {
  for (const service of move.candidate.services) assertUnread(move, service, project, factsOf)
  const values = new Set(move.candidate.services.flatMap((service) => valuesOf(project).usedBy(service)))
  for (const value of values)
    if (isCommand(value) && concerns(value, move)) rewriteOne(book, value, move, project, factsOf)
}

const isCommand = ({ section }: LocatedValue): boolean =>
  section === 'healthcheck' || section === 'command' || section === 'entrypoint'

/** What programs are started with, and checked by. */
export const commandValues = ({ values }: ComposeProject): readonly LocatedValue[] => values.filter(isCommand)

const READ_BY_NAME: readonly Move['strategy']['by'][] = ['file', 'shim', 'url', 'flag']

/** true where the health check or command `value` may read what moves. */
function concerns(value: LocatedValue, move: Move): boolean {
  const { candidate, strategy } = move
  if (!READ_BY_NAME.includes(strategy.by) || value === candidate.value) return false
  if (!value.usedBy.some((service) => candidate.services.includes(service))) return false
  return value.section === 'healthcheck' || !value.usedBy.some((service) => exportedIn(move).includes(service))
}

/**
 * What `moves` would make of a health check or command that several services have by an anchor, a merge key or `extends`: for each service
 * the words that are right for it, and the moves that change some of them. undefined where nothing is rewritten.
 */
export function wordsByService(
  value: LocatedValue,
  moves: readonly Move[],
  project: ComposeProject,
): { readonly words: ReadonlyMap<string, string>; readonly changing: ReadonlySet<Move> } | undefined {
  const concerned = new Set(movesOf(moves, value.usedBy).filter((move) => concerns(value, move)))
  const bytes = project.files.find(({ file }) => file === value.file)?.bytes
  if (concerned.size === 0 || bytes === undefined) return undefined
  const before = wordsAt(editableFile(value.file, bytes), pathOfWords(value))
  if (before === undefined || !isWritten(value, before)) return undefined
  const changing = new Set<Move>()
  const words = value.usedBy.map((service) => {
    const own = movesOf(moves, [service]).filter((move) => concerned.has(move))
    const after = own.reduce<readonly string[]>((text, move) => {
      const next = wordsAfter(text, move, project, value.section)
      if (next.some((word, index) => word !== text[index])) changing.add(move)
      return next
    }, before)
    return [service, JSON.stringify(after)] as const
  })
  return changing.size === 0 ? undefined : { words: new Map(words), changing }
}

/** true where rewriteOne writes what it finds. */
const isWritten = ({ section }: LocatedValue, words: readonly string[]): boolean =>
  section === 'healthcheck' ? words.length === 1 || CHECK.test(words[0] ?? '') : words.length > 1

/** Services whose own program sees the variable as before. */
const exportedIn = (move: Move): readonly string[] =>
  move.strategy.by === 'file' ? shimmedIn(move) : move.candidate.services

function rewriteOne(book: Workbook, value: LocatedValue, move: Move, project: ComposeProject, factsOf: FactsOf): void {
  const part = { path: value.path.slice(0, 2) }
  const file = book.open(value.file, part)
  const parent = pathOfWords(value)
  const words = wordsAt(file, parent)
  if (words === undefined) return
  const after = wordsAfter(words, move, project, value.section)
  if (value.section === 'healthcheck') assertRead(after, move, value)
  if (after.every((word, index) => word === words[index])) return
  if (value.section === 'healthcheck' && move.candidate.secret.endsWith('\n'))
    throw new RefusedError([move.candidate.id], `${checkOf(value)} would read it without the newline at its end`)
  if (isScalar(nodeAt(file, parent))) {
    if (value.section === 'healthcheck')
      book.compose(value.file, (open) => replaceValue(open, parent, after[0] ?? ''), part)
    return
  }
  const script = scriptOf(words, value.section)
  if (after.every((word, index) => index === script || word === words[index])) {
    book.compose(value.file, (open) => replaceValue(open, [...parent, script], after[script] ?? ''), part)
    return
  }
  // ["CMD", "mysqladmin", …] has no shell: it gets one.
  if (value.section !== 'healthcheck' || words[0] !== 'CMD') return
  const unsure =
    withoutShell(value, project, factsOf) ?? (startsApplication(words) ? losing(value, project, factsOf) : undefined)
  if (unsure !== undefined)
    throw new RefusedError([move.candidate.id], `${checkOf(value)} would need a shell to read it, and ${unsure}`)
  const isWhole = after[0] === 'CMD-SHELL'
  const given = isWhole ? after : ['CMD-SHELL', shellLine(words.slice(1), after.slice(1), reading(move.name))]
  book.compose(value.file, (open) => setWords(open, parent.slice(0, -1), String(parent.at(-1)), given), part)
}

const checkOf = ({ usedBy }: LocatedValue): string => `the health check of ${usedBy.join(', ')}`

/** A health check finds nothing in the environment any more. @throws RefusedError */
function assertRead(words: readonly string[], move: Move, value: LocatedValue): void {
  const { candidate, name } = move
  if (!leavesEnvironment(move)) return
  const texts = withoutPlainReferences(words, candidate.variable).map((word) =>
    withoutBrought(word, move).replaceAll(reading(name), ''),
  )
  if (!texts.some((text) => readsVariable(text, candidate.variable))) return
  throw new RefusedError(
    [candidate.id],
    `${checkOf(value)} takes ${candidate.variable} from its environment in a way that is not known how to read from a file`,
    {
      todo: `Write $$${candidate.variable} in the check, in a script without quotes inside quotes (["CMD-SHELL", "…"]), and plan again: it then reads the file.`,
    },
  )
}

/** The same for a health check of the image, where the service has none of its own. @throws RefusedError */
function assertUnread(move: Move, service: string, project: ComposeProject, factsOf: FactsOf): void {
  const { id, variable } = move.candidate
  if (!leavesEnvironment(move) && move.strategy.by !== 'url') return
  if (serviceModel(project, service)['healthcheck'] !== undefined) return
  const facts = factsOf(imageOf(project, service))
  if (!('missing' in facts) && shimmedIn(move).includes(service) && startsFramework(facts.healthcheck))
    throw new RefusedError(
      [id],
      `the health check of the image of ${service} starts the application (${printable(facts.healthcheck.slice(1).join(' '))}), which takes ${variable} from its environment`,
      { todo: `Write that check under healthcheck: of ${service}, and plan again: it then gets ${variable}, too.` },
    )
  if ('missing' in facts || !facts.healthcheck.some((word) => readsVariable(word, variable))) return
  throw new RefusedError([id], `the health check of the image of ${service} takes ${variable} from its environment`)
}

/** Why the images of a health check's services may have no shell; undefined: all are known to have one. */
function withoutShell({ usedBy }: LocatedValue, project: ComposeProject, factsOf: FactsOf): string | undefined {
  const image = usedBy.map((service) => imageOf(project, service)).find((each) => !hasShell(each, factsOf))
  return image === undefined ? undefined : `${image} is not known to have one`
}

/** What a shell would take from the application that the check starts. */
function losing({ usedBy }: LocatedValue, project: ComposeProject, factsOf: FactsOf): string | undefined {
  for (const service of usedBy) {
    const facts = factsOf(imageOf(project, service))
    const [lost] = unheldIn(project, service, 'missing' in facts ? { env: [] } : facts).keys()
    if (lost !== undefined) return `that loses ${printable(lost)} of ${service}, whose name no shell can hold`
  }
  return undefined
}

/** Seen in the image, or known by its entrypoint, a script. */
function hasShell(image: string, factsOf: FactsOf): boolean {
  const facts = factsOf(image)
  if (!('missing' in facts)) return facts.hasShell
  const known = conventionFor(image)
  return knownEntrypoint(image) !== undefined || (known !== undefined && known !== 'none' && known.readBy === undefined)
}
