// Digests that listing APIs tell, in the shapes of their documentation: which tags are then asked for by HEAD. Doubles on the loopback.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Digest } from '../../../../src/image/types.js'
import { createRateGate } from '../../../../src/registry/rate-gate.js'
import { openRegistry } from '../../../../src/sweep/enumerate/access.js'
import type { KnownDigests, RegistryKind, SweepRegistry, SweepRegistryAccess } from '../../../../src/sweep/types.js'
import { digestOf } from '../../../fixtures/image-builder.js'
import { type RegistryDouble, startRegistryDouble } from '../../../fixtures/registry-double.js'
import { json, type ScriptedServer, type SeenRequest, startServer } from '../../../fixtures/scripted-server.js'

const signal = new AbortController().signal
const TOKEN = 'made' + '-up-token'
const REPOSITORY = 'acme/tools/app'
const TAGS = ['1.0', '1.1', '1.2', 'latest']

describe('sweep/enumerate digests of listing APIs', () => {
  let api: ScriptedServer
  let registry: RegistryDouble
  let folder: string
  const opened: SweepRegistryAccess[] = []
  /** What the tags stand for: an index of two platforms each. */
  const digests: Record<string, Digest> = {}

  beforeEach(async () => {
    api = await startServer((_, response) => json(response, 404, {}))
    registry = await startRegistryDouble()
    folder = mkdtempSync(join(tmpdir(), 'secretscan-digests-'))
    writeFileSync(join(folder, 'token'), TOKEN)
    for (const tag of Object.keys(digests)) delete digests[tag]
    for (const tag of TAGS) await push(REPOSITORY, tag, tag)
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((access) => access.close()))
    await Promise.all([api.close(), registry.close()])
    rmSync(folder, { recursive: true })
  })

  const push = async (repository: string, tag: string, text: string): Promise<void> => {
    const platform = (name: string) => ({ platform: name, layers: [{ files: { 'a.txt': `${text} ${name}` } }] })
    const platforms = [platform('linux/amd64'), platform('linux/arm64')]
    digests[tag] = (await registry.push(repository, [tag], { platforms })) as Digest
  }
  const open = (kind: RegistryKind, options: Partial<SweepRegistry> = {}): SweepRegistryAccess => {
    const access = openRegistry(
      {
        host: registry.host,
        kind,
        insecure: false,
        repositories: ['acme/**'],
        tags: { include: ['*'], exclude: [] },
        platforms: 'all',
        includeAttestations: false,
        login: 'anonymous',
        listing: { url: api.origin, tokenFile: join(folder, 'token') },
        ...options,
      },
      createRateGate(),
    )
    opened.push(access)
    return access
  }
  /** As the store says after a sweep that has seen `seen`. */
  const knowing = (seen: Readonly<Record<string, string>>): KnownDigests => ({
    createdAt: async () => new Map(),
    lastDigests: async (tags) => new Map(tags.flatMap((tag) => (tag in seen ? [[tag, seen[tag] as Digest]] : []))),
  })
  const sweep = async (access: SweepRegistryAccess, known: KnownDigests, repository = REPOSITORY) => {
    registry.seen.length = 0
    const found: Record<string, string> = {}
    for await (const { tag, digest } of access.tags(repository, known, signal)) found[tag] = digest
    return { found, heads: registry.asked(/^HEAD/).map((request) => request.slice(request.lastIndexOf('/') + 1)) }
  }
  const serve = (route: (url: URL, request: SeenRequest, response: ServerResponse) => void): void => {
    api.answer = (request, response) => route(new URL(request.url, api.origin), request, response)
  }
  /** The registry's own host answers below `path`. */
  const serveOwn = (path: string, route: (url: URL, request: SeenRequest, response: ServerResponse) => void): void => {
    registry.intercept = (request, response) => {
      if (!request.url.startsWith(path)) return false
      route(new URL(request.url, registry.origin), request, response)
      return true
    }
  }
  const entries = <T>(make: (tag: string, digest: Digest) => T): T[] =>
    Object.entries(digests).map(([tag, digest]) => make(tag, digest))

  describe('docker-hub', () => {
    const path = '/v2/namespaces/acme/repositories/app/tags'
    const platforms = (tag: string) => [
      { architecture: 'amd64', os: 'linux', digest: digestOf(Buffer.from(`${tag} amd64`)), status: 'active' },
      { architecture: 'arm64', os: 'linux', digest: digestOf(Buffer.from(`${tag} arm64`)), status: 'active' },
    ]
    const hub = (changes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {}) => {
      const results = entries((name, digest) => ({
        ...{ creator: 1, id: 2, name, images: platforms(name), digest, tag_status: 'active', full_size: 100 },
        ...{ media_type: 'application/vnd.oci.image.index.v1+json', content_type: 'image', ...changes[name] },
      }))
      serve((url, _, response) =>
        url.pathname === path
          ? json(response, 200, { count: results.length, next: null, previous: null, results })
          : json(response, 404, { message: 'object not found' }),
      )
    }
    beforeEach(async () => {
      for (const tag of TAGS) await push('acme/app', tag, tag)
    })

    it('asks by one request of the API for all tags that stand as they did, and by HEAD for none', async () => {
      hub()
      const { found, heads } = await sweep(open('docker-hub'), knowing(digests), 'acme/app')
      assert.deepEqual(found, digests)
      assert.deepEqual(heads, [])
      assert.deepEqual(
        api.seen.map(({ url }) => url),
        [`${path}?page_size=100&page=1`],
      )
    })

    it('asks by HEAD for tags that are new, that moved, and of which the API tells nothing', async () => {
      hub({ '1.1': { digest: undefined } })
      const before = { ...digests, latest: digestOf(Buffer.from('what latest was before')) }
      await push('acme/app', '1.3', 'new')
      const { found, heads } = await sweep(open('docker-hub'), knowing(before), 'acme/app')
      assert.deepEqual(found, digests)
      assert.deepEqual(heads.sort(), ['1.1', '1.3', 'latest'])
    })

    it('takes the digest of one platform for no answer', async () => {
      const [amd64] = platforms('1.0')
      hub({ '1.0': { digest: amd64?.digest } })
      // The same platform was tagged by itself before: its digest is known, and the tag is an index now.
      const before = { ...digests, '1.0': amd64?.digest ?? '' }
      const { found, heads } = await sweep(open('docker-hub'), knowing(before), 'acme/app')
      assert.deepEqual(found, digests)
      assert.deepEqual(heads, ['1.0'])
    })

    it('asks the API for nothing where nothing is known, or a HEAD or two do', async () => {
      hub()
      assert.equal((await sweep(open('docker-hub'), knowing({}), 'acme/app')).heads.length, 4)
      const two = { '1.0': digests['1.0'] ?? '', '1.1': digests['1.1'] ?? '' }
      assert.equal((await sweep(open('docker-hub'), knowing(two), 'acme/app')).heads.length, 4)
      assert.equal(api.seen.length, 0)
    })
  })

  it('ghcr: takes the versions of a package, with the token, an organization first', async () => {
    serve((url, { headers }, response) => {
      if (headers.authorization !== `Bearer ${TOKEN}`) return json(response, 401, {})
      if (url.pathname !== '/users/acme/packages/container/tools%2Fapp/versions') return json(response, 404, {})
      const tagged = entries((tag, name) => ({
        id: 1,
        name,
        metadata: { package_type: 'container', container: { tags: [tag] } },
      }))
      const untagged = {
        id: 2,
        name: digestOf(Buffer.from('amd64')),
        metadata: { package_type: 'container', container: { tags: [] } },
      }
      json(response, 200, [untagged, ...tagged])
    })
    const { found, heads } = await sweep(open('ghcr'), knowing(digests))
    assert.deepEqual([found, heads], [digests, []])
    api.seen.length = 0
    assert.equal((await sweep(open('ghcr', { listing: { url: api.origin } }), knowing(digests))).heads.length, 4)
    assert.equal(api.seen.length, 0, 'nobody is answered there without a token')
  })

  it('harbor: takes the artifacts of a repository, whose path is encoded twice', async () => {
    serveOwn('/api/', (url, _, response) => {
      if (url.pathname !== '/api/v2.0/projects/acme/repositories/tools%252Fapp/artifacts')
        return json(response, 404, {})
      assert.equal(url.searchParams.get('with_tag'), 'true')
      const artifacts = entries((name, digest) => ({ type: 'IMAGE', digest, tags: [{ name, immutable: false }] }))
      json(response, 200, [{ type: 'IMAGE', digest: digestOf(Buffer.from('untagged')), tags: null }, ...artifacts])
    })
    const { found, heads } = await sweep(open('harbor', { listing: {} }), knowing(digests))
    assert.deepEqual([found, heads], [digests, []])
  })

  it('quay: takes the tags in use, page by page', async () => {
    serveOwn('/api/', (url, _, response) => {
      assert.equal(url.pathname, '/api/v1/repository/acme/tools/app/tag/')
      assert.equal(url.searchParams.get('onlyActiveTags'), 'true')
      const page = Number(url.searchParams.get('page'))
      const tags = entries((name, digest) => ({ name, manifest_digest: digest, is_manifest_list: true, size: null }))
      json(response, 200, { tags: tags.slice(2 * page - 2, 2 * page), page, has_additional: page < 2 })
    })
    const { found, heads } = await sweep(open('quay', { listing: {} }), knowing(digests))
    assert.deepEqual([found, heads], [digests, []])
    assert.equal(registry.asked(/api\/v1/).length, 2)
  })

  it('acr: takes the attributes of tags, with a token for metadata, page by page', async () => {
    serveOwn('/acr/', (url, { headers }, response) => {
      if (headers.authorization !== 'Bearer metadata') {
        const realm = `Bearer realm="${api.origin}/oauth2/token",service="acr",scope="repository:${REPOSITORY}:metadata_read"`
        return json(response, 401, {}, { 'www-authenticate': realm })
      }
      const isLast = url.searchParams.has('last')
      const tags = entries((name, digest) => ({ name, digest, createdTime: '2026-01-01T00:00:00Z', signed: false }))
      const link = `</acr/v1/${REPOSITORY}/_tags?last=1.1&n=500&orderby=>; rel="next"`
      json(
        response,
        200,
        { registry: 'acme.azurecr.io', imageName: REPOSITORY, tags: isLast ? tags.slice(2) : tags.slice(0, 2) },
        isLast ? {} : { link },
      )
    })
    serve((url, _, response) => {
      assert.equal(url.searchParams.get('scope'), `repository:${REPOSITORY}:metadata_read`)
      json(response, 200, { access_token: 'metadata' })
    })
    const { found, heads } = await sweep(open('acr'), knowing(digests))
    assert.deepEqual([found, heads], [digests, []])
  })

  it('artifact-registry: takes the manifests that its list of tags tells too', async () => {
    serveOwn(`/v2/${REPOSITORY}/tags/list`, (_, __, response) => {
      const manifest = Object.fromEntries(
        entries((tag, digest) => [
          digest,
          {
            mediaType: 'application/vnd.oci.image.index.v1+json',
            tag: [tag],
            timeUploadedMs: '1',
            imageSizeBytes: '0',
          },
        ]),
      )
      const platform = { mediaType: 'application/vnd.oci.image.manifest.v1+json', tag: [] }
      json(response, 200, {
        child: [],
        manifest: { ...manifest, [digestOf(Buffer.from('amd64'))]: platform },
        name: REPOSITORY,
        tags: Object.keys(digests),
      })
    })
    const { found, heads } = await sweep(open('artifact-registry'), knowing(digests))
    assert.deepEqual([found, heads], [digests, []])
  })

  it('asks by HEAD wherever the API refuses, breaks or answers junk, and leaves one that refuses alone', async () => {
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => json(response, 403, { errors: [{ code: 'FORBIDDEN' }] }),
      (response) => json(response, 404, {}),
      (response) => void response.end('<html>'),
      (response) => json(response, 200, { tags: [null, 7, { name: '1.0', manifest_digest: 'sha256:x/../y' }, 'a'] }),
    ]
    for (const answer of answers) {
      serveOwn('/api/', (_, __, response) => answer(response))
      const { found, heads } = await sweep(open('quay', { listing: {} }), knowing(digests))
      assert.deepEqual(found, digests)
      assert.equal(heads.length, 4)
    }
    serveOwn('/api/', (_, __, response) => json(response, 403, {}))
    const access = open('quay', { listing: {} })
    let asked = 0
    for (let n = 0; n < 6; n++) {
      await sweep(access, knowing(digests))
      asked += registry.asked(/api\/v1/).length
    }
    assert.equal(asked, 3)
  })

  it('reads no more pages than HEADs are worth: an API full of what has no tag is given up', async () => {
    serve((url, _, response) => {
      const page = Number(url.searchParams.get('page'))
      const untagged = Array.from({ length: 100 }, (__, n) => ({
        id: n,
        name: digestOf(Buffer.from(`${page} ${n}`)),
        metadata: { package_type: 'container', container: { tags: [] } },
      }))
      json(response, url.pathname.startsWith('/orgs/') ? 200 : 404, untagged)
    })
    const { found, heads } = await sweep(open('ghcr'), knowing(digests))
    assert.deepEqual(found, digests)
    assert.equal(heads.length, 4)
    assert.equal(api.seen.length, 2)
  })

  it('ends at once where it is told to while the API is silent', async () => {
    serveOwn('/api/', () => undefined)
    const controller = new AbortController()
    const waiting = (async () => {
      for await (const _ of open('quay', { listing: {} }).tags(REPOSITORY, knowing(digests), controller.signal));
    })()
    while (registry.asked(/api\/v1/).length === 0) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('enough'))
    await assert.rejects(waiting, /enough/)
  })
})
