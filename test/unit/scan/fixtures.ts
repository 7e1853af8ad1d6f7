// Small layers and findings for the tests of what puts an image together; no bytes, no workers.
import type { ImageDescription } from '../../../src/image/types.js'
import { fingerprint } from '../../../src/scan/fingerprint.js'
import { LayerChanges } from '../../../src/scan/layer-changes.js'
import type { LayerResult, LocalFinding, Place } from '../../../src/scan/types.js'

/** 'a/b': a file, 'a/': a folder, 'a -> b': a symlink, 'a => b': a hard link, '!a': a whiteout, 'a/*': an opaque folder. */
export function layerOf(entries: readonly string[], findings: readonly LocalFinding[] = []): LayerResult {
  const changes = new LayerChanges()
  for (const entry of entries) addEntry(changes, entry)
  return { findings, coverage: [], files: entries.length, bytes: 0, ...changes.result() }
}

function addEntry(changes: LayerChanges, entry: string): void {
  const [path = '', link] = entry.split(/ [-=]> /)
  if (entry.includes(' => ')) changes.add(path, { type: 'hardlink', linkName: link ?? '' })
  else if (entry.includes(' -> ')) changes.add(path, { type: 'symlink', linkName: link ?? '' })
  else if (entry.endsWith('/*')) changes.add(entry.replace('*', '.wh..wh..opq'), { type: 'file' })
  else if (entry.startsWith('!')) changes.add(entry.slice(1).replace(/([^/]+)$/, '.wh.$1'), { type: 'file' })
  else if (entry.endsWith('/')) changes.add(entry.slice(0, -1), { type: 'directory' })
  else changes.add(entry, { type: 'file' })
}

export interface FindingSpec {
  readonly place: Place
  readonly tag?: string
  readonly ruleId?: string
  readonly offset?: number
}

/** An unguessable finding where a tag is given, else a guessable one (the first of its place). */
export function findingOf({ place, tag, ruleId = 'a-rule', offset = 0 }: FindingSpec): LocalFinding {
  return {
    fingerprint: fingerprint(ruleId, place, tag ?? '#1'),
    ruleId,
    severity: 'high',
    confidence: 'high',
    validity: 'unchecked',
    secret:
      tag === undefined
        ? { shown: '****', guessable: true }
        : { shown: 'ab****yz', guessable: false, length: 40, entropy: 4 },
    place,
    span: { offset },
    decodedFrom: [],
    related: [],
    ...(tag === undefined ? {} : { valueTag: tag }),
  }
}

export function fileFinding(path: string, tag?: string): LocalFinding {
  return findingOf({ place: { kind: 'file', path }, ...(tag === undefined ? {} : { tag }) })
}

/** An image of `count` layers whose blobs are named "0", "1" … */
export function imageOf(count: number): ImageDescription {
  const layers = Array.from({ length: count }, (_, index) => ({
    index,
    blobId: String(index),
    createdBy: `RUN step ${index}`,
  }))
  return { imageId: 'sha256:00', platform: 'linux/amd64', annotations: {}, layers }
}

/** Layers by the names that imageOf gives them. */
export function byBlob(layers: readonly LayerResult[]): ReadonlyMap<string, LayerResult> {
  return new Map(layers.map((layer, index) => [String(index), layer]))
}
