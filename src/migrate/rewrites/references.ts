// Health checks and commands that read a moved variable: they do not see what an entrypoint exported (measured), so they read the file.
import { isScalar, isSeq } from 'yaml'
import { setWords } from '../../compose/edit.js'
import { replaceValue } from '../../compose/edit-entries.js'
import { nodeAt } from '../../compose/edit-file.js'
import type { ComposeProject, LocatedValue } from '../../compose/types.js'
import type { Move } from '../plan-moves.js'
import type { Workbook } from '../workbook.js'

const reading = (name: string): string => `$$(cat /run/secrets/${name})`

/** `text` as written in the Compose file (dollars doubled) with references to the variable, and the value itself, read from the file. */
function rewritten(text: string, { candidate, name }: Move): string {
  const { variable, secret } = candidate
  const byName = text.replace(new RegExp(`\\$\\$(?:\\{${variable}\\}|${variable}(?![A-Za-z0-9_]))`, 'g'), () =>
    reading(name),
  )
  return secret.length < REPLACED_AS_TEXT
    ? byName
    : byName.replaceAll(secret.replaceAll('$', '$$$$'), () => reading(name))
}

/** Shorter values are too likely to be a part of another word. */
const REPLACED_AS_TEXT = 4

/** true where a health check that holds `secret` is written anew when that moves. */
export const isReplacedInText = (secret: string, text: string): boolean =>
  secret.length >= REPLACED_AS_TEXT && text.includes(secret)

/** true where a shell expands what it is given. */
const isShellWord = (words: readonly string[]): boolean =>
  words[0] === 'CMD-SHELL' ||
  /(?:^|\/)(?:sh|bash|ash|dash)$/.test(words[0] ?? '') ||
  /(?:^|\/)(?:sh|bash|ash|dash)$/.test(words[1] ?? '')

/** Rewrites the health check and, where the variable left the environment, shell commands of the services that had it. */
export function rewriteReferences(book: Workbook, project: ComposeProject, move: Move): void {
  const { services } = move.candidate
  for (const value of project.values) {
    if (value.section !== 'healthcheck' && value.section !== 'command' && value.section !== 'entrypoint') continue
    if (!value.usedBy.some((service) => services.includes(service)) || value === move.candidate.value) continue
    if (value.section !== 'healthcheck' && move.strategy.by !== 'file') continue
    rewriteOne(book, value, move)
  }
}

function rewriteOne(book: Workbook, value: LocatedValue, move: Move): void {
  const file = book.open(value.file)
  const inList = typeof value.path.at(-1) === 'number'
  const parent = inList ? value.path.slice(0, -1) : value.path
  const node = nodeAt(file, parent)
  if (isScalar(node)) {
    const after = rewritten(node.source ?? '', move)
    if (after !== node.source && value.section === 'healthcheck')
      book.compose(value.file, (open) => replaceValue(open, parent, after))
    return
  }
  if (!isSeq(node)) return
  const words = node.items.map((item) => (isScalar(item) ? (item.source ?? String(item.value)) : ''))
  const after = words.map((word) => rewritten(word, move))
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
