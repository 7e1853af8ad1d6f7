// How many processors there are to share.
import { availableParallelism } from 'node:os'

/**
 * With more, reading takes one thread, inflating another, and there are as many workers as processors. With no more than two, two threads
 * do all of it (docs/adr/0017). Asked once: it costs a system call or more.
 */
export const HAS_FEW_PROCESSORS = availableParallelism() <= 2
