// A real registry behind a proxy that breaks connections and lies: the findings are those of an undisturbed scan, or the report says
// what is missing.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildArchive } from '../fixtures/image-builder.js'
import { type Fault, type FaultProxy, startFaultProxy } from './fault-proxy.js'
import { runBeside, systemProgram } from './programs.js'
import { type Registry, startRegistry } from './registry-process.js'
import { fingerprints, missed, scanned } from './secretscan.js'

const secret = (body: string) => `Pass-${body}-x7`
const PASS: Fault = { do: 'pass' }
const isBlob = (request: string) => request.startsWith('GET') && request.includes('/blobs/')
const isManifest = (request: string) => request.includes('/manifests/')

describe('a registry behind a network that fails', function () {
  this.timeout(180_000)
  let folder: string
  let registry: Registry
  let proxy: FaultProxy
  let undisturbed: readonly string[]

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-faults-'))
    const archive = join(folder, 'image.tar')
    const layers = ['Lq2', 'Zk9', 'Ty5'].map((body) => ({
      files: { [`app/${body}.env`]: `DB_PASSWORD=${secret(body)}\n`, [`bin/${body}`]: randomBytes(400_000) },
    }))
    writeFileSync(archive, await buildArchive({ layout: 'docker-legacy', images: [{ tags: ['team/app:1'], layers }] }))
    registry = await startRegistry('none', false)
    proxy = await startFaultProxy(registry.host)
    await runBeside(systemProgram('skopeo'), [
      'copy',
      '--insecure-policy',
      '--dest-tls-verify=false',
      `docker-archive:${archive}`,
      `docker://${registry.host}/team/app:1`,
    ])
    undisturbed = fingerprints((await scan(() => PASS)).report)
    assert.equal(undisturbed.length, 3)
  })
  after(async () => {
    await proxy?.stop()
    await registry?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const scan = (plan: (request: string) => Fault) => {
    proxy.plan = plan
    return scanned([`registry:${proxy.host}/team/app:1`, '--no-cache'], {})
  }
  /** `fault` the first `times` times that `matches`, for each request of its own. */
  const firstTimes = (times: number, matches: (request: string) => boolean, fault: Fault) => {
    const counts = new Map<string, number>()
    return (request: string): Fault => {
      const count = counts.get(request) ?? 0
      counts.set(request, count + 1)
      return matches(request) && count < times ? fault : PASS
    }
  }

  const MENDED: readonly (readonly [string, () => (request: string) => Fault])[] = [
    ['each blob is cut twice', () => firstTimes(2, isBlob, { do: 'cut', after: 150_000 })],
    ['each blob is cut at its first byte', () => firstTimes(1, isBlob, { do: 'cut', after: 0 })],
    ['manifests are cut', () => firstTimes(1, isManifest, { do: 'cut', after: 10 })],
    ['everything is slow', () => () => ({ do: 'delay', ms: 50 })],
    ['everything is answered with 500 once', () => firstTimes(1, () => true, { do: 'answer', status: 500 })],
    [
      'everything is answered with 429 once',
      () => firstTimes(1, isBlob, { do: 'answer', status: 429, headers: { 'retry-after': '0' } }),
    ],
    ['blobs are elsewhere', () => firstTimes(1, isBlob, { do: 'redirect' })],
    ['a length is told that is too long, once', () => firstTimes(1, isBlob, { do: 'lie', by: 1000 })],
  ]
  for (const [name, plan] of MENDED)
    it(`finds all where ${name}`, async () => {
      const before = proxy.seen.length
      const { report, code } = await scan(plan())
      assert.ok(
        proxy.seen.slice(before).some(({ fault }) => fault !== 'pass'),
        'the fault was there',
      )
      assert.equal(code, 1)
      assert.deepEqual(fingerprints(report), undisturbed)
      assert.deepEqual(missed(report), [])
    })

  it('takes a broken blob up again where it broke, and reads no byte of it twice', async () => {
    const before = registry.requests().length
    await scan(firstTimes(1, isBlob, { do: 'cut', after: 150_000 }))
    const asked = registry.requests().slice(before).filter(isBlob)
    assert.equal(asked.length, 8 - 1, 'three layers twice, and the configuration, which is short')
  })

  const TOLD: readonly (readonly [string, Fault, string])[] = [
    ['I01: a blob has another byte', { do: 'flip' }, 'DIGEST_MISMATCH'],
    ['I05: a blob is not there', { do: 'answer', status: 404 }, 'NOT_FOUND'],
    ['I05: a blob may not be read', { do: 'answer', status: 403 }, 'UNAUTHORIZED'],
  ]
  for (const [name, fault, code] of TOLD)
    it(`says so where ${name}, and finds what the other layers hold`, async () => {
      const layers = (await scan(() => PASS)).report.targets[0]?.layers ?? []
      const damaged = layers[1]?.digest
      assert.ok(damaged !== undefined)
      const { report, code: exit } = await scan((request) => (request.includes(String(damaged)) ? fault : PASS))
      assert.equal(exit, 1, 'findings win over what is missing')
      assert.ok(fingerprints(report).length >= 2)
      assert.ok(fingerprints(report).every((fingerprint) => undisturbed.includes(fingerprint)))
      // A changed byte may be seen by the decompression too.
      const codes = missed(report).map((entry) => entry.code)
      assert.deepEqual(
        codes.filter((each) => each !== 'CORRUPT_STREAM'),
        [code],
      )
    })

  it('ends with 4 and the reason where the registry goes on refusing', async () => {
    for (const [status, code] of [
      [401, 'UNAUTHORIZED'],
      [404, 'NOT_FOUND'],
    ] as const) {
      const { report, code: exit } = await scan((request) => (isManifest(request) ? { do: 'answer', status } : PASS))
      assert.equal(exit, 4)
      assert.equal(report.targets[0]?.failed?.code, code)
    }
    const limited = await scan((request) =>
      isManifest(request) ? { do: 'answer', status: 429, headers: { 'retry-after': '7200' } } : PASS,
    )
    assert.equal(limited.code, 4)
    assert.equal(limited.report.targets[0]?.failed?.code, 'RATE_LIMITED')
  })
})
