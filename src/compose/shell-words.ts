// Splits a command string into words as Compose does for `command:` and `entrypoint:` (no shell runs; variables stay text).

const SPACE = /[ \t\r\n]/
const OPERATORS = ';&|<>'

/** The words of `line`, cut at the first unquoted shell operator as Compose cuts it; undefined where quotes or brackets do not close. */
export function splitShellWords(line: string): readonly string[] | undefined {
  const words: string[] = []
  let word = ''
  let started = false
  let quote = ''
  let escaped = false
  const end = () => {
    if (started) words.push(word)
    word = ''
    started = false
  }
  for (const character of line) {
    if (escaped) {
      word += character
      started = true
      escaped = false
    } else if (character === '\\' && quote !== "'") escaped = true
    else if (SPACE.test(character) && quote === '') end()
    else if (quote === '' && OPERATORS.includes(character)) {
      if (character === '>' && /^\d/.test(word)) started = false
      end()
      return words
    } else if (quote === '' ? isOpening(character, word) : character === closing(quote)) {
      if (character === '"' || character === "'") started ||= quote !== ''
      else word += character
      if (quote !== '' || character === '(' || character === '`') started = true
      quote = quote === '' ? character : ''
    } else if (quote === '' && character === '(') return undefined
    else {
      word += character
      started = true
    }
  }
  if (quote !== '' || escaped) return undefined
  end()
  return words
}

function isOpening(character: string, word: string): boolean {
  return character === '"' || character === "'" || character === '`' || (character === '(' && word.endsWith('$'))
}

function closing(quote: string): string {
  return quote === '(' ? ')' : quote
}

/** `word` for a POSIX shell, in single quotes where it needs them. */
export const shellWord = (word: string): string =>
  /^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
