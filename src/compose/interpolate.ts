// Compose's interpolation of `$VAR` and `${VAR…}` (compose-spec 12-interpolation.md). One template in, its value and the variables it names out.

export type Lookup = (name: string) => string | undefined

/** Why a template has no value. The message names variables only. */
export class InterpolationError extends Error {
  /** What the user can do next. */
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

const SET_IT = 'Set it in the shell or in .env, or name the file that the project is started with: --env-file FILE.'

export interface Interpolated {
  readonly value: string
  /** Names in order of appearance, those of defaults too, each once. */
  readonly variables: readonly string[]
}

const NAME = /[_a-zA-Z][_a-zA-Z0-9]*/y
const OPERATOR = /:?[-?+]/y
const MAX_DEPTH = 64

/**
 * A piece of a template and how it is written; `operand` holds the parsed right-hand side of an operator, `malformed` what is wrong with one
 * that cannot be parsed: Compose says so only where it needs it.
 */
type Piece =
  | { readonly kind: 'text'; readonly written: string; readonly text: string }
  | {
      readonly kind: 'variable'
      readonly written: string
      readonly name: string
      readonly operator: string
      readonly operand: readonly Piece[]
      readonly malformed?: InterpolationError
    }

/** A part of a template as it is written, with its value: text (dollars doubled), or one reference. */
export interface WrittenPart {
  readonly written: string
  readonly value: string
  readonly isReference: boolean
  /** The parts between `before` and `after` that a reference takes its value from: `${X:-…}` where X is not set. */
  readonly operand?: { readonly before: string; readonly parts: readonly WrittenPart[]; readonly after: string }
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** Offset of the `}` that closes the `{` at `open`, other braces counted; undefined where there is none on the line. */
function closingBrace(text: string, open: number): number | undefined {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const character = text[at]
    if (character === '\n') return undefined
    if (character === '{') depth++
    if (character === '}' && --depth === 0) return at
  }
  return undefined
}

function braced(text: string, dollar: number, depth: number): { piece: Piece; end: number } {
  const end = closingBrace(text, dollar + 1) ?? lastBraceOfLine(text, dollar)
  const name = matchAt(NAME, text, dollar + 2)
  if (end === undefined || name === undefined)
    throw new InterpolationError('invalid interpolation format; write $$ for a $')
  const afterName = dollar + 2 + name.length
  const written = text.slice(dollar, end + 1)
  if (afterName === end) return { piece: { kind: 'variable', written, name, operator: '', operand: [] }, end: end + 1 }
  const operator = matchAt(OPERATOR, text, afterName)
  if (operator === undefined)
    throw new InterpolationError(`invalid interpolation format after ${name}; write $$ for a $`)
  const operand = operandOf(text.slice(afterName + operator.length, end), depth + 1)
  return { piece: { kind: 'variable', written, name, operator, ...operand }, end: end + 1 }
}

function operandOf(text: string, depth: number): { operand: readonly Piece[]; malformed?: InterpolationError } {
  try {
    return { operand: pieces(text, depth) }
  } catch (error) {
    if (error instanceof InterpolationError) return { operand: [], malformed: error }
    throw error
  }
}

/** Braces that do not pair up: Compose then takes the last one of the line. */
function lastBraceOfLine(text: string, from: number): number | undefined {
  const lineEnd = text.indexOf('\n', from)
  const at = text.lastIndexOf('}', lineEnd === -1 ? text.length : lineEnd)
  return at > from ? at : undefined
}

function pieces(text: string, depth: number): Piece[] {
  if (depth > MAX_DEPTH) throw new InterpolationError('interpolation is nested too deeply')
  const found: Piece[] = []
  let plain = ''
  let from = 0
  const flush = (at: number) => {
    if (plain !== '') found.push({ kind: 'text', written: text.slice(from, at), text: plain })
    plain = ''
  }
  for (let at = 0; at < text.length; ) {
    const next = text[at + 1]
    const name = text[at] === '$' ? matchAt(NAME, text, at + 1) : undefined
    if (text[at] === '$' && next === '$') {
      plain += '$'
      at += 2
    } else if (text[at] === '$' && next === '{') {
      flush(at)
      const { piece, end } = braced(text, at, depth)
      found.push(piece)
      at = end
      from = end
    } else if (name !== undefined) {
      flush(at)
      found.push({ kind: 'variable', written: `$${name}`, name, operator: '', operand: [] })
      at += 1 + name.length
      from = at
    } else {
      plain += text[at]
      at++
    }
  }
  flush(text.length)
  return found
}

const isPresent = ({ operator }: { readonly operator: string }, value: string | undefined): value is string =>
  value !== undefined && !(operator.startsWith(':') && value === '')

function pieceValue(piece: Piece, lookup: Lookup): string {
  if (piece.kind === 'text') return piece.text
  const value = lookup(piece.name)
  const present = isPresent(piece, value)
  const operand = () => {
    if (piece.malformed !== undefined) throw piece.malformed
    return piece.operand.map((part) => pieceValue(part, lookup)).join('')
  }
  switch (piece.operator.at(-1)) {
    case '-':
      return present ? value : operand()
    case '+':
      return present ? operand() : (value ?? '')
    case '?':
      if (!present) throw new InterpolationError(`required variable ${piece.name} is missing a value`, SET_IT)
      return value
    default:
      return value ?? ''
  }
}

function* names(parts: readonly Piece[]): Generator<string> {
  for (const part of parts) {
    if (part.kind !== 'variable') continue
    yield part.name
    yield* names(part.operand)
  }
}

/** Substitutes variables in `template`; an unset one without a default is empty. Throws InterpolationError. */
export function interpolate(template: string, lookup: Lookup): Interpolated {
  if (!template.includes('$')) return { value: template, variables: [] }
  const parts = pieces(template, 0)
  return { value: parts.map((part) => pieceValue(part, lookup)).join(''), variables: [...new Set(names(parts))] }
}

/** The variables that `template` names; empty where it is malformed. */
export function templateVariables(template: string): readonly string[] {
  try {
    return [...new Set(names(pieces(template, 0)))]
  } catch {
    return []
  }
}

/** `template` in its parts, in order; throws InterpolationError. */
export function writtenParts(template: string, lookup: Lookup): readonly WrittenPart[] {
  return pieces(template, 0).map((piece) => writtenPart(piece, lookup))
}

function writtenPart(piece: Piece, lookup: Lookup): WrittenPart {
  const { written } = piece
  const value = pieceValue(piece, lookup)
  if (piece.kind === 'text') return { written, value, isReference: false }
  const present = isPresent(piece, lookup(piece.name))
  const takesOperand = piece.operator.endsWith('-') ? !present : piece.operator.endsWith('+') && present
  if (!takesOperand) return { written, value, isReference: true }
  const before = written.slice(0, 2 + piece.name.length + piece.operator.length)
  const parts = piece.operand.map((each) => writtenPart(each, lookup))
  return { written, value, isReference: true, operand: { before, parts, after: '}' } }
}
