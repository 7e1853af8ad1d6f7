// The stable name of a finding: the same on every machine and after a rebuild, so that a baseline can be committed. Not a hash of bytes.
import { createHash, createHmac } from 'node:crypto'
import type { Place } from './types.js'

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
const LENGTH = 26

/** Base32 of RFC 4648, lower case, without padding. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let pending = 0
  for (const byte of bytes) {
    pending = (pending << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32[(pending >>> bits) & 31]
    }
    pending &= (1 << bits) - 1
  }
  if (bits > 0) text += BASE32[(pending << (5 - bits)) & 31]
  return text
}

/**
 * "v1:" and the first 26 characters of base32(SHA-256(JSON of [ruleId, kind, path, inside, service, key, tag])); what a place lacks is
 * null, `inside` is []. The path is pathBase64 where the name is not UTF-8. Layer, digest, line and index are left out on purpose.
 *
 * `tag`: an unguessable value's valueTag; for a guessable one its ordinal ("#1"), or in a history line without a key the instruction
 * with every found value cut out. Place and tag must hold no plain value: the hash of a weak password would confirm a guess.
 */
export function fingerprint(ruleId: string, place: Place, tag: string): string {
  const path = 'path' in place ? (('pathBase64' in place ? place.pathBase64 : undefined) ?? place.path) : null
  const inside = 'inside' in place ? (place.inside ?? []) : []
  const service = 'service' in place ? (place.service ?? null) : null
  const parts = [ruleId, place.kind, path, inside, service, place.key ?? null, tag]
  return `v1:${base32(createHash('sha256').update(JSON.stringify(parts), 'utf8').digest()).slice(0, LENGTH)}`
}

/** The first 16 hex digits of the value's SHA-256; for unguessable values only. */
export function valueTag(value: Uint8Array): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 16)
}

/** HMAC-SHA-256 of the value in hex, for any value: nobody without the key can confirm a guess by it. */
export function valueHmac(key: Uint8Array, value: Uint8Array): string {
  return createHmac('sha256', key).update(value).digest('hex')
}
