// Characters and classes of RE2's syntax as JavaScript over Latin-1 writes them.

/** Classes that both write alike. */
export const PERL_CLASS = /^[dDwWsS]$/

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}
/** Unicode classes, as far as ASCII holds them; bytes above it belong to letters. */
const UNICODE: Readonly<Record<string, string>> = {
  L: 'A-Za-z\\x80-\\xff',
  Lu: 'A-Z',
  Ll: 'a-z',
  N: '0-9',
  Nd: '0-9',
  P: '!-#%-*,-\\/:;?@\\[-\\]_{}',
  Z: ' ',
  Zs: ' ',
}

const CONTROLS: Readonly<Record<string, number>> = { a: 7, t: 9, n: 10, v: 11, f: 12, r: 13 }

/** A byte as a pattern (or a class) may hold it. */
function byteSource(code: number, inClass: boolean): string {
  const character = String.fromCharCode(code)
  if (code < 0x20 || code > 0x7e) return `\\x${code.toString(16).padStart(2, '0')}`
  if (inClass) return /[\]\\^-]/.test(character) ? `\\${character}` : character
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character
}

/** A literal byte; with `fold` in both cases. */
export function foldedLiteral(code: number, fold: boolean): string {
  const character = String.fromCharCode(code)
  return fold && /[A-Za-z]/.test(character)
    ? `[${character.toLowerCase()}${character.toUpperCase()}]`
    : byteSource(code, false)
}

/** A character beyond ASCII as its bytes, in a group so that a repeat means all of them. */
export function utf8Bytes(point: number): string {
  const bytes = [...Buffer.from(String.fromCodePoint(point))]
  return `(?:${bytes.map((byte) => byteSource(byte, false)).join('')})`
}

export interface EscapedCharacter {
  readonly code: number
  /** Given as a Unicode character, not as a byte. */
  readonly wide: boolean
  /** Where the escape was a class: its members. */
  readonly set?: string
  readonly end: number
}

/** What stands at `at`, a backslash. @throws SyntaxError for what has no counterpart. */
export function escapedCharacter(source: string, at: number): EscapedCharacter {
  const rest = source.slice(at + 1, at + 40)
  const property = /^([pP])(?:\{(\^?)(\w+)\}|(\w))/.exec(rest)
  if (property !== null) {
    const name = property[3] ?? property[4] ?? ''
    const set = UNICODE[name]
    if (set === undefined || property[1] === 'P' || property[2] === '^')
      throw new SyntaxError(`"\\${property[0]}" cannot be translated`)
    return { code: 0, wide: false, set, end: at + 1 + property[0].length }
  }
  const hex = /^x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(rest)
  if (hex !== null) return numbered(Number.parseInt(hex[1] ?? hex[2] ?? '', 16), hex[0], at)
  const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest)
  if (octal !== null) return numbered(Number.parseInt(octal[0], 8), octal[0], at)
  const letter = rest.charAt(0)
  const control = CONTROLS[letter]
  if (control !== undefined) return { code: control, wide: false, end: at + 2 }
  if (letter === '' || /[A-Za-z1-9]/.test(letter)) throw new SyntaxError(`"\\${letter}" cannot be translated`)
  return { code: letter.charCodeAt(0), wide: false, end: at + 2 }
}

const numbered = (code: number, text: string, at: number): EscapedCharacter => ({
  code,
  wide: code > 0x7f,
  end: at + 1 + text.length,
})

/** The class that begins at `at`. */
export function characterClass(
  source: string,
  at: number,
  fold: boolean,
): { readonly source: string; readonly end: number } {
  let index = at + 1
  const negated = source[index] === '^'
  if (negated) index++
  let members = ''
  for (let first = true; first || source[index] !== ']'; first = false) {
    if (index >= source.length) throw new SyntaxError('a "[" without its "]"')
    const item = classItem(source, index)
    index = item.end
    if (item.set !== undefined) {
      members += item.set
      continue
    }
    const ranges = source[index] === '-' && source[index + 1] !== ']'
    const last = ranges ? classItem(source, index + 1) : item
    if (last.set !== undefined) throw new SyntaxError('a range ends in a class')
    if (ranges) index = last.end
    members += range(item.code, last.code) + (fold ? otherCases(item.code, last.code) : '')
  }
  return { source: `[${negated ? '^' : ''}${members}]`, end: index + 1 }
}

function range(from: number, to: number): string {
  if (to < from) throw new SyntaxError('a range is the wrong way round')
  // A character beyond ASCII is several bytes: any of them will do.
  const low = from > 0x7f ? 0x80 : from
  const high = to > 0x7f ? 0xff : to
  return low === high ? byteSource(low, true) : `${byteSource(low, true)}-${byteSource(high, true)}`
}

/** The letters of a range in their other case. */
function otherCases(from: number, to: number): string {
  let text = ''
  for (const [low, high, shift] of [
    [0x61, 0x7a, -32],
    [0x41, 0x5a, 32],
  ] as const) {
    const [first, last] = [Math.max(from, low), Math.min(to, high)]
    if (first <= last) text += range(first + shift, last + shift)
  }
  return text
}

interface ClassItem {
  readonly code: number
  readonly set?: string
  readonly end: number
}

function classItem(source: string, at: number): ClassItem {
  const named = /^\[:(\^?)(\w+):\]/.exec(source.slice(at, at + 14))
  if (named !== null) {
    const set = POSIX[named[2] ?? '']
    if (set === undefined || named[1] === '^') throw new SyntaxError(`"${named[0]}" cannot be translated`)
    return { code: 0, set, end: at + named[0].length }
  }
  if (source[at] !== '\\') {
    const code = source.codePointAt(at) ?? 0
    return { code, end: at + (code > 0xffff ? 2 : 1) }
  }
  const letter = source.charAt(at + 1)
  if (PERL_CLASS.test(letter)) return { code: 0, set: `\\${letter}`, end: at + 2 }
  return escapedCharacter(source, at)
}
