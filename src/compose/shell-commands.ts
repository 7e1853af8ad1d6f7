// The simple commands of a shell script with their words and where each stands: those in $(…), in (…) and in the script of another shell
// (`sh -c "…"`) too. Nothing is expanded or run; what is no valid script gives some commands all the same.
import { scriptIndex } from './shell-script.js'
import type { PlacedWord } from './shell-words.js'

export interface SimpleCommand {
  /** A redirection is one word: `>file`. */
  readonly words: readonly PlacedWord[]
  /** What reads its output: a | b. */
  readonly into?: SimpleCommand
}

/** Longer texts, and brackets deeper than these, are not looked into. */
const LONGEST = 20_000
const DEEPEST = 20

/** Of a redirection, before its file. */
const IS_SIGN = /^\d?[<>]{1,3}$/

interface OpenWord {
  text: string
  readonly offsets: number[]
  readonly quotes: string[]
}

interface OpenCommand {
  readonly words: OpenWord[]
  into?: OpenCommand
}

/** In the order of their ends. Offsets are UTF-16 units of `script`. */
export function simpleCommands(script: string, depth = 0): readonly SimpleCommand[] {
  if (script.length > LONGEST || depth > DEEPEST) return []
  const found: OpenCommand[] = []
  const reader = new Reader(script, found)
  reader.readUntil('', depth)
  return [...found, ...found.flatMap(({ words }) => inner(words, depth + 1))]
}

/** The commands of the script that a shell among `words` runs, placed in the outer script. */
function inner(words: readonly PlacedWord[], depth: number): readonly SimpleCommand[] {
  const at = scriptIndex(words.map(({ text }) => text))
  const outer = at === undefined ? undefined : words[at]
  if (outer === undefined) return []
  const placed = new Map<SimpleCommand, SimpleCommand>()
  const place = (command: SimpleCommand): SimpleCommand => {
    const known = placed.get(command)
    if (known !== undefined) return known
    const own = {
      words: command.words.map(({ text, offsets, quotes }) => ({
        text,
        offsets: offsets.map((offset) => outer.offsets[offset] ?? 0),
        quotes,
      })),
      ...(command.into === undefined ? {} : { into: place(command.into) }),
    }
    placed.set(command, own)
    return own
  }
  return simpleCommands(outer.text, depth).map(place)
}

class Reader {
  private at = 0

  constructor(
    private readonly script: string,
    private readonly found: OpenCommand[],
  ) {}

  /** Reads commands up to the unquoted `closing`, or to the end. */
  readUntil(closing: string, depth: number): void {
    let command: OpenCommand = { words: [] }
    let word: OpenWord | undefined
    let from: readonly OpenCommand[] = []
    let group: readonly OpenCommand[] = []
    const endWord = () => {
      if (word !== undefined) command.words.push(word)
      word = undefined
    }
    const endCommand = (isPipe = false) => {
      endWord()
      if (command.words.length > 0) {
        for (const writer of from) writer.into = command
        this.found.push(command)
        group = [command]
        command = { words: [] }
      }
      from = isPipe ? group : []
      group = isPipe ? [] : group
    }
    for (; this.at < this.script.length; this.at++) {
      const character = this.script[this.at] ?? ''
      const next = this.script[this.at + 1] ?? ''
      if (character === closing) break
      if (character === '#' && word === undefined) this.skipLine()
      else if (character === '\\' && next === '\n') this.at++
      else if (character === '\n' || character === ';' || character === ')') endCommand()
      else if (/\s/.test(character)) {
        if (!IS_SIGN.test(word?.text ?? '')) endWord()
      } else if (character === '&' && !/[<>]$/.test(word?.text ?? '')) endCommand()
      else if (character === '|') {
        endCommand(next !== '|')
        if (next === '|') this.at++
      } else if (character === '(' && depth < DEEPEST) {
        endCommand()
        const first = this.found.length
        this.nested(')', depth)
        group = this.found.slice(first)
      } else if (/[<>]/.test(character) && !IS_SIGN.test(word?.text ?? '')) {
        if (!/^\d$/.test(word?.text ?? '')) endWord()
        word ??= { text: '', offsets: [], quotes: [] }
        this.add(word, '')
      } else {
        word ??= { text: '', offsets: [], quotes: [] }
        this.readPart(word, depth)
      }
    }
    endCommand()
  }

  private add(word: OpenWord, quote: string): void {
    if (this.at >= this.script.length) return
    word.text += this.script[this.at] ?? ''
    word.offsets.push(this.at)
    word.quotes.push(quote)
  }

  private skipLine(): void {
    while (this.at + 1 < this.script.length && this.script[this.at + 1] !== '\n') this.at++
  }

  private nested(closing: string, depth: number): void {
    this.at++
    this.readUntil(closing, depth + 1)
  }

  /** One character of a word, a quoted string, or what a shell puts in there. */
  private readPart(word: OpenWord, depth: number): void {
    const quote = this.script[this.at] ?? ''
    if (quote !== '"' && quote !== "'") {
      this.readCharacter(word, '', depth)
      return
    }
    for (this.at++; this.at < this.script.length && this.script[this.at] !== quote; this.at++)
      if (quote === "'") this.add(word, quote)
      else this.readCharacter(word, quote, depth)
  }

  private readCharacter(word: OpenWord, quote: string, depth: number): void {
    const character = this.script[this.at] ?? ''
    const next = this.script[this.at + 1] ?? ''
    const start = this.at
    if (character === '\\' && (quote === '' || /["\\$`]/.test(next))) {
      this.at++
      this.add(word, '\\')
    } else if (character === '`' && depth < DEEPEST) {
      this.nested('`', depth)
      this.addAll(word, start)
    } else if (character === '$' && next === '(' && depth < DEEPEST) {
      this.at++
      this.nested(')', depth)
      this.addAll(word, start)
    } else if (character === '$' && next === '{') {
      while (this.at + 1 < this.script.length && this.script[this.at] !== '}') this.at++
      this.addAll(word, start)
    } else this.add(word, quote)
  }

  /** What was read from `start` to here, as it stands. */
  private addAll(word: OpenWord, start: number): void {
    const end = this.at
    for (this.at = start; this.at < end; this.at++) this.add(word, '')
    this.add(word, '')
  }
}
