// One layer of a sweep, from its registry through the very same scan as a single image's to its row.
import type { LayerBlob } from '../../image/types.js'
import { scanLayer } from '../../scan/scan-layer.js'
import type { Coverage, LayerResult } from '../../scan/types.js'
import { CorruptImageError } from '../../support/errors.js'
import type { SweepRegistryAccess } from '../types.js'
import type { LeasedLayer } from './layers.js'
import type { SweepTools } from './tools.js'

/** Stored bytes of one blob that are read: what a manifest says of its length binds nobody. */
const MOST_BLOB_BYTES = 64 * 1024 ** 3

export interface ScannedLayer {
  readonly result: LayerResult
  /** Stored bytes, as they were counted. */
  readonly size: number
  /** They are what the digest names. */
  readonly verified: boolean
}

interface Reading {
  size: number
  readonly mismatches: Coverage[]
}

/** Reads the blob, once, and scans it. Bytes that are not the digest's are scanned all the same, and the result says so. */
export async function scanLeased(
  layer: LeasedLayer,
  access: SweepRegistryAccess,
  tools: SweepTools,
): Promise<ScannedLayer> {
  const { session, signal, on } = tools
  const reading: Reading = { size: 0, mismatches: [] }
  const blob = access.openBlob(layer.repository, { ...layer, foreign: false }, signal)
  const pending = await scanLayer(
    { ...blob, bytes: reported(blob, reading) },
    {
      pool: session.pool,
      setup: session.setup,
      signal,
      onBytes: (delta) => on({ type: 'bytes', delta }),
      ...(session.detection.maxFileSize === undefined ? {} : { maxFileSize: session.detection.maxFileSize }),
    },
  )
  const result = await pending.result
  const { size, mismatches } = reading
  return {
    result: { ...result, coverage: [...result.coverage, ...mismatches] },
    size,
    verified: mismatches.length === 0,
  }
}

async function* reported(blob: LayerBlob, reading: Reading): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of blob.bytes) {
      reading.size += chunk.length
      if (reading.size > MOST_BLOB_BYTES)
        throw new CorruptImageError(`The blob ${blob.blobId} is too long to be verified.`)
      yield chunk
    }
  } catch (error) {
    if (!(error instanceof CorruptImageError)) throw error
    reading.mismatches.push({ code: 'DIGEST_MISMATCH', effect: 'partial', blobId: blob.blobId, detail: error.message })
  }
}
