// Collects garbage of a thread's old generation, which V8 does late without marking in steps (v8-flags.ts): what outlives the young
// generation by chance would add up to hundreds of megabytes.
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes by which the old generation may grow before the heap is looked through: that takes about 15 ms. */
const MOST_GROWTH = 16 * 1024 * 1024

/** A function to be called between two pieces of work, where little is in use. */
export function garbageCollector(mostGrowth = MOST_GROWTH): () => void {
  let collect: (() => void) | undefined
  let used = oldGeneration()
  return () => {
    if (oldGeneration() < used + mostGrowth) return
    collect ??= exposedCollector()
    collect()
    used = oldGeneration()
  }
}

/** Bytes in use. The young generation is collected in time by V8, and the larger it may be the more of it is garbage. */
function oldGeneration(): number {
  let used = 0
  for (const { space_name: name, space_used_size: size } of getHeapSpaceStatistics())
    if (!name.startsWith('new_')) used += size
  return used
}

/** V8's own, which it gives to contexts that are made while the flag is set. */
function exposedCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  return collect
}
