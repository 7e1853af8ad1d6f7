// Whether an archive or a layout looks like one that was scanned before. Only then is it worth reading twice: once to learn the digests
// of its blobs, which nobody is believed about, and once for those that are not in the cache. A wrong guess costs time, nothing else.
import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Target } from '../image/reference.js'
import type { LayerCache } from './cache.js'

/** What tells this file from another at this time; undefined for what is no file. */
async function identityOf(target: Target): Promise<string | undefined> {
  if (target.kind !== 'archive' && target.kind !== 'oci') return undefined
  const path = target.kind === 'oci' ? join(target.path, 'index.json') : target.path
  try {
    const { dev, ino, size, mtimeMs } = await stat(path)
    return JSON.stringify([await realpath(path), dev, ino, size, mtimeMs])
  } catch {
    return undefined
  }
}

export interface SeenFile {
  /** Whether the cache remembers it. */
  readonly seen: boolean
  /** To be called when it has been scanned whole. */
  remember(): Promise<void>
}

/** Asks the cache for what `target` names. */
export async function seenFile(target: Target, cache: LayerCache | undefined): Promise<SeenFile> {
  const identity = cache === undefined ? undefined : await identityOf(target)
  if (cache === undefined || identity === undefined) return { seen: false, remember: async () => {} }
  const seen = await cache.hasSeen(identity)
  return { seen, remember: async () => (seen ? undefined : cache.keepSeen(identity)) }
}
