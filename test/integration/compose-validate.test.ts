// validateCompose refuses what compose-go refuses, and takes what it takes.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProject } from '../../src/compose/load.js'
import { validateCompose } from '../../src/compose/validate.js'
import { fixturesFolder, readFixture } from '../fixtures/compose-fixtures.js'
import { goOracle } from '../fixtures/go-oracle.js'

let oracle: string

const refused: Readonly<Record<string, string>> = {
  'an unknown key of a service': 'services: {a: {image: x, enviroment: {A: b}}}',
  'secrets under the wrong parent':
    'services: {a: {image: x, environment: {A: b, secrets: [s]}}}\nsecrets: {s: {file: f}}',
  'a top-level secret as a service': 'services:\n  a: {image: x}\n  s:\n    file: ./s',
  'an undeclared secret': 'services: {a: {image: x, secrets: [s]}}',
  'an undeclared build secret': 'services: {a: {build: {context: ., secrets: [s]}}}',
  'an undeclared config': 'services: {a: {image: x, configs: [c]}}',
  'an undeclared volume': 'services: {a: {image: x, volumes: ["vol:/v"]}}',
  'an undeclared network': 'services: {a: {image: x, networks: [n]}}',
  'a secret with nothing in it': 'services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {}}',
  'a secret with content': 'services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {content: x}}',
  'a secret with two sources': 'services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {environment: E, file: f}}',
  'an external volume with a driver': 'services: {a: {image: x}}\nvolumes: {vol: {external: true, driver: d}}',
  'a service without image': 'services: {a: {command: x}}',
  'a dependency that is not there': 'services: {a: {image: x, depends_on: [b]}}',
  'services in a circle':
    'services: {a: {image: x, depends_on: [b]}, b: {image: x, links: [c]}, c: {image: x, depends_on: [a]}}',
  'a healthcheck without CMD': 'services: {a: {image: x, healthcheck: {test: [curl, x]}}}',
  'network_mode with networks': 'services: {a: {image: x, network_mode: host, networks: [n]}}\nnetworks: {n: {}}',
  'an unknown top-level key': 'services: {a: {image: x}}\nsecret: {s: {file: f}}',
  'a map where a list must be': 'services: {a: {image: x, secrets: {s: {}}}}\nsecrets: {s: {file: f}}',
  'a list as environment value': 'services: {a: {image: x, environment: {A: [1]}}}',
  'a list of secrets at the top': 'services: {a: {image: x}}\nsecrets: [s]',
}

const taken: Readonly<Record<string, string>> = {
  'x- fields anywhere': 'x-a: 1\nservices: {a: {image: x, x-b: 2}}\nsecrets: {s: {file: f, x-c: 3}}',
  'all ways of a secret':
    'services: {a: {image: x, secrets: [a, {source: b, target: /t, mode: 0o440}, c]}}\nsecrets: {a: {file: f}, b: {environment: B}, c: {external: true, name: d}}',
  'an optional dependency that is inactive':
    'services: {a: {image: x, depends_on: {b: {condition: service_started, required: false}}}, b: {image: x, profiles: [p]}}',
  'empty sections': 'services: {a: {image: x}}\nvolumes: {v: }\nnetworks: {n: }',
  'numbers and booleans as strings':
    'services: {a: {image: x, privileged: "true", mem_limit: 1000000, cpus: "0.5", init: true}}',
}

describe('validateCompose agrees with compose-go', () => {
  let folder: string
  before(function () {
    this.timeout(600_000)
    oracle = goOracle('compose-oracle')
    folder = mkdtempSync(join(tmpdir(), 'compose-validate-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  async function problems(text: string): Promise<number> {
    writeFileSync(join(folder, 'compose.yaml'), `${text}\n`)
    const project = await loadProject({ profiles: [], env: {}, cwd: folder })
    return validateCompose(project.model, project.inactiveServices).length
  }

  const composeGoTakes = () => spawnSync(oracle, [], { cwd: folder, env: { HOME: folder } }).status === 0

  for (const [name, text] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      assert.notEqual(await problems(text), 0)
      assert.equal(composeGoTakes(), false)
    })
  }
  for (const [name, text] of Object.entries(taken)) {
    it(`takes ${name}`, async () => {
      assert.equal(await problems(text), 0)
      assert.equal(composeGoTakes(), true)
    })
  }

  for (const name of readdirSync(fixturesFolder).sort()) {
    it(`takes the fixture ${name}`, async () => {
      const root = join(fixturesFolder, name)
      const project = await loadProject({ ...readFixture(root), cwd: root })
      assert.deepEqual(validateCompose(project.model, project.inactiveServices), [])
    })
  }
})
