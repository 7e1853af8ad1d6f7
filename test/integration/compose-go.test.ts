// The Compose model equals what compose-go, the library behind `docker compose`, makes of the same files.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadProject } from '../../src/compose/load.js'
import { type Fixture, fixturesFolder, readFixture } from '../fixtures/compose-fixtures.js'
import { goOracle } from '../fixtures/go-oracle.js'

let oracle: string

function flags(name: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [name, value])
}

/** What compose-go resolves, as JSON. */
function composeGoModel(folder: string, fixture: Fixture): unknown {
  const directory = fixture.projectDir === undefined ? [] : ['-d', fixture.projectDir]
  const args = [
    ...flags('-f', fixture.files),
    ...directory,
    ...flags('-e', fixture.envFiles),
    ...flags('-p', fixture.profiles),
  ]
  const out = execFileSync(oracle, args, {
    cwd: folder,
    env: { HOME: '/home/example', ...fixture.env },
    maxBuffer: 64 * 1024 * 1024,
  })
  return JSON.parse(out.toString())
}

describe('the Compose model equals compose-go’s', () => {
  before(function () {
    this.timeout(600_000)
    oracle = goOracle('compose-oracle')
  })

  for (const name of readdirSync(fixturesFolder).sort()) {
    it(name, async () => {
      const folder = join(fixturesFolder, name)
      const fixture = readFixture(folder)
      const env = { HOME: '/home/example', ...fixture.env }
      const project = await loadProject({ ...fixture, env, cwd: folder })
      assert.deepEqual(JSON.parse(JSON.stringify(project.model)), composeGoModel(folder, fixture))
    })
  }
})
