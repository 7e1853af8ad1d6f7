// What an engine says of an image without giving its layers: identity, platforms, config and history. Read as untrusted JSON.
import { CorruptImageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { parseConfigDocument } from '../config.js'
import { isDigest } from '../digest.js'
import { arrayOf, isObject, type JsonObject, objectOf, property, textOf, textsOf } from '../json.js'
import { isIndexType } from '../media-types.js'
import type { Platform } from '../platform.js'
import type { Digest, ImageConfig } from '../types.js'
import { type EngineClient, readAnswer } from './engine-client.js'

/** A platform's image that the engine holds, of an image that has several. */
export interface HeldManifest {
  readonly digest: Digest
  readonly platform: Platform
}

export interface EngineInspection {
  /** The config's digest, or with the containerd store that of a manifest or an index. */
  readonly id: Digest
  /** Lowest first; the engine has verified them. */
  readonly diffIds: readonly Digest[]
  readonly names: readonly string[]
  readonly isIndex: boolean
  readonly platform: Platform | undefined
  /** Undefined where the engine has no such list (API before 1.48) or a store of one platform each. */
  readonly manifests: readonly HeldManifest[] | undefined
  readonly root: JsonObject
}

/** Asks for `reference`, a name or an ID. @throws NotFoundError, UnreachableError, CorruptImageError. */
export async function inspectImage(
  client: EngineClient,
  reference: string,
  signal: AbortSignal,
): Promise<EngineInspection> {
  const what = `image ${printable(reference)}`
  const path = `/images/${encodeURI(reference)}/json`
  const root = objectOf(await readAnswer(client, what, { path, query: { manifests: '1' }, signal }))
  const id = property(root, 'Id')
  const identity = typeof id === 'string' && !id.includes(':') ? `sha256:${id}` : id
  if (!isDigest(identity)) {
    throw new CorruptImageError(`${client.name} gives ${what} no identity.`, { hint: 'Update the engine.' })
  }
  const manifests = property(root, 'Manifests')
  return {
    id: identity,
    diffIds: textsOf(property(objectOf(property(root, 'RootFS')), 'Layers')).filter(isDigest),
    names: textsOf(property(root, 'RepoTags')),
    isIndex: isIndexType(textOf(property(objectOf(property(root, 'Descriptor')), 'mediaType')) ?? ''),
    platform: platformOf(root, ['Os', 'Architecture', 'Variant']),
    manifests: Array.isArray(manifests) ? manifests.flatMap(heldManifest) : undefined,
    root,
  }
}

function platformOf(value: JsonObject, [os, architecture, variant]: readonly [string, string, string]) {
  const system = textOf(property(value, os))
  const machine = textOf(property(value, architecture))
  const version = textOf(property(value, variant))
  if (system === undefined || machine === undefined) return undefined
  return { os: system, architecture: machine, ...(version === undefined ? {} : { variant: version }) }
}

/** Moby API 1.48, ImageManifestSummary: attestations have another kind, and what was not pulled is not available. */
function heldManifest(entry: unknown): HeldManifest[] {
  const summary = objectOf(entry)
  const digest = property(objectOf(property(summary, 'Descriptor')), 'digest')
  const image = objectOf(property(summary, 'ImageData'))
  const platform = platformOf(objectOf(property(image, 'Platform')), ['os', 'architecture', 'variant'])
  if (property(summary, 'Kind') !== 'image' || property(summary, 'Available') !== true) return []
  return isDigest(digest) && platform !== undefined ? [{ digest, platform }] : []
}

/** The config as the engine tells it, in the form that an export's has. Fields that engines do not know are not in it. */
export async function engineConfig(
  client: EngineClient,
  { id, root }: EngineInspection,
  signal: AbortSignal,
): Promise<ImageConfig> {
  const answer = await readAnswer(client, `the history of ${id}`, { path: `/images/${id}/history`, signal })
  const history = arrayOf(answer)
    .filter(isObject)
    .map((entry) => ({ created_by: property(entry, 'CreatedBy'), comment: property(entry, 'Comment') }))
    .reverse()
  const document = {
    config: property(root, 'Config'),
    author: property(root, 'Author'),
    comment: property(root, 'Comment'),
    history,
  }
  return parseConfigDocument(Buffer.from(JSON.stringify(document))).config
}
