// Quay's tags of a repository (docs.redhat.com, "Red Hat Quay API": listRepoTags): those in use, with the digest of the manifest or of the
// list of manifests.
import { isDigest } from '../../../image/digest.js'
import { field, type ListingApi, listField, textField } from '../listers/api.js'
import type { ListerContext } from '../listers/index.js'
import { openQuay } from '../listers/quay.js'
import type { DigestSource, ToldDigest } from './index.js'

const MAX_PAGES = 100_000

function toldBy(entry: unknown): readonly ToldDigest[] {
  const tag = textField(entry, 'name')
  const digest = field(entry, 'manifest_digest')
  return tag === undefined || !isDigest(digest) ? [] : [{ tag, digest }]
}

export function quayDigests(context: ListerContext): DigestSource {
  let opened: Promise<ListingApi> | undefined
  return async function* (repository) {
    opened ??= openQuay(context).catch((error: unknown) => {
      opened = undefined
      throw error
    })
    const api = await opened
    const path = `repository/${repository.split('/').map(encodeURIComponent).join('/')}/tag/`
    for (let page = 1; page <= MAX_PAGES; page++) {
      const answer = await api.get(`${path}?onlyActiveTags=true&limit=100&page=${page}`)
      const tags = listField(answer, 'tags')
      yield tags.flatMap(toldBy)
      if (tags.length === 0 || field(answer, 'has_additional') !== true) return
    }
  }
}
