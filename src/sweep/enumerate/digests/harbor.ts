// Harbor's artifacts of a repository (goharbor.io, "Harbor API": listArtifacts): each with its digest and its tags. A path behind the project
// is encoded twice where it holds slashes.
import { isDigest } from '../../../image/digest.js'
import { eachPage, field, type ListingApi, listField, textField } from '../listers/api.js'
import { HARBOR_PAGES, openHarbor } from '../listers/harbor.js'
import type { ListerContext } from '../listers/index.js'
import type { DigestSource, ToldDigest } from './index.js'

function toldBy(artifact: unknown): readonly ToldDigest[] {
  const digest = field(artifact, 'digest')
  if (!isDigest(digest)) return []
  return listField(artifact, 'tags').flatMap((entry) => {
    const tag = textField(entry, 'name')
    return tag === undefined ? [] : [{ tag, digest }]
  })
}

export function harborDigests(context: ListerContext): DigestSource {
  let opened: Promise<ListingApi> | undefined
  return async function* (repository) {
    opened ??= openHarbor(context).catch((error: unknown) => {
      opened = undefined
      throw error
    })
    const [project = '', ...rest] = repository.split('/')
    const name = encodeURIComponent(encodeURIComponent(rest.join('/')))
    if (name === '') return
    const path = `projects/${encodeURIComponent(project)}/repositories/${name}/artifacts?with_tag=true`
    for await (const artifacts of eachPage(await opened, path, undefined, HARBOR_PAGES)) yield artifacts.flatMap(toldBy)
  }
}
