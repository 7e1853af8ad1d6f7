// How a command carries a migration out: the first Ctrl-C lets the step under way end, so that what stays can be told; a second one does not.
import { wayOnFrom } from '../../migrate/open-runs.js'
import type { ApplyOptions } from '../../migrate/run.js'
import { interruptSignal, setInterruptGrace, setLastWords } from './interrupt.js'

/** ms that a step has to end: a write to a store, a check by docker compose. */
const GRACE = 10_000

/** To be called when writing begins: until then a Ctrl-C ends the process at once, and nothing was written. */
export function writing(onStep: ApplyOptions['onStep']): ApplyOptions {
  setInterruptGrace(GRACE)
  setLastWords('A run may have begun: secretscan migrate status says so.\n')
  return {
    signal: interruptSignal,
    onStep: (event) => {
      const { id } = event
      setLastWords(`Run ${id} may have stopped half-way. ${wayOnFrom(id)}\n`)
      onStep(event)
    },
  }
}
