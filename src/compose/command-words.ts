// The commands that a service's words make: themselves, and those of the scripts among them, each with where its words stand.
import { type SimpleCommand, simpleCommands } from './shell-commands.js'
import { scriptIndex } from './shell-script.js'
import type { PlacedWord } from './shell-words.js'

/** A part of a word. */
export interface WordPart {
  /** Plain: must not be printed. */
  readonly value: string
  /** Index of the word, and UTF-16 offset in it. */
  readonly word: number
  readonly start: number
  /** A script has it with backslashes: the value is not what its program gets. */
  readonly escaped?: true
}

export interface CommandWords {
  readonly texts: readonly string[]
  /** Of a script: with what its output goes to. */
  readonly command?: SimpleCommand
  /** A part of these words as a part of the given ones; none where a shell puts something else there. */
  readonly placed: <Part extends WordPart>(part: Part) => readonly Part[]
}

/** The words themselves first. A word with spaces may be a script. */
export function commandsOf(words: readonly string[]): readonly CommandWords[] {
  const script = scriptIndex(words)
  const own: CommandWords = { texts: words, placed: (part) => (part.word === script ? [] : [part]) }
  const inner = words.flatMap((text, word) =>
    word === script || /\s/.test(text)
      ? simpleCommands(text).map(
          (command): CommandWords => ({
            texts: command.words.map((each) => each.text),
            command,
            placed: (part) => placedIn(text, command, part, word),
          }),
        )
      : [],
  )
  return [own, ...inner]
}

function placedIn<Part extends WordPart>(
  script: string,
  { words }: SimpleCommand,
  part: Part,
  word: number,
): readonly Part[] {
  const placed = words[part.word]
  const [start, end] = [part.start, part.start + part.value.length]
  const [from, last] = [placed?.offsets[start], placed?.offsets[end - 1]]
  if (placed === undefined || from === undefined || last === undefined || isExpanded(placed, start, end)) return []
  const value = script.slice(from, last + 1)
  return [{ ...part, word, start: from, ...(value === part.value ? {} : { value, escaped: true }) }]
}

/** A variable or a command stands there; what is quoted does not. */
function isExpanded({ text, quotes }: PlacedWord, start: number, end: number): boolean {
  for (let at = start; at < end; at++)
    if (/[$`]/.test(text[at] ?? '') && quotes[at] !== "'" && quotes[at] !== '\\') return true
  return false
}

export const overlaps = (left: WordPart, right: WordPart): boolean =>
  left.word === right.word &&
  left.start < right.start + right.value.length &&
  right.start < left.start + left.value.length
