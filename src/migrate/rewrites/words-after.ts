// What becomes of the words of a health check or a command that read a moved variable. Edits no file: that is references.ts.
import { scriptIndex } from '../../compose/shell-script.js'
import type { ComposeProject, LocatedValue } from '../../compose/types.js'
import { escaped } from '../../support/regexp.js'
import { shellWord } from '../../support/shell-word.js'
import { referencedLines } from '../env-file-readers.js'
import { leavesEnvironment, type Move } from '../plan-moves.js'
import { asOneWord, hasUnsureQuotes, isOneWord, quotedReading, quotingAt } from '../shell-quotes.js'
import { standingDefault } from '../unsettled.js'
import { reading, withReadings } from './env-readings.js'
import { withoutValue } from './value-places.js'

/**
 * `text` as written in the Compose file (dollars doubled) with references to the variable, and the value itself, read from the file.
 * `leading`: the words before it; undefined for a script, in which nothing is expanded inside single quotes.
 */
function rewritten(
  text: string,
  { candidate, name, strategy }: Move,
  project: ComposeProject,
  leading?: readonly string[],
): string {
  const shell = leading === undefined
  const { variable, secret } = candidate
  const quoted = isOneWord(secret)
  const byName = shell && leavesEnvironment({ candidate, strategy }) ? withReadings(text, variable, name, quoted) : text
  const read = (found: string, at: number, all: string) =>
    shell ? inQuotes(reading(name), all, at, found.length, quoted) : reading(name)
  const lines = referencedLines(candidate, project)
  const byEntry = lines.reduce(
    (all, { key = '' }) =>
      all.replace(
        new RegExp(`(?<!\\$)\\$(?:\\{${escaped(key)}(?::?[-?][^{}]*)?\\}|${escaped(key)}(?![A-Za-z0-9_]))`, 'g'),
        read,
      ),
    whereSet(byName, lines),
  )
  const standing = standingDefault(candidate, project)
  const byDefault = standing === undefined ? byEntry : byEntry.replaceAll(standing.written, read)
  const byValue = withoutValue(byDefault, leading ?? [], secret, project, read)
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
function inQuotes(text: string, script: string, at: number, length: number, quoted: boolean): string {
  const quoting = quotingAt(script, at)
  const isSingle = quoting.quote === "'"
  if (hasUnsureQuotes(script) && (isSingle || script[at - 1] === "'")) return script.slice(at, at + length)
  if (isSingle) return quotedReading(text, "'")
  return quoted ? asOneWord(text, script, quoting) : text
}

/** Index of the word that a shell runs; -1 where none does. */
export function scriptOf(words: readonly string[], section: LocatedValue['section']): number {
  if (words.length === 1 && section === 'healthcheck') return 0
  return words[0] === 'CMD-SHELL' ? 1 : (scriptIndex(words) ?? -1)
}

/** `words` with what `move` takes from the service read from its file. */
export function rewrittenWords(
  words: readonly string[],
  move: Move,
  project: ComposeProject,
  section: LocatedValue['section'],
): readonly string[] {
  const script = scriptOf(words, section)
  return words.map((word, index) => {
    if (index === script) return rewritten(word, move, project)
    // Other words are read by no shell; a health check can be given one.
    return section === 'healthcheck' ? rewritten(word, move, project, words.slice(0, index)) : word
  })
}

/** Words of which no shell has expanded anything, as one line for a shell that reads what is new in `after`. */
export function shellLine(before: readonly string[], after: readonly string[], read: string): string {
  const script = scriptIndex(before)
  return after
    .map((word, index) => {
      if (word === before[index] || index === script) return shellWord(word)
      const texts = word.split(read)
      if (texts.every((text) => !/["`\\$]/.test(text))) return `"${word}"`
      return texts.map((text) => (text === '' ? '' : shellWord(text))).join(`"${read}"`)
    })
    .join(' ')
}
