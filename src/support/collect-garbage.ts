// Collects garbage of a thread's old generation, which V8 does late without marking in steps (v8-flags.ts): what outlives the young
// generation by chance would add up to hundreds of megabytes.
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes by which the heap may grow before it is looked through: that takes about 15 ms. */
const MOST_GROWTH = 16 * 1024 * 1024

/** A function to be called between two pieces of work, where little is in use. */
export function garbageCollector(mostGrowth = MOST_GROWTH): () => void {
  let collect: (() => void) | undefined
  let used = getHeapStatistics().used_heap_size
  return () => {
    if (getHeapStatistics().used_heap_size < used + mostGrowth) return
    collect ??= exposedCollector()
    collect()
    used = getHeapStatistics().used_heap_size
  }
}

/** V8's own, which it gives to contexts that are made while the flag is set. */
function exposedCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  return collect
}
