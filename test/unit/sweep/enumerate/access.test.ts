import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRateGate } from '../../../../src/registry/rate-gate.js'
import { NotFoundError, RateLimitedError, UnauthorizedError } from '../../../../src/support/errors.js'
import { type AccessOptions, openRegistry } from '../../../../src/sweep/enumerate/access.js'
import type { KnownDigests, SweepRegistry, SweepRegistryAccess, TagFailure } from '../../../../src/sweep/types.js'
import { digestOf } from '../../../fixtures/image-builder.js'
import { type RegistryDouble, startRegistryDouble } from '../../../fixtures/registry-double.js'
import { json } from '../../../fixtures/scripted-server.js'

const signal = new AbortController().signal
const nothingKnown: KnownDigests = { createdAt: async () => new Map() }

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('sweep/enumerate access', () => {
  let registry: RegistryDouble
  let folder: string
  const opened: SweepRegistryAccess[] = []
  const before = process.env['DOCKER_CONFIG']

  beforeEach(async () => {
    registry = await startRegistryDouble()
    folder = mkdtempSync(join(tmpdir(), 'secretscan-access-'))
    process.env['DOCKER_CONFIG'] = folder
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((access) => access.close()))
    await registry.close()
    rmSync(folder, { recursive: true })
    if (before === undefined) delete process.env['DOCKER_CONFIG']
    else process.env['DOCKER_CONFIG'] = before
  })

  const access = (options: Partial<SweepRegistry> = {}, patience: AccessOptions = {}): SweepRegistryAccess => {
    const one = openRegistry(
      {
        host: registry.host,
        kind: 'auto',
        insecure: false,
        repositories: ['**'],
        tags: { include: ['*'], exclude: [] },
        platforms: 'all',
        includeAttestations: false,
        login: 'docker-config',
        ...options,
      },
      createRateGate(),
      patience,
    )
    opened.push(one)
    return one
  }
  const image = (text: string, created?: string) => ({
    layers: [{ files: { 'a.txt': text } }],
    ...(created === undefined
      ? {}
      : {
          config: {
            created,
            architecture: 'amd64',
            os: 'linux',
            config: {},
            rootfs: { type: 'layers', diff_ids: [] },
          },
        }),
  })
  const tagNames = async (options: Partial<SweepRegistry>, known = nothingKnown) =>
    (await all(access(options).tags('team/app', known, signal))).map(({ tag }) => tag)

  it('lists repositories page by page, each once, those that the globs take', async () => {
    for (let number = 0; number < 230; number++)
      await registry.pushDocument(`team/app-${number}`, '1', Buffer.from('{}'))
    await registry.pushDocument('other/app', '1', Buffer.from('{}'))
    const names = await all(access({ repositories: ['team/*', '!team/app-1*'] }).repositories(signal))
    assert.equal(names.length, 119)
    assert.ok(names.includes('team/app-229') && !names.includes('team/app-1'))
    assert.equal(registry.asked(/_catalog/).length, 3)
  })

  it('takes named repositories and those of a file without asking for a list', async () => {
    writeFileSync(join(folder, 'names'), `# ours\nteam/a\n${registry.host}/team/b # b\n\nteam/c\n`)
    const names = await all(
      access({ repositories: ['team/a', 'ops/x'], repositoriesFrom: join(folder, 'names') }).repositories(signal),
    )
    assert.deepEqual(names, ['team/a', 'ops/x', 'team/b', 'team/c'])
    const configured = access({ repositories: ['team/*'], repositoriesFrom: join(folder, 'names') })
    assert.deepEqual(await all(configured.repositories(signal, ['ops/y'])), ['ops/y'])
    assert.equal(registry.seen.length, 0)
    await assert.rejects(
      all(access({ repositories: [], repositoriesFrom: join(folder, 'none') }).repositories(signal)),
      /cannot be read/,
    )
  })

  it('says what to do where a registry has no catalog, or shows it to nobody', async () => {
    for (const [status, kind] of [
      [404, NotFoundError],
      [403, UnauthorizedError],
    ] as const) {
      registry.intercept = ({ url }, response) => {
        if (!url.includes('_catalog')) return false
        json(response, status, {})
        return true
      }
      await assert.rejects(
        all(access().repositories(signal)),
        (error: Error & { hint?: string }) => error instanceof kind && /kind/.test(error.hint ?? ''),
      )
    }
  })

  it('gives the digest of each selected tag by HEAD alone', async () => {
    const digest = await registry.push('team/app', ['1.0', '1.1', 'x-dev'], image('a'))
    const found = await all(
      access({ tags: { include: ['*'], exclude: ['*-dev'] } }).tags('team/app', nothingKnown, signal),
    )
    assert.deepEqual(found, [
      { tag: '1.0', digest },
      { tag: '1.1', digest },
    ])
    assert.deepEqual(registry.asked(/manifests/), [
      'HEAD /v2/team/app/manifests/1.0',
      'HEAD /v2/team/app/manifests/1.1',
    ])
    assert.equal(registry.asked(/blobs/).length, 0)
  })

  it('computes the digest where the registry tells none', async () => {
    const digest = await registry.push('team/app', ['1'], image('a'))
    registry.intercept = (request, response) => {
      if (request.method === 'HEAD') response.writeHead(200).end()
      return request.method === 'HEAD'
    }
    assert.deepEqual(await all(access().tags('team/app', nothingKnown, signal)), [{ tag: '1', digest }])
  })

  it('goes on after a tag that fails, and tells which one', async () => {
    await registry.push('team/app', ['a', 'c'], image('a'))
    registry.pushDangling('team/app', 'b')
    const failures: TagFailure[] = []
    const found = await all(
      access().tags('team/app', nothingKnown, signal, { onFailure: (failure) => failures.push(failure) }),
    )
    assert.deepEqual(
      found.map(({ tag }) => tag),
      ['a', 'c'],
    )
    assert.deepEqual(
      failures.map(({ tag, repository, error }) => [repository, tag, error instanceof NotFoundError]),
      [['team/app', 'b', true]],
    )
    const seen: string[] = []
    await assert.rejects(async () => {
      for await (const { tag } of access().tags('team/app', nothingKnown, signal)) seen.push(tag)
    }, NotFoundError)
    assert.deepEqual(seen, ['a', 'c'], 'without anyone to tell it is thrown after the last tag')
  })

  it('takes the newest by the date of the config, asks for none that is known, and tells those it passed over', async () => {
    const digests: Record<string, string> = {}
    for (const [tag, day] of [
      ['old', '01'],
      ['new', '09'],
      ['middle', '05'],
      ['known', '07'],
    ] as const)
      digests[tag] = await registry.push('team/app', [tag], image(tag, `2026-01-${day}T10:00:00.123456789+01:00`))
    await registry.push('team/app', ['undated'], image('undated'))
    const remembered: [string, string][] = []
    const known: KnownDigests = {
      createdAt: async (asked) =>
        new Map(asked.flatMap((digest) => (digest === digests['known'] ? [[digest, '2026-01-07T09:00:00.000Z']] : []))),
      remember: async (digest, createdAt) => void remembered.push([digest, createdAt]),
    }
    assert.deepEqual(await tagNames({ tags: { include: ['*'], exclude: [], newest: 2 } }, known), ['new', 'known'])
    assert.equal(registry.asked(new RegExp(`GET .*manifests/${digests['known']}`)).length, 0)
    assert.deepEqual(
      remembered.find(([digest]) => digest === digests['old']),
      [digests['old'], '2026-01-01T09:00:00.123Z'],
    )
    assert.equal(remembered.length, 3)
  })

  it('looks up the date of a digest once, whatever number of tags stand for it', async () => {
    const digest = await registry.push(
      'team/app',
      Array.from({ length: 250 }, (_, number) => `t${number}`),
      image('a', '2026-01-01T00:00:00Z'),
    )
    assert.equal((await tagNames({ tags: { include: ['*'], exclude: [], newest: 5 } })).length, 5)
    assert.equal(registry.asked(new RegExp(`GET .*manifests/${digest}`)).length, 1)
  })

  it('ends at a limit of requests with the time to come back, and hands it to nobody as a failed tag', async () => {
    await registry.push('team/app', ['a', 'b'], image('a'))
    registry.intercept = (request, response) => {
      if (request.method === 'HEAD') response.writeHead(429, { 'retry-after': '7200' }).end()
      return request.method === 'HEAD'
    }
    await assert.rejects(
      all(access().tags('team/app', nothingKnown, signal, { onFailure: () => assert.fail('no tag failed') })),
      (error) => error instanceof RateLimitedError && error.resumeAt.getTime() > Date.now() + 7_000_000,
    )
  })

  it('gives up a repository whose registry is away, not its tags one by one', async () => {
    await registry.push(
      'team/app',
      Array.from({ length: 60 }, (_, number) => `t${number}`),
      image('a'),
    )
    registry.intercept = (request, response) => {
      if (request.method === 'HEAD') response.writeHead(501).end()
      return request.method === 'HEAD'
    }
    const failures: TagFailure[] = []
    await assert.rejects(
      all(access().tags('team/app', nothingKnown, signal, { onFailure: (failure) => failures.push(failure) })),
      /answers 501/,
    )
    assert.ok(failures.length < 10)
  })

  it('resolves a digest to its images: platforms, configuration, layers; each document once', async () => {
    const digest = await registry.push('team/app', ['1'], {
      platforms: [
        { ...image('amd'), platform: 'linux/amd64', env: ['A=1'] },
        { ...image('arm'), platform: 'linux/arm64' },
      ],
      attestations: [{ predicateType: 'x' }],
    })
    const { images, coverage } = await access().resolve('team/app', digest as `sha256:${string}`, signal)
    assert.deepEqual(images.map(({ platform }) => platform).sort(), ['linux/amd64', 'linux/arm64'])
    const [first] = images
    assert.deepEqual(first?.opened.config.env, ['A=1'])
    assert.equal(first?.layers.length, 1)
    assert.equal(first?.layers[0]?.foreign, false)
    assert.match(first?.layers[0]?.diffId ?? '', /^sha256:/)
    assert.deepEqual(coverage, [])
    assert.deepEqual(
      images.map(({ issues }) => issues.map(({ code }) => code)),
      [['ATTESTATION_SKIPPED'], []],
    )
    const asked = registry.asked(/manifests|blobs/)
    assert.equal(new Set(asked).size, asked.length)
    assert.equal(asked.length, 5, 'index, two manifests, two configs')
  })

  it('resolves only the platforms that are wanted; where there are none of them that is a note', async () => {
    const digest = (await registry.push('team/app', ['1'], {
      platforms: [
        { ...image('amd'), platform: 'linux/amd64' },
        { ...image('arm'), platform: 'linux/arm64' },
        { ...image('s390'), platform: 'linux/s390x' },
      ],
    })) as `sha256:${string}`
    const some = await access({ platforms: ['linux/arm64', 'linux/s390x'] }).resolve('team/app', digest, signal)
    assert.deepEqual(some.images.map(({ platform }) => platform).sort(), ['linux/arm64', 'linux/s390x'])
    const none = await access({ platforms: ['windows/amd64'] }).resolve('team/app', digest, signal)
    assert.equal(none.images.length, 0)
    assert.deepEqual(
      none.coverage.map(({ code, effect }) => [code, effect]),
      [['PLATFORM_NOT_FOUND', 'note']],
    )
  })

  it('I09: says that a manifest of schema 1 cannot be read', async () => {
    const digest = registry.pushDocument(
      'team/app',
      'v1',
      Buffer.from(
        JSON.stringify({
          schemaVersion: 1,
          fsLayers: [],
          mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
        }),
      ),
    )
    const { images, failure } = await access().resolve('team/app', digest as `sha256:${string}`, signal)
    assert.equal(images.length, 0)
    assert.match(failure?.message ?? '', /schema 1/)
  })

  it('I01: refuses a manifest with other bytes than its digest, and one that is gone', async () => {
    const digest = (await registry.push('team/app', ['1'], image('a'))) as `sha256:${string}`
    registry.intercept = ({ url }, response) => {
      if (url.includes('/manifests/')) json(response, 200, { schemaVersion: 2, config: {}, layers: [] })
      return url.includes('/manifests/')
    }
    await assert.rejects(access().resolve('team/app', digest, signal), /sent another manifest/)
    registry.intercept = () => false
    await assert.rejects(
      access().resolve('team/app', digestOf(Buffer.from('gone')) as `sha256:${string}`, signal),
      NotFoundError,
    )
  })

  it('does not take a digest for resolved while the registry is away for one of its documents', async () => {
    const digest = (await registry.push('team/app', ['1'], image('a'))) as `sha256:${string}`
    registry.intercept = ({ url }, response) => {
      if (url.includes('/blobs/')) json(response, 403, {})
      return url.includes('/blobs/')
    }
    await assert.rejects(access().resolve('team/app', digest, signal), UnauthorizedError)
  })

  it('opens a layer, whose digest is checked and which is asked for when it is read', async () => {
    const digest = (await registry.push('team/app', ['1'], image('hello'))) as `sha256:${string}`
    const one = access()
    const [layer] = (await one.resolve('team/app', digest, signal)).images[0]?.layers ?? []
    assert.ok(layer !== undefined)
    const count = registry.asked(/blobs/).length
    const blob = one.openBlob('team/app', layer, signal)
    assert.equal(registry.asked(/blobs/).length, count)
    assert.equal(digestOf(Buffer.concat(await all(blob.bytes))), layer.digest)
    registry.intercept = ({ url }, response) => {
      if (url.includes('/blobs/')) response.end(Buffer.alloc(layer.size))
      return url.includes('/blobs/')
    }
    await assert.rejects(all(one.openBlob('team/app', layer, signal).bytes), /sent other bytes/)
  })

  it('logs in as sweep.yaml says, and reads the file when a registry asks', async () => {
    await registry.push('team/app', ['1'], image('a'))
    registry.intercept = ({ headers, url }, response) => {
      if (headers.authorization !== undefined || url === '/v2/') return false
      json(response, 401, {}, { 'www-authenticate': 'Basic realm="r"' })
      return true
    }
    const password = join(folder, 'ci.password')
    const one = access({ login: { username: 'ci', passwordFile: password } })
    await assert.rejects(all(one.tags('team/app', nothingKnown, signal)), /cannot be read/)
    writeFileSync(password, 'made-up\n')
    const two = access({ login: { username: 'ci', passwordFile: password } })
    assert.equal((await all(two.tags('team/app', nothingKnown, signal))).length, 1)
    assert.equal(
      registry.seen.at(-1)?.headers.authorization,
      `Basic ${Buffer.from('ci:made-up').toString('base64')}`,
      'without the line end',
    )
    await assert.rejects(all(access({ login: 'anonymous' }).tags('team/app', nothingKnown, signal)), UnauthorizedError)
  })

  it('says which registry refuses whom, and where the password is', async () => {
    await registry.push('team/app', ['1'], image('a'))
    registry.intercept = ({ url }, response) => {
      if (url === '/v2/') return false
      json(response, 401, { errors: [{ code: 'UNAUTHORIZED' }] }, { 'www-authenticate': 'Basic realm="r"' })
      return true
    }
    const password = join(folder, 'ci.password')
    writeFileSync(password, 'made-up\n')
    const one = access({ login: { username: 'ci', passwordFile: password } })
    await assert.rejects(all(one.tags('team/app', nothingKnown, signal)), (error) => {
      assert.ok(error instanceof UnauthorizedError)
      assert.match(
        error.message,
        /^127\.0\.0\.1:\d+ refuses user ci \(password from .*ci\.password\): a wrong name or password/,
      )
      assert.match(
        error.hint ?? '',
        /^Check login of 127\.0\.0\.1:\d+ in sweep\.yaml: the name ci, and the password in/,
      )
      assert.ok(!`${error.message}${error.hint}`.includes('made-up'))
      return true
    })
    await assert.rejects(
      all(one.repositories(signal)),
      (error: UnauthorizedError) =>
        /does not let user ci .* list/.test(error.message) && /^Check login/.test(error.hint ?? ''),
    )
  })

  it('goes on behind the last byte where the network falls silent in the middle of a layer', async () => {
    const text = Array.from({ length: 20_000 }, (_, n) => String((n * 7919) % 104_729)).join(' ')
    const digest = (await registry.push('team/app', ['1'], image(text))) as `sha256:${string}`
    const one = access({}, { idleTimeout: 400 })
    const [layer] = (await one.resolve('team/app', digest, signal)).images[0]?.layers ?? []
    assert.ok(layer !== undefined && layer.size > 2000)
    const asked: (string | undefined)[] = []
    registry.intercept = ({ url, headers }, response) => {
      if (!url.includes('/blobs/')) return false
      asked.push(headers.range)
      if (asked.length > 1) return false
      // As many bytes as were on their way, then nothing: no end, no reset.
      const bytes = registry.blob(layer.digest)
      response.writeHead(200, { 'content-length': bytes.length })
      response.write(bytes.subarray(0, 1000))
      return true
    }
    assert.equal(digestOf(Buffer.concat(await all(one.openBlob('team/app', layer, signal).bytes))), layer.digest)
    assert.deepEqual(asked, [undefined, 'bytes=1000-'])
  })
})
