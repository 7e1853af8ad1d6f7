// Where a registry's API is: https, or http where that is allowed and the host does not speak TLS.
import { resolveReach } from '../net/addresses.js'
import type { GuardedFetch } from '../net/guarded-fetch.js'
import { UnreachableError } from '../support/errors.js'
import { isCertificateError } from './answers.js'

interface BaseOptions {
  readonly fetcher: GuardedFetch
  /** The host is listed as insecure. */
  readonly insecure: boolean
}

/**
 * The URL of /v2/ on `host` (host[:port]). Plain http is tried on this machine's loopback and for hosts listed as insecure, and only
 * where there is no TLS at all: a certificate that nobody vouches for is no reason to do without.
 * @throws UnreachableError where nothing answers, or nothing can have that name (`sail-8.3`, which Docker takes for a host all the same).
 */
export async function findBase(host: string, { fetcher, insecure }: BaseOptions): Promise<URL> {
  if (!URL.canParse(`https://${host}/v2/`))
    throw new UnreachableError(`${host} cannot be the name of a registry.`, {
      hint: 'Build the image first where it is one of your own.',
    })
  const secure = new URL(`https://${host}/v2/`)
  const plainAllowed = insecure || (await resolveReach(host.replace(/:\d+$/, ''))) === 'loopback'
  if (!plainAllowed) return secure
  try {
    await (await fetcher.fetch(secure, { redirects: false })).discard()
    return secure
  } catch (error) {
    if (isCertificateError(error)) throw error
    const plain = new URL(`http://${host}/v2/`)
    try {
      await (await fetcher.fetch(plain, { redirects: false })).discard()
      return plain
    } catch {
      throw error
    }
  }
}
