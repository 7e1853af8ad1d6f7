// What the name of a value says of it, wherever names and values are kept apart: a session, a digest or a salt is of no use to who reads it, and
// there is one for each user. Such a value stands without its name, so that only what has a form of its own is found in it.

/** What holds a value for each visit, or the texts that a program shows. */
const PASSING =
  /(?:^|_)(?:sess|sessions?|cookies?|csrf|xsrf|nonces?|captchas?|strings|translations?|i18n|l10n|locales?|labels)(?:_(?!secret)|$)|(?:^|_)auth_?tokens?$/
/** Columns of what is derived from a secret, or made to be sent along. */
const DERIVED =
  /(?:^|_)(?:hash(?:ed|es)?|digest|checksum|salt|sha\d*|md5|csrf|xsrf|nonce|session|sess|fingerprint|signature|etag|last_?(?:four|eight))(?:_(?!secret)|$)/
const PASSWORD = /pass|pwd/
export const ANY_VALUE = /^/
/** Bytes of a digest in hexadecimal digits. */
const LONGEST_DIGEST = 300
/** No password, but made of one. */
const DIGEST = /^[0-9a-f]{32,300}$/i
/** The same of a token: 32 or 40 digits may be what somebody drew. */
const LONG_DIGEST = /^[0-9a-f]{56,300}$/i

/** `settingKey` and `setting-key` as `setting_key`. */
export const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^\w]+/g, '_')
    .toLowerCase()

/** Whether all that a table or key of this name (in snake case) holds stands without names. */
export const isPassing = (name: string): boolean => PASSING.test(name)

/** The values that stand without the name (in snake case). A setting that looks like a digest is a key that somebody made; beside a salt stands no password. */
export function bareValues(name: string, isSetting: boolean, isSalted: boolean): RegExp | undefined {
  if (DERIVED.test(name) || (isSalted && PASSWORD.test(name))) return ANY_VALUE
  if (isSetting) return undefined
  return PASSWORD.test(name) ? DIGEST : LONG_DIGEST
}

/** Whether the value, or the beginning of one that is longer than a digest, is of the pattern. */
export const beginsAs = (pattern: RegExp, value: Buffer): boolean =>
  pattern.test(value.subarray(0, LONGEST_DIGEST + 1).toString('latin1'))

/** Names that differ by their numbers alone as one. */
export const alike = (name: string): string => name.replace(/\d+/g, '0')
