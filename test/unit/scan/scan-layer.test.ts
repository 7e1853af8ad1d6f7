import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { scanLayer } from '../../../src/scan/scan-layer.js'
import type { Outcome, WorkerPool } from '../../../src/scan/worker-pool.js'
import { archive, entry } from '../../fixtures/tar-builder.js'
import { testRules } from './scan-fixture.js'

const NOTHING: Outcome = { findings: [], coverage: [] }

/** A pool whose workers take nothing until they are told to. */
function busyPool() {
  let free: () => void = () => {}
  const isFree = new Promise<void>((resolve) => (free = resolve))
  const pool: WorkerPool = {
    submit: () => isFree.then(() => ({ done: Promise.resolve(NOTHING) })),
    stream: () => assert.fail('there is no archive in the layer'),
    onEach: async () => undefined,
    buffer: () => new ArrayBuffer(1024 * 1024),
    close: async () => {},
  }
  return { pool, free }
}

async function* stored(): AsyncGenerator<Uint8Array> {
  yield archive(entry({ name: 'app/a.txt' }, 'nothing'))
}

describe('reading a layer', () => {
  it('ends when the workers have taken its files, so that thousands of small layers do not pile up in memory', async () => {
    const { pool, free } = busyPool()
    const rules = await testRules()
    const setup = { rules, maxDecodeDepth: 3, maxArchiveDepth: 4, showSecrets: false }
    const blob = { blobId: 'layer.tar', role: 'layer', bytes: stored() } as const
    let isRead = false
    const reading = scanLayer(blob, { pool, setup, signal: new AbortController().signal }).then((pending) => {
      isRead = true
      return pending.result
    })
    for (let turn = 0; turn < 50; turn++) await setImmediate()
    assert.equal(isRead, false)
    free()
    const result = await reading
    assert.equal(isRead, true)
    assert.equal(result.files, 1)
  })
})
