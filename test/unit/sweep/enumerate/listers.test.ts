// The listing APIs as their documentation has them: pages, logins, errors, limits. Doubles on the loopback; no hosted registry is asked.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRateGate } from '../../../../src/registry/rate-gate.js'
import { RateLimitedError, UnauthorizedError, UnreachableError, UsageError } from '../../../../src/support/errors.js'
import { openRegistry } from '../../../../src/sweep/enumerate/access.js'
import type { RegistryKind, SweepRegistry, SweepRegistryAccess } from '../../../../src/sweep/types.js'
import { json, type ScriptedServer, type SeenRequest, startServer } from '../../../fixtures/scripted-server.js'

const signal = new AbortController().signal
const TOKEN = 'made' + '-up-token'
const PASSWORD = 'made' + '-up-password'

type Route = (url: URL, request: SeenRequest, response: ServerResponse) => void

describe('sweep/enumerate listers', () => {
  let api: ScriptedServer
  let registry: ScriptedServer
  let folder: string
  const opened: SweepRegistryAccess[] = []

  beforeEach(async () => {
    api = await startServer((_, response) => json(response, 404, {}))
    registry = await startServer((_, response) => json(response, 404, {}))
    folder = mkdtempSync(join(tmpdir(), 'secretscan-listers-'))
    writeFileSync(join(folder, 'token'), `${TOKEN}\n`)
    writeFileSync(join(folder, 'password'), PASSWORD)
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((access) => access.close()))
    await Promise.all([api.close(), registry.close()])
    rmSync(folder, { recursive: true })
  })

  const serve = (route: Route): void => {
    api.answer = (request, response) => route(new URL(request.url, api.origin), request, response)
  }
  const list = async (kind: RegistryKind, options: Partial<SweepRegistry> = {}): Promise<readonly string[]> => {
    const access = openRegistry(
      {
        host: registry.host,
        kind,
        insecure: false,
        repositories: ['**'],
        tags: { include: ['*'], exclude: [] },
        platforms: 'all',
        includeAttestations: false,
        login: 'anonymous',
        ...options,
      },
      createRateGate(),
    )
    opened.push(access)
    const names: string[] = []
    for await (const name of access.repositories(signal)) names.push(name)
    return names
  }
  const listing = () => ({ url: api.origin, tokenFile: join(folder, 'token') })
  /** Entries `from` to `to` of a numbered page. */
  const pageOf = <T>(url: URL, entries: readonly T[], size: string): readonly T[] => {
    const length = Number(url.searchParams.get(size))
    const start = (Number(url.searchParams.get('page')) - 1) * length
    return entries.slice(start, start + length)
  }
  const numbers = (count: number) => Array.from({ length: count }, (_, number) => number)
  const paths = () => api.seen.map(({ method, url }) => `${method} ${url}`)

  describe('docker-hub', () => {
    const hub = { host: 'docker.io', repositories: ['acme/*'], listing: { url: '' } }
    const repositories = numbers(130).map((number) => ({ name: `app-${number}`, namespace: 'acme', is_private: false }))
    const route: Route = (url, { method, headers, body }, response) => {
      if (url.pathname === '/v2/auth/token') {
        const { identifier, secret } = JSON.parse(body)
        return identifier === 'ci' && secret === PASSWORD && method === 'POST'
          ? json(response, 200, { access_token: TOKEN })
          : json(response, 401, { detail: 'Incorrect authentication credentials' })
      }
      if (url.pathname !== '/v2/namespaces/acme/repositories')
        return json(response, 404, { message: 'object not found' })
      const visible = headers.authorization === `Bearer ${TOKEN}` ? repositories : repositories.slice(0, 3)
      json(response, 200, {
        count: visible.length,
        next: null,
        previous: null,
        results: pageOf(url, visible, 'page_size'),
      })
    }

    it('lists what is public without a login, all of it with one, a hundred a page', async () => {
      serve(route)
      hub.listing.url = api.origin
      assert.deepEqual(await list('docker-hub', hub), ['acme/app-0', 'acme/app-1', 'acme/app-2'])
      api.seen.length = 0
      const login = { username: 'ci', passwordFile: join(folder, 'password') }
      assert.equal((await list('docker-hub', { ...hub, login })).length, 130)
      assert.deepEqual(paths(), [
        'POST /v2/auth/token',
        'GET /v2/namespaces/acme/repositories?page_size=100&page=1',
        'GET /v2/namespaces/acme/repositories?page_size=100&page=2',
      ])
    })

    it('says whose credentials are refused, without them', async () => {
      serve((_, __, response) => json(response, 401, {}))
      hub.listing.url = api.origin
      const login = { username: 'ci', passwordFile: join(folder, 'password') }
      await assert.rejects(
        list('docker-hub', { ...hub, login }),
        (error: Error) => error instanceof UnauthorizedError && !error.message.includes(PASSWORD),
      )
    })

    it('must be told whose repositories are meant', async () => {
      await assert.rejects(
        list('docker-hub', { ...hub, repositories: ['**'] }),
        (error: Error & { hint?: string }) => error instanceof UsageError && /my-organization/.test(error.hint ?? ''),
      )
      assert.equal(api.seen.length, 0)
    })
  })

  describe('harbor', () => {
    const projects = ['library', 'team']
    const route: Route = (url, { headers }, response) => {
      if (headers.authorization !== `Basic ${Buffer.from(`robot$ci:${PASSWORD}`).toString('base64')}`)
        return json(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'unauthorized' }] })
      const entries =
        url.pathname === '/api/v2.0/projects'
          ? projects.map((name) => ({ name }))
          : numbers(url.pathname.includes('/team/') ? 101 : 1).map((number) => ({
              name: `${url.pathname.includes('/team/') ? 'team' : 'library'}/app-${number}`,
            }))
      json(response, 200, pageOf(url, entries, 'page_size'), { 'x-total-count': String(entries.length) })
    }
    const login = () => ({ username: 'robot$ci', passwordFile: join(folder, 'password') })

    it("lists each project's repositories with the registry's own login", async () => {
      registry.answer = (request, response) => route(new URL(request.url, registry.origin), request, response)
      const names = await list('harbor', { login: login() })
      assert.equal(names.length, 102)
      assert.ok(names.includes('library/app-0') && names.includes('team/app-100'))
      registry.seen.length = 0
      assert.equal((await list('harbor', { login: login(), repositories: ['team/*'] })).length, 101)
      assert.ok(
        registry.seen.every(({ url }) => url === '/v2/' || url.startsWith('/api/v2.0/projects/team/repositories')),
      )
    })

    it("sends the registry's login to no other host", async () => {
      serve(route)
      await assert.rejects(list('harbor', { login: login(), listing: { url: api.origin } }), UnauthorizedError)
      assert.ok(api.seen.every(({ headers }) => headers.authorization === undefined))
    })
  })

  describe('gitlab', () => {
    const route: Route = (url, { headers }, response) => {
      if (headers['private-token'] !== TOKEN) return json(response, 401, { message: '401 Unauthorized' })
      const path = decodeURIComponent(url.pathname)
      if (path === '/api/v4/groups') return json(response, 200, pageOf(url, [{ full_path: 'acme' }], 'per_page'))
      const entries = numbers(150).map((number) => ({ id: number, path: `acme/sub/app-${number}` }))
      if (
        path === '/api/v4/groups/acme/registry/repositories' ||
        path === '/api/v4/groups/acme/sub/registry/repositories'
      )
        return json(response, 200, pageOf(url, entries, 'per_page'))
      if (path === '/api/v4/projects/acme/single/registry/repositories')
        return json(response, 200, pageOf(url, [{ path: 'acme/single' }, { path: 'acme/single/worker' }], 'per_page'))
      json(response, 404, { message: '404 Group Not Found' })
    }

    it('lists groups with all below them, and a project where the path is one', async () => {
      serve(route)
      assert.equal((await list('gitlab', { listing: listing(), repositories: ['acme/sub/*'] })).length, 150)
      assert.equal(paths()[0], 'GET /api/v4/groups/acme%2Fsub/registry/repositories?per_page=100&page=1')
      assert.deepEqual(await list('gitlab', { listing: listing(), repositories: ['acme/single/**'] }), [
        'acme/single',
        'acme/single/worker',
      ])
      api.seen.length = 0
      assert.equal((await list('gitlab', { listing: listing() })).length, 150)
      assert.match(paths()[0] ?? '', /groups\?top_level_only=true/)
    })

    it('sends no token of the registry, and says which one it needs and where', async () => {
      serve(route)
      const login = { tokenFile: join(folder, 'token') }
      await assert.rejects(
        list('gitlab', { login, listing: { url: api.origin }, repositories: ['acme/*'] }),
        (error: Error & { hint?: string }) => error instanceof UnauthorizedError && /read_api/.test(error.hint ?? ''),
      )
      assert.ok(api.seen.every(({ headers }) => JSON.stringify(headers).includes(TOKEN) === false))
      await assert.rejects(list('gitlab', { repositories: ['acme/*'] }), (error: Error & { hint?: string }) =>
        /listing: \{ url/.test(error.hint ?? ''),
      )
    })
  })

  describe('ghcr', () => {
    const packages = numbers(101).map((number) => ({
      name: number === 100 ? 'tools/lint' : `app-${number}`,
      package_type: 'container',
    }))
    const route: Route = (url, { headers }, response) => {
      if (headers.authorization !== `Bearer ${TOKEN}`)
        return json(response, 401, { message: 'Requires authentication' })
      assert.equal(url.searchParams.get('package_type'), 'container')
      if (url.pathname === '/orgs/acme/packages') return json(response, 200, pageOf(url, packages, 'per_page'))
      if (url.pathname === '/users/jo/packages') return json(response, 200, pageOf(url, [{ name: 'blog' }], 'per_page'))
      json(response, 404, { message: 'Not Found' })
    }

    it("lists an organization's packages without a Link header, and those of a user", async () => {
      serve(route)
      const names = await list('ghcr', { listing: listing(), repositories: ['acme/**', 'jo/*'] })
      assert.equal(names.length, 102)
      assert.ok(names.includes('acme/tools/lint') && names.includes('jo/blog'))
    })

    it('says which token it needs', async () => {
      serve(route)
      await assert.rejects(
        list('ghcr', { listing: { url: api.origin }, repositories: ['acme/**'] }),
        (error: Error & { hint?: string }) =>
          error instanceof UnauthorizedError && /read:packages/.test(error.hint ?? ''),
      )
    })

    it('waits for a limit that ends soon, and hands on one that does not', async () => {
      let limited = true
      serve((url, request, response) => {
        if (!limited) return route(url, request, response)
        limited = false
        json(response, 429, { message: 'secondary rate limit' }, { 'retry-after': '0' })
      })
      assert.equal((await list('ghcr', { listing: listing(), repositories: ['jo/*'] })).length, 1)
      serve((_, __, response) => json(response, 429, {}, { 'retry-after': '3600' }))
      await assert.rejects(list('ghcr', { listing: listing(), repositories: ['jo/*'] }), RateLimitedError)
      const reset = String(Math.floor(Date.now() / 1000) + 3600)
      serve((url, request, response) => {
        response.setHeader('x-ratelimit-limit', '5000')
        response.setHeader('x-ratelimit-remaining', '0')
        response.setHeader('x-ratelimit-reset', reset)
        route(url, request, response)
      })
      await assert.rejects(list('ghcr', { listing: listing(), repositories: ['acme/**'] }), RateLimitedError)
      assert.equal(api.seen.filter(({ url }) => url.includes('page=2')).length, 0, 'the last request was the last')
    })
  })

  describe('quay', () => {
    it('follows the page tokens of a namespace', async () => {
      serve((url, { headers }, response) => {
        assert.equal(headers.authorization, `Bearer ${TOKEN}`)
        assert.equal(url.pathname, '/api/v1/repository')
        const token = url.searchParams.get('next_page')
        const name = token === null ? 'one' : token === 'p2' ? 'two' : 'three'
        json(response, 200, {
          repositories: [{ namespace: 'acme', name }],
          ...(token === null ? { next_page: 'p2' } : token === 'p2' ? { next_page: 'p3' } : { next_page: 'p3' }),
        })
      })
      const names = await list('quay', { listing: listing(), repositories: ['acme/*'] })
      assert.deepEqual(names, ['acme/one', 'acme/two', 'acme/three'], 'a token that comes again ends it')
    })
  })

  describe('the registry itself', () => {
    it('acr: asks for its catalog under its own name', async () => {
      registry.answer = ({ url }, response) =>
        url.startsWith('/acr/v1/_catalog')
          ? json(response, 200, { repositories: ['a', 'b'] })
          : json(response, url === '/v2/' ? 200 : 404, {})
      assert.deepEqual(await list('acr'), ['a', 'b'])
    })

    it('ecr: says what to do where a token of twelve hours has ended', async () => {
      registry.answer = ({ url }, response) => json(response, url === '/v2/' ? 200 : 403, {})
      await assert.rejects(list('ecr'), (error: Error & { hint?: string }) => /ecr-login/.test(error.hint ?? ''))
    })

    it('artifact-registry: walks what lies below the path', async () => {
      const nodes: Record<string, unknown> = {
        'project/repo': { child: ['app', 'tools', '../up'], manifest: {}, tags: [] },
        'project/repo/app': { child: [], manifest: {}, tags: ['1'] },
        'project/repo/tools': { child: ['lint'], tags: ['x'] },
        'project/repo/tools/lint': { child: [], tags: ['1'] },
      }
      registry.answer = ({ url }, response) => {
        const path = /^\/v2\/(.+)\/tags\/list/.exec(url)?.[1] ?? ''
        json(response, url === '/v2/' || path in nodes ? 200 : 404, nodes[path] ?? {})
      }
      assert.deepEqual(await list('artifact-registry', { repositories: ['project/repo/**'] }), [
        'project/repo/app',
        'project/repo/tools',
        'project/repo/tools/lint',
      ])
    })
  })

  it('N09: an API that ignores the page number, or answers junk, is not asked for ever', async () => {
    serve((_, __, response) =>
      json(
        response,
        200,
        numbers(100).map((number) => ({ name: `app-${number}` })),
      ),
    )
    assert.equal((await list('ghcr', { listing: listing(), repositories: ['acme/**'] })).length, 100)
    assert.equal(api.seen.length, 2)
    serve((_, __, response) => void response.end('<html>'))
    await assert.rejects(list('ghcr', { listing: listing(), repositories: ['acme/**'] }), UnreachableError)
    serve((_, __, response) => json(response, 200, { message: 'no list', __proto__: [1] }))
    assert.deepEqual(await list('ghcr', { listing: listing(), repositories: ['acme/**'] }), [])
  })

  it('N02: a redirect of the API to another host gets no token', async () => {
    const other = await startServer((_, response) => json(response, 200, []))
    serve((_, __, response) => void response.writeHead(302, { location: `${other.origin}/steal` }).end())
    try {
      await list('gitlab', { listing: listing(), repositories: ['acme/*'] }).catch(() => undefined)
      assert.ok(other.seen.every(({ headers }) => !JSON.stringify(headers).includes(TOKEN)))
    } finally {
      await other.close()
    }
  })
})
