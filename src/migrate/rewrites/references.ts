// Health checks and commands that read a moved variable: they do not see what an entrypoint exported (measured), so they read the file.
import { isScalar, isSeq } from 'yaml'
import { setWords } from '../../compose/edit.js'
import { replaceValue } from '../../compose/edit-entries.js'
import { nodeAt } from '../../compose/edit-file.js'
import { isPlainWord, isSecretName } from '../../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../../compose/types.js'
import type { Move } from '../plan-moves.js'
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
    ? String.raw`(?<![\w-])-[pa]\s*["']?|(?:pass(?:wd|word)?|auth|secret|token)(?:=|\s+)["']?|://[^\s/@]*:`
    : String.raw`(?:^|[^\w-])(?:-[A-Za-z])?`
  return new RegExp(`(?<=${before})${escaped(secret)}(?!\\w)`, isName ? 'gi' : 'g')
}

/** true where the value is also something that is no secret, by which the project calls a user, a service or the like ("root"). */
function isName(secret: string, project: ComposeProject): boolean {
  if (isPlainWord(secret)) return true
  return project.values.some(
    ({ service, key, resolved }) =>
      service === secret || key === secret || (resolved === secret && key !== undefined && !isSecretName(key)),
  )
}

/** `text` as written in the Compose file (dollars doubled) with references to the variable, and the value itself, read from the file. */
function rewritten(text: string, { candidate, name }: Move, project: ComposeProject): string {
  const { variable, secret, source } = candidate
  const byName = text.replace(new RegExp(`\\$\\$(?:\\{${variable}\\}|${variable}(?![A-Za-z0-9_]))`, 'g'), () =>
    reading(name),
  )
  const entry = source.section === 'dotenv' ? source.key : undefined
  const byEntry =
    entry === undefined
      ? byName
      : byName.replace(new RegExp(`(?<!\\$)\\$(?:\\{${entry}(?::?[-?][^{}]*)?\\}|${entry}(?![A-Za-z0-9_]))`, 'g'), () =>
          reading(name),
        )
  if (secret.length < REPLACED_AS_TEXT) return byEntry
  return byEntry.replace(placesOf(secret.replaceAll('$', '$$$$'), isName(secret, project)), () => reading(name))
}

/** A word with the one before it: an option tells what its value is. */
function rewrittenWords(words: readonly string[], move: Move, project: ComposeProject): readonly string[] {
  return words.map((word, index) => {
    const before = index === 0 ? '' : `${words[index - 1]} `
    const after = rewritten(before + word, move, project)
    return after.startsWith(before) ? after.slice(before.length) : rewritten(word, move, project)
  })
}

/** true where the health check `value` is written anew by one of `moves`, so that nothing of it is left to do. */
export function isReadAnew(value: LocatedValue, moves: readonly Move[], project: ComposeProject): boolean {
  const text = wholeText(value, project)
  return moves.some(
    ({ candidate: { secret, services, source } }) =>
      services.some((service) => value.usedBy.includes(service)) &&
      ((secret.length >= REPLACED_AS_TEXT && placesOf(secret, isName(secret, project)).test(text)) ||
        (source.section === 'dotenv' && source.key !== undefined && value.interpolates.includes(source.key))),
  )
}

/** A list's words together: an option stands before its value. */
function wholeText(value: LocatedValue, project: ComposeProject): string {
  if (typeof value.path.at(-1) !== 'number') return value.resolved
  const parent = JSON.stringify(value.path.slice(0, -1))
  return project.values
    .filter(({ file, path }) => file === value.file && JSON.stringify(path.slice(0, -1)) === parent)
    .map(({ resolved }) => resolved)
    .join(' ')
}

/** true where a shell expands what it is given. */
const isShellWord = (words: readonly string[]): boolean =>
  words[0] === 'CMD-SHELL' ||
  /(?:^|\/)(?:sh|bash|ash|dash)$/.test(words[0] ?? '') ||
  /(?:^|\/)(?:sh|bash|ash|dash)$/.test(words[1] ?? '')

/** Rewrites the health check and, where the variable left the environment, shell commands of the services that had it. */
export function rewriteReferences(book: Workbook, project: ComposeProject, move: Move): void {
  const { services } = move.candidate
  if (move.strategy.by === 'settings') return
  for (const value of project.values) {
    if (value.section !== 'healthcheck' && value.section !== 'command' && value.section !== 'entrypoint') continue
    if (!value.usedBy.some((service) => services.includes(service)) || value === move.candidate.value) continue
    if (value.section !== 'healthcheck' && move.strategy.by !== 'file') continue
    rewriteOne(book, value, move, project)
  }
}

function rewriteOne(book: Workbook, value: LocatedValue, move: Move, project: ComposeProject): void {
  const file = book.open(value.file)
  const inList = typeof value.path.at(-1) === 'number'
  const parent = inList ? value.path.slice(0, -1) : value.path
  const node = nodeAt(file, parent)
  if (isScalar(node)) {
    const after = rewritten(node.source ?? '', move, project)
    if (after !== node.source && value.section === 'healthcheck')
      book.compose(value.file, (open) => replaceValue(open, parent, after))
    return
  }
  if (!isSeq(node)) return
  const words = node.items.map((item) => (isScalar(item) ? (item.source ?? String(item.value)) : ''))
  const after = rewrittenWords(words, move, project)
  if (after.every((word, index) => word === words[index])) return
  if (isShellWord(words)) {
    for (const [index, text] of after.entries())
      if (text !== words[index]) book.compose(value.file, (open) => replaceValue(open, [...parent, index], text))
    return
  }
  // ["CMD", "mysqladmin", …] has no shell: it gets one.
  if (value.section === 'healthcheck' && words[0] === 'CMD') {
    const line = after
      .slice(1)
      .map((word) => (/^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`))
      .join(' ')
    book.compose(value.file, (open) => setWords(open, parent.slice(0, -1), String(parent.at(-1)), ['CMD-SHELL', line]))
  }
}
