// The types that the parts of a sweep share: what is asked for (configuration), what a registry gives, what the budget of requests is.
import type { Digest, ImageDescription, LayerBlob, OpenedImage } from '../image/types.js'
import type { Coverage } from '../scan/types.js'
import type { SecretscanError } from '../support/errors.js'
import type { NotifyChannel } from './notify/channels.js'

/** Where a sweep's state lives: a folder of this machine (PGlite), or a PostgreSQL that many workers share. */
export type StoreLocation =
  | { readonly kind: 'folder'; readonly folder: string }
  /** `url` may hold a password: it is never printed. `key`: of the HMAC over values. */
  | { readonly kind: 'postgres'; readonly url: string; readonly key?: KeySource }

/** The store's key where it is not in the store's folder: 64 hexadecimal digits in a file, or what a command prints. */
export type KeySource = { readonly file: string } | { readonly command: readonly string[] }

/** sweep.yaml with all defaults filled in; paths are absolute. */
export interface SweepConfig {
  readonly file: string
  readonly store: StoreLocation
  readonly schedule?: SweepSchedule
  readonly registries: readonly SweepRegistry[]
  /** `registry`: requests at a time for each registry, over all workers; `scan`: threads of one worker. */
  readonly concurrency: { readonly registry: number; readonly scan: number }
  readonly notify: readonly NotifyChannel[]
  readonly retention: { readonly findingsDays?: number }
  readonly rescanOnRuleChange: boolean
}

export interface SweepSchedule {
  readonly cron: string
  /** IANA name. */
  readonly timeZone: string
}

export type RegistryKind =
  | 'auto'
  | 'distribution'
  | 'docker-hub'
  | 'ghcr'
  | 'gitlab'
  | 'harbor'
  | 'quay'
  | 'ecr'
  | 'acr'
  | 'artifact-registry'

/** docker-config: whatever docker and podman are logged in with. Files are read when a registry asks for a login, not before. */
export type LoginSource =
  | 'docker-config'
  | 'anonymous'
  | { readonly username: string; readonly passwordFile: string }
  /** An access token; without a user name the one that this kind of registry expects. */
  | { readonly tokenFile: string; readonly username?: string }

export interface TagSelection {
  /** Globs, or regular expressions between slashes. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  /** A range of semantic versions. */
  readonly semver?: string
  /** The newest ones by date of creation. */
  readonly newest?: number
}

export interface SweepRegistry {
  readonly host: string
  readonly kind: RegistryKind
  readonly insecure: boolean
  /** PEM file of an own CA. */
  readonly ca?: string
  /** Globs; a leading `!` takes out. */
  readonly repositories: readonly string[]
  /** A file of further ones, one a line; read anew by every sweep. */
  readonly repositoriesFrom?: string
  readonly tags: TagSelection
  readonly platforms: readonly string[] | 'all'
  /** Provenance and SBOMs of images too. */
  readonly includeAttestations: boolean
  readonly login: LoginSource
  /** The API that lists repositories: its address where it is not the usual one, and a token of its own. */
  readonly listing?: { readonly url?: string; readonly tokenFile?: string }
}

/** What a sweep of some repositories alone is asked to look at: names and globs by the registry's host, in place of the configuration's. */
export type NamedRepositories = ReadonlyMap<string, readonly string[]>

/** Lists the repositories of one registry by its own API; streams, never holds all. */
export interface RepositoryLister {
  list(signal: AbortSignal): AsyncGenerator<string>
}

export interface ResolvedLayer {
  /** Of the blob, as the manifest has it. */
  readonly digest: Digest
  readonly size: number
  readonly diffId?: Digest
  /** Its bytes lie elsewhere and are not fetched. */
  readonly foreign: boolean
  readonly role: 'layer' | 'attestation' | 'unknown'
}

/** One image (one platform's manifest) that a tag stands for. */
export interface ResolvedImage {
  readonly manifestDigest: Digest
  readonly platform: string
  /** The configuration's digest. */
  readonly imageId: Digest
  /** Plain values: nothing of it is stored before it is masked. */
  readonly opened: OpenedImage
  readonly image: ImageDescription
  readonly layers: readonly ResolvedLayer[]
  /** What its index says of it; none unless they were asked for. */
  readonly attestations: readonly ResolvedLayer[]
  /** What cannot be seen of it: layers that lie elsewhere or are encrypted, and notes. */
  readonly issues: readonly Coverage[]
  /** As the configuration says. */
  readonly createdAt?: string
}

export interface ResolvedTag {
  readonly images: readonly ResolvedImage[]
  /** What belongs to none of the images. */
  readonly coverage: readonly Coverage[]
  /** What is wrong with another image behind it: it may be mended without another digest. */
  readonly failure?: SecretscanError
}

/** What the store knows of tags and digests, so that nobody asks a registry for it again. */
export interface KnownDigests {
  /** The digests that tags of the repository had when they were last asked for; those that could not be are left out. */
  lastDigests?(tags: readonly string[]): Promise<ReadonlyMap<string, Digest>>
  /** ISO dates of the newest images behind digests, '' where these have none; those that were never looked up are left out. */
  createdAt(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, string>>
  /** Told of the date of a digest that was looked up and not selected, so that it is looked up once; '' where it has none. */
  remember?(digest: Digest, createdAt: string): Promise<void>
}

/** A tag that could not be resolved; the others go on. */
export interface TagFailure {
  readonly repository: string
  readonly tag: string
  readonly error: Error
}

/** What is told besides the tags. */
export interface TagsTold {
  readonly onFailure?: (failure: TagFailure) => void
  /** Which of the patterns of tags matched none here, where there are any; told at the end. */
  readonly onUnmatched?: (patterns: readonly string[]) => void
}

/** One registry as a sweep sees it. */
export interface SweepRegistryAccess {
  /**
   * Those that the configuration asks for, or `named` (names and globs) in their place. `onUnmatched` is told at the end which globs matched
   * none.
   */
  repositories(
    signal: AbortSignal,
    named?: readonly string[],
    onUnmatched?: (patterns: readonly string[]) => void,
  ): AsyncGenerator<string>
  /**
   * Those that the configuration selects; asks by HEAD, which no registry counts, where the registry's own API does not tell that a tag
   * is as it was, and for `newest` once for the date of each digest that is not known. What fails is told to `onFailure`; without it the first failure is thrown after the last tag.
   */
  tags(
    repository: string,
    known: KnownDigests,
    signal: AbortSignal,
    told?: TagsTold,
  ): AsyncGenerator<{ readonly tag: string; readonly digest: Digest }>
  /** GET by digest; once for each digest. */
  resolve(repository: string, digest: Digest, signal: AbortSignal): Promise<ResolvedTag>
  /** What scanLayer takes. The digest is verified as the bytes are read; a broken transfer is resumed. */
  openBlob(repository: string, layer: ResolvedLayer, signal: AbortSignal): LayerBlob
  close(): Promise<void>
}
