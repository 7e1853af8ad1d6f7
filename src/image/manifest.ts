// Reads manifests and indexes of the OCI image-spec and Docker schema 2. Not docker save's manifest.json: see docker-manifest.ts.
import { CorruptImageError } from '../support/errors.js'
import { isDigest, parseDigest } from './digest.js'
import {
  arrayOf,
  isObject,
  type JsonObject,
  objectOf,
  parseJson,
  property,
  stringMapOf,
  textOf,
  textsOf,
} from './json.js'
import { isIndexType, isManifestType, isSchema1Type } from './media-types.js'
import type { Platform } from './platform.js'
import type { Digest } from './types.js'

/** A reference to a blob (OCI image-spec, descriptor.md). */
export interface Descriptor {
  readonly digest: Digest
  /** "" where there is none. */
  readonly mediaType: string
  /** Bytes; undefined where absent. */
  readonly size?: number
  readonly annotations: Readonly<Record<string, string>>
  readonly platform?: Platform
  readonly urls: readonly string[]
  readonly artifactType?: string
}

export interface Manifest {
  readonly kind: 'manifest'
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations: Readonly<Record<string, string>>
  readonly artifactType?: string
}

export interface Index {
  readonly kind: 'index'
  readonly manifests: readonly Descriptor[]
  readonly annotations: Readonly<Record<string, string>>
}

/** Bounds of untrusted manifests. */
export const MANIFEST_LIMITS = { layers: 1000, indexEntries: 1000, indexDepth: 4 } as const

/**
 * The manifest or index in `bytes`. Throws CorruptImageError for schema 1, for a document that could be read as both (two readers
 * would see two images), and for one that is neither.
 */
export function parseManifest(bytes: Uint8Array): Manifest | Index {
  const root = parseJson(bytes, "the image's manifest")
  if (!isObject(root)) throw new CorruptImageError("The image's manifest is no JSON object.", { hint: AGAIN })
  const mediaType = textOf(property(root, 'mediaType')) ?? ''
  refuseSchema1(root, mediaType)
  const isIndex = property(root, 'manifests') !== undefined
  const isManifest = property(root, 'layers') !== undefined || property(root, 'config') !== undefined
  if ((isIndex && isManifest) || (isIndex && isManifestType(mediaType)) || (isManifest && isIndexType(mediaType))) {
    throw new CorruptImageError(
      'The document is a manifest and an index at once, so two programs would see two images in it.',
      {
        hint: 'No builder writes such a document; treat this image as hostile.',
      },
    )
  }
  if (isIndex) return indexOf(root)
  if (isManifest) return manifestOf(root)
  throw new CorruptImageError("The image's manifest lists neither layers nor manifests.", { hint: AGAIN })
}

const AGAIN = 'Build, save or pull the image again.'

function refuseSchema1(root: JsonObject, mediaType: string): void {
  if (!isSchema1Type(mediaType) && property(root, 'schemaVersion') !== 1 && property(root, 'fsLayers') === undefined)
    return
  throw new CorruptImageError(
    'The image has a manifest of schema 1, a form given up in 2017 whose layers cannot be verified.',
    {
      hint: 'Convert it: docker pull it with an old engine and push it again, or skopeo copy --format v2s2.',
    },
  )
}

function indexOf(root: JsonObject): Index {
  const entries = arrayOf(property(root, 'manifests'))
  limit(entries.length, MANIFEST_LIMITS.indexEntries, 'index', 'entries')
  return {
    kind: 'index',
    manifests: entries.map(descriptorOf),
    annotations: stringMapOf(property(root, 'annotations')),
  }
}

function manifestOf(root: JsonObject): Manifest {
  const layers = arrayOf(property(root, 'layers'))
  limit(layers.length, MANIFEST_LIMITS.layers, 'manifest', 'layers')
  const artifactType = textOf(property(root, 'artifactType'))
  return {
    kind: 'manifest',
    config: descriptorOf(property(root, 'config')),
    layers: layers.map(descriptorOf),
    annotations: stringMapOf(property(root, 'annotations')),
    ...(artifactType === undefined ? {} : { artifactType }),
  }
}

function limit(count: number, most: number, document: string, what: string): void {
  if (count <= most) return
  throw new CorruptImageError(`The image's ${document} lists ${count} ${what}; at most ${most} are read.`, {
    hint: 'No builder writes so many; treat this image as hostile.',
  })
}

/** Throws CorruptImageError where digest or size are not what the specification allows. */
function descriptorOf(value: unknown): Descriptor {
  const object = objectOf(value)
  const digest = parseDigest(property(object, 'digest'))
  const size = property(object, 'size')
  if (size !== undefined && (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)) {
    throw new CorruptImageError(`The image's manifest gives blob ${digest} an impossible size.`, { hint: AGAIN })
  }
  const platform = platformOf(property(object, 'platform'))
  const artifactType = textOf(property(object, 'artifactType'))
  return {
    digest,
    mediaType: textOf(property(object, 'mediaType')) ?? '',
    annotations: stringMapOf(property(object, 'annotations')),
    urls: textsOf(property(object, 'urls')),
    ...(size === undefined ? {} : { size }),
    ...(platform === undefined ? {} : { platform }),
    ...(artifactType === undefined ? {} : { artifactType }),
  }
}

function platformOf(value: unknown): Platform | undefined {
  if (!isObject(value)) return undefined
  const os = textOf(property(value, 'os'))
  const architecture = textOf(property(value, 'architecture'))
  const variant = textOf(property(value, 'variant'))
  if (os === undefined || architecture === undefined) return undefined
  return { os, architecture, ...(variant === undefined ? {} : { variant }) }
}

/** The algorithm and digits in `blobs/ALGORITHM/DIGITS`, the place of a blob in a layout (OCI image-spec, image-layout.md). */
export function digestOfBlobPath(path: string): Digest | undefined {
  const match = /^blobs\/([a-z0-9]+)\/([a-f0-9]+)$/.exec(path)
  const digest = match === null ? undefined : `${match[1]}:${match[2]}`
  return isDigest(digest) ? digest : undefined
}

/** The name that a layout gives an image: containerd's full name, else the standard's. */
export function referenceOf(descriptor: Descriptor): string | undefined {
  const { annotations } = descriptor
  return annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name']
}

/** BuildKit's mark, or the platform that it gives what is no image. */
export function isAttestation({ annotations, platform }: Descriptor): boolean {
  if (annotations['vnd.docker.reference.type'] === 'attestation-manifest') return true
  return platform?.os === 'unknown' && platform.architecture === 'unknown'
}
