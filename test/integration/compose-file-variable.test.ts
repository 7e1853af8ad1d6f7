// Which files COMPOSE_FILE names, and when it is refused, as docker compose itself has it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProject } from '../../src/compose/load.js'
import { asTree } from '../../src/support/tree.js'
import { builtProgram } from './programs.js'

const CASES: readonly (readonly [dotenv: string, env: Readonly<Record<string, string>>])[] = [
  ['', {}],
  ['', { COMPOSE_FILE: '' }],
  ['', { COMPOSE_FILE: ' ' }],
  ['', { COMPOSE_FILE: 'other.yaml' }],
  ['', { COMPOSE_FILE: 'other.yaml:' }],
  ['', { COMPOSE_FILE: 'compose.yaml:other.yaml' }],
  ['', { COMPOSE_FILE: 'compose.yaml;other.yaml', COMPOSE_PATH_SEPARATOR: ';' }],
  ['', { COMPOSE_FILE: 'other.yaml', COMPOSE_PATH_SEPARATOR: '' }],
  ['COMPOSE_FILE=\n', {}],
  ['COMPOSE_FILE=\n', { COMPOSE_FILE: 'other.yaml' }],
  ['COMPOSE_FILE=other.yaml\n', {}],
  ['COMPOSE_FILE=other.yaml\n', { COMPOSE_FILE: '' }],
]

describe('COMPOSE_FILE, as docker compose takes it', function () {
  this.timeout(60_000)
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'compose-file-'))
    writeFileSync(join(folder, 'compose.yaml'), 'services: {app: {image: first}}\n')
    writeFileSync(join(folder, 'other.yaml'), 'services: {app: {image: other}}\n')
  })
  after(() => rmSync(folder, { recursive: true }))

  /** The image of the project's service; undefined where docker compose refuses. */
  function imageByCompose(env: Readonly<Record<string, string>>): string | undefined {
    const { stdout, status } = spawnSync(builtProgram('docker-compose-5.6.1.0'), ['config', '--images'], {
      cwd: folder,
      encoding: 'utf8',
      env: { HOME: folder, PATH: process.env['PATH'], ...env },
    })
    return status === 0 ? stdout.trim() : undefined
  }

  for (const [dotenv, env] of CASES)
    it(`.env ${JSON.stringify(dotenv)}, environment ${JSON.stringify(env)}`, async () => {
      writeFileSync(join(folder, '.env'), dotenv)
      const image = await loadProject({ profiles: [], env, cwd: folder }).then(
        ({ model }) => asTree(asTree(asTree(model)['services'])['app'])['image'],
        () => undefined,
      )
      assert.equal(image, imageByCompose(env))
    })
})
