// JSON that a stranger wrote: depth-limited, read through typed accessors, never merged into other objects. Not for our own files.
import { CorruptImageError } from '../support/errors.js'

/** Deepest nesting of arrays and objects that is read. */
const MAX_DEPTH = 64

export type JsonObject = Readonly<Record<string, unknown>>

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Whether the brackets in `bytes` nest deeper than `limit`; brackets inside strings do not count. */
function nestsDeeper(bytes: Uint8Array, limit: number): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (inString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > limit) return true
    } else if (byte === 0x7d || byte === 0x5d) depth--
  }
  return false
}

/**
 * The value of a JSON document in UTF-8 (a byte order mark is passed over). `what` names it in the error, e.g. "the image's config".
 * Throws CorruptImageError where it is no JSON or nests deeper than 64.
 */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  if (nestsDeeper(bytes, MAX_DEPTH)) {
    throw new CorruptImageError(`${capital(what)} nests deeper than ${MAX_DEPTH} levels.`, {
      hint: 'No builder writes such a document; treat this image as hostile.',
    })
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new CorruptImageError(`${capital(what)} is not valid JSON.`, { hint: 'Save or pull the image again.' })
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** `value` as an object; an empty one where it is something else. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The own property `key`; inherited names such as "constructor" are absent. */
export function property(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** `value` where it is a string that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The strings of an array; a single string counts as an array of one. */
export function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return arrayOf(value).filter((item) => typeof item === 'string')
}

/** The string values of an object, without a prototype, so that a key named "__proto__" is only a key. */
export function stringMapOf(value: unknown): Readonly<Record<string, string>> {
  const map: Record<string, string> = Object.create(null)
  for (const [key, item] of Object.entries(objectOf(value))) if (typeof item === 'string') map[key] = item
  return map
}
