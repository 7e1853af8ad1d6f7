import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { FileFeeder } from '../../../src/scan/file-feeder.js'
import { HelpingPool } from '../../../src/scan/helping-pool.js'
import { ThreadPool } from '../../../src/scan/thread-pool.js'
import type { Unit, WorkerSetup } from '../../../src/scan/unit.js'
import { watched } from '../../../src/scan/watched.js'
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

  it('starts another worker where those it has are at work, as long as it may', async () => {
    const pool = createWorkerPool(await setup(), { concurrency: 2, module: workerOf(''), helps: false })
    await withPool(pool, async () => {
      for (let held = 0; held < 4; held++) await pool.submit({ kind: 'mask', mask: [] })
      assert.equal(await Promise.race([pool.submit({ kind: 'mask', mask: [] }), waits(100)]), 'waits')
    })
  })
})

/** A batch of one file. */
function unitOf(path: string, text: string | Uint8Array): Unit {
  const bytes = Uint8Array.from(Buffer.from(text)).buffer
  return { kind: 'batch', bytes, files: [{ entry: 0, path, start: 0, length: bytes.byteLength }], names: [] }
}

/** A pool whose one worker holds what it is given, and takes no more. */
async function fullPool(silenceMs = 60_000): Promise<WorkerPool> {
  const given = await setup()
  const workers = new ThreadPool(() => given, {
    concurrency: 1,
    isHelped: true,
    silenceMs: 60_000,
    module: workerOf(''),
  })
  const pool = new HelpingPool(workers, () => given, silenceMs)
  for (let held = 0; held < 4; held++) await pool.submit({ kind: 'mask', mask: [] })
  return pool
}

const waits = (ms: number) => new Promise<'waits'>((resolve) => setTimeout(resolve, ms, 'waits').unref())

describe('a pool whose calling thread helps', () => {
  it('scans units itself while its workers are busy, and gives what they would', async () => {
    const given = await setup()
    const text = `key ${token('here')} and ${token('there')}`
    const byWorkers = await withPool(createWorkerPool(given, { concurrency: 1, helps: false }), async (pool) => {
      return (await pool.submit(unitOf('a', text))).done
    })
    const itself = await withPool(await fullPool(), async (pool) => (await pool.submit(unitOf('a', text))).done)
    assert.ok(byWorkers !== 'hung' && itself !== 'hung')
    assert.equal(itself.findings.length, 2)
    assert.deepEqual(itself.findings, byWorkers.findings)
  })

  it('leaves archives to the workers: what they wait for is not watched', async () => {
    await withPool(await fullPool(), async (pool) => {
      const packed = gzipSync('text')
      assert.equal(await Promise.race([pool.submit(unitOf('a.gz', packed)), waits(100)]), 'waits')
    })
  })

  it('ends what hangs, and scans on', async () => {
    await withPool(await fullPool(1), async (pool) => {
      const slow = Array.from({ length: 20_000 }, (_, at) => `password = "${token(String(at))}"`).join('\n')
      assert.equal(await (await pool.submit(unitOf('slow', slow))).done, 'hung')
    })
    assert.equal(
      watched(() => /^(a+)+$/.test(`${'a'.repeat(60)}b`), 50),
      'hung',
    )
    assert.equal(
      watched(() => 7, 50),
      7,
    )
  })

  it('masks what it found itself', async () => {
    await withPool(createWorkerPool(await setup(), { concurrency: 2, helps: true }), async (pool) => {
      const tokens = Array.from({ length: 200 }, (_, at) => token(`masked ${at}`))
      const filler = 'filler '.repeat(30_000)
      const under = await Promise.all(
        tokens.map(async (one) => (await pool.submit(unitOf(one, `${filler}${one}`))).done),
      )
      assert.ok(under.every((outcome) => outcome !== 'hung' && outcome.findings.length > 0))
      const mask = tokens.map((one) => `use ${one}`)
      const last = await pool.onEach((previous) => ({ kind: 'mask', mask: previous?.masked ?? mask }))
      assert.deepEqual(
        last?.masked,
        mask.map(() => 'use ****'),
      )
    })
  })

  it('tells of an error without its message', async () => {
    const given = await setup()
    const workers = new ThreadPool(() => given, {
      concurrency: 1,
      isHelped: true,
      silenceMs: 60_000,
      module: workerOf(''),
    })
    const broken = () => ({
      ...given,
      get maxDecodeDepth(): number {
        throw new SyntaxError(`in "${token('quoted')}"`)
      },
    })
    await withPool(new HelpingPool(workers, broken, 60_000), async (pool) => {
      for (let held = 0; held < 4; held++) await pool.submit({ kind: 'mask', mask: [] })
      await assert.rejects(
        pool.submit(unitOf('a', 'x')),
        (error: Error) =>
          error instanceof InternalError && error.message.includes('SyntaxError') && !error.message.includes('tok_'),
      )
    })
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
