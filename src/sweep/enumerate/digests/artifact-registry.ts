// Google's lists of tags tell the manifests of a repository too: "manifest" has their tags by digest, indexes and platforms alike.
import { isDigest } from '../../../image/digest.js'
import { field, listField } from '../listers/api.js'
import { readTagList } from '../listers/artifact-registry.js'
import type { ListerContext } from '../listers/index.js'
import type { DigestSource, ToldDigest } from './index.js'

export function artifactRegistryDigests({ client, signal }: ListerContext): DigestSource {
  const asking = client.under(signal)
  return async function* (repository) {
    const manifests = field(await readTagList(asking, repository), 'manifest')
    if (typeof manifests !== 'object' || manifests === null) return
    const told: ToldDigest[] = []
    for (const [digest, manifest] of Object.entries(manifests)) {
      if (!isDigest(digest)) continue
      for (const tag of listField(manifest, 'tag')) if (typeof tag === 'string') told.push({ tag, digest })
    }
    yield told
  }
}
