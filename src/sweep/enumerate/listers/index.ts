// Whose API lists the repositories of a registry, by what sweep.yaml says, else by the host. Hosts are compared exactly.
import type { GuardedFetch } from '../../../net/guarded-fetch.js'
import type { RegistryClient } from '../../../registry/client.js'
import type { RateGate } from '../../../registry/types.js'
import type { RegistryKind, RepositoryLister, SweepRegistry } from '../../types.js'
import { artifactRegistryLister } from './artifact-registry.js'
import { acrLister, catalogLister, ecrLister } from './catalog.js'
import { dockerHubLister } from './docker-hub.js'
import { ghcrLister } from './ghcr.js'
import { gitlabLister } from './gitlab.js'
import { harborLister } from './harbor.js'
import { quayLister } from './quay.js'

/** What a lister may use. */
export interface ListerContext {
  readonly registry: SweepRegistry
  readonly kind: RegistryKind
  readonly fetcher: GuardedFetch
  /** Of the registry itself. */
  readonly client: RegistryClient
  readonly gate: RateGate
  readonly signal: AbortSignal
}

const KIND_BY_HOST: readonly (readonly [RegExp, RegistryKind])[] = [
  [/^docker\.io$/, 'docker-hub'],
  [/^ghcr\.io$/, 'ghcr'],
  [/^registry\.gitlab\.com$/, 'gitlab'],
  [/^quay\.io$/, 'quay'],
  [/^\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/, 'ecr'],
  [/^[a-z0-9]+\.azurecr\.(?:io|cn|us)$/, 'acr'],
  [/^(?:[a-z0-9-]+-docker\.pkg\.dev|(?:[a-z]+\.)?gcr\.io)$/, 'artifact-registry'],
]

/** The kind of a registry; plain distribution where nothing says another. */
export function kindOf({ kind, host }: Pick<SweepRegistry, 'kind' | 'host'>): RegistryKind {
  return kind === 'auto' ? (KIND_BY_HOST.find(([pattern]) => pattern.test(host))?.[1] ?? 'distribution') : kind
}

const LISTERS: Record<RegistryKind, (context: ListerContext) => RepositoryLister> = {
  auto: catalogLister,
  distribution: catalogLister,
  'docker-hub': dockerHubLister,
  ghcr: ghcrLister,
  gitlab: gitlabLister,
  harbor: harborLister,
  quay: quayLister,
  ecr: ecrLister,
  acr: acrLister,
  'artifact-registry': artifactRegistryLister,
}

/** The lister of a registry; nothing is asked before list(). */
export function createLister(context: ListerContext): RepositoryLister {
  return LISTERS[context.kind](context)
}
