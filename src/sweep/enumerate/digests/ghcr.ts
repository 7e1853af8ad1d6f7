// GitHub's versions of a package (docs.github.com, "REST API endpoints for packages"): a container's version is a manifest or an index, named
// by its digest, with the tags that point at it. Platforms of an index are versions without a tag.
import { isDigest } from '../../../image/digest.js'
import { field, listField } from '../listers/api.js'
import { listingToken } from '../listers/authorization.js'
import { openGitHub, ownedPages } from '../listers/ghcr.js'
import type { ListerContext } from '../listers/index.js'
import type { DigestSource, ToldDigest } from './index.js'

function toldBy(version: unknown): readonly ToldDigest[] {
  const digest = field(version, 'name')
  const tags = listField(field(field(version, 'metadata'), 'container'), 'tags')
  return isDigest(digest) ? tags.flatMap((tag) => (typeof tag === 'string' ? [{ tag, digest }] : [])) : []
}

/** Undefined without a token: this API answers to nobody without one. */
export function ghcrDigests(context: ListerContext): DigestSource | undefined {
  if (context.registry.listing?.tokenFile === undefined) return undefined
  const api = openGitHub(context)
  return async function* (repository) {
    // Read now: a file that is missing must not be asked about for each repository.
    listingToken(context.registry)
    const owner = repository.slice(0, Math.max(0, repository.indexOf('/')))
    const name = encodeURIComponent(repository.slice(owner.length + 1))
    if (owner === '') return
    for await (const versions of ownedPages(api, owner, `packages/container/${name}/versions`))
      yield versions.flatMap(toldBy)
  }
}
