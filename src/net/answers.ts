// What a host answers, as callers get it: its headers, and its body within a limit.
import { UnreachableError } from '../support/errors.js'
import type { BodilessResponse } from './bodiless.js'
import { causeOf, urlForPeople } from './failure-words.js'
import type { FetchResponse } from './guarded-fetch.js'

/** Names with one value each: the last, but all of www-authenticate, which may offer several ways. */
export function joinHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const joined: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue
    if (Array.isArray(value)) joined[name] = name === 'www-authenticate' ? value.join(', ') : (value.at(-1) ?? '')
    else joined[name] = value
  }
  return joined
}

/** @throws UnreachableError where the body is longer than `limit` bytes or breaks off. */
export async function readAtMost(
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
  url: URL,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of bytes) {
      length += chunk.length
      if (length > limit)
        throw new UnreachableError(`${urlForPeople(url)} answers with more than the ${limit} bytes allowed for it.`)
      chunks.push(chunk)
    }
  } catch (cause) {
    if (cause instanceof UnreachableError || signal.aborted) throw cause
    throw new UnreachableError(`${url.host} broke off in the middle of an answer: ${causeOf(cause)}.`, {
      hint: 'Try again later.',
      cause,
    })
  }
  return Buffer.concat(chunks)
}

const NOTHING = new Uint8Array()

async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** The answer to a HEAD. */
export function withoutBody(url: URL, { statusCode, headers }: BodilessResponse): FetchResponse {
  return {
    url,
    status: statusCode,
    headers: joinHeaders(headers),
    body: noBytes(),
    bytes: async () => NOTHING,
    discard: async () => {},
  }
}
