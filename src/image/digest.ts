// Digests: checked before they are used anywhere, computed while bytes stream by. Not for diffIDs, which scan/ computes.
import { createHash, type Hash } from 'node:crypto'
import { CorruptImageError } from '../support/errors.js'
import { printable, shorten } from '../support/printable.js'
import type { Digest } from './types.js'

const GRAMMAR = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/

/** Lower-case hex digits that each registered algorithm has (OCI image-spec, descriptor.md "Registered Algorithms"). */
const HEX_LENGTH: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
])

/** Whether `text` is a digest this program can verify: registered algorithm, lower-case hex of the right length. */
export function isDigest(text: unknown): text is Digest {
  if (typeof text !== 'string' || text.length > 256 || !GRAMMAR.test(text)) return false
  const [algorithm = '', encoded = ''] = text.split(':')
  return HEX_LENGTH.get(algorithm) === encoded.length && /^[a-f0-9]+$/.test(encoded)
}

/** The digest in `text`; throws CorruptImageError where it is none, so that nothing else ever becomes part of a path or URL. */
export function parseDigest(text: unknown): Digest {
  if (isDigest(text)) return text
  const shown = typeof text === 'string' ? `"${shorten(printable(text), 80)}"` : `a value of type ${typeof text}`
  throw new CorruptImageError(`The image names ${shown} where a digest must stand.`, {
    hint: 'Build or pull the image again; this copy breaks the OCI specification.',
  })
}

/** algorithm and hex digits of a digest that has been checked. */
export function splitDigest(digest: Digest): { readonly algorithm: string; readonly hex: string } {
  const colon = digest.indexOf(':')
  return { algorithm: digest.slice(0, colon), hex: digest.slice(colon + 1) }
}

/** SHA-256 of `bytes` as a digest. */
export function sha256(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Whether `bytes` are what `digest` names. */
export function matchesDigest(bytes: Uint8Array, digest: Digest): boolean {
  const { algorithm, hex } = splitDigest(digest)
  return createHash(algorithm).update(bytes).digest('hex') === hex
}

/** A stream that is hashed while it is read. */
export interface DigestStream {
  /** Read at most once. Leaving the loop leaves the source open, for `finish` to read on. */
  readonly bytes: AsyncIterable<Uint8Array>
  /** Whether the first byte has been asked for. */
  started(): boolean
  /** Reads what the consumer left and returns what was seen in all; no digest where no algorithm was given. May be asked again. */
  finish(): Promise<{ readonly digest: Digest | undefined; readonly size: number }>
}

/** Passes `source` on while hashing it with `algorithm`; without one it only counts. Opens nothing before the first read. */
export function digestStream(source: AsyncIterable<Uint8Array>, algorithm: string | undefined): DigestStream {
  const hash: Hash | undefined = algorithm === undefined ? undefined : createHash(algorithm)
  let iterator: AsyncIterator<Uint8Array> | undefined
  let size = 0
  let digest: Digest | undefined
  const pull = async (): Promise<Uint8Array | undefined> => {
    iterator ??= source[Symbol.asyncIterator]()
    const next = await iterator.next()
    if (next.done === true) return undefined
    hash?.update(next.value)
    size += next.value.length
    return next.value
  }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (let chunk = await pull(); chunk !== undefined; chunk = await pull()) yield chunk
  }
  return {
    bytes: { [Symbol.asyncIterator]: bytes },
    started: () => iterator !== undefined,
    finish: async () => {
      while ((await pull()) !== undefined);
      if (hash !== undefined) digest ??= `${algorithm}:${hash.digest('hex')}`
      return { digest, size }
    },
  }
}
