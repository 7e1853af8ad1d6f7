import assert from 'node:assert/strict'
import { createGuardedFetch } from '../../../src/net/guarded-fetch.js'
import { type ScriptedServer, startServer } from '../../fixtures/scripted-server.js'
import { startTunnelProxy, type TunnelProxy } from '../../fixtures/tunnel-proxy.js'

describe('net/guarded-fetch through a proxy', () => {
  let registry: ScriptedServer
  let proxy: TunnelProxy

  beforeEach(async () => {
    registry = await startServer((_, response) => response.end('from the registry'))
    proxy = await startTunnelProxy(registry.host)
  })
  afterEach(async () => {
    await proxy.close()
    await registry.close()
  })

  async function get(url: string): Promise<string> {
    const client = createGuardedFetch({
      signal: new AbortController().signal,
      insecureHosts: ['registry.test:5000'],
      offline: false,
      idleTimeout: 3000,
    })
    try {
      return Buffer.from(await (await client.fetch(new URL(url))).bytes(1000)).toString()
    } finally {
      await client.close()
    }
  }

  it('goes through HTTP_PROXY, which resolves the name', async () => {
    assert.equal(await get('http://registry.test:5000/v2/'), 'from the registry')
    assert.deepEqual(proxy.tunnels, ['registry.test:5000'])
  })

  it('NO_PROXY and this machine are asked directly', async () => {
    assert.equal(await get(`${registry.origin}/v2/`), 'from the registry')
    process.env['NO_PROXY'] = 'registry.test'
    await assert.rejects(get('http://registry.test:5000/v2/'), /cannot reach|Cannot reach/)
    assert.deepEqual(proxy.tunnels, [])
  })
})
