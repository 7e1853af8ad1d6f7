import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGuardedFetch, type GuardedFetch } from '../../../src/net/guarded-fetch.js'
import { readBlob } from '../../../src/registry/blob.js'
import { RegistryClient } from '../../../src/registry/client.js'
import { ListBound } from '../../../src/registry/list-bound.js'
import { listRepositories, listTags, nextPage } from '../../../src/registry/listing.js'
import { CorruptImageError, LimitExceededError, RateLimitedError } from '../../../src/support/errors.js'
import { json, type ScriptedServer, startServer } from '../../fixtures/scripted-server.js'

const signal = new AbortController().signal
const content = Buffer.from('0123456789'.repeat(100))
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`

describe('registry/client', () => {
  let registry: ScriptedServer
  let other: ScriptedServer
  let fetcher: GuardedFetch
  let client: RegistryClient
  let config: string
  const before = process.env['DOCKER_CONFIG']

  beforeEach(async () => {
    config = mkdtempSync(join(tmpdir(), 'secretscan-'))
    process.env['DOCKER_CONFIG'] = config
    registry = await startServer((_, response) => json(response, 404, {}))
    other = await startServer((_, response) => json(response, 404, {}))
    fetcher = createGuardedFetch({ signal, insecureHosts: [], offline: false, idleTimeout: 2000 })
    client = new RegistryClient({ fetcher, signal, host: registry.host, insecure: false })
  })
  afterEach(async () => {
    await fetcher.close()
    await Promise.all([registry.close(), other.close()])
    rmSync(config, { recursive: true })
    if (before === undefined) delete process.env['DOCKER_CONFIG']
    else process.env['DOCKER_CONFIG'] = before
  })

  const login = (user: string, password: string) =>
    writeFileSync(
      join(config, 'config.json'),
      JSON.stringify({ auths: { [registry.host]: { auth: Buffer.from(`${user}:${password}`).toString('base64') } } }),
    )
  const manifest = async () => Buffer.from((await client.manifest('team/app', 'v1', 1000)).bytes).toString()
  const blob = async (size: number | undefined = content.length) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of readBlob((from) => client.openBlob('team/app', digest, from), {
      digest,
      size,
      host: 'r',
      signal,
    }))
      chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  it('names what is not there as people do, not by its path', async () => {
    const unknown = { errors: [{ code: 'NAME_UNKNOWN', message: 'not known' }] }
    registry.answer = (_, response) => json(response, 404, unknown)
    const said = (work: Promise<unknown>) => work.then(String, (error: Error) => error.message)
    const { host } = registry
    assert.equal(
      await said(listTags(client, 'team/app').next()),
      `${host} has no repository team/app: NAME_UNKNOWN: not known.`,
    )
    assert.match(await said(client.manifest('team/app', 'v1', 1000)), /^\S+ has no team\/app:v1: /)
    assert.match(await said(client.manifest('team/app', digest, 1000)), /^\S+ has no team\/app@sha256:\w{64}: /)
    assert.match(await said(client.openBlob('team/app', digest, 0)), /^\S+ has no blob sha256:\w{64} of team\/app: /)
    registry.answer = (_, response) => json(response, 403, {})
    assert.match(
      await said(listTags(client, 'team/app').next()),
      /lets nobody read the tags of team\/app without a login/,
    )
  })

  it('gets a bearer token for the scope from the realm, and sends the password only there', async () => {
    login('me', 'made-up')
    other.answer = (_, response) => json(response, 200, { token: 'tok', expires_in: 300 })
    registry.answer = ({ headers, url }, response) => {
      if (url === '/v2/') return json(response, 200, {})
      if (headers.authorization === 'Bearer tok') return json(response, 200, { hello: 1 })
      json(
        response,
        401,
        {},
        { 'www-authenticate': `Bearer realm="${other.origin}/token",service="reg",scope="repository:team/app:pull"` },
      )
    }
    assert.equal(await manifest(), '{"hello":1}')
    await manifest()
    assert.equal(other.seen.length, 1, 'the token is kept')
    const asked = new URL(other.seen[0]?.url ?? '', other.origin).searchParams
    assert.equal(asked.get('service'), 'reg')
    assert.deepEqual(asked.getAll('scope'), ['repository:team/app:pull'])
    assert.equal(other.seen[0]?.headers.authorization, `Basic ${Buffer.from('me:made-up').toString('base64')}`)
    assert.ok(registry.seen.every(({ headers }) => !headers.authorization?.startsWith('Basic')))
  })

  it('logs in by Basic where that is asked', async () => {
    login('me', 'made-up')
    registry.answer = ({ headers, url }, response) =>
      url === '/v2/' || headers.authorization?.startsWith('Basic ')
        ? json(response, 200, {})
        : json(response, 401, {}, { 'www-authenticate': 'Basic realm="r"' })
    assert.equal(await manifest(), '{}')
  })

  it('says which login is missing, and which was refused', async () => {
    registry.answer = (_, response) => json(response, 401, {}, { 'www-authenticate': 'Basic realm="r"' })
    await assert.rejects(manifest(), /no credentials are known/)
    login('me', 'made-up')
    const again = new RegistryClient({ fetcher, signal, host: registry.host, insecure: false })
    await assert.rejects(
      again.manifest('team/app', 'v1', 1000),
      (error: Error) =>
        /refuses user me \(password from .*config\.json\): a wrong name or password/.test(error.message) &&
        !error.message.includes('made-up'),
    )
  })

  it('N02: a 401 that comes after a redirect to another host is not answered', async () => {
    login('me', 'made-up')
    other.answer = (_, response) =>
      json(response, 401, {}, { 'www-authenticate': `Bearer realm="${other.origin}/steal"` })
    registry.answer = ({ url }, response) =>
      url === '/v2/' ? json(response, 200, {}) : response.writeHead(307, { location: `${other.origin}/x` }).end()
    await assert.rejects(manifest(), /401/)
    assert.deepEqual(
      other.seen.map(({ url }) => url),
      ['/x'],
    )
  })

  it('tries again after 429 with Retry-After and after 503, then gives what came', async () => {
    let asked = 0
    registry.answer = ({ url }, response) => {
      if (url === '/v2/') return json(response, 200, {})
      asked++
      if (asked === 1) return json(response, 429, {}, { 'retry-after': '0' })
      if (asked === 2) return json(response, 503, {}, { 'retry-after': '0' })
      json(response, 200, { try: asked })
    }
    assert.equal(await manifest(), '{"try":3}')
  })

  it('a long Retry-After is not waited for, but told', async () => {
    registry.answer = ({ url }, response) =>
      url === '/v2/' ? json(response, 200, {}) : json(response, 429, {}, { 'retry-after': '3600' })
    await assert.rejects(
      manifest(),
      (error: Error & { hint?: string }) =>
        error instanceof RateLimitedError &&
        Math.abs(error.resumeAt.getTime() - Date.now() - 3_600_000) < 60_000 &&
        /Try again after \d{4}-/.test(error.hint ?? ''),
    )
  })

  it("tells Docker Hub's limit of pulls, at which nothing is tried again, from the one against abuse", async () => {
    const pulls = {
      errors: [{ code: 'TOOMANYREQUESTS', message: 'You have reached your unauthenticated pull rate limit.' }],
    }
    const answer = (body: object) => {
      registry.seen.length = 0
      registry.answer = ({ url, method }, response) => {
        if (url === '/v2/' || method === 'HEAD') return json(response, 200, {}, { 'docker-content-digest': digest })
        json(response, 429, body, { 'retry-after': '0' })
      }
    }
    answer(pulls)
    await assert.rejects(
      manifest(),
      (error) => error instanceof RateLimitedError && /pull rate limit/.test(error.message),
    )
    assert.equal(registry.seen.filter(({ url }) => url.includes('/manifests/')).length, 1, 'one manifest')
    answer({ detail: 'Too Many Requests' })
    await assert.rejects(manifest(), RateLimitedError)
    assert.equal(registry.seen.length, 5, 'as often as any failure')
  })

  it('goes on where a registry wrongly sends a body behind a HEAD', async () => {
    const wrong = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () =>
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-length: 15\r\ndocker-content-digest: ${digest}\r\n\r\n{"hello":"you"}`,
        ),
      )
    })
    await new Promise<void>((resolve) => wrong.listen(0, '127.0.0.1', resolve))
    const host = `127.0.0.1:${(wrong.address() as AddressInfo).port}`
    const registry = new RegistryClient({ fetcher, signal, host, insecure: false })
    for (let n = 0; n < 3; n++) assert.equal(await registry.resolve('team/app', `v${n}`), digest)
    await fetcher.close()
    await new Promise((resolve) => wrong.close(resolve))
  })

  it('asks for no manifest while none is left, but goes on asking by HEAD, which is not counted', async () => {
    let left = 0
    registry.answer = ({ url, method }, response) => {
      if (url === '/v2/') return json(response, 200, {})
      const headers = {
        'ratelimit-limit': '100;w=21600',
        'ratelimit-remaining': `${left};w=21600`,
        'docker-ratelimit-source': '192.0.2.1',
        'docker-content-digest': digest,
      }
      if (method === 'HEAD') response.writeHead(200, headers).end()
      else json(response, 200, { hello: 1 }, headers)
    }
    assert.equal(await client.resolve('team/app', 'v1'), digest)
    await assert.rejects(manifest(), RateLimitedError)
    assert.deepEqual(
      registry.seen.filter(({ url }) => url !== '/v2/').map(({ method }) => method),
      ['HEAD'],
    )
    left = 7
    await client.resolve('team/app', 'v1')
    assert.equal(await manifest(), '{"hello":1}', 'the HEAD told that there are some again')
  })

  it('ends under the signal of the view that was asked, and of no other', async () => {
    registry.answer = ({ url }, response) => {
      if (url === '/v2/') json(response, 200, {})
      else if (url.includes('v1')) setTimeout(() => json(response, 200, { hello: 1 }), 200)
    }
    const controller = new AbortController()
    const ended = client.under(controller.signal).manifest('team/app', 'hangs', 1000)
    const other = manifest()
    setTimeout(() => controller.abort(new Error('stopped')), 50)
    await assert.rejects(ended)
    assert.equal(await other, '{"hello":1}')
  })

  it('a missing tag is NOT_FOUND with the registry own words made printable', async () => {
    registry.answer = ({ url }, response) =>
      url === '/v2/'
        ? json(response, 200, {})
        : json(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'no\u001b[2J' }] })
    await assert.rejects(
      manifest(),
      (error: Error & { code?: string }) =>
        error.code === 'NOT_FOUND' && error.message.includes('MANIFEST_UNKNOWN: no\\x1b[2J'),
    )
  })

  it('a manifest above its bound is refused', async () => {
    registry.answer = ({ url }, response) =>
      url === '/v2/' ? json(response, 200, {}) : json(response, 200, 'x'.repeat(2000))
    await assert.rejects(manifest(), /more than the 1000/)
  })

  describe('blobs', () => {
    const ranges = () => registry.seen.filter(({ url }) => url.includes('/blobs/')).map(({ headers }) => headers.range)

    it('is content where all bytes came, whatever length was told; a range behind the end is the end', async () => {
      const answer = (bytes: Uint8Array) => {
        registry.answer = ({ url, headers }, response) => {
          if (url === '/v2/') return json(response, 200, {})
          if (headers.range !== undefined) return void response.writeHead(416).end()
          response.writeHead(200, { 'content-length': content.length + 10 })
          response.write(bytes, () => response.destroy())
        }
      }
      answer(content)
      assert.ok((await blob()).equals(content))
      assert.ok((await blob(undefined)).equals(content))
      answer(content.subarray(0, 990))
      await assert.rejects(blob(undefined), CorruptImageError)
    })

    it('are taken up again by Range where the connection broke', async () => {
      registry.answer = ({ url, headers }, response) => {
        if (url === '/v2/') return json(response, 200, {})
        const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
        const status = from > 0 ? 206 : 200
        response.writeHead(status, {
          'content-length': String(content.length - from),
          'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
        })
        if (from >= 600) return response.end(content.subarray(from))
        response.write(content.subarray(from, from + 300), () => response.destroy())
      }
      assert.deepEqual(await blob(), content)
      assert.deepEqual(ranges(), [undefined, 'bytes=300-', 'bytes=600-'])
    })

    it('N08: a registry that ignores Range sends what is skipped', async () => {
      let asked = 0
      registry.answer = ({ url }, response) => {
        if (url === '/v2/') return json(response, 200, {})
        response.writeHead(200, { 'content-length': String(content.length) })
        if (++asked > 1) return response.end(content)
        response.write(content.subarray(0, 300), () => response.destroy())
      }
      assert.deepEqual(await blob(), content)
    })

    it('N08: another range than the one asked for is an error', async () => {
      let asked = 0
      registry.answer = ({ url }, response) => {
        if (url === '/v2/') return json(response, 200, {})
        if (++asked === 1) {
          response.writeHead(200, { 'content-length': String(content.length) })
          response.write(content.subarray(0, 300), () => response.destroy())
          return
        }
        response.writeHead(206, { 'content-range': `bytes 500-999/${content.length}` }).end(content.subarray(500))
      }
      await assert.rejects(blob(), /another range/)
    })

    it('I01: other bytes than the digest are an error at the end', async () => {
      registry.answer = ({ url }, response) =>
        url === '/v2/' ? json(response, 200, {}) : response.end(Buffer.alloc(content.length))
      await assert.rejects(blob(), /other bytes than sha256:/)
    })

    it('I01: more bytes than declared are an error', async () => {
      registry.answer = ({ url }, response) => (url === '/v2/' ? json(response, 200, {}) : response.end(content))
      await assert.rejects(blob(content.length - 1), /more bytes than/)
    })
  })

  describe('what a registry says', () => {
    const password = 'made-up-horse-7'
    const pair = Buffer.from(`me:${password}`).toString('base64')
    const token = 'made.up.token.of.some.length.made.up'
    const refusing = (status: number, message: string, scheme: string) => {
      other.answer = (_, response) => json(response, 200, { token, expires_in: 300 })
      registry.answer = ({ headers, url }, response) => {
        if (url === '/v2/') return json(response, 200, {})
        if (headers.authorization === undefined) return json(response, 401, {}, { 'www-authenticate': scheme })
        json(response, status, { errors: [{ code: 'DENIED', message }] }, { 'retry-after': '90000' })
      }
    }

    it('is left out where it repeats the password, the token or the header that it was sent', async () => {
      login('me', password)
      const realm = `Bearer realm="${other.origin}/token",service="reg"`
      for (const [status, message, scheme] of [
        [403, `no pull for me:${password}`, 'Basic realm="x"'],
        [403, `no pull with Basic ${pair}`, 'Basic realm="x"'],
        [404, `${'x'.repeat(165)} ${pair}`, 'Basic realm="x"'],
        [429, `slow down, ${pair}`, 'Basic realm="x"'],
        [403, `no pull with ${token}`, realm],
        [403, `no pull with ${token.slice(4, 24)}`, realm],
      ] as const) {
        refusing(status, message, scheme)
        client = new RegistryClient({ fetcher, signal, host: registry.host, insecure: false })
        await assert.rejects(manifest(), (error: Error) => {
          assert.match(error.message, /its message repeats the login, and is left out/)
          for (const text of [password, pair.slice(0, 12), token.slice(4, 24)]) assert.ok(!error.message.includes(text))
          return true
        })
      }
    })

    it('is told where it repeats nothing, safe to print', async () => {
      login('me', password)
      refusing(403, 'ask the \0 owners \ud800', 'Basic realm="x"')
      await assert.rejects(manifest(), /403: DENIED: ask the \\x00 owners \\ud800/)
    })
  })

  describe('lists', () => {
    it('follow Link from page to page, each name once', async () => {
      registry.answer = ({ url }, response) => {
        if (url === '/v2/') return json(response, 200, {})
        if (url.includes('last=b')) return json(response, 200, { tags: ['b', 'c'] })
        json(response, 200, { tags: ['a', 'b'] }, { link: '</v2/team/app/tags/list?n=2&last=b>; rel="next"' })
      }
      const tags: string[] = []
      for await (const tag of listTags(client, 'team/app')) tags.push(tag)
      assert.deepEqual(tags, ['a', 'b', 'c'])
    })

    it('are given up where they go on for ever', async () => {
      let page = 0
      registry.answer = ({ url }, response) => {
        if (url === '/v2/') return json(response, 200, {})
        json(response, 200, { tags: [`t${++page}`] }, { link: `</v2/team/app/tags/list?last=t${page}>; rel="next"` })
      }
      const all = async (): Promise<void> => {
        for await (const _ of listTags(client, 'team/app'));
      }
      await assert.rejects(all(), (error) => {
        assert.ok(error instanceof LimitExceededError)
        assert.match(error.message, /^The list of tags that 127\.0\.0\.1:\d+ gives goes on behind 1,000 pages/)
        return true
      })
      assert.equal(page, 1001)
      const bound = new ListBound('r.example', 'tags')
      for (let pages = 0; pages < 50_000; pages++) bound.add(100)
      assert.throws(() => bound.add(1), /more than 5,000,000 names/)
    }).timeout(60_000)

    it('tell an empty list from an error that comes with status 200', async () => {
      let document: unknown
      registry.answer = ({ url }, response) => json(response, 200, url === '/v2/' ? {} : document)
      const names = async (): Promise<number> => {
        let seen = 0
        for await (const _ of listTags(client, 'team/app')) seen++
        return seen
      }
      for (document of [{ tags: null }, { tags: [] }, { name: 'team/app' }]) assert.equal(await names(), 0)
      for (document of [{ errors: [{ code: 'UNAUTHORIZED' }] }, [], null, 'sorry'])
        await assert.rejects(names(), /something else than a list of tags/)
    })

    it('N09: a page that names itself as the next ends the list', async () => {
      registry.answer = ({ url }, response) =>
        url === '/v2/'
          ? json(response, 200, {})
          : json(response, 200, { repositories: ['a'] }, { link: '</v2/_catalog?n=1000>; rel="next"' })
      const names: string[] = []
      for await (const name of listRepositories(client)) names.push(name)
      assert.deepEqual(names, ['a'])
    })

    it('N03: a next page on another host is refused, a relative and an absolute one on the same host are taken', () => {
      const base = new URL('https://reg.example/v2/_catalog?n=1')
      assert.throws(() => nextPage('<https://evil.example/v2/_catalog>; rel="next"', base), /refused/)
      assert.throws(() => nextPage('<http://reg.example/v2/_catalog>; rel="next"', base), /refused/)
      assert.equal(nextPage('</v2/_catalog?last=a>; rel="next"', base)?.href, 'https://reg.example/v2/_catalog?last=a')
      assert.equal(
        nextPage('<https://reg.example/v2/_catalog?last=b>; rel=next', base)?.href,
        'https://reg.example/v2/_catalog?last=b',
      )
      assert.equal(nextPage('nonsense', base), undefined)
    })
  })
})
