// One image, pushed by docker itself and read in every way that leaves it as it is: the same findings, the same fingerprints.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import { type Report, reportIn } from '../fixtures/report.js'
import { type Engine, startEngine } from './engine-process.js'
import { EXPECTED, SECRETS, writeContext } from './leaky-image.js'
import { builtProgram, run, systemProgram } from './programs.js'
import { fingerprints, placesAndExposure, scanned } from './secretscan.js'

/** Loopback addresses are registries without TLS to docker. */
const NAME = '127.0.0.1:5000/shop/app:1'

describe('one image through engine, archive, layout and registry', function () {
  this.timeout(300_000)
  let engine: Engine
  let context: string
  let registry: ChildProcess

  before(async () => {
    context = writeContext()
    engine = await startEngine('20.10 overlay2')
    const data = join(engine.folder, 'registry')
    mkdirSync(data)
    const settings = join(engine.folder, 'registry.yml')
    writeFileSync(
      settings,
      `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${data}}}\nhttp: {addr: 127.0.0.1:5000}\n`,
    )
    registry = spawn(...engine.inside(systemProgram('docker-registry'), ['serve', settings]), { stdio: 'ignore' })
    const env = { ...engine.env, DOCKER_BUILDKIT: '0' }
    const build = [
      'build',
      '-q',
      '--network',
      'none',
      '--build-arg',
      `API_TOKEN=${SECRETS.argument}`,
      '-t',
      NAME,
      context,
    ]
    run(systemProgram('docker'), build, { env })
    await pushed(engine)
  })
  after(async () => {
    registry?.kill('SIGKILL')
    await engine?.stop()
    rmSync(context, { recursive: true, force: true })
  })

  /** The registry may not listen yet. */
  async function pushed({ env }: Engine): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        run(systemProgram('docker'), ['push', '-q', NAME], { env })
        return
      } catch (error) {
        if (attempt === 50) throw error
        await sleep(200)
      }
    }
  }

  /** As scanned(), in the engine's network, where the registry is. */
  async function scannedInside(parameters: readonly string[]): Promise<Report> {
    const program = [join(packageRoot(), 'bin', 'run.js'), 'image', ...parameters, '--format', 'json', '--no-progress']
    const [command, args] = engine.inside(process.execPath, program)
    const child = spawn(command, args, { cwd: engine.folder, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    for await (const chunk of child.stdout) output += String(chunk)
    return reportIn(output)
  }

  it('the same findings and fingerprints', async () => {
    const archive = join(engine.folder, 'image.tar')
    writeFileSync(archive, run(systemProgram('docker'), ['save', NAME], { env: engine.env }))
    const layout = join(engine.folder, 'layout')
    const [command, args] = engine.inside(builtProgram('crane-0.22.1'), [
      'pull',
      '--insecure',
      '--format',
      'oci',
      NAME,
      layout,
    ])
    run(command, args)
    const ways: Readonly<Record<string, Report>> = {
      engine: (await scanned([`docker:${NAME}`, '--no-cache'], { env: engine.env })).report,
      path: (await scanned([archive, '--no-cache'], {})).report,
      pipe: (await scanned(['-', '--no-cache'], { input: readFileSync(archive) })).report,
      layout: (await scanned([`oci:${layout}`, '--no-cache'], {})).report,
      registry: await scannedInside([`registry:${NAME}`, '--no-cache']),
    }
    const [first] = Object.values(ways)
    assert.ok(first !== undefined)
    for (const [way, report] of Object.entries(ways)) {
      assert.deepEqual(placesAndExposure(report), EXPECTED, way)
      assert.deepEqual(fingerprints(report), fingerprints(first), way)
    }
    assert.equal(ways['registry']?.targets[0]?.source, 'registry')
  })
})
