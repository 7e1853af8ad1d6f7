import assert from 'node:assert/strict'
import { timed } from '../../../src/detect/timed.js'

/** A clock whose runs take the given times, ms. */
function clock(...runs: number[]): () => number {
  let now = 0
  let isStart = true
  return () => {
    if (!isStart) now += runs.shift() ?? 0
    isStart = !isStart
    return now
  }
}

describe('the time that work takes', () => {
  const cases: readonly (readonly [string, readonly number[], number, number, number])[] = [
    ['is that of its one run where it is short', [3], 0, 3, 1],
    ['does not count a pause of the thread', [400, 1], 1, 1, 2],
    ['is long where it is long again', [400, 390], 400, 390, 2],
    ['does not grow by a pause in the second run', [30, 900], 900, 30, 2],
    ['does not count what other programs took from both runs', [400, 390], 20, 20, 2],
  ]
  for (const [name, runs, processor, ms, calls] of cases) {
    it(name, () => {
      let called = 0
      const measured = timed(() => ++called, 25, { wall: clock(...runs), processor: clock(processor) })
      assert.deepEqual(measured, { result: 1, ms })
      assert.equal(called, calls)
    })
  }
})
