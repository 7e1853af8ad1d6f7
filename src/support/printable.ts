// Names from images are a stranger's text: made safe for terminals, logs and reports here.
import { withoutLogins } from './logins.js'

const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** `text` with control, bidirectional and zero-width characters and lone surrogates shown as escapes (`\x1b`, `\u202e`). */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0)
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** A name or address for people: visible, and without the login that an address may have. */
export function printable(text: string): string {
  return visible(withoutLogins(text))
}

/** `text` cut to at most `limit` UTF-16 units, with an ellipsis where something was left out. */
export function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, Math.max(0, limit - 1))}…`
}
