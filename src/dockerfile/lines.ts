// Splits a Dockerfile into logical lines: continuations joined, comments inside dropped, every character with its place.
// Follows BuildKit's line reader (Dockerfile reference, "Format", "Parser directives").
import type { Directive } from './types.js'

export interface LogicalLine {
  readonly text: string
  /** Offset in the source of each character of `text`, and of its end. */
  readonly offsets: readonly number[]
  /** Offset of the first physical line. */
  readonly start: number
  /** Offset after the last physical line, its line end included. */
  readonly next: number
}

export type Escape = '\\' | '`'

export interface Reader {
  readonly text: string
  escape: Escape
  readonly directives: Directive[]
  /** Parser directives end with the first line that is none. */
  inDirectives: boolean
  at: number
  line: number
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/
const NAMES: readonly string[] = ['syntax', 'escape', 'check']

export function lineReader(text: string): Reader {
  return { text, escape: '\\', directives: [], inDirectives: true, at: text.startsWith('\ufeff') ? 1 : 0, line: 1 }
}

interface PhysicalLine {
  readonly start: number
  /** Before the line end. */
  readonly end: number
  readonly next: number
  readonly number: number
}

function isDirectiveName(name: string): name is Directive['name'] {
  return NAMES.includes(name)
}

/** Takes the next physical line; undefined at the end. */
export function takeLine(reader: Reader): PhysicalLine | undefined {
  const { text, at: start } = reader
  if (start >= text.length) return undefined
  const newline = text.indexOf('\n', start)
  const next = newline === -1 ? text.length : newline + 1
  let end = newline === -1 ? text.length : newline
  while (end > start && text[end - 1] === '\r') end--
  reader.at = next
  reader.line++
  return { start, end, next, number: reader.line - 1 }
}

function readDirective(reader: Reader, line: PhysicalLine): void {
  const match = DIRECTIVE.exec(reader.text.slice(line.start, line.end).trimStart())
  const name = match?.[1]?.toLowerCase() ?? ''
  const value = match?.[2] ?? ''
  if (!isDirectiveName(name)) {
    reader.inDirectives = false
    return
  }
  reader.directives.push({ name, value, line: line.number })
  if (name === 'escape' && (value === '`' || value === '\\')) reader.escape = value
}

/** End of the line's content where it is continued on the next; undefined where it is not. A doubled escape character does not continue. */
function continuedAt(reader: Reader, line: PhysicalLine, from: number): number | undefined {
  let end = line.end
  while (end > from && /[ \t]/.test(reader.text[end - 1] ?? '')) end--
  if (end <= from || reader.text[end - 1] !== reader.escape) return undefined
  return end - 1 > line.start && reader.text[end - 2] === reader.escape ? undefined : end - 1
}

function isComment(text: string): boolean {
  return text.trimStart().startsWith('#')
}

interface Joined {
  text: string
  readonly offsets: number[]
}

function append(joined: Joined, reader: Reader, start: number, end: number): void {
  joined.text += reader.text.slice(start, end)
  for (let at = start; at < end; at++) joined.offsets.push(at)
}

/** Appends the lines that continue a first one; gives back the last line taken. */
function joinContinuations(reader: Reader, joined: Joined, first: PhysicalLine): PhysicalLine {
  let last = first
  for (let open = true; open; ) {
    const line = takeLine(reader)
    if (line === undefined) break
    last = line
    const content = reader.text.slice(line.start, line.end)
    if (isComment(content) || content.trim() === '') continue
    const continued = continuedAt(reader, line, line.start)
    append(joined, reader, line.start, continued ?? line.end)
    open = continued !== undefined
  }
  return last
}

/** The next logical line that is no comment and not blank; undefined at the end. */
export function takeLogicalLine(reader: Reader): LogicalLine | undefined {
  for (let line = takeLine(reader); line !== undefined; line = takeLine(reader)) {
    const content = reader.text.slice(line.start, line.end)
    if (reader.inDirectives) readDirective(reader, line)
    if (isComment(content) || content.trim() === '') continue
    const from = line.start + (content.length - content.trimStart().length)
    const joined: Joined = { text: '', offsets: [] }
    const continued = continuedAt(reader, line, from)
    append(joined, reader, from, continued ?? line.end)
    const last = continued === undefined ? line : joinContinuations(reader, joined, line)
    joined.offsets.push((joined.offsets.at(-1) ?? from - 1) + 1)
    if (joined.text.trim() !== '')
      return { text: joined.text, offsets: joined.offsets, start: line.start, next: last.next }
  }
  return undefined
}
