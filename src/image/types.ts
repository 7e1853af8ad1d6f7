// What an image is, and what a place that images come from gives. Knows nothing of secrets.
import type { Issue } from '../support/issue.js'

/** algorithm:encoded, checked by image/digest.ts before it is used anywhere (OCI image-spec, descriptor.md "Digests"). */
export type Digest = `${string}:${string}`

/**
 * One layer as the image's config lists it, lowest first. `blobId` joins it to its blob: the archive path (after symlinks) or the
 * blob digest; never opened as a path. The blob digest (compressed) is unknown to engines and old archives.
 */
export interface LayerEntry {
  readonly index: number
  readonly blobId: string
  /** As the config claims. */
  readonly diffId?: Digest
  readonly blobDigest?: Digest
  readonly size?: number
  /** The history's line, plain, until scan/ has made it readable and masked it. */
  readonly createdBy?: string
}

/** A line of the history and the layer that it made, if it made one that is known. */
export interface HistoryLine {
  /** Plain, until scan/ has made it readable and masked it. */
  readonly createdBy: string
  /** Index of the layer. */
  readonly layer?: number
}

export interface HistoryEntry {
  readonly createdBy?: string
  readonly emptyLayer: boolean
  readonly comment?: string
  readonly author?: string
}

/** The parts of an image's config in which people put secrets (OCI image-spec config.md and Docker's additions). */
export interface ImageConfig {
  readonly env: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly cmd: readonly string[]
  readonly entrypoint: readonly string[]
  /** Test array as written, e.g. ["CMD-SHELL", "curl …"]. */
  readonly healthcheck: readonly string[]
  readonly onbuild: readonly string[]
  readonly shell: readonly string[]
  readonly user?: string
  readonly workingDir?: string
  readonly volumes: readonly string[]
  readonly author?: string
  readonly comment?: string
  readonly history: readonly HistoryEntry[]
}

/**
 * imageId is the config's digest, the one identity that every source knows. Goes into reports and caches only after scan/ has masked
 * every createdBy, annotation, path, key and label that holds a found value.
 */
export interface ImageDescription {
  readonly imageId: Digest
  readonly manifestDigest?: Digest
  readonly reference?: string
  /** os/arch[/variant] */
  readonly platform: string
  readonly annotations: Readonly<Record<string, string>>
  readonly layers: readonly LayerEntry[]
  /** In the config's order, so that a place's ordinal finds its line. */
  readonly history?: readonly HistoryLine[]
}

/** Holds plain values: stays in scan/, never in a report or the cache. */
export interface OpenedImage {
  readonly image: ImageDescription
  readonly config: ImageConfig
  /** Scanned raw too (duplicate keys, unknown fields); absent where an engine gave the config without an export. */
  readonly configBytes?: Uint8Array
}

/**
 * One layer as stored, still compressed. Lazy: nothing is opened before the first next() on `bytes`, leaving the loop destroys it, and
 * a blob never iterated is skipped by the source. One at a time unless the source is `parallel`.
 */
export interface LayerBlob {
  readonly blobId: string
  readonly role: 'layer' | 'attestation' | 'unknown'
  readonly diffId?: Digest
  readonly blobDigest?: Digest
  readonly bytes: AsyncIterable<Uint8Array>
  /** SHA-256 of all stored bytes, read to their end; given where the source computes it anyway, so that none are hashed twice. */
  readonly computeDigest?: () => Promise<Digest | undefined>
}

/** What is known of a blob before it is read. A diffId stands here only where an engine has verified it. */
export interface BlobIdentity {
  readonly blobId: string
  readonly diffId?: Digest
  readonly blobDigest?: Digest
}

export type SourceKind = 'docker' | 'podman' | 'registry' | 'archive' | 'oci' | 'stdin'

/** An issue of a source, with the blob it is about. */
export interface SourceIssue extends Issue {
  readonly blobId?: string
}

/** Never thrown away: a truncated pipe ends with no image and says so in coverage. */
export interface SourceEnd {
  readonly images: readonly OpenedImage[]
  readonly coverage: readonly SourceIssue[]
}

/**
 * `docker save`, the engine's export and pipes bring layers in file-name order and the manifest last. So a source gives blobs in its
 * own order, each is scanned by itself, and scan/assemble.ts puts the image together at the end. Nothing is spooled.
 */
export interface OpenSource {
  readonly kind: SourceKind
  /** Where it came from, for people: "the Docker Engine", "archive app.tar" … */
  readonly origin: string
  readonly parallel: boolean
  /** undefined: only known when layers() has ended (standard input, an archive that is read once). */
  describe(): Promise<readonly OpenedImage[] | undefined>
  /**
   * Asks `want` before it reads or downloads a blob, so a cached layer is never fetched. The generator's return value tells what the
   * images are (a for-await loop loses it: call next()).
   */
  layers(want: (blob: BlobIdentity) => Promise<boolean>): AsyncGenerator<LayerBlob, SourceEnd>
  close(): Promise<void>
  /** Bytes that layers() reads in all, told to SourceOptions.onRead on the way; where that is known. */
  readonly size?: number
  /** Of engines alone. */
  readonly inspected?: InspectedImage
}

/** What an engine says of an image without giving its layers: enough to tell whether all of it has been scanned before. */
export interface InspectedImage {
  /** The config's digest, or with the containerd store that of a manifest or an index. */
  readonly engineId: Digest
  /** Lowest first; the engine has verified them. */
  readonly diffIds: readonly Digest[]
  readonly reference: string
  /** All that the engine has for it. */
  readonly names: readonly string[]
  /** Without fields that the engine does not know; another request. */
  config(): Promise<ImageConfig>
}

/** What every source needs to know. */
export interface SourceOptions {
  readonly signal: AbortSignal
  /** os/arch[/variant], or 'all'; undefined: linux and this machine's architecture where there is an index. */
  readonly platform?: string
  /** Bytes; manifests, indexes and configs each (default 4 MiB). */
  readonly maxManifestSize: number
  readonly includeAttestations: boolean
  readonly allowForeignLayers: boolean
  /** Links of an OCI layout that point outside it are followed. */
  readonly followLinks: boolean
  readonly insecureRegistries: readonly string[]
  readonly registryCa?: string
  readonly offline: boolean
  /**
   * Files are read twice: hashed, then offered with what was computed, so that a cache can spare the second reading. Without it archives
   * and layouts offer their blobs without a digest, since what they claim of themselves is not believed.
   */
  readonly hashFirst?: boolean
  /** Told how much of OpenSource.size has been read since the last call. */
  readonly onRead?: (bytes: number) => void
  /** Told of waits for a registry before they begin: ms, and why ("registry.example answers 429"). */
  readonly onWait?: (ms: number, why: string) => void
}
