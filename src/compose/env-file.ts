// Reads .env and env_file texts (the dotenv grammar of Docker Compose, and `format: raw`) with the place of every entry.

import type { SourceText } from '../support/source-text.js'
import { ComposeFileError } from './errors.js'
import { InterpolationError, interpolate, type Lookup } from './interpolate.js'

/** Offsets in UTF-16 units, `end` exclusive. */
interface TextRange {
  readonly start: number
  readonly end: number
}

export interface EnvEntry {
  readonly key: string
  readonly keyRange: TextRange
  /** The value as written, quotes included, comment and surrounding space left out. */
  readonly value: TextRange
  readonly quote: '' | '"' | "'"
  /** Quotes and escapes undone, variables still in it; undefined for `KEY` alone, whose value comes from the environment. */
  readonly template: string | undefined
  /** False for single quotes and `format: raw`: the template is the value. */
  readonly interpolated: boolean
  /** The lines of the entry, `export` and line end included. */
  readonly statement: TextRange
}

export type EnvFormat = 'dotenv' | 'raw'

const KEY_CHARACTER = /[\p{L}\p{N}_.[\]-]/u
const BLANK = /[\t\v\f\r \u0085\u00a0]/
const EXPORT = /export[\t\v\f\r \n]+/y
const ESCAPE = /\\(?:[abcfnrtv$"\\]|0\d{0,3})/g
const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['$', '$$'],
  ['"', '"'],
  ['\\', '\\'],
])

function octal(digits: string): string | undefined {
  const code = Number.parseInt(digits, 8)
  return /^[0-7]{3}$/.test(digits) && code <= 255 ? String.fromCharCode(code) : undefined
}

/** Double quotes: the escapes of a shell; `\$` becomes `$$`, which interpolation makes a dollar again. */
function undoEscapes(text: string): string {
  return text.replace(ESCAPE, (written) => {
    const letter = written.slice(1)
    return letter.startsWith('0') ? (octal(letter.slice(1)) ?? written) : (ESCAPED.get(letter) ?? written)
  })
}

function lineEnd(text: string, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline === -1 ? text.length : newline
}

function skip(text: string, at: number, pattern: RegExp): number {
  let next = at
  while (next < text.length && pattern.test(text[next] ?? '')) next++
  return next
}

/** Start of the next statement: blanks, empty lines and comment lines passed over. */
function statementStart(text: string, from: number): number {
  let at = skip(text, from, /\s/)
  while (text[at] === '#') at = skip(text, lineEnd(text, at), /\s/)
  return at
}

interface Key {
  readonly name: string
  readonly range: TextRange
  /** `KEY` alone on its line. */
  readonly inherited: boolean
  readonly next: number
}

function readKey(source: SourceText, from: number): Key {
  const { text } = source
  EXPORT.lastIndex = from
  const start = from + (EXPORT.exec(text)?.[0].length ?? 0)
  let at = start
  while (at < text.length && text[at] !== '=' && text[at] !== ':' && text[at] !== '\n') {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
    if (!KEY_CHARACTER.test(character) && !BLANK.test(character))
      throw badLine(source, at, 'an unexpected character in a variable name')
    at += character.length
  }
  const name = text.slice(start, at).trimEnd()
  if (/\s/.test(name)) throw badLine(source, start, 'a variable name cannot hold a space')
  const inherited = at >= text.length || text[at] === '\n'
  return { name, range: { start, end: start + name.length }, inherited, next: Math.min(at + 1, text.length) }
}

function badLine(source: SourceText, at: number, reason: string): ComposeFileError {
  return new ComposeFileError(reason, { file: source.file, line: source.position(at).line })
}

type Value = Pick<EnvEntry, 'value' | 'quote' | 'template' | 'interpolated'> & { readonly next: number }

function unquotedValue(text: string, start: number): Value {
  const end = lineEnd(text, start)
  const line = text.slice(start, end)
  const comment = line.indexOf(' #')
  const template = (comment === -1 ? line : line.slice(0, comment)).trimEnd()
  return {
    value: { start, end: start + template.length },
    quote: '',
    template,
    interpolated: true,
    next: Math.min(end + 1, text.length),
  }
}

