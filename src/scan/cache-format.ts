// How a layer's result lies on the disk: one line of JSON, then the path hashes as bytes. No plain value is ever in it.
import type { RuleSet } from '../detect/rule-set.js'
import type { LayerResult } from './types.js'

/** Raised when what a scan writes down changes though the rules do not: redaction, fingerprints, this format. */
const SCAN_VERSION = 5

/** What decides a layer's result beside its bytes. */
export interface ScanConditions {
  readonly rules: Pick<RuleSet, 'digest'>
  readonly maxDecodeDepth: number
  readonly maxArchiveDepth: number
  readonly maxFileSize?: number
}

/** Results may stand for one another where this text is the same. */
export function scanConditions(conditions: ScanConditions): string {
  const { rules, maxDecodeDepth, maxArchiveDepth, maxFileSize } = conditions
  return JSON.stringify([SCAN_VERSION, rules.digest, maxDecodeDepth, maxArchiveDepth, maxFileSize ?? null])
}

type StoredLayer = Omit<LayerResult, 'fileHashes' | 'dirHashes' | 'plainPaths' | 'shortened'> & {
  readonly fileCount: number
  readonly dirCount: number
}

/** Codes of results that another run might not repeat, since they depend on time. */
const BY_CHANCE: ReadonlySet<string> = new Set(['RULE_DEADLINE', 'SCAN_DEADLINE'])

/**
 * Whether a result may be written down: complete, repeatable, and without a secret in a name (whiteouts and links are kept as they
 * are, and a name that holds a secret may be among them).
 */
export function isCacheable(result: LayerResult): boolean {
  if (result.diffId === undefined || result.plainPaths !== undefined || result.shortened === true) return false
  if (result.coverage.some(({ code }) => BY_CHANCE.has(code))) return false
  return !result.findings.some(
    ({ place, secret }) => place.kind === 'file-name' || place.kind === 'link' || secret.value !== undefined,
  )
}

export function encodeLayer(result: LayerResult): Uint8Array {
  const { fileHashes, dirHashes, plainPaths: _, ...rest } = result
  const stored: StoredLayer = { ...rest, fileCount: fileHashes.length, dirCount: dirHashes.length }
  return Buffer.concat([Buffer.from(`${JSON.stringify(stored)}\n`), bytesOf(fileHashes), bytesOf(dirHashes)])
}

/** Undefined where the bytes are not what encodeLayer writes. */
export function decodeLayer(bytes: Uint8Array): LayerResult | undefined {
  const newline = bytes.indexOf(0x0a)
  if (newline < 0) return undefined
  try {
    const { fileCount, dirCount, ...rest } = JSON.parse(
      Buffer.from(bytes.subarray(0, newline)).toString('utf8'),
    ) as StoredLayer
    // A copy of its own, so that the hashes begin where a 64-bit array may.
    const hashes = Uint8Array.from(bytes.subarray(newline + 1))
    if (hashes.length !== (fileCount + dirCount) * 8 || !Array.isArray(rest.findings)) return undefined
    const fileHashes = new BigUint64Array(hashes.buffer, 0, fileCount)
    return { ...rest, fileHashes, dirHashes: new BigUint64Array(hashes.buffer, fileCount * 8, dirCount) }
  } catch {
    return undefined
  }
}

function bytesOf(hashes: BigUint64Array): Uint8Array {
  return new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength)
}
