// Splits a command string into words as Compose does for `command:` and `entrypoint:` (no shell runs; variables stay text).

const OPERATORS = ';&|<>'

/** A word of a line, with where each of its UTF-16 units stands there, and the quote around that. */
export interface PlacedWord {
  readonly text: string
  readonly offsets: readonly number[]
  /** `"`, `'`, `` ` ``, `(` or nothing, for each unit. */
  readonly quotes: readonly string[]
}

/** The words of `line`, cut at the first unquoted shell operator as Compose cuts it; undefined where quotes or brackets do not close. */
export const splitShellWords = (line: string): readonly string[] | undefined =>
  placedShellWords(line)?.map(({ text }) => text)

/** As splitShellWords, with the places. */
export function placedShellWords(line: string): readonly PlacedWord[] | undefined {
  const words: PlacedWord[] = []
  let word = newWord()
  let started = false
  let quote = ''
  let escaped = false
  let offset = 0
  const add = (character: string) => {
    word.text += character
    for (let unit = 0; unit < character.length; unit++) {
      word.offsets.push(offset + unit)
      word.quotes.push(quote)
    }
  }
  const end = () => {
    if (started) words.push(word)
    word = newWord()
    started = false
  }
  for (const character of line) {
    if (escaped) {
      add(character)
      started = true
      escaped = false
    } else if (character === '\\' && quote !== "'") escaped = true
    else if (quote === '' && isSpace(character)) end()
    else if (quote === '' && OPERATORS.includes(character)) {
      if (character === '>' && /^\d/.test(word.text)) started = false
      end()
      return words
    } else if (quote === '' ? isOpening(character, word.text) : character === closing(quote)) {
      if (character === '"' || character === "'") started ||= quote !== ''
      else add(character)
      if (quote !== '' || character === '(' || character === '`') started = true
      quote = quote === '' ? character : ''
    } else if (quote === '' && character === '(') return undefined
    else {
      add(character)
      started = true
    }
    offset += character.length
  }
  if (quote !== '' || escaped) return undefined
  end()
  return words
}

const newWord = () => ({ text: '', offsets: [] as number[], quotes: [] as string[] })

const isSpace = (character: string): boolean =>
  character === ' ' || character === '\t' || character === '\r' || character === '\n'

function isOpening(character: string, word: string): boolean {
  return character === '"' || character === "'" || character === '`' || (character === '(' && word.endsWith('$'))
}

function closing(quote: string): string {
  return quote === '(' ? ')' : quote
}
