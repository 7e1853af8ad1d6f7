// Tokens in headers of requests that a variable gives: one header's value (AUTH_HEADER=Bearer …), or several headers with their names.
import { isReference } from './option-password.js'
import { isNamedSecret } from './secret-names.js'

const SCHEME = /^(?:Bearer|Basic|Token|ApiKey)(?:\s+|%20|\+)(?<value>[^\s"',;]{8,})$/i
/** name: value, or name=value as OpenTelemetry has it. */
const HEADER = /^["']?(?<name>[A-Za-z][\w-]*)["']?\s*[:=]\s*["']?(?<value>[^"']+?)["']?$/
const LONGEST = 4096

/** What says that `text` holds a token of a request's header; undefined: it holds none. */
export function headerToken(text: string): string | undefined {
  if (text.length > LONGEST) return undefined
  const headers = text.replace(/^\s*\{|\}\s*$/g, '').split(/[,;\n]/)
  return headers.map((each) => each.trim()).some(isToken) ? 'Holds a token of a request header' : undefined
}

function isToken(text: string): boolean {
  const { name = '', value = text } = HEADER.exec(text)?.groups ?? {}
  const token = SCHEME.exec(value)?.groups?.['value']
  if (token !== undefined) return !isReference(token) && (name === '' ? /\d/.test(token) : /authorization$/i.test(name))
  return /^(?:x-|.*-)/i.test(name) && isNamedSecret(name, value) && !isReference(value)
}
