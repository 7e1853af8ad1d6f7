// What may be shown of a found value, and how found values are taken out of names and instructions. Runs where the plain value is: in a worker.
import { shannonEntropy } from '../detect/entropy.js'
import { isGuessable } from './guessable.js'
import type { RedactedSecret } from './types.js'

export const MASK = '****'

const SHOWN_END = 4
/** Never fewer hidden characters than this. */
const HIDDEN_LEAST = 12

/** The redacted form of `value`. A guessable one gives "****" alone: length, entropy or an end would narrow a guess down to a few. */
export function redact(value: Uint8Array, options: { readonly showSecrets: boolean }): RedactedSecret {
  const plain = options.showSecrets ? { value: Buffer.from(value).toString('utf8') } : {}
  if (isGuessable(value)) return { shown: MASK, guessable: true, ...plain }
  return { shown: shownForm(value), guessable: false, length: value.length, entropy: entropy(value), ...plain }
}

function shownForm(value: Uint8Array): string {
  const text = Buffer.from(value).toString('latin1')
  const armour = /^-----BEGIN [A-Z0-9 ]{1,40}-----/.exec(text)
  if (armour !== null) return `${armour[0]}${MASK}`
  if (!/^[\x21-\x7e]+$/.test(text)) return MASK
  // A vendor's prefix ("sk_live_", "ghp_") is no part of the secret and tells people what it is.
  const prefix = /^(?:[A-Za-z]{2,8}[_-]){1,3}/.exec(text.slice(0, 16))?.[0] ?? text.slice(0, SHOWN_END)
  if (text.length - prefix.length - SHOWN_END < HIDDEN_LEAST) return MASK
  return `${prefix}${MASK}${text.slice(-SHOWN_END)}`
}

/** Shannon entropy in bits a byte, to one decimal. */
function entropy(value: Uint8Array): number {
  return Math.round(shannonEntropy(value) * 10) / 10
}

/** `text` with every occurrence of each of `values` (plain, in any order) shown as "****". */
export function maskValues(text: string, values: Iterable<string>): string {
  let masked = text
  // The longest first: a value that holds another must go as a whole.
  for (const value of [...values].sort((a, b) => b.length - a.length)) {
    if (value !== '' && value !== MASK) masked = masked.replaceAll(value, MASK)
  }
  return masked
}

/** Characters of a value that a masker knows it by; no distinctive value is shorter. */
const KNOWN_BY = 5

/**
 * maskValues() of `values` for many texts: the values are sorted out once, so that ten thousand of them in one file do not meet each of its
 * ten thousand names. Those of up to four characters do.
 */
export function createMasker(values: Iterable<string>): (text: string) => string {
  const byBeginning = new Map<string, string[]>()
  const short: string[] = []
  for (const value of new Set(values)) {
    if (value.length < KNOWN_BY) {
      short.push(value)
      continue
    }
    const beginning = value.slice(0, KNOWN_BY)
    const others = byBeginning.get(beginning)
    if (others === undefined) byBeginning.set(beginning, [value])
    else others.push(value)
  }
  return (text) => {
    const held = new Set(short.filter((value) => text.includes(value)))
    for (let at = 0; at + KNOWN_BY <= text.length; at++) {
      for (const value of byBeginning.get(text.slice(at, at + KNOWN_BY)) ?? []) {
        if (text.startsWith(value, at)) held.add(value)
      }
    }
    return held.size === 0 ? text : maskValues(text, held)
  }
}

/**
 * Whether a found value may be cut out of paths and keys wherever it stands. A plain word ("postgres") may not: a path with four stars
 * where everyone knows the folder's name would tell the password, and the name alone does not.
 */
export function isDistinctive(value: string): boolean {
  return value.length >= 16 || (value.length >= KNOWN_BY && /[^A-Za-z]/.test(value))
}
