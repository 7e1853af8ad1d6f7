// A command as shell text in which each password is the reading of its file: of the outer shell where it is a word or a part of one, of
// the command's own shell where it stands in a script (`sh -c "…"`), so that no value is ever parsed as shell text.
import { shellWord } from '../../compose/shell-words.js'
import type { Move } from '../plan-moves.js'

const SHELL = /(?:^|\/)(?:sh|bash|ash|dash)$/
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
const reading = ({ name }: Move): string => `$(cat /run/secrets/${name})`

/** `flags`: moves whose value an option of the command gives. */
export function commandLine(words: readonly string[], flags: readonly Move[]): string {
  return words.map((word, index) => wordWith(word, words.slice(0, index), flags)).join(' ')
}

function wordWith(word: string, before: readonly string[], flags: readonly Move[]): string {
  const whole = flags.find(
    ({ candidate }) => candidate.secret === word && before.at(-1)?.replace(/=$/, '') === candidate.variable,
  )
  if (whole !== undefined) return `"${reading(whole)}"`
  const given = flags.filter((flag) => placesIn(word, flag).length > 0)
  if (given.length === 0) return shellWord(word)
  const isScript = /^-[a-z]*c$/.test(before.at(-1) ?? '') && before.some((each) => SHELL.test(each))
  return isScript ? shellWord(given.reduce(readInScript, word)) : readOutside(word, given)
}

interface Range {
  readonly start: number
  readonly end: number
}

/** Where the option gives the value in `text`: not where the same text stands for something else. */
function placesIn(text: string, { candidate: { variable, secret } }: Move): readonly Range[] {
  const between = variable === '-p' ? '["\']?' : String.raw`(?:=|\s+)["']?`
  const option = new RegExp(`(?<![\\w-])${escaped(variable)}${between}(${escaped(secret)})(?!\\w)`, 'dg')
  return [...text.matchAll(option)].flatMap(({ indices }) => {
    const [start, end] = indices?.[1] ?? []
    return start === undefined || end === undefined ? [] : [{ start, end }]
  })
}

function readOutside(word: string, flags: readonly Move[]): string {
  const places = flags
    .flatMap((flag) => placesIn(word, flag).map((place) => ({ ...place, flag })))
    .sort((a, b) => a.start - b.start)
  let at = 0
  const parts: string[] = []
  for (const { start, end, flag } of places) {
    if (start > at) parts.push(shellWord(word.slice(at, start)))
    parts.push(`"${reading(flag)}"`)
    at = end
  }
  if (at < word.length) parts.push(shellWord(word.slice(at)))
  return parts.join('')
}

/** The script's own shell reads the file, inside the quotes that stand there. */
function readInScript(script: string, flag: Move): string {
  return [...placesIn(script, flag)]
    .reverse()
    .reduce(
      (text, { start, end }) => text.slice(0, start) + quoted(flag, quoteAt(text, start)) + text.slice(end),
      script,
    )
}

function quoted(flag: Move, quote: string): string {
  if (quote === '"') return reading(flag)
  return quote === "'" ? `'"${reading(flag)}"'` : `"${reading(flag)}"`
}

/** The quotes that are open at `offset` of a shell script; "" for none. */
function quoteAt(script: string, offset: number): string {
  let quote = ''
  for (let at = 0; at < offset; at++) {
    const character = script[at] ?? ''
    if (character === '\\' && quote !== "'") at++
    else if (quote === '' ? character === '"' || character === "'" : character === quote)
      quote = quote === '' ? character : ''
  }
  return quote
}
