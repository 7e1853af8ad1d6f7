// Azure's list of tags (learn.microsoft.com, "Container Registry: Tag - Get List"): each with its digest, page by page as in distribution, for
// a token that may read metadata.
import { isDigest } from '../../../image/digest.js'
import type { FetchResponse } from '../../../net/guarded-fetch.js'
import { nextPage } from '../../../registry/listing.js'
import { field, listField, textField } from '../listers/api.js'
import type { ListerContext } from '../listers/index.js'
import type { DigestSource, ToldDigest } from './index.js'

const PAGE_BYTES = 8 * 1024 * 1024
const PAGE = 500

function toldBy(entry: unknown): readonly ToldDigest[] {
  const tag = textField(entry, 'name')
  const digest = field(entry, 'digest')
  return tag === undefined || !isDigest(digest) ? [] : [{ tag, digest }]
}

export function acrDigests({ client, signal }: ListerContext): DigestSource {
  const asking = client.under(signal)
  return async function* (repository) {
    const request = {
      kind: 'list',
      document: PAGE_BYTES,
      repository,
      scope: `repository:${repository}:metadata_read`,
    } as const
    let response: FetchResponse = await asking.request(`/acr/v1/${repository}/_tags?n=${PAGE}`, request)
    for (let last = ''; ; ) {
      if (response.status !== 200)
        throw await asking.failure(`${asking.host}/acr/v1/${repository}/_tags`, repository, response)
      const tags = listField(JSON.parse(Buffer.from(await response.bytes(PAGE_BYTES)).toString('utf8')), 'tags')
      yield tags.flatMap(toldBy)
      const next = nextPage(response.headers['link'], response.url)
      if (tags.length === 0 || next === undefined || next.href === last) return
      last = next.href
      response = await asking.send(next, request)
    }
  }
}
