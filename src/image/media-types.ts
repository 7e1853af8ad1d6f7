// What the media types of OCI and Docker say a blob is. Hints only: layers are recognised by their bytes.

const INDEX = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
])
const MANIFEST = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
])
const SCHEMA_1 = new Set([
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
])
const IMAGE_CONFIG = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
])

export const isIndexType = (type: string): boolean => INDEX.has(type)
export const isManifestType = (type: string): boolean => MANIFEST.has(type)
export const isSchema1Type = (type: string): boolean => SCHEMA_1.has(type)
export const isImageConfigType = (type: string): boolean => IMAGE_CONFIG.has(type)

/** In-toto statements: BuildKit's provenance and SBOM. */
export const isAttestationType = (type: string): boolean => type.startsWith('application/vnd.in-toto')

/** Layers that their publisher does not let registries hand on: fetched from `urls`, or not at all. */
export const isForeignLayerType = (type: string): boolean => /\.foreign\.|\.nondistributable\./.test(type)

export const isEncryptedType = (type: string): boolean => /\+encrypted\b/.test(type)

/** The compression that a layer's media type promises; undefined where it promises nothing known. */
export function promisedCompression(type: string): 'gzip' | 'zstd' | 'none' | undefined {
  if (/[+.]gzip$/.test(type)) return 'gzip'
  if (/\+zstd$/.test(type)) return 'zstd'
  return /\.tar$/.test(type) ? 'none' : undefined
}
