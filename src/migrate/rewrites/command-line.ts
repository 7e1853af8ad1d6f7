// A command as shell text in which each password is the reading of its file: of the outer shell where it is a word or a part of one, of
// the command's own shell where it stands in a script (`sh -c "…"`), so that no value is ever parsed as shell text.
import { scriptIndex } from '../../compose/shell-script.js'
import { shellWord } from '../../support/shell-word.js'
import { quoteAt, quotedReading } from '../shell-quotes.js'

/** Where a password stands: UTF-16 offsets in a word. */
export interface PasswordPlace {
  readonly word: number
  readonly start: number
  readonly end: number
  /** The secret that holds it. */
  readonly name: string
}

const reading = ({ name }: Pick<PasswordPlace, 'name'>): string => `$(cat /run/secrets/${name})`

export function commandLine(words: readonly string[], places: readonly PasswordPlace[]): string {
  const script = scriptIndex(words)
  return words
    .map((word, index) => {
      const own = places.filter((place) => place.word === index).sort((a, b) => a.start - b.start)
      if (own.length === 0) return shellWord(word)
      return index === script ? shellWord(readInScript(word, own)) : readOutside(word, own)
    })
    .join(' ')
}

function readOutside(word: string, places: readonly PasswordPlace[]): string {
  let at = 0
  const parts: string[] = []
  for (const place of places) {
    if (place.start > at) parts.push(shellWord(word.slice(at, place.start)))
    parts.push(`"${reading(place)}"`)
    at = place.end
  }
  if (at < word.length) parts.push(shellWord(word.slice(at)))
  return parts.join('')
}

/** What stands in a script in the place of a password: its own shell reads the file, inside the quotes that stand there. */
export const readingInScript = (script: string, place: Pick<PasswordPlace, 'start' | 'name'>): string =>
  quotedReading(reading(place), quoteAt(script, place.start))

function readInScript(script: string, places: readonly PasswordPlace[]): string {
  return places.reduceRight(
    (text, place) => text.slice(0, place.start) + readingInScript(script, place) + text.slice(place.end),
    script,
  )
}
