// Makes Match records for file detectors: what is a value, what is only a reference to one, what is a well-known default.
import { isCutShort, isReference as namesAnother } from '../placeholder.js'
import type { Confidence, Match, Severity, Validity } from '../types.js'

export interface Found {
  readonly ruleId: string
  /** Byte offsets in the file, end exclusive: of the value or of the encoded text that holds it. */
  readonly start: number
  readonly end: number
  /** The plain value as latin1 text or bytes. */
  readonly value: string | Uint8Array
  readonly key?: string
  readonly confidence?: Confidence
  readonly severity?: Severity
  readonly decodedFrom?: readonly string[]
  readonly validity?: Validity
  readonly parts?: Match['parts']
}

/** A Match with the fields a file detector usually leaves as they are. */
export function fileMatch(found: Found): Match {
  const { value, confidence = 'high', decodedFrom = [], validity = 'unchecked', parts = [], ...rest } = found
  return {
    ...rest,
    value: typeof value === 'string' ? Buffer.from(value, 'latin1') : value,
    confidence,
    decodedFrom,
    validity,
    parts,
  }
}

/** What only such files hold: values encrypted in place, blanks of templates, Remmina's sign for a keyring; WordPress makes keys of its own for those left as they came. */
const ENCRYPTED_OR_BLANK =
  /^put your unique phrase here$|^password_here$|^(?:%\(|\*+$|!env_var\b|ENC\[|@@|__[A-Z_]+__$|\.$)/
/** What templates ask for by a name: `your-acme-api-key`, `REPLACE_ME`, and what says that there is nothing. */
const NOT_FILLED_IN =
  /^(?:<?your[-_ ][\w .-]{0,40}(?:key|token|secret|password|credentials?|here|id)>?|replace[-_ ]?(?:me|this|with[\w -]*)|(?:add|put|insert|enter|paste)[-_ ](?:your|the|a)?[-_ ]?[\w -]{0,30}here|x{8,}|none|null|nil|todo|tbd|n\/a)$/i
const DEFAULT =
  /^(?:change[_-]?(?:me|it|this)|(?:your[_-]?)?(?:pass(?:word|wd)?|secret|token)(?:[_-]?here)?|example|test(?:ing(?:123)?)?|x{3,7}|default|foobared|hackme|whatever|letmein|mypassword|cluecon|kamailior[wo]|opensipsr[wo]|abcdefgh|12345(?:6(?:78)?)?|q1|SW2Ycw(?:TIb9zpOOhoPsMm))$/i

/** true for an empty value and for text that stands for one: `${DB_PASSWORD}`, `{{ password }}`, `<password>`, `…`. */
export function isReference(value: string): boolean {
  return (
    value === '' ||
    namesAnother(value) ||
    isCutShort(value) ||
    ENCRYPTED_OR_BLANK.test(value) ||
    NOT_FILLED_IN.test(value)
  )
}

/** true for what everybody tries first ("changeme", "password"): still a password in a running container, but a low one. */
function isDefault(value: string): boolean {
  return DEFAULT.test(value)
}

/** The match for a password typed by a person, or none where it is only a reference. Defaults become severity low. */
export function passwordMatch(found: Found & { readonly value: string }): readonly Match[] {
  if (isReference(found.value)) return []
  return [fileMatch(isDefault(found.value) ? { ...found, severity: 'low' } : found)]
}

/** base64 `user:password` as in HTTP Basic: the password, or undefined where it is no such text. */
export function basicPassword(encoded: string): { user: string; password: string } | undefined {
  if (!/^[0-9A-Za-z+/]{4,}={0,2}$/.test(encoded)) return undefined
  const text = Buffer.from(encoded, 'base64').toString('latin1')
  const colon = text.indexOf(':')
  if (colon < 1 || /[\x00-\x08\x0e-\x1f]/.test(text)) return undefined
  const password = text.slice(colon + 1)
  return password === '' ? undefined : { user: text.slice(0, colon), password }
}
