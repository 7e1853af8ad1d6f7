// A new random value of letters and digits: nothing that a URL, a shell or a YAML file would have to quote.
import { randomInt } from 'node:crypto'
import { Secret } from '../../support/secret.js'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** 95 bits. */
export const MIN_GENERATED = 16
export const MAX_GENERATED = 4096

/** `length` characters, each drawn evenly from 62. */
export function generateValue(length: number): Secret {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at++) bytes[at] = ALPHABET.charCodeAt(randomInt(ALPHABET.length))
  const value = Secret.of(bytes)
  bytes.fill(0)
  return value
}
