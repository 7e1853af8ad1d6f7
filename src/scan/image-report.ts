// From what was read of a source to one report an image: config scanned, description masked, layers put in order.
import { isForPlatform } from '../image/platform.js'
import type { ImageDescription, OpenedImage, OpenSource, SourceIssue } from '../image/types.js'
import { printable } from '../support/printable.js'
import { assemble } from './assemble.js'
import { entryMacs } from './config-entries.js'
import type { ReadBlobs } from './read-blobs.js'
import { maskDescription, maskTagged, scanConfig } from './scan-config.js'
import type { ScanOptions } from './scan-image.js'
import type { ScanSession } from './session.js'
import type { ConfigResult, Coverage, LayerResult, ScanStats, TargetReport } from './types.js'

const NO_BASE: Coverage = {
  code: 'BASE_NOT_FOUND',
  effect: 'note',
  detail: 'No base image was found; what it brought is not told apart.',
}

interface Reading {
  readonly source: OpenSource
  readonly input: string
  readonly read: ReadBlobs
  readonly options: ScanOptions
  readonly session: ScanSession
  /** What the source knew at its beginning: stands in where it broke off. */
  readonly described: readonly OpenedImage[]
}

/** One report an image; where no image is known, one report with what was found. */
export async function imageReports(reading: Reading): Promise<TargetReport[]> {
  const { read, described } = reading
  const images = read.images.length > 0 ? read.images : described
  if (images.length === 0) return [orphanReport(reading)]
  const reports: TargetReport[] = []
  for (const [i, opened] of images.entries()) {
    // What belongs to no image of a source is told with the first.
    const layers = ownBlobs(opened.image, images, read, i === 0)
    const issues = ownIssues(opened.image, images, read.coverage, i === 0)
    reports.push(await imageReport(opened, layers, issues, reading))
  }
  return reports
}

async function imageReport(
  opened: OpenedImage,
  layers: ReadonlyMap<string, LayerResult>,
  issues: readonly SourceIssue[],
  reading: Reading,
): Promise<TargetReport> {
  const { source, input, read, options, session } = reading
  const known = await session.cache?.config(opened.image)
  const scanned = known ?? (await scanConfig(opened, session.pool))
  const masked = maskTagged(await maskDescription(scanned.image, session.pool), tagsOf(layers))
  const image = withComputed(masked, layers)
  await keepLayers(image, layers, read, session)
  if (known === undefined) await session.cache?.keepConfig({ ...scanned, image })
  const macs = entryMacs(opened, scanned.findings)
  const config: ConfigResult =
    options.skipConfig === true ? { findings: [], coverage: [], image } : { ...scanned, image, entryMacs: macs }
  const base = await options.base?.(image)
  const { findings, coverage } = assemble(image, layers, config, base, issues)
  return {
    kind: 'image',
    input,
    reference: image.reference ?? input,
    source: source.kind,
    ...namesOf(source),
    image,
    cachedLayers: image.layers.filter((layer) => read.cached.has(layer.blobId)).map((layer) => layer.index),
    findings,
    coverage: [
      ...issues,
      ...coverage,
      ...missingLayers(image, layers, issues, options),
      ...(options.base !== undefined && base === undefined ? [NO_BASE] : []),
      ...otherPlatform(image, options.sourceOptions.platform),
    ],
    stats: statsOf(image.layers.length, layers),
    entryMacs: macs,
  }
}

/** An engine lists an image once, whatever it is called: whoever looks for another of its names shall find it. */
function namesOf({ inspected }: OpenSource): Pick<TargetReport, 'names'> {
  return inspected === undefined || inspected.names.length < 2 ? {} : { names: inspected.names }
}

/** An image that stands alone is scanned whatever platform was asked for: there is no other to choose. */
function otherPlatform({ platform }: ImageDescription, wanted: string | undefined): readonly Coverage[] {
  if (wanted === undefined || wanted === 'all' || isForPlatform(platform, wanted)) return []
  const detail = `The image is for ${printable(platform)}, not for ${wanted}; it has no other.`
  return [{ code: 'PLATFORM_DIFFERS', effect: 'note', detail }]
}

