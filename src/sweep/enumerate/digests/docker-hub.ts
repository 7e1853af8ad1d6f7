// Docker Hub's list of tags (docs.docker.com, "Docker Hub API": ListRepositoryTags): each tag with its digest, which is that of the index
// where there is one, and with the digests of its platforms.
import { isDigest } from '../../../image/digest.js'
import { eachPage, field, listField, textField } from '../listers/api.js'
import { HUB_PAGES, hubResults, openDockerHub } from '../listers/docker-hub.js'
import type { ListerContext } from '../listers/index.js'
import type { DigestSource, ToldDigest } from './index.js'

/** Where the digest is that of one of several platforms, the tag's own is another. */
function toldBy(entry: unknown): readonly ToldDigest[] {
  const tag = textField(entry, 'name')
  const digest = field(entry, 'digest')
  const platforms = listField(entry, 'images')
  const isPlatforms = platforms.length > 1 && platforms.some((image) => field(image, 'digest') === digest)
  return tag === undefined || !isDigest(digest) || isPlatforms ? [] : [{ tag, digest }]
}

export function dockerHubDigests(context: ListerContext): DigestSource {
  const api = openDockerHub(context)
  return async function* (repository) {
    const [namespace = '', name = '', ...further] = repository.split('/')
    if (name === '' || further.length > 0) return
    const path = `v2/namespaces/${encodeURIComponent(namespace)}/repositories/${encodeURIComponent(name)}/tags`
    for await (const entries of eachPage(api, path, hubResults, HUB_PAGES)) yield entries.flatMap(toldBy)
  }
}
