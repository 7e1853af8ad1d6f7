// Whether a match stands in a comment, in a sentence, in what documents a program in Python, or in the tests that a file in Rust ends with.
import { isProgram } from './file-kind.js'
import type { Chunk } from './types.js'

/** A text with a match in it: where the match of the pattern begins, and the value in it. */
interface Place {
  readonly text: string
  readonly start: number
  readonly from: number
}

/** Whether the line of the match begins as a comment does, and not as a macro of C. */
export const isCommented = ({ text, from, start }: Place): boolean =>
  /^\s*(?:#(?!define[ \t])|;|\/\/|\/?\*|<!--|--)/.test(text.slice(text.lastIndexOf('\n', start) + 1, from))

const QUOTES = /"""|'''/g
/** The names under which Ansible's modules keep what documents them. */
const NAMED_DOCUMENT = /(?:^|\n)(?:DOCUMENTATION|EXAMPLES|RETURN) =$/
const HEAD = /(?:^|\n)[ \t]*(?:async |def |class )[^\n]*:$/
/** The end of a line after which a string is a statement of its own: below the head of a function, which may have several lines, or a field. */
const BEFORE_STATEMENT = /(?:[:\])}]|(?<!\b(?:return|yield|assert|and|or|in|not|if|else))(?<=\w))$/
const SHORTLY = 400

type Span = readonly [from: number, to: number]

let last: Uint8Array | undefined
let lastSpans: readonly Span[] = []

/**
 * Whether byte `at` of a chunk lies in a docstring of Python or in Rust's `mod tests`. Worked out once a chunk; not known of what follows on a
 * file's first chunk.
 */
export function isInExample({ bytes, offset, path = '' }: Chunk, at: number): boolean {
  const spansIn = /\.pyi?$/.test(path) ? docstrings : path.endsWith('.rs') ? testsOfRust : undefined
  if (offset > 0 || spansIn === undefined) return false
  if (bytes !== last) {
    last = bytes
    lastSpans = spansIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'))
  }
  return lastSpans.some(([from, to]) => from <= at && at < to)
}

/** Whether it documents code: in a docstring of Python, or on a line of a comment as JSDoc, Javadoc and the like have it. */
export const isInDocumentation = (place: Place, chunk: Chunk, at: number): boolean =>
  /\.pyi?$/.test(chunk.path ?? '')
    ? isInExample(chunk, at)
    : isProgram(chunk.path ?? '') &&
      /^\s*\*\s/.test(place.text.slice(place.text.lastIndexOf('\n', place.start) + 1, place.from))

function docstrings(text: string): Span[] {
  const spans: Span[] = []
  let open: { readonly quotes: string; readonly from: number; readonly documents: boolean } | undefined
  for (const { 0: quotes, index: from } of text.matchAll(QUOTES)) {
    if (open === undefined) open = { quotes, from, documents: isOpening(text, from) }
    else if (quotes === open.quotes) {
      if (open.documents) spans.push([open.from, from])
      open = undefined
    }
  }
  return spans
}

function testsOfRust(text: string): Span[] {
  const from = text.search(/#\[cfg\((?:all\()?test\b[^\n]{0,80}\n\s{0,8}(?:pub )?mod /)
  return from < 0 ? [] : [[from, text.length]]
}

/** Whether a string that begins there documents what it stands in, below or above. */
function isOpening(text: string, from: number): boolean {
  const before = text.slice(Math.max(0, from - SHORTLY), from).replace(/[rRuU]$/, '')
  const head = before.trimEnd()
  if (NAMED_DOCUMENT.test(head) || HEAD.test(head)) return true
  if (head.split('\n').every((line) => /^\s*(?:#|$)/.test(line))) return true
  return before.includes('\n', head.length) && BEFORE_STATEMENT.test(head)
}

/** "name: word word …" within one pair of quotes, none of which stands round the value itself. */
export function isInSentence({ text, from, to, start }: Place & { readonly to: number }): boolean {
  if (/["'`]/.test(text[from - 1] ?? '') || !/^ [a-z(]/i.test(text.slice(to, to + 2))) return false
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  return ['"', "'"].some((quote) => (before.match(new RegExp(`(?<!\\\\)${quote}`, 'g')) ?? []).length % 2 === 1)
}
