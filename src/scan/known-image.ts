// An image of an engine of which everything has been scanned before: told by what inspecting it says, so that no export is asked for.
import type { Digest, ImageDescription, OpenedImage, OpenSource } from '../image/types.js'
import { ImageRoom } from './finding-limits.js'
import type { ReadBlobs } from './read-blobs.js'
import type { ScanOptions } from './scan-image.js'
import type { ScanSession } from './session.js'
import type { LayerResult, ScanContext, TargetReport } from './types.js'

/** Under what a source's image is kept; undefined where an export may bring more than one image's layers and config. */
function keyOf({ inspected }: OpenSource, { sourceOptions }: ScanOptions): string | undefined {
  const { platform, includeAttestations } = sourceOptions
  if (inspected === undefined || platform === 'all' || includeAttestations) return undefined
  return JSON.stringify([inspected.engineId, platform ?? null])
}

/**
 * What reading the source would give, where the cache holds all of it. The engine has verified the diffIDs that it names; description
 * and config are those that an export of the same ID has brought.
 */
export async function readKnown(
  source: OpenSource,
  options: ScanOptions,
  { cache, layers: memory }: ScanSession,
  context: ScanContext,
): Promise<ReadBlobs | undefined> {
  const key = keyOf(source, options)
  const { inspected } = source
  if (cache === undefined || inspected === undefined || key === undefined) return undefined
  const known = await cache.engineImage(key)
  if (known === undefined || !hasLayers(known.image, inspected.diffIds)) return undefined
  if ((await cache.config(known.image)) === undefined) return undefined
  const layers = new Map<string, LayerResult>()
  const room = new ImageRoom()
  for (const { blobId, diffId } of options.skipLayers === true ? [] : known.image.layers) {
    const identity = diffId === undefined ? {} : { diffId }
    const layer = memory.get(identity) ?? (await cache.layer(identity))
    if (layer === undefined) return undefined
    layers.set(blobId, room.fit(layer))
  }
  for (const _ of layers) context.on({ type: 'layer', cached: true })
  const image = { ...known.image, reference: inspected.reference }
  const opened: OpenedImage = { image, config: await inspected.config() }
  return { layers, cached: new Set(layers.keys()), images: [opened], coverage: known.coverage }
}

function hasLayers({ layers }: ImageDescription, diffIds: readonly Digest[]): boolean {
  return layers.length === diffIds.length && layers.every(({ diffId }, i) => diffId === diffIds[i])
}

/** Keeps what an export was: one image of which nothing was missed. */
export async function keepKnown(
  source: OpenSource,
  read: ReadBlobs,
  reports: readonly TargetReport[],
  options: ScanOptions,
  { cache }: ScanSession,
): Promise<void> {
  const key = keyOf(source, options)
  const [report, ...others] = reports
  if (key === undefined || report?.image === undefined || others.length > 0) return
  const own = new Set(report.image.layers.map(({ blobId }) => blobId))
  const nothingElse = [...read.layers.keys()].every((blobId) => own.has(blobId))
  const nothingMissed = read.error === undefined && read.coverage.every(({ effect }) => effect === 'note')
  if (!nothingElse || !nothingMissed) return
  await cache?.keepEngineImage(key, { image: report.image, coverage: read.coverage })
}
