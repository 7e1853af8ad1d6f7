// What a sweep asks of a real registry with tokens, over TLS with an own authority: catalog, tags, digests, documents, layers.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Digest } from '../../src/image/types.js'
import { createRateGate } from '../../src/registry/rate-gate.js'
import { UnauthorizedError } from '../../src/support/errors.js'
import { openRegistry } from '../../src/sweep/enumerate/access.js'
import type { SweepRegistry, SweepRegistryAccess } from '../../src/sweep/types.js'
import { buildArchive, digestOf } from '../fixtures/image-builder.js'
import { runBeside, systemProgram } from './programs.js'
import { IDENTITY_TOKEN, PASSWORD, type Registry, startRegistry, USER } from './registry-process.js'

const signal = new AbortController().signal
const known = { createdAt: async () => new Map<Digest, string>() }

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('enumerating a real registry', function () {
  this.timeout(120_000)
  let folder: string
  let registry: Registry
  const opened: SweepRegistryAccess[] = []

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-enumerate-'))
    writeFileSync(join(folder, 'password'), `${PASSWORD}\n`)
    writeFileSync(join(folder, 'token'), IDENTITY_TOKEN)
    registry = await startRegistry('token', true)
    const archive = join(folder, 'image.tar')
    const image = { tags: ['x:1'], layers: [{ files: { 'a.txt': 'hello' } }], env: ['A=1'] }
    writeFileSync(archive, await buildArchive({ layout: 'docker-legacy', images: [image] }))
    for (const name of ['team/app:1.0', 'team/app:1.1', 'team/app:nightly', 'team/sandbox-1:1', 'other/app:1'])
      await runBeside(systemProgram('skopeo'), [
        'copy',
        '--insecure-policy',
        '--dest-tls-verify=false',
        '--dest-creds',
        `${USER}:${PASSWORD}`,
        `docker-archive:${archive}`,
        `docker://${registry.host}/${name}`,
      ])
  })
  after(async () => {
    await Promise.all(opened.map((access) => access.close()))
    await registry?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const access = (login: SweepRegistry['login']): SweepRegistryAccess => {
    const one = openRegistry(
      {
        host: registry.host,
        kind: 'auto',
        insecure: false,
        ca: registry.ca,
        repositories: ['team/*', '!team/sandbox-*'],
        tags: { include: ['*'], exclude: [], semver: '>=1' },
        platforms: 'all',
        includeAttestations: false,
        login,
      },
      createRateGate(),
    )
    opened.push(one)
    return one
  }

  for (const [name, login] of [
    ['a password', () => ({ username: USER, passwordFile: join(folder, 'password') })],
    ['an identity token', () => ({ tokenFile: join(folder, 'token') })],
  ] as const)
    it(`with ${name} from a file: repositories, tags by HEAD, an image, the bytes of its layer`, async () => {
      const one = access(login())
      assert.deepEqual(await all(one.repositories(signal)), ['team/app'])
      const before = registry.requests().length
      const tags = await all(one.tags('team/app', known, signal))
      assert.deepEqual(tags.map(({ tag }) => tag).sort(), ['1.0', '1.1'])
      assert.equal(new Set(tags.map(({ digest }) => digest)).size, 1)
      const asked = registry.requests().slice(before)
      assert.deepEqual(
        asked.filter((request) => request.startsWith('GET') && !request.includes('/tags/list')),
        [],
        'nothing but the list and HEAD requests',
      )
      const [first] = tags
      assert.ok(first !== undefined)
      const { images, coverage } = await one.resolve('team/app', first.digest, signal)
      assert.deepEqual(coverage, [])
      assert.deepEqual(images[0]?.opened.config.env, ['A=1'])
      const [layer] = images[0]?.layers ?? []
      assert.ok(layer !== undefined)
      const bytes = Buffer.concat(await all(one.openBlob('team/app', layer, signal).bytes))
      assert.equal(digestOf(bytes), layer.digest)
    })

  it('without a login: says so', async () => {
    await assert.rejects(all(access('anonymous').repositories(signal)), UnauthorizedError)
  })
})
