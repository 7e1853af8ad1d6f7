// How a layer's result lies in the store: as the image cache has it; sealed under the store's key where a name in it may hold a value.
import { decodeLayer, encodeLayer, isCacheable } from '../../scan/cache-format.js'
import type { LayerResult } from '../../scan/types.js'
import { StoreError } from '../../support/errors.js'
import { seal, unseal } from './key.js'

/** First byte of a sealed result; a plain one begins with a brace. */
const SEALED = 1

export function storeLayer(result: LayerResult, sealKey: Uint8Array): Uint8Array {
  const bytes = encodeLayer(result)
  if (isCacheable(result)) return bytes
  const paths = Buffer.from(`${JSON.stringify([...(result.plainPaths ?? [])])}\n`)
  return Buffer.concat([Uint8Array.of(SEALED), seal(sealKey, Buffer.concat([paths, bytes]))])
}

/** Throws StoreError where the bytes are not what storeLayer wrote. */
export function loadLayer(bytes: Uint8Array, sealKey: Uint8Array): LayerResult {
  const result = bytes[0] === SEALED ? loadSealed(unseal(sealKey, bytes.subarray(1))) : decodeLayer(bytes)
  if (result === undefined) throw new StoreError("A layer's result in the store is damaged.")
  return result
}

function loadSealed(bytes: Uint8Array): LayerResult | undefined {
  const newline = bytes.indexOf(0x0a)
  const paths = JSON.parse(Buffer.from(bytes.subarray(0, newline)).toString('utf8')) as [string, string][]
  const result = decodeLayer(bytes.subarray(newline + 1))
  if (result === undefined || paths.length === 0) return result
  return { ...result, plainPaths: new Map(paths) }
}
