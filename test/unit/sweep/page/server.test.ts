import assert from 'node:assert/strict'
import { request } from 'node:http'
import { type PageServer, startPage } from '../../../../src/sweep/page/server.js'
import type { Database } from '../../../../src/sweep/store/database.js'
import { fillHostile, HOSTILE } from '../../../fixtures/hostile-store.js'
import { memoryStore } from '../../../fixtures/memory-store.js'
import { fillSmall, fp } from '../../../fixtures/reading-checks.js'

interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

const PATHS = ['/', '/findings', '/layers', '/teams', '/repositories', '/rules', '/sweeps']

describe('sweep/page/server', function () {
  this.timeout(60_000)
  let database: Database
  let page: PageServer
  const errors: unknown[] = []

  before(async () => {
    database = await memoryStore()
  })
  after(() => database.close())

  const serve = async (asked: Database): Promise<void> => {
    const titles = new Map([['npm-token', { title: 'npm access token' }]])
    const onError = (error: unknown) => errors.push(error)
    page = await startPage({
      database: asked,
      titles,
      version: '1.2.3',
      port: 0,
      allowedHosts: ['sweeps.example.com'],
      onError,
    })
  }
  const start = async (fill: (database: Database) => Promise<void>): Promise<void> => {
    await database.script(
      'TRUNCATE sweep, repository, image, finding, secret, acknowledgement RESTART IDENTITY CASCADE',
    )
    await fill(database)
    await serve(database)
  }
  const stop = (): Promise<void> => page.close()
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> =>
    new Promise((resolve, reject) => {
      const asking = request(new URL(page.url), { path, method, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        )
      })
      asking.on('error', reject)
      asking.end()
    })

  describe('a store', () => {
    before(() => start(fillSmall))
    after(stop)
    afterEach(() => assert.deepEqual(errors.splice(0), []))

    it('answers on the loopback only', () => assert.match(page.url, /^http:\/\/127\.0\.0\.1:\d+\/$/))

    for (const path of [
      ...PATHS,
      '/style.css',
      '/icon.svg',
      '/metrics',
      '/healthz',
      '/nothing',
      `/secret?fingerprint=${fp('leak')}`,
    ]) {
      it(`${path} may load nothing from elsewhere, run nothing, be framed by nobody and sets no cookie`, async () => {
        const { status, headers } = await get(path)
        assert.equal(status, path === '/nothing' ? 404 : 200)
        const policy = String(headers['content-security-policy'])
        assert.match(policy, /^default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'/)
        assert.doesNotMatch(policy, /script-src|unsafe|\*|https?:/)
        assert.match(policy, /frame-ancestors 'none'/)
        assert.equal(headers['x-content-type-options'], 'nosniff')
        assert.equal(headers['referrer-policy'], 'no-referrer')
        assert.equal(headers['set-cookie'], undefined)
        assert.equal(headers['access-control-allow-origin'], undefined)
      })
    }

    it('answers to its own names only: a name of a stranger that leads here gets nothing', async () => {
      const port = new URL(page.url).port
      for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, 'sweeps.example.com'])
        assert.equal((await get('/', { host })).status, 200, host)
      for (const host of [`attacker.example:${port}`, 'localhost', `localhost:${port}.attacker.example`]) {
        for (const path of ['/', '/metrics', '/healthz']) {
          const { status, body } = await get(path, { host })
          assert.equal(status, 421, host)
          assert.doesNotMatch(body, /leak|team-a/)
        }
      }
    })

    it('is read only', async () => {
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        const { status, headers } = await get('/', {}, method)
        assert.deepEqual([status, headers['allow']], [405, 'GET, HEAD'])
      }
      assert.equal((await get('/findings', {}, 'HEAD')).body, '')
    })

    it('filters by what stands in the address', async () => {
      const all = (await get('/findings')).body
      assert.match(all, /3 findings/)
      assert.match(all, /npm access token/)
      const some = (await get('/findings?severity=critical')).body
      assert.match(some, /1 finding, worst first/)
      assert.match(some, /app\/\.env:3:13/)
      assert.doesNotMatch(some, /npm access token/)
      assert.match((await get('/findings?q=nothing-like-it')).body, /No finding is meant by this/)
      assert.match((await get('/findings?sweep=2')).body, /that sweep 2 saw first/)
    })

    it('counts anew when something has changed, and not for every look', async () => {
      let asked = 0
      const counting: Database = {
        ...database,
        query: (sql, parameters) => {
          asked++
          return database.query(sql, parameters)
        },
      }
      const { url } = page
      await page.close()
      await serve(counting)
      try {
        const open = async () =>
          />(\d+) to \d+ of|(\d+) findings?, worst first/.exec((await get('/findings')).body)?.[2]
        assert.equal(await open(), '3')
        const first = asked
        assert.equal(await open(), '3')
        assert.equal(asked - first, 1, 'the stamp alone')
        await database.query(`INSERT INTO acknowledgement (fingerprint, reason) VALUES ($1, 'x')`, [fp('leak')])
        assert.equal(await open(), '2')
        await database.query(`UPDATE acknowledgement SET until = now() - interval '1 s' WHERE fingerprint = $1`, [
          fp('leak'),
        ])
        assert.equal(await open(), '3', 'an acknowledgement that is over')
        await database.query('DELETE FROM acknowledgement WHERE fingerprint = $1', [fp('leak')])
      } finally {
        await page.close()
        await serve(database)
        assert.notEqual(page.url, url)
      }
    })

    it('says where a value is, and 404 for a finding that is not there', async () => {
      const { body } = await get(`/secret?fingerprint=${fp('new')}`)
      assert.match(body, /In 2 images of 2 repositories/)
      assert.match(body, /reg\.example\.com\/team-b\/sub\/db:1\.0/)
      assert.equal((await get(`/secret?fingerprint=${fp('none')}`)).status, 404)
      assert.equal((await get('/secret')).status, 404)
    })

    it('tells Prometheus what stands, without names from registries', async () => {
      const { body, headers } = await get('/metrics')
      assert.match(String(headers['content-type']), /version=0\.0\.4/)
      for (const line of [
        'secretscan_build_info{version="1.2.3"} 1',
        'secretscan_findings_open{severity="critical"} 1',
        'secretscan_findings_open{severity="low"} 0',
        'secretscan_findings_acknowledged 1',
        'secretscan_images{status="done"} 3',
        'secretscan_images{status="failed"} 0',
        'secretscan_sweep_running 0',
        'secretscan_sweep_last_new_findings 2',
        `secretscan_sweep_last_success_timestamp_seconds ${Date.parse('2026-01-01T03:10:00Z') / 1000}`,
      ])
        assert.ok(body.split('\n').includes(line), `${line}\n${body}`)
      assert.doesNotMatch(body, /reg\.example\.com|team-a/)
      await database.query(`UPDATE sweep SET counts = counts || '{"incompleteImages":1}' WHERE status = 'done'`)
      const { body: unseen } = await get('/metrics')
      assert.match(unseen, /^secretscan_sweep_last_success_timestamp_seconds 0$/m, 'an image was not seen whole')
      await database.query(`UPDATE sweep SET counts = counts - 'incompleteImages' WHERE status = 'done'`)
      for (const line of body.trim().split('\n'))
        assert.match(line, /^(?:# (?:HELP|TYPE) \w+ .+|secretscan_\w+(?:\{\w+="[^"]*"\})? -?[\d.e+]+)$/)
    })
  })

  it('shows a stranger’s names as text, wherever they stand', async () => {
    await start(fillHostile)
    const links = [
      `/secret?fingerprint=${encodeURIComponent(`v1:${HOSTILE}`)}`,
      `/findings?q=${encodeURIComponent(HOSTILE)}&rule=${encodeURIComponent(HOSTILE)}&acknowledged=1`,
    ]
    for (const path of [...PATHS, ...links]) {
      const { body, status, headers } = await get(path)
      assert.equal(status, 200, path)
      assert.doesNotMatch(body, /<script|<img|onerror="/i, path)
      assert.doesNotMatch(body, /[\u0000-\u0009\u000b-\u001f\u202e]/, path)
      assert.equal(headers['set-cookie'], undefined)
    }
    await stop()
    assert.deepEqual(errors.splice(0), [])
  })

  it('says of a sweep that has not ended whether it runs or was interrupted, and not both', async () => {
    const shown = async (status: string) => {
      await start(async (to) => {
        await fillSmall(to)
        await to.query(`UPDATE sweep SET status = $1, finished_at = NULL WHERE id = (SELECT max(id) FROM sweep)`, [
          status,
        ])
      })
      const { body } = await get('/')
      await stop()
      return [body.includes('is running since'), body.includes('was interrupted')]
    }
    assert.deepEqual(await shown('running'), [true, false])
    assert.deepEqual(await shown('interrupted'), [false, true])
  })

  it('is shown where nothing has been swept yet', async () => {
    await start(async () => {})
    for (const path of PATHS) assert.equal((await get(path)).status, 200, path)
    assert.match((await get('/')).body, /No sweep has run yet/)
    await stop()
  })

  it('says that it is ill, not why, when the store is gone', async () => {
    await serve({ ...database, query: () => Promise.reject(new Error('connection to postgres://user@db lost')) })
    assert.equal((await get('/healthz')).status, 503)
    const { status, body } = await get('/findings')
    assert.equal(status, 500)
    assert.doesNotMatch(body, /postgres|lost/i)
    assert.equal(errors.splice(0).length, 1)
    await stop()
  })

  it('says so where the port is taken', async () => {
    await serve(database)
    const port = Number(new URL(page.url).port)
    const again = startPage({ database, titles: new Map(), version: '', port, allowedHosts: [], onError: () => {} })
    await assert.rejects(again, /Port \d+ of this machine cannot be used \(EADDRINUSE\)/)
    await stop()
  })
})
