import assert from 'node:assert/strict'
import { createGuardedFetch, type GuardedFetch, type GuardedFetchOptions } from '../../../src/net/guarded-fetch.js'
import { UnreachableError } from '../../../src/support/errors.js'
import { type ScriptedServer, startServer } from '../../fixtures/scripted-server.js'

const options: GuardedFetchOptions = {
  signal: new AbortController().signal,
  insecureHosts: [],
  offline: false,
  idleTimeout: 300,
}

describe('net/guarded-fetch', () => {
  let server: ScriptedServer
  let other: ScriptedServer
  let client: GuardedFetch

  beforeEach(async () => {
    server = await startServer((_, response) => response.end('ok'))
    other = await startServer((_, response) => response.end('other'))
    client = createGuardedFetch(options)
  })
  afterEach(async () => {
    await client.close()
    await Promise.all([server.close(), other.close()])
  })

  const text = async (path: string, init = {}) =>
    Buffer.from(await (await client.fetch(new URL(path, server.origin), init)).bytes(1000)).toString()

  it('N02: a redirect to another origin gets no Authorization and no cookie, one on the same origin does', async () => {
    server.answer = ({ url }, response) => {
      if (url === '/far') response.writeHead(307, { location: `${other.origin}/there` }).end()
      else if (url === '/near') response.writeHead(302, { location: '/here' }).end()
      else response.end('here')
    }
    const headers = { authorization: 'Bearer made-up', cookie: 'a=b', accept: 'x/y' }
    assert.equal(await text('/far', { headers }), 'other')
    assert.equal(other.seen[0]?.headers.authorization, undefined)
    assert.equal(other.seen[0]?.headers.cookie, undefined)
    assert.equal(other.seen[0]?.headers.accept, 'x/y')
    assert.equal(await text('/near', { headers }), 'here')
    assert.equal(server.seen.at(-1)?.headers.authorization, 'Bearer made-up')
  })

  it('N02: more than ten redirects end it', async () => {
    server.answer = ({ url }, response) => response.writeHead(302, { location: `/${Number(url.slice(1)) + 1}` }).end()
    await assert.rejects(text('/0'), /more than 10 times/)
    assert.equal(server.seen.length, 11)
  })

  it('N02: a redirect to the metadata address is refused before anything is sent', async () => {
    server.answer = (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end()
    await assert.rejects(text('/'), /may not be asked|plain http/)
  })

  for (const target of [
    'http://169.254.169.254/',
    'https://0.0.0.0:9/',
    'https://[::ffff:169.254.169.254]/',
    'file:///etc/passwd',
    'http://user:pw@localhost/',
  ]) {
    it(`N01: a host named on the wire cannot be ${target}`, async () => {
      await assert.rejects(
        client.fetch(new URL(target), { namedBy: server.host }),
        (error: Error) => !error.message.includes('pw@'),
      )
    })
  }

  it('N01: a public registry cannot name this machine, whatever the port', async () => {
    await assert.rejects(client.fetch(new URL(other.origin), { namedBy: '93.184.216.34' }), /may not be asked/)
    assert.equal(other.seen.length, 0)
  })

  it('N07: a body that stops coming ends with an error', async () => {
    server.answer = (_, response) => {
      response.writeHead(200)
      response.write('a')
    }
    await assert.rejects(text('/'))
  })

  it('N07: a body above its limit is an error, not a short answer', async () => {
    server.answer = (_, response) => response.end(Buffer.alloc(2000))
    await assert.rejects(text('/'), /more than the 1000 bytes/)
  })

  it('keeps connections for the next requests, also after a HEAD: a sweep has one for each tag', async () => {
    server.answer = (_, response) => response.writeHead(200, { 'content-length': 2 }).end()
    for (let n = 0; n < 5; n++)
      await (await client.fetch(new URL(`/${n}`, server.origin), { method: 'HEAD' })).discard()
    assert.ok(new Set(server.seen.map(({ port }) => port)).size <= 2)
  })

  it('asks by HEAD as by GET: headers both ways, redirects without credentials, no body', async () => {
    server.answer = ({ url }, response) =>
      url === '/far'
        ? response.writeHead(307, { location: `${other.origin}/there` }).end()
        : response.writeHead(200, { 'content-length': 2, 'x-told': 'yes' }).end()
    const init = { method: 'HEAD', headers: { authorization: 'Bearer made-up' } } as const
    const response = await client.fetch(new URL('/near?q=1', server.origin), init)
    assert.deepEqual([response.status, response.headers['x-told']], [200, 'yes'])
    assert.equal((await response.bytes(10)).length, 0)
    const [asked] = server.seen
    assert.deepEqual([asked?.method, asked?.url], ['HEAD', '/near?q=1'])
    assert.equal(asked?.headers.authorization, 'Bearer made-up')
    assert.equal((await client.fetch(new URL('/far', server.origin), init)).url.host, other.host)
    assert.deepEqual([other.seen[0]?.method, other.seen[0]?.headers.authorization], ['HEAD', undefined])
  })

  it('gives up a host that sends a byte now and then, and not one that sends enough in pieces', async () => {
    const inPieces = (size: number, pieces: number) => {
      server.answer = (_, response) => {
        let sent = 0
        const timer = setInterval(() => {
          response.write(Buffer.alloc(size))
          if (++sent < pieces && !response.destroyed) return
          clearInterval(timer)
          response.end()
        }, 20)
      }
    }
    inPieces(1, 3000)
    await assert.rejects(text('/'), (error) => {
      assert.ok(error instanceof UnreachableError)
      assert.match(error.message, /^127\.0\.0\.1:\d+ sends less than 1 kB a second\.$/)
      return true
    })
    inPieces(2000, 25)
    assert.equal((await (await client.fetch(new URL('/', server.origin))).bytes(100_000)).length, 50_000)
  })

  it('does not count the time that a reader takes', async () => {
    server.answer = (_, response) => response.end(Buffer.alloc(200_000))
    const response = await client.fetch(new URL('/', server.origin))
    let length = 0
    for await (const chunk of response.body) {
      length += chunk.length
      await new Promise((resolve) => setTimeout(resolve, length < 150_000 ? 200 : 0))
    }
    assert.equal(length, 200_000)
  })

  it('ends a HEAD with its signal, and says who is silent, broke off or is not there', async () => {
    const head = (signal?: AbortSignal) =>
      client.fetch(new URL('/', server.origin), { method: 'HEAD', ...(signal === undefined ? {} : { signal }) })
    server.answer = () => undefined
    await assert.rejects(head(), UnreachableError)
    const controller = new AbortController()
    const waiting = [head(controller.signal), head(controller.signal)]
    while (server.seen.length < 3) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('enough'))
    for (const one of waiting) await assert.rejects(one, /enough/)
    await assert.rejects(head(controller.signal), /enough/)
    assert.equal(server.seen.length, 3)
    server.answer = (_, response) => void response.destroy()
    await assert.rejects(head(), UnreachableError)
    server.answer = (_, response) => response.end()
    assert.equal((await head()).status, 200)
    await assert.rejects(
      client.fetch(new URL('http://127.0.0.1:1/'), { method: 'HEAD' }),
      /Cannot reach 127\.0\.0\.1:1/,
    )
  })

  it('asks for no compressed body', async () => {
    await text('/')
    assert.equal(server.seen[0]?.headers['accept-encoding'], 'identity')
  })

  it('--offline asks nothing', async () => {
    const offline = createGuardedFetch({ ...options, offline: true })
    await assert.rejects(offline.fetch(new URL(server.origin)), /--offline/)
    assert.equal(server.seen.length, 0)
  })
})
