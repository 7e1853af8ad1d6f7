// Every Compose project of the fixtures migrated: by compose-go's models each service comes to have what it had, and a second run has
// nothing to do. The files are written plainly here; how they are swapped and taken back is tested with apply.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gather } from '../../src/migrate/gather.js'
import { openValues } from '../../src/migrate/read-values.js'
import { makeSafePlan } from '../../src/migrate/safe-plan.js'
import { openComposeFileStore } from '../../src/migrate/stores/compose-file.js'
import type { ValueHasher } from '../../src/migrate/workspace.js'
import { fixturesFolder, readFixture } from '../fixtures/compose-fixtures.js'
import { effectiveService } from '../fixtures/effective-service.js'
import { goOracle } from '../fixtures/go-oracle.js'

const IMAGE = { entrypoint: ['docker-entrypoint.sh'], cmd: ['serve', '--all'] }
const FACTS = { ...IMAGE, user: '', hasShell: true, healthcheck: [], env: [] }
type Model = Readonly<Record<string, Readonly<Record<string, unknown>>>>

describe('migrated projects mean the same by compose-go', function () {
  this.timeout(600_000)
  let oracle: string
  let folder: string
  before(() => {
    oracle = goOracle('compose-oracle')
  })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-styles-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const openStore = async (hasher: Pick<ValueHasher, 'hmac'>) =>
    openComposeFileStore({ projectDir: folder, secretsDir: './secrets', hasher: hasher as ValueHasher })

  async function plan(load: Parameters<typeof openValues>[0]) {
    const facts = Object.assign(new Map(), { has: () => true, get: () => FACTS })
    const gathered = await gather({
      load,
      to: 'compose-file',
      storeOptions: { 'secrets-dir': './secrets' },
      select: [],
      names: {},
      facts,
      openStore: () => openStore({ hmac: () => '' }),
      detect: async () => () => undefined,
      literals: async () => [],
      secretTexts: async () => [],
      ownFindings: async () => [],
      images: true,
      sourceOptions: {} as never,
      findings: async () => undefined,
      on: () => undefined,
    })
    return makeSafePlan(gathered, load)
  }

  const names = readdirSync(fixturesFolder).filter(
    (name) => readFixture(join(fixturesFolder, name)).projectDir === undefined,
  )
  for (const name of names.sort())
    it(name, async () => {
      cpSync(join(fixturesFolder, name), folder, { recursive: true })
      const fixture = readFixture(folder)
      const env = { HOME: '/home/example', ...fixture.env }
      const flags = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value])
      const model = (): Model => {
        const args = [...flags('-f', fixture.files), ...flags('-e', fixture.envFiles), ...flags('-p', fixture.profiles)]
        return JSON.parse(execFileSync(oracle, args, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 }).toString())
      }
      const load = { ...fixture, files: fixture.files.map((file) => join(folder, file)), env, cwd: folder }
      const modelBefore = model()
      const planned = await plan(load)
      const { moves } = planned
      const readValue = await openValues(load)
      mkdirSync(join(folder, 'secrets'), { recursive: true })
      for (const step of planned.plan.steps)
        if (step.do === 'put') writeFileSync(join(folder, 'secrets', step.name), (await readValue(step.from)).reveal())
      for (const [file, bytes] of planned.staged) writeFileSync(file, bytes)
      const modelAfter = model()
      for (const service of Object.keys(modelBefore['services'] ?? {})) {
        const own = moves.filter(({ candidate }) => candidate.services.includes(service))
        // A file of settings and a value that the image had are no entries of the service before.
        if (own.some(({ strategy, candidate }) => strategy.by === 'settings' || candidate.what === 'image-env'))
          continue
        assert.deepEqual(
          effectiveService(modelAfter, service, IMAGE),
          effectiveService(modelBefore, service, IMAGE),
          service,
        )
      }
      const again = await plan(load)
      assert.deepEqual(
        again.moves.map(({ candidate }) => candidate.id),
        [],
      )
    })
})
