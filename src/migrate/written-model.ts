// A Compose file as it is written, for a look at its keys: merge keys are followed, nothing is interpolated, extended or checked.
import { parseDocument } from 'yaml'
import { asTree, type Tree } from '../support/tree.js'
import { hasDuplicateKey } from '../support/yaml-keys.js'

const models = new WeakMap<Uint8Array, Tree>()

/** Parsed once however often it is asked: `bytes` must not change. Empty for what is no YAML, or has more aliases than a person writes. */
export function writtenModel(bytes: Uint8Array): Tree {
  const known = models.get(bytes)
  if (known !== undefined) return known
  const model = parsed(bytes)
  models.set(bytes, model)
  return model
}

function parsed(bytes: Uint8Array): Tree {
  try {
    const text = Buffer.from(bytes).toString('utf8')
    const document = parseDocument(text, { merge: true, uniqueKeys: false, logLevel: 'silent' })
    return document.errors.length > 0 || hasDuplicateKey(document) ? {} : asTree(document.toJS())
  } catch {
    return {}
  }
}

/** The services of a Compose file; empty for what is no YAML. */
export const servicesIn = (bytes: Uint8Array): Tree => asTree(writtenModel(bytes)['services'])
