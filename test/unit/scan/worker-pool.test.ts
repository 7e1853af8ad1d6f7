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

  it('does not take it for silence that it did not listen itself, at work or stopped', async () => {
    const answering = `setTimeout(() => parentPort.postMessage({ type: 'result', id, result: { findings: [], coverage: [] } }), 100)`
    const pool = createWorkerPool(await setup(), { concurrency: 1, silenceMs: 1000, module: workerOf(answering) })
    await withPool(pool, async () => {
      const { done } = await pool.submit({ kind: 'mask', mask: [] })
      // Behind this the timers have their turn, and only then what workers said.
      await new Promise((resolve) => setImmediate(resolve))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500)
      assert.notEqual(await done, 'hung')
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

/** A batch whose files are all the same text. */
function manyTimes(count: number, text: string): Unit {
  const bytes = Uint8Array.from(Buffer.from(text)).buffer
  const file = { start: 0, length: bytes.byteLength }
  const files = Array.from({ length: count }, (_, entry) => ({ ...file, entry, path: String(entry) }))
  return { kind: 'batch', bytes, files, names: [] }
}

/** A pool whose one worker holds what it is given, and takes no more unless it does as `onUnit` says. */
async function fullPool(patienceMs = 60_000, onUnit = ''): Promise<WorkerPool> {
  const given = await setup()
  const workers = new ThreadPool(() => given, {
    concurrency: 1,
    isHelped: true,
    silenceMs: 60_000,
    module: workerOf(onUnit),
  })
  const pool = new HelpingPool(workers, () => given, patienceMs)
  await fill(pool)
  return pool
}

async function fill(pool: WorkerPool): Promise<void> {
  for (let held = 0; held < 4; held++) await pool.submit({ kind: 'mask', mask: [] })
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

  it('stops what takes long, leaves it to a worker, and masks what it found before all the same', async () => {
    // Answers what it holds once there is a batch to scan, which says that it came here.
    const answering = `
      const answer = (id, coverage, masked) => parentPort.postMessage({ type: 'result', id, result: { findings: [], coverage, masked } })
      if (unit.kind === 'batch') answer(id, [{ code: 'BY_WORKER' }])
      else if (unit.mask.length > 0) answer(id, [], unit.mask)
      else setTimeout(() => answer(id, []), 2000)`
    await withPool(await fullPool(500, answering), async (pool) => {
      const quick = await (await pool.submit(unitOf('quick', token('quick')))).done
      assert.ok(quick !== 'hung' && quick.findings.length === 1 && quick.coverage.length === 0)
      const slow = await (await pool.submit(manyTimes(2000, `password = "${token('slow')}"\n`.repeat(15_000)))).done
      assert.deepEqual(slow !== 'hung' && slow.coverage.map(({ code }) => code), ['BY_WORKER'])
      await fill(pool)
      const next = await (await pool.submit(unitOf('next', token('next')))).done
      assert.ok(next !== 'hung' && next.findings.length === 1 && next.coverage.length === 0)
      const masked = await pool.onEach((previous) => ({
        kind: 'mask',
        mask: previous?.masked ?? [token('quick'), token('next')],
      }))
      assert.deepEqual(masked?.masked, ['****', '****'])
    })
  })

  it('is not held up by what never ends', () => {
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
  it('lists what was left unscanned in the order of the files, whoever is done first', async () => {
    // The first unit is answered last.
    const answering = `
      const { path } = unit.files[0]
      const coverage = [{ code: path, effect: 'partial', detail: '' }]
      const leftOut = [{ entry: unit.files[0].entry, place: { kind: 'file', path }, ruleId: 'r', count: 1 }]
      const answer = () => parentPort.postMessage({ type: 'result', id, result: { findings: [], coverage, leftOut } })
      setTimeout(answer, path === 'A' ? 300 : 0)`
    const pool = createWorkerPool(await setup(), { concurrency: 1, module: workerOf(answering) })
    await withPool(pool, async () => {
      const feeder = new FileFeeder({ pool, setup: await setup() })
      await feeder.addFile({ path: 'A', size: 1, body: body('x') })
      await feeder.flush()
      feeder.note({ code: 'NOTE', effect: 'note', detail: '' })
      await feeder.addFile({ path: 'B', size: 1, body: body('y') })
      const { coverage } = await feeder.finish()
      assert.deepEqual(
        coverage.map(({ code, place }) => [code, place !== undefined && 'path' in place && place.path]),
        [
          ['A', false],
          ['NOTE', false],
          ['B', false],
          ['LIMIT_FINDINGS', 'A'],
          ['LIMIT_FINDINGS', 'B'],
        ],
      )
    })
  })

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
