// One layer of a sweep, from its registry through the very same scan as a single image's to its row.
import type { LayerBlob } from '../../image/types.js'
import { scanLayer } from '../../scan/scan-layer.js'
import type { Coverage, LayerResult } from '../../scan/types.js'
import { CorruptImageError } from '../../support/errors.js'
import type { SweepRegistryAccess } from '../types.js'
import type { LeasedLayer } from './layers.js'
import type { SweepTools } from './tools.js'

/** Reads the blob, once, and scans it. Bytes that are not the digest's are scanned all the same, and the result says so. */
export async function scanLeased(
  layer: LeasedLayer,
  access: SweepRegistryAccess,
  tools: SweepTools,
): Promise<LayerResult> {
  const { session, signal, on } = tools
  const mismatches: Coverage[] = []
  const blob = access.openBlob(layer.repository, { ...layer, foreign: false }, signal)
  const pending = await scanLayer(
    { ...blob, bytes: reported(blob, mismatches) },
    {
      pool: session.pool,
      setup: session.setup,
      signal,
      onBytes: (delta) => on({ type: 'bytes', delta }),
      ...(session.detection.maxFileSize === undefined ? {} : { maxFileSize: session.detection.maxFileSize }),
    },
  )
  const result = await pending.result
  return mismatches.length === 0 ? result : { ...result, coverage: [...result.coverage, ...mismatches] }
}

async function* reported(blob: LayerBlob, mismatches: Coverage[]): AsyncGenerator<Uint8Array> {
  try {
    yield* blob.bytes
  } catch (error) {
    if (!(error instanceof CorruptImageError)) throw error
    mismatches.push({ code: 'DIGEST_MISMATCH', effect: 'partial', blobId: blob.blobId, detail: error.message })
  }
}
