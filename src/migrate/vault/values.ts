// Vault's fields are JSON strings: a value that is no UTF-8 text goes in as base64 with a mark beside it.
import { isUtf8 } from 'node:buffer'
import { StoreError } from '../../support/errors.js'
import { Secret } from '../../support/secret.js'
import type { Tree } from '../../support/tree.js'

/** The key that this tool keeps a value under. */
export const VALUE_FIELD = 'value'
/** Bytes. Vault's own limit on a request is 32 MiB; a secret of this size is a mistake. */
export const MAX_VALUE = 1024 * 1024
const FIELD = VALUE_FIELD
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

/** The value of one field, whoever wrote it; undefined where it is not there. */
export function fieldValue(fields: Readonly<Record<string, string>>, field: string): Secret | undefined {
  if (field === FIELD) return decodeValue(fields)
  const text = fields[field]
  return text === undefined ? undefined : Secret.of(Buffer.from(text, 'utf8'))
}

/** `fields` with the value in `field`, all others as they are. @throws StoreError for bytes that only the field "value" can hold. */
export function fieldsWith(fields: Tree, field: string, value: Secret): Tree {
  const encoded = encodeValue(value)
  if (field === FIELD) {
    const { [MARK]: _, ...rest } = fields
    return { ...rest, ...encoded }
  }
  if (encoded[MARK] !== undefined)
    throw new StoreError(`The new value is no UTF-8 text, which the key "${field}" cannot hold.`, {
      hint: 'Keep it under the key "value", where it is marked as base64.',
    })
  return { ...fields, [field]: encoded[FIELD] ?? '' }
}

/** Keys of a path that are not this tool's. */
export function withoutValue(fields: Tree): Tree {
  const { [FIELD]: _value, [MARK]: _mark, ...rest } = fields
  return FIELD in fields ? rest : fields
}
