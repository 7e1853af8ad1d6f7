// The tags of one repository that a sweep takes, with the digests they stand for now: a stream, whatever the number of tags.
import { isDigest, sha256 } from '../../image/digest.js'
import { isTagName } from '../../image/reference.js'
import type { RegistryPlace } from '../../image/sources/registry-documents.js'
import type { Digest } from '../../image/types.js'
import { listTags } from '../../registry/listing.js'
import { batches } from '../../support/batches.js'
import { RateLimitedError, SecretscanError, UnauthorizedError, UnreachableError } from '../../support/errors.js'
import type { KnownDigests, SweepRegistry, TagFailure } from '../types.js'
import { inOrder } from './in-order.js'
import { checkTag, listedTag } from './listed-names.js'
import { NewestHeap } from './newest.js'
import { newestDate, resolveDigest } from './resolve-digest.js'
import { tagTest, tagUse } from './tag-selection.js'
import { type DigestHints, type NamedTag, withUnchanged } from './unchanged.js'

export interface TaggedDigest {
  readonly tag: string
  readonly digest: Digest
}

export interface TagsRequest {
  readonly place: RegistryPlace
  readonly registry: Pick<SweepRegistry, 'tags' | 'platforms'>
  readonly known: KnownDigests
  /** What the registry's own API tells of its tags, where it tells anything. */
  readonly hints?: DigestHints | undefined
  /** Requests at a time. */
  readonly concurrency: number
  readonly onFailure?: ((failure: TagFailure) => void) | undefined
  /** Told behind the last name, where there is one, which patterns matched none. */
  readonly onUnmatched?: ((patterns: readonly string[]) => void) | undefined
}

type Outcome<T> = T | { readonly tag: string; readonly error: Error }

/** Failures that are not one tag's: the repository is taken up again as a whole. */
const isGeneral = (error: unknown): boolean =>
  error instanceof RateLimitedError || error instanceof UnauthorizedError || !(error instanceof SecretscanError)

async function attempt<T extends object>(tag: string, work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return await work()
  } catch (error) {
    if (isGeneral(error)) throw error
    return { tag, error: error as Error }
  }
}

/** The digest of a tag by HEAD; by GET where the registry tells none. */
async function digestOf({ client, repository, maxManifestSize }: RegistryPlace, tag: string): Promise<TaggedDigest> {
  checkTag(client.host, tag)
  const told = await client.resolve(repository, tag)
  if (isDigest(told)) return { tag, digest: told }
  return { tag, digest: sha256((await client.manifest(repository, tag, maxManifestSize)).bytes) }
}

async function* selectedNames({ place, registry, onUnmatched }: TagsRequest): AsyncGenerator<string> {
  const isSelected = tagTest(registry.tags)
  const use = tagUse(registry.tags)
  const isOfInterest = use.unmatched.length > 0
  let isEmpty = true
  for await (const tag of listTags(place.client, place.repository)) {
    isEmpty = false
    use.see(tag)
    if (!isTagName(tag)) yield listedTag(tag)
    else if (isSelected(tag)) yield tag
  }
  if (!isEmpty && isOfInterest) onUnmatched?.(use.unmatched)
}

function namedTags(request: TagsRequest): AsyncGenerator<NamedTag> {
  const { repository, signal } = request.place
  return withUnchanged(selectedNames(request), repository, request.hints, request.known, signal)
}

/** So many tags in a row that fail are no matter of single tags: the registry is away. */
const FAILURES_IN_A_ROW = 8

/** @throws SecretscanError of the repository as a whole; of single tags only where there is no `onFailure`, after the last one. */
export async function* selectedTags(request: TagsRequest): AsyncGenerator<TaggedDigest> {
  const { place, concurrency, registry } = request
  let first: Error | undefined
  let inARow = 0
  const tell = (tag: string, error: Error): void => {
    if (++inARow >= FAILURES_IN_A_ROW && error instanceof UnreachableError) throw error
    if (request.onFailure === undefined) first ??= error
    else request.onFailure({ repository: place.repository, tag, error })
  }
  const digests = inOrder(namedTags(request), concurrency, ({ tag, digest }) =>
    digest === undefined ? attempt(tag, () => digestOf(place, tag)) : Promise.resolve({ tag, digest }),
  )
  const { newest } = registry.tags
  const chosen = newest === undefined ? digests : newestOf(digests, newest, request)
  for await (const outcome of chosen) {
    if ('error' in outcome) tell(outcome.tag, outcome.error)
    else {
      inARow = 0
      yield outcome
    }
  }
  if (first !== undefined) throw first
}

interface Dated extends TaggedDigest {
  /** ISO 8601; '' where the image has none: older than all others. */
  readonly createdAt: string
  /** It was not known before. */
  readonly isNew: boolean
}

/** Digests whose dates the store is asked for at a time. */
const BATCH = 200

/** Failures as they come, then the newest `most` tags, newest first. */
async function* newestOf(
  digests: AsyncIterable<Outcome<TaggedDigest>>,
  most: number,
  request: TagsRequest,
): AsyncGenerator<Outcome<TaggedDigest>> {
  const heap = new NewestHeap<Dated>(most, isOlder)
  for await (const outcome of datedOf(digests, request)) {
    if ('error' in outcome) yield outcome
    else {
      const left = heap.offer(outcome)
      if (left?.isNew === true) await request.known.remember?.(left.digest, left.createdAt)
    }
  }
  for (const { tag, digest } of heap.newestFirst()) yield { tag, digest }
}

/** Of equal dates the later name is the newer one, so that the choice does not depend on the order of the list. */
function isOlder(one: Dated, other: Dated): boolean {
  return one.createdAt < other.createdAt || (one.createdAt === other.createdAt && one.tag < other.tag)
}

/** Digests whose dates are kept at a time: many tags of a repository stand for the same few. */
const DATES_KEPT = 10_000

/** The tags with their dates: as the store knows these, else from manifest and config, once for each digest. */
async function* datedOf(
  digests: AsyncIterable<Outcome<TaggedDigest>>,
  request: TagsRequest,
): AsyncGenerator<Outcome<Dated>> {
  const { place, registry, known, concurrency } = request
  const looked = new Map<Digest, Promise<string>>()
  const lookUp = (digest: Digest): Promise<string> => {
    const kept = looked.get(digest)
    if (kept !== undefined) return kept
    if (looked.size >= DATES_KEPT) looked.delete(looked.keys().next().value as Digest)
    const date = resolveDigest(place, digest, { ...registry, includeAttestations: false }).then(
      ({ images }) => newestDate(images) ?? '',
    )
    looked.set(digest, date)
    date.catch(() => looked.delete(digest))
    return date
  }
  for await (const batch of batches(digests, BATCH)) {
    const stored = await known.createdAt(batch.flatMap((outcome) => ('digest' in outcome ? outcome.digest : [])))
    yield* inOrder(each(batch), concurrency, (outcome): Promise<Outcome<Dated>> => {
      if ('error' in outcome) return Promise.resolve(outcome)
      const createdAt = stored.get(outcome.digest)
      return createdAt === undefined
        ? attempt(outcome.tag, async () => ({ ...outcome, createdAt: await lookUp(outcome.digest), isNew: true }))
        : Promise.resolve({ ...outcome, createdAt, isNew: false })
    })
  }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
