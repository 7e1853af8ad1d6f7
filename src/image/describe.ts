// Puts a config and the blobs that a manifest lists together: the description of one image. Pure; the same for every source.
import type { ConfigDocument } from './config.js'
import { alignHistory } from './history.js'
import type { Digest, LayerEntry, OpenedImage, SourceIssue } from './types.js'

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
  return {
    image: {
      imageId,
      platform: document.platform,
      annotations,
      layers: describeLayers(parts),
      ...(manifestDigest === undefined ? {} : { manifestDigest }),
      ...(reference === undefined ? {} : { reference }),
    },
    config: document.config,
    ...(configBytes === undefined ? {} : { configBytes }),
  }
}

function describeLayers({ document, layers, on }: ImageParts): LayerEntry[] {
  const { diffIds, listsLayers } = document
  const agrees = diffIds.length === layers.length
  if (!agrees) {
    const claimed = listsLayers ? `lists ${diffIds.length}` : 'lists none'
    on({
      code: 'LAYER_COUNT_MISMATCH',
      effect: 'note',
      detail: `The manifest has ${layers.length} layers, the config ${claimed}: which instruction made which layer is unknown.`,
    })
  }
  const { history: entries } = document.config
  const history = alignHistory(agrees ? entries : [], layers.length)
  if (agrees && entries.length > 0 && history.length > 0 && history[0] === undefined) {
    const detail = `The history does not have ${layers.length} entries with a layer: which instruction made which layer is unknown.`
    on({ code: 'HISTORY_MISMATCH', effect: 'note', detail })
  }
  return layers.map((layer, index) => {
    const diffId = agrees ? diffIds[index] : undefined
    const createdBy = history[index]?.createdBy
    return {
      index,
      ...layer,
      ...(diffId === undefined ? {} : { diffId }),
      ...(createdBy === undefined ? {} : { createdBy }),
    }
  })
}
