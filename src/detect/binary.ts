// Whether a file is a program or another one that holds no text.
import type { Chunk } from './types.js'

/** Files in which programs and their tables of strings are no text; those that are text are judged by the bytes right round a value. */
const TEXT_EXTENSION =
  /\.(?:env|txt|log|sql|json|ya?ml|xml|ini|cfg|conf|cnf|properties|toml|sh|bash|py|js|ts|rb|php|go|java|cs|md|html?|csv|bak|old|history|\w+rc)$/i

let lastChunk: Uint8Array | undefined
let lastHasNul = false

/** A program: its strings lie end to end, with no NUL for kilobytes. Worked out once a chunk. */
export function isBinary({ bytes, path = '' }: Chunk): boolean {
  if (TEXT_EXTENSION.test(path)) return false
  if (bytes !== lastChunk) {
    lastChunk = bytes
    lastHasNul = bytes.includes(0)
  }
  return lastHasNul
}
