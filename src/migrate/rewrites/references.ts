// Health checks and commands that read a moved variable: they do not see what an entrypoint exported (measured), so they read the file.
import { isScalar, isSeq } from 'yaml'
import { setWords } from '../../compose/edit.js'
import { replaceValue } from '../../compose/edit-entries.js'
import { type EditableFile, editableFile, nodeAt } from '../../compose/edit-file.js'
import { isPlainWord, isSecretName } from '../../compose/secret-names.js'
import { shellWord } from '../../compose/shell-words.js'
import type { ComposeProject, LocatedValue } from '../../compose/types.js'
import { valuesOf } from '../../compose/value-index.js'
import { entriesOf } from '../env-file-readers.js'
import { type Move, shimmedIn } from '../plan-moves.js'
import { hasUnsureQuotes, quoteAt, quotedReading } from '../shell-quotes.js'
import type { Workbook } from '../workbook.js'

const reading = (name: string): string => `$$(cat /run/secrets/${name})`

/** Shorter values are too likely to be a part of another word. */
const REPLACED_AS_TEXT = 4

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')

/**
 * Where `secret` stands in a command: as a word of its own, or right behind a one-letter option (-pVALUE). A value that the project
 * also has as a user, a database or another name ("postgres") counts only behind an option or a variable for passwords.
 */
function placesOf(secret: string, isName: boolean): RegExp {
  const before = isName
    ? String.raw`(?<![\w-])-[pa]\s*["']?|(?:[Pp]ass(?:wd|word)?|PASS(?:WD|WORD)?|[Aa]uth|AUTH|[Ss]ecret|SECRET|[Tt]oken|TOKEN)(?:=|\s+)["']?|://[^\s/@]*:`
    : String.raw`(?:^|[^\w-])(?:-[A-Za-z])?`
  return new RegExp(`(?<=${before})${escaped(secret)}(?!\\w)`, 'g')
}

/** true where the value is also something that is no secret, by which the project calls a user, a service or the like ("root"). */
function isName(secret: string, project: ComposeProject): boolean {
  if (isPlainWord(secret)) return true
  const values = valuesOf(project)
  return (
    values.hasService(secret) ||
    values.withKey(secret).length > 0 ||
    values.resolvingTo(secret).some(({ key }) => key !== undefined && !isSecretName(key))
  )
}

/**
 * `text` as written in the Compose file (dollars doubled) with references to the variable, and the value itself, read from the file.
 * `shell`: a script, in which nothing is expanded inside single quotes.
 */
function rewritten(text: string, { candidate, name }: Move, project: ComposeProject, shell: boolean): string {
  const { variable, secret } = candidate
  const byName = text.replace(
    new RegExp(`\\$\\$(?:\\{${escaped(variable)}\\}|${escaped(variable)}(?![A-Za-z0-9_]))`, 'g'),
    () => reading(name),
  )
  const byEntry = entriesOf(candidate, project).reduce(
    (all, { key = '' }) =>
      all.replace(
        new RegExp(`(?<!\\$)\\$(?:\\{${escaped(key)}(?::?[-?][^{}]*)?\\}|${escaped(key)}(?![A-Za-z0-9_]))`, 'g'),
        (found: string, at: number, all: string) => inQuotes(reading(name), all, at, found.length, shell),
      ),
    whereSet(byName, entriesOf(candidate, project)),
  )
  const byValue =
    secret.length < REPLACED_AS_TEXT
      ? byEntry
      : byEntry.replace(
          placesOf(secret.replaceAll('$', '$$$$'), isName(secret, project)),
          (found: string, at: number, all: string) => inQuotes(reading(name), all, at, found.length, shell),
        )
  // Where nothing else was quoted, one pair of quotes is left.
  return byValue.replaceAll(`''"${reading(name)}"''`, () => `"${reading(name)}"`)
}

/** ${X:+text} of an entry that has a value is `text`: without the entry it would be nothing. */
const whereSet = (text: string, entries: readonly LocatedValue[]): string =>
  entries.reduce(
    (all, { key = '' }) => all.replace(new RegExp(`(?<!\\$)\\$\\{${escaped(key)}:?\\+([^{}]*)\\}`, 'g'), '$1'),
    text,
  )

/** A reading that a script's single quotes would keep from being read stands between two of them; what is not sure stays. */
function inQuotes(text: string, script: string, at: number, length: number, shell: boolean): string {
  if (!shell) return text
  const isSingle = quoteAt(script, at) === "'"
  if (hasUnsureQuotes(script) && (isSingle || script[at - 1] === "'")) return script.slice(at, at + length)
  return isSingle ? quotedReading(text, "'") : text
}

/** A word with the one before it: an option tells what its value is. */
function rewrittenWords(words: readonly string[], move: Move, project: ComposeProject): readonly string[] {
  const isScript = words.length === 1 || isShellWord(words)
  return words.map((word, index) => {
    const before = index === 0 ? '' : `${words[index - 1]} `
    const shell = isScript && index === words.length - 1
    const after = shell ? rewritten(word, move, project, true) : rewritten(before + word, move, project, false)
    if (shell) return after
    return after.startsWith(before) ? after.slice(before.length) : rewritten(word, move, project, false)
  })
}

