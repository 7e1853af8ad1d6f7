import assert from 'node:assert/strict'
import { startProgress } from '../../../src/commands/shared/progress.js'
import type { ScanEvent } from '../../../src/scan/types.js'

/** What stands on standard error, no terminal, after these events. */
async function linesOf(events: readonly ScanEvent[]): Promise<readonly string[]> {
  const { write } = process.stderr
  const { isTTY } = process.stderr
  const written: string[] = []
  const progress = await (async () => {
    process.stderr.isTTY = false
    try {
      return await startProgress({ shown: true, color: false, title: 'app:1' })
    } finally {
      process.stderr.isTTY = isTTY
    }
  })()
  process.stderr.write = ((text: string) => written.push(text) > 0) as typeof write
  try {
    for (const event of events) progress.on(event)
  } finally {
    process.stderr.write = write
  }
  return written.join('').trimEnd().split('\n')
}

const cached: ScanEvent = { type: 'layer', cached: true }
const scanned: ScanEvent = { type: 'layer', cached: false }

describe('progress without a terminal', () => {
  it('tells layers that come out of the cache, and no bytes or rate as long as none was read', async () => {
    assert.deepEqual(await linesOf([{ type: 'opened', layers: 2 }, cached, cached]), [
      'app:1: 1/2 layers (1 from the cache)',
      'app:1: 2/2 layers (2 from the cache)',
    ])
  })

  it('tells bytes and their rate once some were read', async () => {
    const [first = '', second = ''] = await linesOf([
      { type: 'opened', layers: 2 },
      { type: 'bytes', delta: 3000 },
      scanned,
      cached,
    ])
    assert.match(first, /^app:1: 1\/2 layers {2}3 kB {2}[\d.]+ [kMGT]?B\/s$/)
    assert.match(second, /^app:1: 2\/2 layers \(1 from the cache\) {2}3 kB {2}/)
  })
})
