// Images that say of themselves what a database refuses: they neither end a sweep nor keep anything of the others from it.
import assert from 'node:assert/strict'
import { sweepStatus } from '../../src/sweep/reading/status.js'
import type { Database, Queries } from '../../src/sweep/store/database.js'
import { buildImage, type ImageSpec } from '../fixtures/image-builder.js'
import { type MemoryRegistry, serveImages } from '../fixtures/memory-registry.js'
import { memoryStore } from '../fixtures/memory-store.js'
import { type CorpusImage, token } from '../fixtures/sweep-corpus.js'
import {
  openTestSweep,
  registryConfig,
  singleFindings,
  storedFindings,
  type TestSweep,
} from '../fixtures/sweep-setup.js'

const layerOf = (n: number): NonNullable<ImageSpec['layers']>[number] => ({
  createdBy: `COPY . /app${n} # buildkit`,
  files: { [`app${n}/.env`]: `GITHUB_TOKEN=${token(n)}\n` },
})

const imageOf = async (repository: string, tag: string, spec: ImageSpec): Promise<CorpusImage> => ({
  repository,
  tag,
  image: await buildImage(spec, 'gzip'),
})

/** A config that only its `changes` make unusual. */
async function hostile(
  tag: string,
  n: number,
  changes: (config: Record<string, unknown>) => void,
): Promise<CorpusImage> {
  const plain = await buildImage({ layers: [layerOf(n)], env: [`API=${token(n)}`] }, 'gzip')
  const config = JSON.parse(Buffer.from(plain.config).toString('utf8')) as Record<string, unknown>
  changes(config)
  return imageOf('evil/texts', tag, { layers: [layerOf(n)], config })
}

