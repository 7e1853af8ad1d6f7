// Reads the manifest.json that `docker save`, `podman save` and crane write beside the blobs. Not the OCI manifest: see manifest.ts.
import { CorruptImageError } from '../support/errors.js'
import { arrayOf, isObject, objectOf, parseJson, property, textOf, textsOf } from './json.js'
import { MANIFEST_LIMITS } from './manifest.js'

/** One image; paths are of entries in the same archive, not yet normalised. */
export interface DockerManifestEntry {
  readonly config: string
  readonly repoTags: readonly string[]
  readonly layers: readonly string[]
}

/** The images of a manifest.json. Throws CorruptImageError where it is no list of images with a config each. */
export function parseDockerManifest(bytes: Uint8Array): readonly DockerManifestEntry[] {
  const root = parseJson(bytes, "the archive's manifest.json")
  if (!Array.isArray(root)) throw corrupt('is no list of images')
  return root.filter(isObject).map((entry) => {
    const config = textOf(property(entry, 'Config'))
    const layers = textsOf(property(entry, 'Layers'))
    if (config === undefined) throw corrupt('names no config')
    if (layers.length > MANIFEST_LIMITS.layers)
      throw corrupt(`lists ${layers.length} layers; at most ${MANIFEST_LIMITS.layers} are read`)
    return { config, repoTags: textsOf(property(entry, 'RepoTags')), layers }
  })
}

function corrupt(what: string): CorruptImageError {
  return new CorruptImageError(`The archive's manifest.json ${what}.`, { hint: 'Save the image again.' })
}

/**
 * Whether a document is the metadata of Docker's first image format, which engines still write beside every layer for old readers and
 * pass over themselves: it repeats the config.
 */
export function isLegacyLayerDocument(bytes: Uint8Array): boolean {
  try {
    const root = objectOf(parseJson(bytes, 'the layer document'))
    const id = textOf(property(root, 'id')) ?? textOf(property(root, 'layer_id'))
    return id !== undefined && property(root, 'rootfs') === undefined && arrayOf(property(root, 'history')).length === 0
  } catch {
    return false
  }
}
