// Puts an image together from its layers' and its config's results. Pure, and the only place that knows the order of layers: index,
// instruction, exposure, base image, and which places are one leak.
import type { ImageDescription, LayerEntry, SourceIssue } from '../image/types.js'
import { LayerStack } from './exposure.js'
import { mergeLeak } from './merge.js'
import type { Base, ConfigResult, Coverage, Finding, LayerResult, LocalFinding, Place, TargetReport } from './types.js'

/**
 * `layers` by blobId; blobs that are no layer of the image (attestations, what a cut pipe brought) are kept without a place in it.
 * Without an image the findings stand with no index and no exposure. `told`: what the source has said of its blobs.
 */
export function assemble(
  image: ImageDescription | undefined,
  layers: ReadonlyMap<string, LayerResult>,
  config: ConfigResult | undefined,
  base?: Base,
  told: readonly SourceIssue[] = [],
): Pick<TargetReport, 'findings' | 'coverage'> {
  const entries = image?.layers ?? []
  const stack = new LayerStack(entries.map((entry) => ({ entry, result: layers.get(entry.blobId) })))
  const baseCount = base === undefined ? 0 : basePrefix(entries, base)
  const findings: Finding[] = []
  for (const entry of entries) {
    const origin = base === undefined ? 'unknown' : entry.index < baseCount ? 'base' : 'own'
    for (const finding of layers.get(entry.blobId)?.findings ?? []) {
      findings.push({ ...finding, layer: entry, ...fateOf(finding, entry, stack, layers), origin })
    }
  }
  findings.push(...looseFindings(entries, layers, image !== undefined))
  for (const finding of config?.findings ?? []) findings.push(configFinding(finding, image, base, config?.entryMacs))
  return { findings: byLeak(findings), coverage: allCoverage(entries, layers, config, told) }
}

/** The findings of files without layers (a folder, a container), each leak once. */
export function mergeFindings(
  findings: readonly LocalFinding[],
  origin: Finding['origin'] | ((finding: LocalFinding) => Finding['origin']),
): Finding[] {
  const originOf = typeof origin === 'function' ? origin : () => origin
  return byLeak(findings.map((finding) => ({ ...finding, origin: originOf(finding) })))
}

/** How many of the lowest layers are the base's, one after another: a prefix, no set. */
function basePrefix(entries: readonly LayerEntry[], base: Base): number {
  let count = 0
  while (count < entries.length && count < base.diffIds.length && entries[count]?.diffId === base.diffIds[count])
    count++
  return count
}

function fateOf(finding: LocalFinding, entry: LayerEntry, stack: LayerStack, layers: ReadonlyMap<string, LayerResult>) {
  const { place } = finding
  if (!('path' in place)) return { exposure: 'metadata' as const }
  const plain = layers.get(entry.blobId)?.plainPaths?.get(place.path) ?? place.path
  return stack.fate(plain, entry.index)
}

/** Findings in blobs that the image does not list: an attestation tells of it all the same, the rest has no place in it. */
function looseFindings(
  entries: readonly LayerEntry[],
  layers: ReadonlyMap<string, LayerResult>,
  isKnown: boolean,
): Finding[] {
  const listed = new Set(entries.map((entry) => entry.blobId))
  return [...layers]
    .filter(([blobId]) => !listed.has(blobId))
    .flatMap(([, result]) => result.findings)
    .map((finding) => {
      const isMetadata = isKnown && finding.place.kind === 'provenance'
      return { ...finding, ...(isMetadata ? { exposure: 'metadata' as const } : {}), origin: 'unknown' as const }
    })
}

/** The layer that a line of the history made. */
function madeBy(place: Place, image: ImageDescription | undefined): { readonly layer?: LayerEntry } {
  if (place.kind !== 'history' && place.kind !== 'build-arg') return {}
  const made = place.index === undefined ? undefined : image?.history?.[place.index]?.layer
  const layer = made === undefined ? undefined : image?.layers[made]
  return layer === undefined ? {} : { layer }
}

function configFinding(
  finding: LocalFinding,
  image: ImageDescription | undefined,
  base: Base | undefined,
  macs: ConfigResult['entryMacs'],
): Finding {
  const origin = base === undefined ? 'unknown' : isOfBase(finding.fingerprint, base, macs) ? 'base' : 'own'
  const related = finding.related.map((other) => ({
    ...other,
    ...madeBy(other.place, image),
    exposure: 'metadata' as const,
  }))
  return { ...finding, ...madeBy(finding.place, image), related, exposure: 'metadata', origin }
}

function isOfBase(fingerprint: string, base: Base, macs: ConfigResult['entryMacs']): boolean {
  if (!base.configEntries.has(fingerprint)) return false
  return base.entryMacs === undefined || base.entryMacs.get(fingerprint) === macs?.get(fingerprint)
}

/**
 * Brings together what holds one value (by tag: guessable values have none and are never compared across layers) and what has one
 * fingerprint in several layers. In the order in which the leaks were met, lowest layer first.
 */
function byLeak(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding[]>()
  const known = new Map<string, string>()
  for (const finding of findings) {
    const tag = finding.valueTag === undefined ? undefined : `tag:${finding.valueTag}`
    const key =
      (tag === undefined ? undefined : known.get(tag)) ?? known.get(finding.fingerprint) ?? tag ?? finding.fingerprint
    known.set(finding.fingerprint, key)
    if (tag !== undefined) known.set(tag, key)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [finding])
    else group.push(finding)
  }
  return [...groups.values()].map((group) => mergeLeak(group, { sameUnit: false }))
}

/** As the image has its layers, those that it does not name behind them: which one was done first is chance. */
function inOrder(
  layers: ReadonlyMap<string, LayerResult>,
  entries: readonly LayerEntry[],
): readonly (readonly [string, LayerResult])[] {
  const places = new Map(entries.map(({ blobId }, at) => [blobId, at]))
  const placeOf = (blobId: string): number => places.get(blobId) ?? entries.length
  return [...layers].sort(([a], [b]) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
}

function allCoverage(
  entries: readonly LayerEntry[],
  layers: ReadonlyMap<string, LayerResult>,
  config: ConfigResult | undefined,
  told: readonly SourceIssue[],
): Coverage[] {
  const coverage: Coverage[] = []
  for (const [blobId, result] of inOrder(layers, entries)) {
    const own = result.coverage.map((entry) => ({ blobId, ...entry }))
    coverage.push(...own)
    // Whoever read the layer has told it, the source or a sweep's worker: of other stored bytes the plain ones differ, too.
    if ([...told, ...own].some((entry) => entry.code === 'DIGEST_MISMATCH' && entry.blobId === blobId)) continue
    for (const claim of entries) {
      if (claim.blobId !== blobId || claim.diffId === undefined || result.diffId === undefined) continue
      if (claim.diffId === result.diffId) continue
      const detail = `Layer ${claim.index} is not what the image's config says: it has the digest ${result.diffId}, claimed is ${claim.diffId}.`
      coverage.push({ code: 'DIGEST_MISMATCH', effect: 'partial', blobId, detail })
    }
  }
  coverage.push(...(config?.coverage ?? []))
  return coverage
}
