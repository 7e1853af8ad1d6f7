import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSource } from '../../../../src/image/sources/index.js'
import { NotFoundError, UnauthorizedError, UnreachableError } from '../../../../src/support/errors.js'
import { setVariables } from '../../../fixtures/environment.js'
import { type FakeEngine, fakeImage, startFakeEngine } from '../../../fixtures/fake-engine.js'
import { json, type ScriptedServer, startServer } from '../../../fixtures/scripted-server.js'
import { sourceOptions } from '../read-source.js'

/** A user who may open nothing of root's. */
const NOBODY = 65_534

describe('a name without a prefix', () => {
  let folder: string
  let engine: FakeEngine
  let registry: ScriptedServer
  let restoreVariables: () => void

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-either-'))
    engine = await startFakeEngine(join(folder, 'docker.sock'))
    registry = await startServer((_, response) => json(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN' }] }))
    restoreVariables = setVariables({ DOCKER_HOST: `unix://${engine.host}`, DOCKER_CONFIG: folder })
  })
  afterEach(async () => {
    restoreVariables()
    await Promise.all([engine.close(), registry.close()])
    rmSync(folder, { recursive: true })
  })

  const open = (reference: string) =>
    openSource({ kind: 'engine-or-registry', reference }, { ...sourceOptions, offline: false })
  const name = () => `${registry.host}/shop/app:1`

  it("is the engine's image where it has one; no registry is asked", async () => {
    engine.images.set(name(), await fakeImage({ layers: [{ files: { a: 'b' } }] }))
    assert.equal((await open(name())).kind, 'docker')
    assert.deepEqual(registry.seen, [])
  })

  it('is looked for in the registry where the engine has none; both say why they do not have it', async () => {
    await assert.rejects(open(name()), (error: unknown) => {
      assert.ok(error instanceof NotFoundError)
      assert.match(
        error.message,
        new RegExp(`^The Docker Engine at .* has no image ${name()}\\. ${registry.host} has no`),
      )
      return true
    })
    assert.ok(registry.seen.length > 0)
  })

  it('is looked for in the registry where no engine answers; a login that is missing there is what counts', async () => {
    await engine.close()
    registry.answer = (_, response) => json(response, 401, {}, { 'www-authenticate': 'Basic realm="x"' })
    await assert.rejects(open(name()), (error: unknown) => {
      assert.ok(error instanceof UnauthorizedError)
      assert.match(error.message, /^The Docker Engine cannot be reached: tried .*docker\.sock \(no such socket\)\./)
      assert.match(error.message, /asks for a login/)
      assert.match(error.hint ?? '', /docker login/)
      return true
    })
  })

  it('says what to do about both where neither can be reached, the engine first', async () => {
    await Promise.all([engine.close(), registry.close()])
    await assert.rejects(open(name()), (error: unknown) => {
      assert.ok(error instanceof UnreachableError)
      assert.match(error.hint ?? '', /^Start the engine, or set DOCKER_HOST; .*\. Check the name, the network/)
      return true
    })
  })

  it('says how to get at a socket that this user may not open, whatever the registry answers', async () => {
    chmodSync(folder, 0o755)
    chmodSync(engine.host, 0)
    const isRoot = process.geteuid?.() === 0
    // Root may open everything.
    if (isRoot) process.seteuid?.(NOBODY)
    try {
      for (const [status, hint] of [
        [404, /sudo.*group "docker".*Podman/],
        [401, /sudo.*group "docker".*Podman.*docker login/],
      ] as const) {
        registry.answer = (_, response) => json(response, status, {}, { 'www-authenticate': 'Basic realm="x"' })
        await assert.rejects(open(name()), (error: unknown) => {
          assert.ok(error instanceof NotFoundError || error instanceof UnauthorizedError)
          assert.match(error.message, /^This user may not open .*docker\.sock\./)
          assert.match(error.hint ?? '', hint)
          return true
        })
      }
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  it('that is an ID is asked of the engine alone, and so is docker:', async () => {
    await assert.rejects(open('a'.repeat(64)), NotFoundError)
    const target = { kind: 'docker', reference: name() } as const
    await assert.rejects(openSource(target, sourceOptions), NotFoundError)
    await engine.close()
    await assert.rejects(openSource(target, sourceOptions), UnreachableError)
    assert.deepEqual(registry.seen, [])
  })
})
