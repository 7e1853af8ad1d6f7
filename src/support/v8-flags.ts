// Tells V8 how to compile this program and when to collect its garbage. Measured with bench/scan.js and a sampling profiler; changes no
// result.
import { setFlagsFromString } from 'node:v8'
import { HAS_FEW_PROCESSORS } from './processors.js'

/**
 * A scan is over in seconds, and each of its threads optimises for itself: with the defaults that is a sixth of all processor time.
 * Bytes of bytecode built into one optimised function (default: 920), bytes of bytecode run before a function is optimised (default:
 * about 68,000, thrice). For Node 20 only; later versions have one more compiler.
 */
const COMPILER = ['--max-inlined-bytecode-size-cumulative=100', '--interrupt-budget=400000'] as const

/**
 * Nearly all garbage is buffers of unpacked bytes, which V8 counts as outside its heap: with the default it goes through the whole heap
 * for each 25 MB of them, a tenth of all processor time. Without marking in steps, collecting the young generation frees them.
 */
const COLLECTOR = '--no-incremental-marking'
/** Where there are two processors, both scan: threads that help to collect a few hundred kilobytes only get in the way. */
const ALONE = '--no-parallel-scavenge'
/** Later versions may not know these flags, and would say so. */
const LAST_KNOWN = 26

/** To be called before any work. */
export function tuneV8(): void {
  const version = Number.parseInt(process.versions.node, 10)
  for (const flag of version === 20 ? COMPILER : []) setFlagsFromString(flag)
  if (version <= LAST_KNOWN) setFlagsFromString(COLLECTOR)
  if (version <= LAST_KNOWN && HAS_FEW_PROCESSORS) setFlagsFromString(ALONE)
}
