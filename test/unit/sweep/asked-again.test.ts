// What a sweep says of lists that failed and are asked for again.
import assert from 'node:assert/strict'
import { UnreachableError } from '../../../src/support/errors.js'
import type { Retry } from '../../../src/sweep/jobs/engine.js'
import { AskedAgain } from '../../../src/sweep/work/asked-again.js'
import type { SweepEvent } from '../../../src/sweep/work/tools.js'

describe('sweep/work: a list that is asked for again', () => {
  const HOST = 'registry.example.com'
  const retry = (failed: number): Retry => ({ failed, most: 9, seconds: 3, span: [510, 1020] })
  const few: Retry = { failed: 1, most: 5, seconds: 3, span: [30, 60] }
  /** The store knows no repository: the jobs are of the registry. */
  const listening = () => {
    const said: SweepEvent[] = []
    const database = {
      kind: 'embedded' as const,
      query: async () => [],
      script: async () => undefined,
      transaction: async () => assert.fail('nothing is written'),
      close: async () => undefined,
    }
    const again = new AskedAgain({ database, on: (event) => void said.push(event) })
    const fail = async (reason: string, failed: number, next = retry(failed)) => {
      await again.tell({ payload: { host: HOST } }, new UnreachableError(reason), next)
      const event = said.splice(0)[0]
      return event === undefined || !('message' in event) ? undefined : `${event.type}: ${event.message}`
    }
    return { again, fail }
  }

  it('says at the first failure how often and over how long, later only how often', async () => {
    for (const [failed, ending] of [
      [1, ', and up to 7 times more, over 8 to 17 minutes.'],
      [2, ', and up to 6 times more.'],
      [7, ', and up to 1 time more.'],
      [8, '.'],
    ] as const)
      assert.equal(
        await listening().fail('It is away.', failed),
        `trouble: ${HOST}: It is away. It is asked again in 3 s${ending}`,
      )
  })

  it('tells no minutes where it is given up within one', async () => {
    const said = await listening().fail('It is away.', 1, few)
    assert.match(said ?? '', / It is asked again in 3 s, and up to 3 times more, over up to a minute\.$/)
  })

  it('says another reason as such, the same one at each try only until the registry has answered', async () => {
    const { again, fail } = listening()
    assert.match((await fail('It is away.', 1)) ?? '', /^trouble: .* over 8 to 17 minutes\.$/)
    assert.match((await fail('It is away.', 2)) ?? '', /^retry: .* Failed 2 of 9 times; asked again in 3 s\.$/)
    assert.match((await fail('It answers with nonsense.', 3)) ?? '', /^trouble: .*nonsense\..* up to 5 times more\.$/)
    again.hasAnswered(HOST)
    assert.equal(await fail('It is away.', 4), undefined)
  })
})
