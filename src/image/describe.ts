// Puts a config and the blobs that a manifest lists together: the description of one image. Pure; the same for every source.
import type { ConfigDocument } from './config.js'
import { alignHistory } from './history.js'
import type { Digest, HistoryEntry, HistoryLine, LayerEntry, OpenedImage, SourceIssue } from './types.js'

/** One entry of a manifest's layers. */
export interface LayerReference {
  readonly blobId: string
  readonly blobDigest?: Digest
  readonly size?: number
}

export interface ImageParts {
  readonly document: ConfigDocument
  readonly configBytes?: Uint8Array
  readonly imageId: Digest
  readonly manifestDigest?: Digest
  readonly reference?: string
  readonly annotations: Readonly<Record<string, string>>
  readonly layers: readonly LayerReference[]
  readonly on: (issue: SourceIssue) => void
}

/** The image that `parts` make. Where config and manifest disagree on the number of layers, diffIDs and instructions are left out. */
export function describeImage(parts: ImageParts): OpenedImage {
  const { document, configBytes, imageId, manifestDigest, reference, annotations } = parts
  const makers = alignedHistory(parts)
  const { history } = document.config
  return {
    image: {
      imageId,
      platform: document.platform,
      annotations,
      layers: describeLayers(parts, makers),
      ...(history.length === 0 ? {} : { history: historyLines(history, makers) }),
      ...(manifestDigest === undefined ? {} : { manifestDigest }),
      ...(reference === undefined ? {} : { reference }),
    },
    config: document.config,
    ...(configBytes === undefined ? {} : { configBytes }),
  }
}

/** Whether config and manifest have the same number of layers. */
const agree = ({ document, layers }: ImageParts): boolean => document.diffIds.length === layers.length

/** The history's entry of each layer, undefined where it is unknown; says why. */
function alignedHistory(parts: ImageParts): (HistoryEntry | undefined)[] {
  const { document, layers, on } = parts
  const { diffIds, listsLayers } = document
  const agrees = agree(parts)
  if (!agrees) {
    const claimed = listsLayers ? `lists ${diffIds.length}` : 'lists none'
    on({
      code: 'LAYER_COUNT_MISMATCH',
      effect: 'note',
      detail: `The manifest has ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}, the config ${claimed}: which instruction made which layer is unknown.`,
    })
  }
  const { history: entries } = document.config
  const history = alignHistory(agrees ? entries : [], layers.length)
  if (agrees && entries.length > 0 && history.length > 0 && history[0] === undefined) {
    const detail = `The history does not have ${layers.length} entries with a layer: which instruction made which layer is unknown.`
    on({ code: 'HISTORY_MISMATCH', effect: 'note', detail })
  }
  return history
}

function historyLines(history: readonly HistoryEntry[], makers: readonly (HistoryEntry | undefined)[]): HistoryLine[] {
  return history.map((entry) => {
    const layer = makers.indexOf(entry)
    return { createdBy: entry.createdBy ?? '', ...(layer < 0 ? {} : { layer }) }
  })
}

function describeLayers(parts: ImageParts, makers: readonly (HistoryEntry | undefined)[]): LayerEntry[] {
  return parts.layers.map((layer, index) => {
    const diffId = agree(parts) ? parts.document.diffIds[index] : undefined
    const createdBy = makers[index]?.createdBy
    return {
      index,
      ...layer,
      ...(diffId === undefined ? {} : { diffId }),
      ...(createdBy === undefined ? {} : { createdBy }),
    }
  })
}
