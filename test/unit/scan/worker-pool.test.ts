import assert from 'node:assert/strict'
import { FileFeeder } from '../../../src/scan/file-feeder.js'
import type { WorkerSetup } from '../../../src/scan/unit.js'
import { createWorkerPool, type WorkerPool } from '../../../src/scan/worker-pool.js'
import { InternalError } from '../../../src/support/errors.js'
import { testRules, token } from './scan-fixture.js'

/** A worker that does as the text says, for what no real unit brings about. */
const workerOf = (onUnit: string) =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads'
    parentPort.on('message', ({ id, unit }) => { ${onUnit} })
  `)}`,
  )

async function setup(): Promise<WorkerSetup> {
  return { rules: await testRules(), maxDecodeDepth: 3, maxArchiveDepth: 4, showSecrets: false }
}

async function withPool<T>(pool: WorkerPool, use: (pool: WorkerPool) => Promise<T>): Promise<T> {
  try {
    return await use(pool)
  } finally {
    await pool.close()
  }
}

async function* body(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

describe('the worker pool', () => {
  it('ends the run with a bug when a worker dies, whoever waits', async () => {
    const pool = createWorkerPool(await setup(), { concurrency: 1, module: workerOf('process.exit(0)') })
    await withPool(pool, async () => {
      const feeder = new FileFeeder({ pool, setup: await setup() })
      await feeder.addFile({ path: 'a', size: 1, body: body('x') })
      await assert.rejects(feeder.finish(), (error: Error) => error instanceof InternalError && error.exitCode === 70)
      await assert.rejects(pool.submit({ kind: 'mask', mask: [] }), InternalError)
    })
  })

  it('tells of an error without its message, which may quote what was scanned', async () => {
    const failing = `setTimeout(() => { throw new SyntaxError('Unexpected token in "${token('quoted')}"') })`
    const pool = createWorkerPool(await setup(), { concurrency: 1, module: workerOf(failing) })
    await withPool(pool, async () => {
      const { done } = await pool.submit({ kind: 'mask', mask: [] })
      await assert.rejects(
        done,
        (error: Error) =>
          error.message.includes('SyntaxError') &&
          !JSON.stringify([error.message, error.stack, String(error.cause)]).includes('tok_'),
      )
    })
  })

  it('ends a worker that hangs, lists what it held, and goes on with a fresh one', async () => {
    const hanging = `
      if (unit.files?.some(({ path }) => path === 'evil')) for (;;);
      parentPort.postMessage({ type: 'result', id, result: { findings: [], coverage: [] } })`
    const pool = createWorkerPool(await setup(), { concurrency: 1, silenceMs: 1000, module: workerOf(hanging) })
    await withPool(pool, async () => {
      const first = new FileFeeder({ pool, setup: await setup() })
      await first.addFile({ path: 'evil', size: 1, body: body('x') })
      await first.addFile({ path: 'beside', size: 1, body: body('y') })
      const { coverage } = await first.finish()
      assert.deepEqual(
        coverage.map(({ code, effect, place }) => [code, effect, place !== undefined && 'path' in place && place.path]),
        [
          ['SCAN_DEADLINE', 'partial', 'evil'],
          ['SCAN_DEADLINE', 'partial', 'beside'],
        ],
      )
      const second = new FileFeeder({ pool, setup: await setup() })
      await second.addFile({ path: 'good', size: 1, body: body('z') })
      assert.deepEqual((await second.finish()).coverage, [])
    })
  })

  it('takes no more than it can hold', async () => {
    const pool = createWorkerPool(await setup(), { concurrency: 1, module: workerOf('') })
    await withPool(pool, async () => {
      await pool.submit({ kind: 'mask', mask: [] })
      await pool.submit({ kind: 'mask', mask: [] })
      const third = await Promise.race([
        pool.submit({ kind: 'mask', mask: [] }),
        new Promise((resolve) => setTimeout(resolve, 100, 'waits')),
      ])
      assert.equal(third, 'waits')
    })
  })

  it('starts one more worker where those it has keep work waiting, and not before', async () => {
    const submitThree = async (patienceMs: number, most: number, expected = 0) => {
      const module = workerOf(`parentPort.postMessage({ type: 'alive' })`)
      const pool = createWorkerPool(await setup(), { concurrency: 2, patienceMs, module })
      pool.expect(expected)
      return withPool(pool, async () => {
        for (let held = 0; held < 2; held++) await pool.submit({ kind: 'mask', mask: [] })
        const third = pool.submit({ kind: 'mask', mask: [] }).then(() => 'taken')
        return Promise.race([third, new Promise((resolve) => setTimeout(resolve, most, 'waits').unref())])
      })
    }
    assert.equal(await submitThree(20, 30_000), 'taken')
    assert.equal(await submitThree(60_000, 300), 'waits')
    assert.equal(await submitThree(60_000, 300, 1_000_000), 'waits')
    assert.equal(await submitThree(60_000, 30_000, 100_000_000), 'taken')
  })
})

describe('the file feeder', () => {
  it('reads bodies of known, unknown and wrong size alike, in any pieces', async () => {
    const pool = createWorkerPool(await setup(), { concurrency: 2 })
    await withPool(pool, async () => {
      const feeder = new FileFeeder({ pool, setup: await setup() })
      async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size))
      }
      await feeder.addFile({ path: 'known', size: 37, body: pieces(` ${token('known')}`, 5) })
      await feeder.addFile({ path: 'unknown', body: pieces(`  ${token('unknown')}`, 7) })
      await feeder.addFile({ path: 'short', size: 900, body: pieces(`   ${token('short')}`, 999) })
      await feeder.addFile({ path: 'exactly a chunk', body: pieces(token('chunk').padStart(1024 * 1024), 100_000) })
      await feeder.addFile({ path: 'a byte more', body: pieces(token('more').padStart(1024 * 1024 + 1), 1024 * 1024) })
      const { findings } = await feeder.finish()
      assert.deepEqual(
        findings.map(({ place, span }) => ['path' in place && place.path, span.offset]),
        [
          ['known', 1],
          ['unknown', 2],
          ['short', 3],
          ['exactly a chunk', 1024 * 1024 - 36],
          ['a byte more', 1024 * 1024 - 35],
        ],
      )
    })
  })
})
