// Strangers' texts as PostgreSQL can hold them: its text has no NUL, its JSON neither that nor half of a surrogate pair. One place, where
// parameters are bound. What is hashed (fingerprints, digests) has been hashed before.
import type { Parameter } from './database.js'

/** NUL, and surrogates without their other half. */
const UNSTORABLE = /[\0\p{Surrogate}]/gu
const HAS_UNSTORABLE = /[\0\p{Surrogate}]/u
/** The same as JSON.stringify writes them; pairs and other escapes are taken whole, so that none is begun in the middle of another. */
const JSON_ESCAPE =
  /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2}))|\\./g
const IS_JSON = /^\s*[[{"]/

const REPLACEMENT = '\ufffd'

/** `value` with U+FFFD in place of what PostgreSQL refuses, in lists and in JSON too; bytes stay as they are. */
export function storable(value: Parameter): Parameter {
  if (typeof value === 'string') return storableText(value)
  if (!Array.isArray(value)) return value
  return value.map((entry: string | number) => (typeof entry === 'string' ? storableText(entry) : entry))
}

function storableText(text: string): string {
  const whole = HAS_UNSTORABLE.test(text) ? text.replace(UNSTORABLE, REPLACEMENT) : text
  if (!whole.includes('\\u') || !IS_JSON.test(whole)) return whole
  return whole.replace(JSON_ESCAPE, (found: string, refused?: string) => (refused === undefined ? found : REPLACEMENT))
}

/** A date that a stranger's configuration tells; null where it is none, or none of these centuries. */
export function storableDate(text: string | undefined): string | null {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  const isSane = time >= 0 && time < Date.UTC(9999, 0)
  return isSane ? new Date(time).toISOString() : null
}
