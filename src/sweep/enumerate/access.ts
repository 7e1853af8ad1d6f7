// One registry as a sweep sees it: its repositories, their tags, what these stand for, and the bytes of layers. Every request goes
// through the guarded fetch and asks the budget first.
import { blobBytes, type RegistryPlace } from '../../image/sources/registry-documents.js'
import { createGuardedFetch } from '../../net/guarded-fetch.js'
import { RegistryClient } from '../../registry/client.js'
import type { RateGate } from '../../registry/types.js'
import type { ResolvedLayer, SweepRegistry, SweepRegistryAccess } from '../types.js'
import { digestSource } from './digests/index.js'
import { createLister, kindOf } from './listers/index.js'
import { loginFor } from './logins.js'
import { selectedRepositories } from './repositories.js'
import { resolveDigest } from './resolve-digest.js'
import { selectedTags } from './tags.js'
import { DigestHints } from './unchanged.js'

/** Bytes; the default of --max-manifest-size. */
const MANIFEST_SIZE = 4 * 1024 * 1024
const CONCURRENCY = 4

export interface AccessOptions {
  /** Requests at a time in this process (default: 4). */
  readonly concurrency?: number
  /** As many as this process may have under way now, where that changes. */
  readonly share?: () => number
  readonly offline?: boolean
  /** ms without a byte after which a connection is given up and asked again (default: a minute). */
  readonly idleTimeout?: number
}

/** Opens a registry; nothing is asked yet. Close it. */
export function openRegistry(
  registry: SweepRegistry,
  limits: RateGate,
  { concurrency = CONCURRENCY, share, offline = false, idleTimeout }: AccessOptions = {},
): SweepRegistryAccess {
  const never = new AbortController().signal
  const fetcher = createGuardedFetch({
    signal: never,
    insecureHosts: registry.insecure ? [registry.host] : [],
    offline,
    setIn: 'sweep.yaml',
    ...(registry.ca === undefined ? {} : { caFile: registry.ca }),
    ...(idleTimeout === undefined ? {} : { idleTimeout }),
  })
  const kind = kindOf(registry)
  const client = new RegistryClient({
    fetcher,
    signal: never,
    host: registry.host,
    insecure: registry.insecure,
    gate: limits,
    concurrency: share ?? concurrency,
    credentials: loginFor(registry, kind),
  })
  const placeOf = (repository: string, signal: AbortSignal): RegistryPlace => ({
    client: client.under(signal),
    fetcher,
    repository,
    signal,
    maxManifestSize: MANIFEST_SIZE,
  })
  const source = digestSource({ registry, kind, fetcher, client, gate: limits, signal: never })
  const hints = source === undefined ? undefined : new DigestHints(source)
  return {
    repositories: (signal, named, onUnmatched) => {
      const asked = named === undefined ? registry : onlyNamed(registry, named)
      const lister = createLister({
        registry: asked,
        kind,
        fetcher,
        client: client.under(signal),
        gate: limits,
        signal,
      })
      return selectedRepositories(asked, lister, signal, onUnmatched)
    },
    tags: (repository, known, signal, told = {}) =>
      selectedTags({ place: placeOf(repository, signal), registry, known, hints, concurrency, ...told }),
    resolve: (repository, digest, signal) => resolveDigest(placeOf(repository, signal), digest, registry),
    openBlob: (repository, layer, signal) => ({
      blobId: layer.digest,
      role: layer.role,
      blobDigest: layer.digest,
      ...(layer.diffId === undefined ? {} : { diffId: layer.diffId }),
      // Many images may hold the blob, and one of their manifests says how long it is.
      bytes: blobBytes(placeOf(repository, signal), descriptorOf(layer), { digestDecides: true }),
    }),
    close: () => fetcher.close(),
  }
}

function onlyNamed({ repositoriesFrom: _, ...registry }: SweepRegistry, named: readonly string[]): SweepRegistry {
  return { ...registry, repositories: named }
}

/** A size of 0 stands for one that the manifest does not tell. */
function descriptorOf({ digest, size }: ResolvedLayer) {
  return { digest, mediaType: '', urls: [], ...(size > 0 ? { size } : {}) }
}
