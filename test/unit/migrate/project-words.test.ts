// Commands that people are told to run next: with the files that the project has, as they are named from where one stands.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeOptions, filesOf, redeployCommand, stackCommand } from '../../../src/migrate/project-words.js'
import { makePlan } from './project.js'

describe('migrate: commands to run next', () => {
  let folder: string
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'secretscan-words-')))
    for (const name of ['docker-compose.yml', 'docker-compose.override.yml']) writeFileSync(join(folder, name), '')
    mkdirSync(join(folder, 'deploy'))
    writeFileSync(join(folder, 'deploy', 'a stack.yml'), '')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const stack = (composeFiles: readonly string[], cwd: string) =>
    stackCommand(filesOf({ projectDir: folder, composeFiles }), join(folder, cwd))

  it('a stack has the files that were named, or those of the usual names', () => {
    assert.equal(stack([], '.'), 'docker stack deploy -c docker-compose.yml -c docker-compose.override.yml STACK')
    assert.equal(stack(['deploy/a stack.yml'], '.'), "docker stack deploy -c 'deploy/a stack.yml' STACK")
    assert.equal(stack(['deploy/a stack.yml'], 'deploy'), "docker stack deploy -c 'a stack.yml' STACK")
  })

  it('docker compose has the files, and the folder of the project where it is not that of the first file', () => {
    const options = (composeFiles: readonly string[], cwd: string) =>
      composeOptions({ projectDir: folder, composeFiles }, join(folder, cwd))
    assert.equal(options(['docker-compose.yml', 'deploy/b.yml'], '.'), '-f docker-compose.yml -f deploy/b.yml')
    assert.equal(options(['deploy/b.yml'], '.'), '--project-directory . -f deploy/b.yml')
    assert.equal(options(['deploy/b.yml'], 'deploy'), '--project-directory .. -f b.yml')
  })

  it('a rollback names them, too, and brings nothing from a Vault', () => {
    for (const name of ['compose.yaml', '.env']) writeFileSync(join(folder, name), 'services:\n  db:\n    image: db\n')
    const made = makePlan(folder)
    const plan = {
      ...made,
      composeFiles: [],
      services: ['db'],
      to: { store: 'vault', options: { 'vault-delivery': 'swarm' } },
    } as const
    assert.match(redeployCommand(plan, 'secretscan', true) ?? '', /^docker stack deploy -c \S*compose\.yaml -c /)
    assert.match(redeployCommand(plan, 'secretscan') ?? '', /^secretscan migrate sync .*&& docker stack deploy -c /)
  })
})
