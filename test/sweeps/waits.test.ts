// What a sweep waits for is said, by itself and by status: with the place, the reason and the time.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { sweepStatus } from '../../src/sweep/reading/status.js'
import type { Database } from '../../src/sweep/store/database.js'
import type { SweepEvent } from '../../src/sweep/work/tools.js'
import { makeCertificate } from '../fixtures/certificate.js'
import { memoryStore } from '../fixtures/memory-store.js'
import { type RegistryDouble, startRegistryDouble } from '../fixtures/registry-double.js'
import { openTestSweep, registryConfig } from '../fixtures/sweep-setup.js'

describe('a sweep that waits', function () {
  this.timeout(120_000)
  let database: Database
  let registry: RegistryDouble
  beforeEach(async () => {
    database = await memoryStore()
    registry = await startRegistryDouble()
    await registry.push('team/app', ['1'], { layers: [{ createdBy: 'COPY', files: { a: 'b' } }] })
  })
  afterEach(async () => {
    await registry.close()
    await database.close()
  })

  /** What the sweep says first, and how it stands then; it is stopped behind that. */
  const untilTold = async () => {
    const controller = new AbortController()
    let tell = (_: string): void => {}
    const told = new Promise<string>((resolve) => {
      tell = resolve
    })
    const on = (event: SweepEvent) => event.type === 'trouble' && tell(event.message)
    const opened = await openTestSweep(database, [registryConfig(registry.host)], { on, signal: controller.signal })
    try {
      const running = opened.run()
      const message = await Promise.race([told, running.then(() => assert.fail('it ended'))])
      const { waiting } = await sweepStatus(database, 10)
      controller.abort()
      await running.catch(() => undefined)
      return { message, waiting }
    } finally {
      await opened.close()
    }
  }

  it('for a registry that limits requests says until when', async () => {
    registry.intercept = ({ url }, response) => {
      if (!url.includes('/manifests/')) return false
      response.writeHead(429, { 'retry-after': '36000' }).end('{}')
      return true
    }
    const { message, waiting } = await untilTold()
    assert.match(
      message,
      /^127\.0\.0\.1:\d+ lets no more requests through: it is asked again at \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/,
    )
    const limited = waiting.find(({ name }) => name === registry.host)
    assert.equal(limited?.reason, 'It limits requests.')
    assert.ok((limited?.until.getTime() ?? 0) > Date.now() + 9 * 3_600_000)
  })

  it('for a list that failed says which one, why and how often', async () => {
    registry.intercept = ({ url }, response) => {
      if (!url.includes('/tags/list')) return false
      response.end('<html>')
      return true
    }
    const { message, waiting } = await untilTold()
    assert.match(
      message,
      /^127\.0\.0\.1:\d+\/team\/app: .* answers with a list of tags that is no JSON\. It is asked again in \d s, and up to 7 times more, over 8 to 17 minutes\.$/,
    )
    const [list] = waiting
    assert.equal(list?.name, `${registry.host}/team/app`)
    assert.match(list?.reason ?? '', /no JSON/)
    assert.deepEqual([list?.tries, list?.most], [1, 9])
  })

  it('not for a registry whose certificate nobody vouches for: that says so at once', async () => {
    const certificate = makeCertificate()
    const server = createServer({ key: certificate.key, cert: certificate.cert }, (_, response) => response.end('{}'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const sweep = await openTestSweep(database, [registryConfig(host, { insecure: false })])
    try {
      assert.equal((await sweep.run()).status, 'failed')
      const { failures } = await sweepStatus(database, 10)
      assert.deepEqual(
        failures.map(({ name, code }) => [name, code]),
        [[host, 'UNREACHABLE']],
      )
      assert.match(failures[0]?.message ?? '', /certificate/)
    } finally {
      await sweep.close()
      server.close()
      rmSync(certificate.folder, { recursive: true })
    }
  })
})