function quotedValue(source: SourceText, start: number, quote: '"' | "'"): Value {
  const { text } = source
  let inner = ''
  let at = start + 1
  while (at < text.length && text[at] !== quote) {
    const escapedQuote = text[at] === '\\' && text[at + 1] === quote
    const pair = text[at] === '\\' && !escapedQuote
    inner += escapedQuote ? quote : text.slice(at, at + (pair ? 2 : 1))
    at += escapedQuote || pair ? 2 : 1
  }
  if (at >= text.length) throw badLine(source, start, 'a quoted value is not closed')
  const template = quote === '"' ? undoEscapes(inner) : inner
  return { value: { start, end: at + 1 }, quote, template, interpolated: quote === '"', next: at + 1 }
}

function readValue(source: SourceText, from: number): Value {
  const start = skip(source.text, from, BLANK)
  const first = source.text[start]
  return first === '"' || first === "'" ? quotedValue(source, start, first) : unquotedValue(source.text, start)
}

function wholeLines(text: string, start: number, last: number): TextRange {
  const end = lineEnd(text, last)
  const from = text.lastIndexOf('\n', start - 1) + 1
  return { start: from === 0 && text.startsWith('\ufeff') ? 1 : from, end: Math.min(end + 1, text.length) }
}

/** Entries of a dotenv text in order; throws ComposeFileError (file and line) where it breaks the grammar. */
export function parseEnvFile(source: SourceText): readonly EnvEntry[] {
  const { text } = source
  const entries: EnvEntry[] = []
  let at = statementStart(text, text.startsWith('\ufeff') ? 1 : 0)
  while (at < text.length) {
    const key = readKey(source, at)
    const nothing = {
      value: { start: key.range.end, end: key.range.end },
      quote: '',
      template: undefined,
      interpolated: false,
      next: key.next,
    } as const
    const { next, ...value } = key.inherited ? nothing : readValue(source, key.next)
    entries.push({ key: key.name, keyRange: key.range, ...value, statement: wholeLines(text, at, value.value.end) })
    at = statementStart(text, next)
  }
  return entries
}

/** Entries of a `format: raw` text: everything after `=` is the value, quotes and dollars too. */
export function parseRawEnvFile(source: SourceText): readonly EnvEntry[] {
  const { text } = source
  const entries: EnvEntry[] = []
  for (let at = text.startsWith('\ufeff') ? 1 : 0; at < text.length; at = lineEnd(text, at) + 1) {
    const start = skip(text, at, BLANK)
    const end = lineEnd(text, at)
    const line = text.slice(start, end).replace(/\r$/, '')
    if (line === '' || line.startsWith('#')) continue
    const equals = line.indexOf('=')
    const key = equals === -1 ? line.trimEnd() : line.slice(0, equals)
    if (key === '' || /\s/.test(key)) throw badLine(source, start, 'a variable name is empty or holds a space')
    const valueStart = equals === -1 ? start + key.length : start + equals + 1
    const template = equals === -1 ? undefined : line.slice(equals + 1)
    entries.push({
      key,
      keyRange: { start, end: start + key.length },
      value: { start: valueStart, end: valueStart + (template?.length ?? 0) },
      quote: '',
      template,
      interpolated: false,
      statement: wholeLines(text, start, valueStart),
    })
  }
  return entries
}

/** The value of one entry; undefined where it comes from an environment that lacks it. Throws ComposeFileError. */
export function entryValue(entry: EnvEntry, source: SourceText, lookup: Lookup): string | undefined {
  if (entry.template === undefined) return lookup(entry.key)
  if (!entry.interpolated) return entry.template
  try {
    return interpolate(entry.template, lookup).value
  } catch (error) {
    if (error instanceof InterpolationError)
      throw badLine(source, entry.keyRange.start, `${entry.key}: ${error.message}`)
    throw error
  }
}

/** Values of all entries, later ones over earlier; a variable is looked up in `lookup`, then in `before` and the entries above. */
export function envFileValues(
  entries: readonly EnvEntry[],
  source: SourceText,
  lookup: Lookup,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const values = new Map(before)
  for (const entry of entries) {
    const value = entryValue(
      entry,
      source,
      (name) => lookup(name) ?? (entry.template === undefined ? undefined : values.get(name)),
    )
    if (value !== undefined) values.set(entry.key, value)
  }
  return values
}
