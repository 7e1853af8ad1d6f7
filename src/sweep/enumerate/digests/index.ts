// Digests of tags from a registry's own API, a hundred for each request, in place of a HEAD for each tag. Only hints: what a sweep does with
// them is in unchanged.ts. Registries whose API tells none (plain distribution, GitLab, ECR without AWS's own signatures) have no source.
import type { Digest } from '../../../image/types.js'
import type { RegistryKind } from '../../types.js'
import type { ListerContext } from '../listers/index.js'
import { acrDigests } from './acr.js'
import { artifactRegistryDigests } from './artifact-registry.js'
import { dockerHubDigests } from './docker-hub.js'
import { ghcrDigests } from './ghcr.js'
import { harborDigests } from './harbor.js'
import { quayDigests } from './quay.js'

export interface ToldDigest {
  readonly tag: string
  readonly digest: Digest
}

/**
 * What the API says of the tags of a repository, one array for each of its answers; an array may be empty, and tags may be missing.
 * @throws what the API's client throws: there are no hints then.
 */
export type DigestSource = (repository: string) => AsyncGenerator<readonly ToldDigest[]>

const SOURCES: Partial<Record<RegistryKind, (context: ListerContext) => DigestSource | undefined>> = {
  'docker-hub': dockerHubDigests,
  ghcr: ghcrDigests,
  harbor: harborDigests,
  quay: quayDigests,
  acr: acrDigests,
  'artifact-registry': artifactRegistryDigests,
}

/** The source of a registry; undefined where its API tells no digests. Nothing is asked before it is used. */
export function digestSource(context: ListerContext): DigestSource | undefined {
  return SOURCES[context.kind]?.(context)
}