/** A pipe cut before its manifest. */
function orphanReport({ source, input, read }: Reading): TargetReport {
  const { findings, coverage } = assemble(undefined, read.layers, undefined)
  const stats = statsOf(read.layers.size, read.layers)
  const both = [...read.coverage, ...coverage]
  return {
    kind: 'image',
    input,
    reference: input,
    source: source.kind,
    cachedLayers: [],
    findings,
    coverage: both,
    stats,
  }
}

function tagsOf(layers: ReadonlyMap<string, LayerResult>): Set<string> {
  const findings = [...layers.values()].flatMap((layer) => layer.findings)
  return new Set(findings.flatMap(({ valueTag }) => valueTag ?? []))
}

/** diffIDs that the config does not name but whose bytes were hashed. */
function withComputed(image: ImageDescription, layers: ReadonlyMap<string, LayerResult>): ImageDescription {
  const entries = image.layers.map((entry) => {
    const diffId = entry.diffId ?? layers.get(entry.blobId)?.diffId
    return diffId === undefined ? entry : { ...entry, diffId }
  })
  return { ...image, layers: entries }
}

/** Only layers that are what the image claims go into the cache. */
async function keepLayers(
  image: ImageDescription,
  layers: ReadonlyMap<string, LayerResult>,
  read: ReadBlobs,
  session: ScanSession,
): Promise<void> {
  if (session.cache === undefined) return
  for (const entry of image.layers) {
    const result = layers.get(entry.blobId)
    if (result?.diffId !== undefined && result.diffId === entry.diffId && !read.cached.has(entry.blobId)) {
      await session.cache.keepLayer(result)
    }
  }
}

function ownBlobs(
  image: ImageDescription,
  images: readonly OpenedImage[],
  read: ReadBlobs,
  isFirst: boolean,
): Map<string, LayerResult> {
  const own = new Set(image.layers.map((layer) => layer.blobId))
  const listed = blobIds(images)
  return new Map([...read.layers].filter(([blobId]) => own.has(blobId) || (isFirst && !listed.has(blobId))))
}

function ownIssues(
  image: ImageDescription,
  images: readonly OpenedImage[],
  issues: readonly SourceIssue[],
  isFirst: boolean,
): SourceIssue[] {
  const own = new Set(image.layers.map((layer) => layer.blobId))
  const listed = blobIds(images)
  return issues.filter(({ blobId }) => (blobId === undefined || !listed.has(blobId) ? isFirst : own.has(blobId)))
}

function blobIds(images: readonly OpenedImage[]): Set<string> {
  return new Set(images.flatMap(({ image }) => image.layers.map((layer) => layer.blobId)))
}

/** Layers that were not scanned and of which the source has not said why. */
function missingLayers(
  image: ImageDescription,
  layers: ReadonlyMap<string, LayerResult>,
  issues: readonly SourceIssue[],
  options: ScanOptions,
): Coverage[] {
  if (options.skipLayers === true) {
    return [{ code: 'LAYERS_SKIPPED', effect: 'note', detail: 'The layers were left out (--skip-layers).' }]
  }
  const explained = new Set(issues.map(({ blobId }) => blobId))
  return image.layers
    .filter(({ blobId }) => !layers.has(blobId) && !explained.has(blobId))
    .map(({ blobId, index }) => ({
      code: 'LAYER_NOT_SCANNED',
      effect: 'skipped',
      blobId,
      detail: `Layer ${index} was not scanned.`,
    }))
}

function statsOf(count: number, layers: ReadonlyMap<string, LayerResult>): ScanStats {
  const results = [...layers.values()]
  const sum = (read: (layer: LayerResult) => number) => results.reduce((total, layer) => total + read(layer), 0)
  return { layers: count, files: sum((layer) => layer.files), bytes: sum((layer) => layer.bytes) }
}
