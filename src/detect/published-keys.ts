// Private keys that public packages ship for their tests and examples: everyone has them, so they are nobody's secret. Known by a digest.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { asset } from '../support/package-root.js'

/** Characters of base64 below which a text is no whole key. */
const SHORTEST = 60

/** The text of a key in PEM, or the private part of one of PuTTY's. */
const KEY_TEXT = /-----BEGIN [^-]+-----((?:(?!-----)[\s\S])+)|Private-Lines: \d+((?:(?!Private-)[\s\S])+)/

/**
 * What a key in PEM or PuTTY's form is known by: the first 128 bits, in hexadecimal, of the SHA-256 of its base64, however the lines
 * are broken or escaped. Undefined where there is no key in it. Keys cannot be guessed, so that their digest tells nothing.
 */
export function publishedKeyId(pem: string): string | undefined {
  const body = KEY_TEXT.exec(pem)?.slice(1).join('')
  const base64 = body
    ?.replace(/\\[nrt]/g, '\n')
    .replace(/^[ \t]{0,40}[A-Za-z-]{1,40}: .*$/gm, '')
    .replace(/[^A-Za-z0-9+/=]/g, '')
  if (base64 === undefined || base64.length < SHORTEST) return undefined
  return createHash('sha256').update(base64).digest('hex').slice(0, 32)
}

let known: Readonly<Record<string, string>> | undefined

/** The package that publishes this private key in PEM or PuTTY's form, if it is such a one. */
export function publisherOf(pem: string): string | undefined {
  if (!/^(?:-----BEGIN |PuTTY-User-Key-File-)/.test(pem)) return undefined
  known ??= JSON.parse(readFileSync(asset('published-keys.json'), 'utf8')) as Readonly<Record<string, string>>
  const id = publishedKeyId(pem)
  return id === undefined ? undefined : known[id]
}
