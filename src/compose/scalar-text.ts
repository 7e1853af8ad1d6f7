// Writes one string as a YAML scalar in the style around it, such that every YAML reader gives the same string back.
import { Scalar } from 'yaml'
import { resolvePlain } from './plain-scalar.js'

export type ScalarStyle = Scalar.Type | undefined

const PLAIN_SAFE = /^[A-Za-z0-9_./](?:[A-Za-z0-9_./@%+=~$(){} -]*[A-Za-z0-9_./@%+=~$()-])?$/
const FLOW_UNSAFE = /[{}[\],]/
const WORDS_OF_1_1 = /^(?:y|n|yes|no|on|off)$/i
const SEXAGESIMAL = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?$/

/** True where `text` unquoted is that string in YAML 1.1 and 1.2 alike. */
function plainSafe(text: string, flow: boolean): boolean {
  if (!PLAIN_SAFE.test(text) || (flow && FLOW_UNSAFE.test(text))) return false
  return (
    typeof resolvePlain(text).value === 'string' &&
    !/^\d{4}-\d/.test(text) &&
    !WORDS_OF_1_1.test(text) &&
    !SEXAGESIMAL.test(text)
  )
}

function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function singleQuotable(text: string): boolean {
  return !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text)
}

/** `text` as a scalar; quoted as `style` is where it can be, plain only where that is safe. */
export function scalarText(text: string, style: ScalarStyle, flow: boolean): string {
  if (style === Scalar.QUOTE_SINGLE && singleQuotable(text)) return `'${text.replaceAll("'", "''")}'`
  if (style === Scalar.QUOTE_DOUBLE || style === Scalar.QUOTE_SINGLE) return doubleQuoted(text)
  return plainSafe(text, flow) ? text : doubleQuoted(text)
}

/** Strings as a flow sequence on one line, all in double quotes. */
export function flowSequence(words: readonly string[]): string {
  return `[${words.map(doubleQuoted).join(', ')}]`
}

/** An item of a block sequence: options without quotes, too. */
function itemText(word: string): string {
  return /^--?[A-Za-z][\w-]*$/.test(word) ? word : scalarText(word, undefined, false)
}

/** The lines of `text`, of several, as a literal block, its header first; undefined where another reader could give another string back. */
export function literalBlock(text: string): readonly string[] | undefined {
  const body = text.replace(/\n$/, '')
  const isUnsafe =
    !body.includes('\n') ||
    /^[ \t\n]|\n$/.test(body) ||
    /^[ \t]+$/m.test(body) ||
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(body)
  return isUnsafe ? undefined : [body === text ? '|-' : '|', ...body.split('\n')]
}

/** true where one of the words is better read as lines. */
export const areOfLines = (words: readonly string[]): boolean => words.some((word) => literalBlock(word) !== undefined)

/** Strings as the items of a block sequence, one below the other, those of several lines as literal blocks. */
export function itemLines(words: readonly string[]): readonly string[] {
  return words.flatMap((word) => {
    const [header = itemText(word), ...lines] = literalBlock(word) ?? []
    return [`- ${header}`, ...lines.map((line) => (line === '' ? '' : `  ${line}`))]
  })
}
