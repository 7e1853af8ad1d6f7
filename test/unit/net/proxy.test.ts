import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { createGuardedFetch } from '../../../src/net/guarded-fetch.js'
import { type ScriptedServer, startServer } from '../../fixtures/scripted-server.js'

const VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'] as const

describe('net/guarded-fetch through a proxy', () => {
  const before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]))
  let registry: ScriptedServer
  let tunnels: string[]
  const proxy = createServer()

  beforeEach(async () => {
    for (const name of VARIABLES) delete process.env[name]
    tunnels = []
    registry = await startServer((_, response) => response.end('from the registry'))
    proxy.removeAllListeners('connect')
    proxy.on('connect', ({ url = '' }, socket) => {
      tunnels.push(url)
      const upstream = connect(Number(registry.host.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        upstream.pipe(socket).pipe(upstream)
      })
      for (const end of [socket, upstream]) end.on('error', () => end.destroy())
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    process.env['HTTP_PROXY'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    for (const name of VARIABLES) {
      const value = before[name]
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    proxy.closeAllConnections()
    await new Promise((resolve) => proxy.close(resolve))
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
    assert.deepEqual(tunnels, ['registry.test:5000'])
  })

  it('NO_PROXY and this machine are asked directly', async () => {
    assert.equal(await get(`${registry.origin}/v2/`), 'from the registry')
    process.env['NO_PROXY'] = 'registry.test'
    await assert.rejects(get('http://registry.test:5000/v2/'), /cannot reach|Cannot reach/)
    assert.deepEqual(tunnels, [])
  })
})
