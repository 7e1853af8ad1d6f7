// A blob as a stream that can be trusted: its digest and size are checked, and a broken connection is taken up again by Range.
import { createHash, type Hash } from 'node:crypto'
import type { FetchResponse } from '../net/guarded-fetch.js'
import { CorruptImageError, UnreachableError } from '../support/errors.js'
import { backoff, MAX_TRIES, pause } from './retry.js'

export interface BlobRequest {
  /** sha256:…, sha384:… or sha512:…, already checked for its form. */
  readonly digest: string
  /** For messages. */
  readonly host: string
  /** As the descriptor says; undefined: not checked. */
  readonly size?: number
  /** The size is a stranger's word: bytes that have the digest are right, however many they are. */
  readonly digestDecides?: boolean
  readonly signal: AbortSignal
}

interface Progress {
  received: number
  readonly hash: Hash
}

/** Asks for the blob from a byte on. */
export type OpenBlob = (from: number) => Promise<FetchResponse>

const hashOf = (digest: string): Hash => createHash(digest.slice(0, digest.indexOf(':')))

/**
 * Yields the blob's bytes as they come; the digest is compared at the end, so a reader must not believe what it read before the
 * generator has ended.
 * @throws CorruptImageError when the bytes are not the digest's or (unless the digest decides) not as many as declared; UnreachableError when the connection
 *   breaks more than MAX_TRIES times without a byte of progress.
 */
export async function* readBlob(open: OpenBlob, request: BlobRequest): AsyncGenerator<Uint8Array> {
  const progress: Progress = { received: 0, hash: hashOf(request.digest) }
  for (let failures = 0; ; ) {
    const before = progress.received
    try {
      const response = await open(before)
      yield* receive(response, request, progress)
      break
    } catch (error) {
      if (request.signal.aborted || !isBroken(error)) throw error
      // All of it is here; only what the answer said of its length was not true.
      if (progress.received === request.size) break
      failures = progress.received > before ? 0 : failures + 1
      if (failures >= MAX_TRIES)
        throw new UnreachableError(
          `The connection to ${request.host} broke ${failures} times while reading ${request.digest}.`,
          { cause: error },
        )
      await pause(backoff(failures), request.signal)
    }
  }
  checkEnd(request, progress)
}

/** Thrown where the connection ended early; everything else is not mended by asking again. */
class BrokenBodyError extends Error {}

function isBroken(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? ''
  return (
    error instanceof BrokenBodyError ||
    /^(?:ECONNRESET|EPIPE|ETIMEDOUT|UND_ERR_SOCKET|UND_ERR_BODY_TIMEOUT|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/.test(
      code,
    )
  )
}

async function* receive(response: FetchResponse, request: BlobRequest, progress: Progress): AsyncGenerator<Uint8Array> {
  if (response.status !== 200 && response.status !== 206) {
    await response.discard()
    // There is nothing behind what was received: the digest decides whether that is all.
    if (response.status === 416 && progress.received > 0) return
    throw new UnreachableError(`${response.url.host} answers ${response.status} for the blob ${request.digest}.`)
  }
  let toSkip = bytesToSkip(response, progress.received)
  for await (const chunk of response.body) {
    const fresh = chunk.subarray(Math.min(toSkip, chunk.length))
    toSkip -= chunk.length - fresh.length
    if (fresh.length === 0) continue
    progress.received += fresh.length
    if (request.size !== undefined && progress.received > request.size && request.digestDecides !== true) {
      throw new CorruptImageError(
        `The blob ${request.digest} has more bytes than the ${request.size} that its manifest declares.`,
      )
    }
    progress.hash.update(fresh)
    yield fresh
  }
  if (request.size === undefined || progress.received >= request.size) return
  if (request.digestDecides === true && isWhole(request, progress)) return
  throw new BrokenBodyError('the body ended early')
}

/** What was received so far has the digest. */
const isWhole = ({ digest }: BlobRequest, { hash }: Progress): boolean =>
  hash.copy().digest('hex') === digest.slice(digest.indexOf(':') + 1)

/** Bytes of this body that were received before: none where the range was honoured, all of them where it was ignored. */
function bytesToSkip(response: FetchResponse, received: number): number {
  if (received === 0) return 0
  if (response.status === 200) return received
  const start = /^bytes (\d+)-/.exec(response.headers['content-range'] ?? '')?.[1]
  if (start === undefined || Number(start) > received)
    throw new UnreachableError('The registry answered with another range than the one it was asked for.')
  return received - Number(start)
}

function checkEnd(request: BlobRequest, progress: Progress): void {
  if (request.size !== undefined && progress.received !== request.size && request.digestDecides !== true) {
    throw new CorruptImageError(
      `The blob ${request.digest} has ${progress.received} bytes, its manifest declares ${request.size}.`,
    )
  }
  if (!isWhole(request, progress)) {
    throw new CorruptImageError(`The registry sent other bytes than ${request.digest}.`, {
      hint: 'The registry or something on the way is broken or lies.',
    })
  }
}
