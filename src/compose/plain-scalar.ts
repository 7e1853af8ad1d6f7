// What a plain YAML scalar means to Compose (go-yaml's resolver), and how Go prints it where a string is wanted (environment, labels).
// Not YAML 1.2's core schema: `0123` is octal, `1_000` a number, dates are timestamps.

export type ScalarValue = string | number | boolean | null

export interface ResolvedScalar {
  readonly value: ScalarValue
  /** The runtime value where Compose wants a string; empty for null. */
  readonly text: string
}

const WORDS: ReadonlyMap<string, ScalarValue> = new Map<string, ScalarValue>([
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
])
const INFINITE = /^([-+]?)\.(?:inf|Inf|INF)$/
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const DATE =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:([Tt ])(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?(Z|[-+]\d{2}:\d{2})?)?$/

/** Go's `%v` of a float64: the shortest digits; with an exponent of at least two digits below 1e-4 and from 1e6 up. */
function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const [mantissa = '0', power = '0'] = value.toExponential().split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 6) return String(value)
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function integer(text: string): bigint | undefined {
  const match = INTEGER.exec(text)
  const digits = match?.[2]
  if (digits === undefined) return undefined
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits
  const value = BigInt(octal)
  const signed = match?.[1] === '-' ? -value : value
  const fits = signed >= -(2n ** 63n) && signed < 2n ** 64n && !(match?.[1] !== '' && signed >= 2n ** 63n)
  return fits ? signed : undefined
}

function timestamp(text: string): string | undefined {
  const match = DATE.exec(text)
  if (match === null) return undefined
  const [, year = '', month = '', day = '', separator, hour = '0', minute = '0', second = '0', fraction = '', zone] =
    match
  const zoned = separator === 'T' || separator === 't'
  if (separator !== undefined && zoned !== (zone !== undefined)) return undefined
  const date = new Date(
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)),
  )
  if (
    date.getUTCMonth() !== Number(month) - 1 ||
    date.getUTCDate() !== Number(day) ||
    Number(hour) > 23 ||
    Number(minute) > 59
  )
    return undefined
  const two = (part: string) => part.padStart(2, '0')
  const rest = fraction.replace(/0+$/, '')
  const offset = zone === undefined || zone === 'Z' ? '+0000 UTC' : `${zone.replace(':', '')} ${zone.replace(':', '')}`
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${rest === '' ? '' : `.${rest}`} ${offset}`
}

function number(text: string): ResolvedScalar | undefined {
  const infinite = INFINITE.exec(text)
  if (infinite !== null) return float(infinite[1] === '-' ? -Infinity : Infinity)
  if (NOT_A_NUMBER.test(text)) return float(Number.NaN)
  if (text === '-0' || text === '-0.0') return float(-0)
  const digits = text.replaceAll('_', '')
  const whole = /^[-+\d]/.test(text) ? integer(digits) : undefined
  if (whole !== undefined) return { value: Number(whole), text: String(whole) }
  return FLOAT.test(/^[-+\d]/.test(text) ? digits : text) && Number.isFinite(Number(digits))
    ? float(Number(digits))
    : undefined
}

function float(value: number): ResolvedScalar {
  return { value, text: goFloat(value) }
}

/** Resolves a plain scalar's text as `docker compose` does; everything that is no null, boolean, number or date is a string. */
export function resolvePlain(text: string): ResolvedScalar {
  const word = WORDS.get(text)
  if (word !== undefined) return { value: word, text: word === null ? '' : String(word) }
  const date = timestamp(text)
  if (date !== undefined) return { value: date, text: date }
  return number(text) ?? { value: text, text }
}

/** A string scalar: quoted, block or tagged `!!str`. */
export function stringScalar(text: string): ResolvedScalar {
  return { value: text, text }
}