describe('a sweep of images that say what no database takes', function () {
  this.timeout(120_000)
  let database: Database
  let registry: MemoryRegistry
  const opened: TestSweep[] = []
  beforeEach(async () => {
    database = await memoryStore()
  })
  afterEach(async () => {
    for (const sweep of opened.splice(0)) await sweep.close()
    await database.close()
    await registry.close()
  })
  const open = async (store: Database = database): Promise<TestSweep> => {
    const sweep = await openTestSweep(store, [registryConfig(registry.host)])
    opened.push(sweep)
    return sweep
  }

  it('finds what a single scan finds where texts hold NUL and half surrogate pairs', async () => {
    const half = '\ud800'
    const corpus = [
      await imageOf('good/app', 'v1', { layers: [layerOf(1)] }),
      await hostile('history', 2, (config) => {
        config['history'] = [{ created_by: `RUN a\0b ${half}`, comment: '\0', author: half }]
      }),
      await hostile('platform', 3, (config) => {
        config['architecture'] = `amd\0${half}`
      }),
      await hostile('words', 4, (config) => {
        config['author'] = `${half}\0`
        config['config'] = {
          Env: [`A${half}=\0`, `GITHUB_TOKEN=${token(40)}`, `NOTE=${half} ${token(41)}`],
          Labels: { [`l\0${half}`]: `v${half}\0 ${token(42)}` },
        }
      }),
    ]
    registry = await serveImages(corpus)
    const { status, counts } = await (await open()).run()
    assert.deepEqual([status, counts.images, counts.failedTags], ['done', corpus.length, 0])
    assert.deepEqual(await storedFindings(database), await singleFindings(registry.host, corpus))
    assert.equal((await (await open()).run()).status, 'done')
  })

  it('asks for nothing that is no name of a repository or a tag, lists it as failed, and takes the others', async () => {
    const corpus = [await imageOf('good/app', 'v1', { layers: [layerOf(1)] })]
    const long = 'x'.repeat(5000)
    registry = await serveImages(corpus)
    registry.answer = (request, response) => {
      const path = request.split('?')[0]
      const list =
        path === 'GET /v2/_catalog'
          ? { repositories: ['nul\0', 'half\ud800', 'Upper', 'a b', '../up', '', long, 'good/app'] }
          : path === 'GET /v2/good/app/tags/list'
            ? { tags: ['v1', 'nul\0', 'a/b', long] }
            : undefined
      if (list === undefined) return false
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list))
      return true
    }
    assert.equal((await (await open()).run()).status, 'partial')
    const { failures } = await sweepStatus(database, 20)
    const shown = `${'x'.repeat(199)}…`
    const repositories = ['nul\\x00', 'half\\ud800', 'Upper', 'a b', '../up', '(empty)', shown]
    const tags = ['nul\\x00', 'a/b', shown]
    assert.deepEqual(
      failures.map(({ what, name, code }) => `${what} ${name} ${code}`).sort(),
      [
        ...repositories.map((name) => `repository ${registry.host}/${name} CORRUPT_IMAGE`),
        ...tags.map((tag) => `tag ${registry.host}/good/app:${tag} CORRUPT_IMAGE`),
      ].sort(),
    )
    assert.match(failures[0]?.message ?? '', /which is no name: it was not asked for\.$/)
    assert.ok(registry.requests.every((request) => /^\w+ \/v2\/(?:_catalog|good\/app|\?|$)/.test(request)))
    assert.deepEqual(await storedFindings(database), await singleFindings(registry.host, corpus))
  })

  it('counts no more bytes than a column holds where manifests declare too many', async () => {
    const corpus = [await imageOf('good/app', 'v1', { layers: [layerOf(1)] })]
    registry = await serveImages(corpus)
    const sweep = await open()
    await sweep.run()
    await database.query(
      `INSERT INTO layer (digest, rules, size, status, scanned_in)
      SELECT 'd' || n, $1, 9007199254740991, 'done', 2 FROM generate_series(1, 1100) AS n`,
      [sweep.tools.rules],
    )
    const { status, counts } = await sweep.run()
    assert.deepEqual([status, counts.bytesScanned], ['done', Number.MAX_SAFE_INTEGER])
    await database.query(`INSERT INTO layer (digest, rules, size, status)
      SELECT 'p' || n, 'others', 9007199254740991, 'pending' FROM generate_series(1, 1100) AS n`)
    await database.query(`UPDATE sweep SET rules = 'others'`)
    assert.equal((await sweepStatus(database, 1)).remaining.openBytes, Number.MAX_SAFE_INTEGER)
  })

  /** A store that refuses a statement about one image, as PostgreSQL refuses a value. */
  const refusing = (statement: RegExp, mark: string): Database => {
    const refuse = (queries: Queries): Queries => ({
      ...queries,
      query: (sql, parameters = []) => {
        const texts = parameters.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : value))
        if (!statement.test(sql) || !JSON.stringify(texts).includes(mark)) return queries.query(sql, parameters)
        return Promise.reject(Object.assign(new Error('value out of range'), { code: '22003' }))
      },
    })
    return {
      ...database,
      ...refuse(database),
      transaction: (work) => database.transaction((inside) => work(refuse(inside))),
    }
  }

  for (const [moment, statement, what] of [
    ['planned', /INSERT INTO image /, 'tag'],
    ['put together', /UPDATE image SET status = \$1, failure = \$2, description/, 'image'],
  ] as const) {
    it(`has only that image failed of which something is refused when it is ${moment}, with a sentence`, async () => {
      const corpus = [
        await imageOf('good/app', 'v1', { layers: [layerOf(1)] }),
        await imageOf('evil/app', 'v1', { layers: [layerOf(2)], platform: 'evil/evil' }),
      ]
      registry = await serveImages(corpus)
      const { status } = await (await open(refusing(statement, 'evil/evil'))).run()
      assert.equal(status, 'partial')
      const name = what === 'tag' ? `${registry.host}/evil/app:v1` : corpus[1]?.image.manifestDigest
      // An image is named by its digest, and by a tag that leads to it.
      const reference = what === 'tag' ? null : `${registry.host}/evil/app:v1`
      const message = 'The store cannot hold what it says of itself (SQLSTATE 22003).'
      assert.deepEqual((await sweepStatus(database, 10)).failures, [
        { what, name, code: 'NOT_STORABLE', message, hint: null, reference },
      ])
      assert.deepEqual(await storedFindings(database), await singleFindings(registry.host, corpus.slice(0, 1)))
      assert.equal((await (await open()).run()).status, 'done', 'the next sweep tries again')
      assert.deepEqual(await storedFindings(database), await singleFindings(registry.host, corpus))
    })
  }
})
