// Vault's fields are JSON strings: a value that is no UTF-8 text goes in as base64 with a mark beside it.
import { isUtf8 } from 'node:buffer'
import { Secret } from '../../support/secret.js'

const FIELD = 'value'
const MARK = 'encoding'

export function encodeValue(value: Secret): Readonly<Record<string, string>> {
  const bytes = Buffer.from(value.reveal())
  return isUtf8(bytes) ? { [FIELD]: bytes.toString('utf8') } : { [FIELD]: bytes.toString('base64'), [MARK]: 'base64' }
}

/** undefined where the fields hold no value of this tool's form. */
export function decodeValue(fields: Readonly<Record<string, string>>): Secret | undefined {
  const text = fields[FIELD]
  return text === undefined ? undefined : Secret.of(Buffer.from(text, fields[MARK] === 'base64' ? 'base64' : 'utf8'))
}
