// Keys that stand twice. The yaml library compares each key with all others of its mapping, which takes a mapping of thousands seconds:
// whoever may meet one parses with `uniqueKeys: false` and asks here.
import { type Document, isScalar, visit } from 'yaml'

/** true where a mapping of `document` has a key twice, by the library's own notion of equal keys. */
export function hasDuplicateKey(document: Document.Parsed): boolean {
  let found = false
  visit(document, {
    Map: (_, { items }) => {
      const keys = items.flatMap(({ key }) => (isScalar(key) ? [key.value] : []))
      found = new Set(keys).size < keys.length
      return found ? visit.BREAK : undefined
    },
  })
  return found
}
