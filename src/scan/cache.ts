// What a cache of scan results must offer (layers by diffID, configs by image). The one on the disk comes with the cache commands.
import type { Digest, ImageDescription } from '../image/types.js'
import type { ConfigResult, LayerResult } from './types.js'

export interface LayerCache {
  layer(digest: { readonly diffId?: Digest; readonly blobDigest?: Digest }): Promise<LayerResult | undefined>
  keepLayer(result: LayerResult): Promise<void>
  config(image: ImageDescription): Promise<ConfigResult | undefined>
  keepConfig(result: ConfigResult): Promise<void>
}