/** The words of a health check as written (one for a text), after what `moves` do to them; undefined: nothing. */
export function checkAfter(
  value: LocatedValue,
  moves: readonly Move[],
  project: ComposeProject,
): readonly string[] | undefined {
  const bytes = project.files.find(({ file }) => file === value.file)?.bytes
  if (value.section !== 'healthcheck' || bytes === undefined) return undefined
  const own = moves.filter((move) => concerns(value, move))
  if (own.length === 0) return undefined
  const before = writtenWords(editableFile(value.file, bytes), value)
  if (before === undefined || !isWritten(value, before)) return undefined
  const after = own.reduce<readonly string[]>((words, move) => rewrittenWords(words, move, project), before)
  return after.some((word, index) => word !== before[index]) ? after : undefined
}

/** true where the health check `value`, or its word of one, is written anew by `moves`, so that nothing of it is left to do. */
export function isReadAnew(value: LocatedValue, moves: readonly Move[], project: ComposeProject): boolean {
  const after = checkAfter(value, moves, project)
  const index = value.path.at(-1)
  if (after === undefined || typeof index !== 'number') return after !== undefined
  const bytes = project.files.find(({ file }) => file === value.file)?.bytes ?? new Uint8Array()
  return after[index] !== writtenWords(editableFile(value.file, bytes), value)?.[index]
}

function writtenWords(file: EditableFile, value: LocatedValue): readonly string[] | undefined {
  const node = nodeAt(file, commandPath(value))
  if (isScalar(node)) return [node.source ?? '']
  return isSeq(node) ? node.items.map((item) => (isScalar(item) ? (item.source ?? String(item.value)) : '')) : undefined
}

const commandPath = ({ path }: LocatedValue) => (typeof path.at(-1) === 'number' ? path.slice(0, -1) : path)

/** true where a shell expands what it is given. */
const isShellWord = (words: readonly string[]): boolean =>
  words[0] === 'CMD-SHELL' ||
  /(?:^|\/)(?:sh|bash|ash|dash)$/.test(words[0] ?? '') ||
  /(?:^|\/)(?:sh|bash|ash|dash)$/.test(words[1] ?? '')

const canRewrite = (words: readonly string[]): boolean => isShellWord(words) || words[0] === 'CMD'

/** Rewrites the health check and, where the variable left the environment, shell commands of the services that had it. */
export function rewriteReferences(book: Workbook, project: ComposeProject, move: Move): void {
  for (const value of commandValues(project)) if (concerns(value, move)) rewriteOne(book, value, move, project)
}

/** What programs are started with, and checked by. */
export const commandValues = ({ values }: ComposeProject): readonly LocatedValue[] =>
  values.filter(({ section }) => section === 'healthcheck' || section === 'command' || section === 'entrypoint')

const READ_BY_NAME: readonly Move['strategy']['by'][] = ['file', 'shim', 'flag']

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
  const concerned = moves.filter((move) => concerns(value, move))
  const bytes = project.files.find(({ file }) => file === value.file)?.bytes
  if (concerned.length === 0 || bytes === undefined) return undefined
  const before = writtenWords(editableFile(value.file, bytes), value)
  if (before === undefined || !isWritten(value, before)) return undefined
  const changing = new Set<Move>()
  const words = value.usedBy.map((service) => {
    const own = concerned.filter(({ candidate }) => candidate.services.includes(service))
    const after = own.reduce<readonly string[]>((text, move) => {
      const next = rewrittenWords(text, move, project)
      if (next.some((word, index) => word !== text[index])) changing.add(move)
      return next
    }, before)
    return [service, JSON.stringify(after)] as const
  })
  return changing.size === 0 ? undefined : { words: new Map(words), changing }
}

/** true where rewriteOne writes what it finds. */
const isWritten = ({ section }: LocatedValue, words: readonly string[]): boolean =>
  section === 'healthcheck' ? words.length === 1 || canRewrite(words) : words.length > 1 && isShellWord(words)

/** Services whose own program sees the variable as before. */
const exportedIn = (move: Move): readonly string[] =>
  move.strategy.by === 'file' ? shimmedIn(move) : move.candidate.services

function rewriteOne(book: Workbook, value: LocatedValue, move: Move, project: ComposeProject): void {
  const file = book.open(value.file)
  const parent = commandPath(value)
  const words = writtenWords(file, value)
  if (words === undefined) return
  const after = rewrittenWords(words, move, project)
  if (after.every((word, index) => word === words[index])) return
  if (isScalar(nodeAt(file, parent))) {
    if (value.section === 'healthcheck') book.compose(value.file, (open) => replaceValue(open, parent, after[0] ?? ''))
    return
  }
  if (isShellWord(words)) {
    for (const [index, text] of after.entries())
      if (text !== words[index]) book.compose(value.file, (open) => replaceValue(open, [...parent, index], text))
    return
  }
  // ["CMD", "mysqladmin", …] has no shell: it gets one.
  if (value.section === 'healthcheck' && words[0] === 'CMD') {
    const line = after
      .slice(1)
      .map((word, index) => (word === words[index + 1] ? shellWord(word) : `"${word.replace(/["`\\]/g, '\\$&')}"`))
      .join(' ')
    book.compose(value.file, (open) => setWords(open, parent.slice(0, -1), String(parent.at(-1)), ['CMD-SHELL', line]))
  }
}
