// The same image, built and read in every way that people have, gives the same findings with the same fingerprints.
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Engine, type EngineVersion, startEngine } from './engine-process.js'
import { EXPECTED, EXPECTED_OCI, SECRETS, writeContext } from './leaky-image.js'
import { run, systemProgram } from './programs.js'
import { fingerprints, missed, placesAndExposure, scanned } from './secretscan.js'

const BUILDS: readonly { readonly version: EngineVersion; readonly buildkit: boolean }[] = [
  { version: '20.10 overlay2', buildkit: false },
  { version: '29 overlay2', buildkit: false },
  { version: '29 overlay2', buildkit: true },
  { version: '29 containerd store', buildkit: false },
  { version: '29 containerd store', buildkit: true },
  { version: 'Podman 4.3', buildkit: false },
]

const BUILD_FLAGS = ['--network', 'none', '--build-arg', `API_TOKEN=${SECRETS.argument}`]

describe('engines', function () {
  this.timeout(300_000)
  let context: string
  const engines = new Map<EngineVersion, Engine>()
  let reference: readonly string[] | undefined

  before(() => {
    context = writeContext()
  })
  after(async () => {
    await Promise.all([...engines.values()].map((engine) => engine.stop()))
    rmSync(context, { recursive: true, force: true })
  })

  async function engineOf(version: EngineVersion): Promise<Engine> {
    const running = engines.get(version) ?? (await startEngine(version))
    engines.set(version, running)
    return running
  }

  for (const { version, buildkit } of BUILDS) {
    const builder = buildkit ? 'BuildKit' : 'the classic builder'
    it(`${version}, ${builder}: through the engine, by path, by pipe and as an OCI layout`, async () => {
      const engine = await engineOf(version)
      const env = { ...engine.env, DOCKER_BUILDKIT: buildkit ? '1' : '0' }
      const name = `shop/${buildkit ? 'kit' : 'classic'}:1`
      const docker = systemProgram('docker')
      run(docker, ['build', '-q', ...BUILD_FLAGS, '-t', name, context], { env })
      const archive = join(engine.folder, 'image.tar')
      writeFileSync(archive, run(docker, ['save', name], { env }))
      const layout = join(engine.folder, `layout-${buildkit}`)
      run(systemProgram('skopeo'), ['copy', '--insecure-policy', `docker-archive:${archive}`, `oci:${layout}:1`])

      const ways = {
        engine: await scanned([`docker:${name}`, '--no-cache'], { env }),
        path: await scanned([archive, '--no-cache'], { env }),
        pipe: await scanned(['-', '--no-cache'], { env, input: readFileSync(archive) }),
        layout: await scanned([`oci:${layout}:1`, '--no-cache'], { env }),
      }
      for (const [way, { report, code }] of Object.entries(ways)) {
        assert.deepEqual(placesAndExposure(report), way === 'layout' ? EXPECTED_OCI : EXPECTED, way)
        assert.equal(code, 1, way)
        assert.deepEqual(missed(report), [], way)
        reference ??= fingerprints(report)
        const unlike = fingerprints(report).filter((each) => !reference?.includes(each))
        assert.equal(unlike.length, way === 'layout' ? 1 : 0, `${way}: the same fingerprints everywhere`)
      }
    })

    it(`${version}, ${builder}: a second scan asks the engine for no layer and reports the same`, async () => {
      const { env, log } = await engineOf(version)
      const name = `docker:shop/${buildkit ? 'kit' : 'classic'}:1`
      const first = await scanned([name], { env })
      const exports = () => log().match(/(?:Calling|handling) GET .*\/get[?" ]/g)?.length ?? 0
      const before = exports()
      const second = await scanned([name], { env })
      assert.deepEqual(second.report.findings, first.report.findings)
      assert.deepEqual(second.report.skipped, first.report.skipped)
      const [target] = second.report.targets
      assert.ok(target?.layers?.every(({ cached }) => cached))
      if (version === 'Podman 4.3') return
      assert.ok(before > 0, 'the log tells of exports')
      assert.equal(exports(), before)
    })
  }

  it("BuildKit's own archive with zstd layers gives the same", async () => {
    const { env, folder } = await engineOf('29 containerd store')
    const archive = join(folder, 'zstd.tar')
    const output = `type=oci,dest=${archive},compression=zstd,force-compression=true`
    run(systemProgram('docker'), ['buildx', 'build', '-q', ...BUILD_FLAGS, '-o', output, context], { env })
    const { report } = await scanned([archive, '--no-cache'], { env })
    assert.deepEqual(placesAndExposure(report), EXPECTED)
    assert.deepEqual(missed(report), [])
    assert.deepEqual(fingerprints(report), reference)
  })

  it('a build argument in the provenance is found where it is asked for, beside what is found anyway', async () => {
    const { env } = await engineOf('29 containerd store')
    const flags = [...BUILD_FLAGS, '--provenance', 'mode=max', '-t', 'shop/proven:1']
    run(systemProgram('docker'), ['buildx', 'build', '-q', ...flags, context], { env })
    const places = async (...parameters: string[]) => {
      const { report } = await scanned(['docker:shop/proven:1', '--no-cache', ...parameters], { env })
      const everywhere = report.findings.flatMap(({ location, related }) => [
        location,
        ...related.map((each) => each.location),
      ])
      return new Set(everywhere.map(({ kind }) => kind))
    }
    assert.ok(!(await places()).has('provenance'))
    assert.ok((await places('--include-attestations')).has('provenance'))
  })
})
