// RE2's syntax, as gitleaks writes its patterns in, to the JavaScript syntax that rules use (https://github.com/google/re2/wiki/Syntax).
// Text is bytes here: what RE2 says of Unicode is said of Latin-1, or refused.
import { secretGroupName } from '../secret-group.js'
import { characterClass, escapedCharacter, foldedLiteral, PERL_CLASS, utf8Bytes } from './re2-classes.js'

export interface TranslatedPattern {
  /** With groups "secret", "secret2" …, the first of which that takes part in a match holds the value. */
  readonly source: string
  /** "i" where the whole pattern is without regard to case; else such parts are spelled out. */
  readonly flags: '' | 'i'
}

export interface TranslateOptions {
  /** The group that holds the secret, from 1; undefined: the first that is not empty, or the whole match. */
  readonly secretGroup?: number
  /** Spell out both cases instead of giving the flag "i". */
  readonly spelled?: boolean
}

interface Flags {
  readonly fold: boolean
  readonly dotAll: boolean
}

interface Reader {
  readonly source: string
  readonly wholeFold: boolean
  readonly secretGroup: number | undefined
  at: number
  /** Groups that capture; `sure`: every match takes it. */
  groups: { sure: boolean }[]
}

/** @throws SyntaxError for what cannot be said in JavaScript, or is no pattern. */
export function translatePattern(source: string, options: TranslateOptions = {}): TranslatedPattern {
  const wholeFold = options.spelled !== true && /^\(\?i\)/.test(source) && !/\(\?[a-z]*-[a-z]*i/.test(source)
  const { secretGroup } = options
  const reader: Reader = { source, wholeFold, secretGroup, at: 0, groups: [] }
  const body = alternatives(reader, { fold: false, dotAll: false }, true)
  if (reader.at < source.length) throw new SyntaxError('a ")" without its "("')
  const { groups } = reader
  if (secretGroup !== undefined && secretGroup > groups.length)
    throw new SyntaxError(`there is no group ${secretGroup}`)
  const isHeld = secretGroup !== undefined || groups.some(({ sure }) => sure)
  const pattern = isHeld ? body : `(?<${secretGroupName(groups.length + 1)}>${body})`
  new RegExp(pattern)
  return { source: pattern, flags: wholeFold ? 'i' : '' }
}

function alternatives(reader: Reader, outer: Flags, sure: boolean): string {
  const options: string[] = []
  const first = reader.groups.length
  let flags = outer
  for (;;) {
    const read = sequence(reader, flags, sure)
    options.push(read.source)
    // A flag that is set in one alternative holds in those after it.
    flags = read.flags
    if (reader.source[reader.at] !== '|') break
    reader.at++
  }
  if (options.length > 1) for (const group of reader.groups.slice(first)) group.sure = false
  return options.join('|')
}

function sequence(reader: Reader, outer: Flags, sure: boolean): { readonly source: string; readonly flags: Flags } {
  let flags = outer
  let text = ''
  while (reader.at < reader.source.length && !/[|)]/.test(reader.source.charAt(reader.at))) {
    const switched = /^\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?\)/.exec(reader.source.slice(reader.at, reader.at + 12))
    if (switched !== null) {
      reader.at += switched[0].length
      flags = withFlags(flags, switched[1] ?? '', switched[2] ?? '')
      continue
    }
    const groups = reader.groups.length
    const item = atom(reader, flags, sure)
    const repeat = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(reader.source.slice(reader.at, reader.at + 14))?.[0] ?? ''
    reader.at += repeat.length
    if (/^(?:[*?]|\{0)/.test(repeat)) for (const group of reader.groups.slice(groups)) group.sure = false
    text += item + repeat
  }
  return { source: text, flags }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  if (/[^ism]/.test(on + off)) throw new SyntaxError(`the flag "${/[^ism]/.exec(on + off)?.[0]}" cannot be translated`)
  const now = (letter: string, before: boolean) => (on.includes(letter) || before) && !off.includes(letter)
  return { fold: now('i', flags.fold), dotAll: now('s', flags.dotAll) }
}

function atom(reader: Reader, flags: Flags, sure: boolean): string {
  const { source } = reader
  const character = source.charAt(reader.at)
  if (character === '(') return group(reader, flags, sure)
  const fold = flags.fold && !reader.wholeFold
  if (character === '[') {
    const read = characterClass(source, reader.at, fold)
    reader.at = read.end
    return read.source
  }
  if (character === '\\') return escaped(reader, fold)
  reader.at++
  if (character === '.') return flags.dotAll ? '[\\s\\S]' : '.'
  if (character === '^' || character === '$') return character
  if (/[*+?]/.test(character)) throw new SyntaxError(`nothing for "${character}" to repeat`)
  return literal(reader, character, fold)
}

/** One character of the pattern's text, which may be several bytes. */
function literal(reader: Reader, first: string, fold: boolean): string {
  if (first.charCodeAt(0) < 0x80) return foldedLiteral(first.charCodeAt(0), fold)
  const point = reader.source.codePointAt(reader.at - 1) ?? 0
  if (point > 0xffff) reader.at++
  return utf8Bytes(point)
}

function group(reader: Reader, flags: Flags, sure: boolean): string {
  const opening = /^\((?:\?(?:P?<([A-Za-z_]\w*)>|([a-zA-Z]*)(?:-([a-zA-Z]+))?:))?/.exec(reader.source.slice(reader.at))
  if (opening === null || reader.source.startsWith('(?', reader.at) !== opening[0].startsWith('(?'))
    throw new SyntaxError(`"${reader.source.slice(reader.at, reader.at + 4)}" cannot be translated`)
  reader.at += opening[0].length
  const captures = opening[2] === undefined
  if (captures) reader.groups.push({ sure })
  const name = captures ? nameOf(reader) : undefined
  const inner = captures ? flags : withFlags(flags, opening[2] ?? '', opening[3] ?? '')
  const body = alternatives(reader, inner, sure)
  if (reader.source[reader.at] !== ')') throw new SyntaxError('a "(" without its ")"')
  reader.at++
  return `${name === undefined ? '(?:' : `(?<${name}>`}${body})`
}

/** The name of the group that has just begun, or undefined where it holds no secret. */
function nameOf({ groups, secretGroup }: Reader): string | undefined {
  if (secretGroup === undefined) return secretGroupName(groups.length)
  return groups.length === secretGroup ? secretGroupName(1) : undefined
}

function escaped(reader: Reader, fold: boolean): string {
  const { source } = reader
  const letter = source.charAt(reader.at + 1)
  if (letter === 'Q') return quoted(reader, fold)
  const simple = { A: '(?<![\\s\\S])', z: '(?![\\s\\S])', b: '\\b', B: '\\B' }[letter]
  if (simple !== undefined || PERL_CLASS.test(letter)) {
    reader.at += 2
    return simple ?? `\\${letter}`
  }
  const read = escapedCharacter(source, reader.at)
  reader.at = read.end
  if (read.set !== undefined) return `[${read.set}]`
  return read.code < 0x80
    ? foldedLiteral(read.code, fold)
    : read.wide
      ? utf8Bytes(read.code)
      : foldedLiteral(read.code, false)
}

/** \Q…\E: the characters as they are. */
function quoted(reader: Reader, fold: boolean): string {
  const start = reader.at + 2
  const stop = reader.source.indexOf('\\E', start)
  const end = stop < 0 ? reader.source.length : stop
  reader.at = stop < 0 ? end : end + 2
  return [...reader.source.slice(start, end)].map((character) => foldedLiteral(character.charCodeAt(0), fold)).join('')
}
