// Commands that people are told to run next: with the files that the project has, as they are named from where one stands.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOf } from '../../../src/migrate/plan-load.js'
import { composeOptions, filesOf, redeployCommands, stackCommand } from '../../../src/migrate/project-words.js'
import type { MigrationPlan } from '../../../src/migrate/types.js'
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

  it('a stack whose secrets are files is deployed as one', () => {
    for (const name of ['compose.yaml', '.env']) writeFileSync(join(folder, name), 'services:\n  db:\n    image: db\n')
    const plan = { ...makePlan(folder), composeFiles: ['compose.yaml'], services: ['db'] }
    assert.match(redeployCommands(plan, 'secretscan')[0] ?? '', /^docker compose /)
    const deployed = redeployCommands({ ...plan, deployed: true }, 'secretscan')[0] ?? ''
    assert.match(deployed, /^docker stack deploy -c \S*compose\.yaml STACK$/)
  })

  it('docker compose has the env files that a plan was made with, and so has what is read again for it', () => {
    for (const name of ['compose.yaml', '.env']) writeFileSync(join(folder, name), 'services:\n  db:\n    image: db\n')
    const plan = { ...makePlan(folder), composeFiles: ['deploy/b.yml'], envFiles: ['.env.prod'], services: ['db'] }
    const [command = ''] = redeployCommands(plan, 'secretscan')
    assert.match(command, /^docker compose .*--env-file \S*\.env\.prod -f \S*deploy\/b\.yml up -d db$/)
    const found = composeOptions({ projectDir: folder, composeFiles: [], envFiles: ['.env.prod'] }, folder)
    assert.equal(found, '--env-file .env.prod')
    const load = { profiles: [], env: {}, cwd: join(folder, 'deploy') }
    assert.deepEqual(loadOf(plan, load).envFiles, [join(folder, '.env.prod')])
    assert.deepEqual(loadOf(plan, { ...load, envFiles: ['own.env'] }).envFiles, [join(folder, 'deploy', 'own.env')])
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
    assert.match(
      redeployCommands(plan, 'secretscan', { back: true })[0] ?? '',
      /^docker stack deploy -c \S*compose\.yaml -c /,
    )
    assert.match(redeployCommands(plan, 'secretscan')[0] ?? '', /^secretscan migrate sync .*&& docker stack deploy -c /)
    const named = redeployCommands({ ...plan, composeFiles: ['stack.yml'] }, 'secretscan')[0] ?? ''
    assert.match(named, /^secretscan migrate sync -f \S*stack\.yml && docker stack deploy -c \S*stack\.yml STACK$/)
    const given = { composeFiles: ['stack.yml'], envFiles: ['prod.env'], profiles: ['debug'] }
    const [whole = ''] = redeployCommands({ ...plan, ...given }, 'secretscan')
    assert.match(whole, /^secretscan migrate sync --env-file \S*prod\.env -f \S*stack\.yml --profile debug && /)
  })

  describe('of files that are each started alone', () => {
    const image = (name: string) => `  ${name}:\n    image: shop/${name}\n`
    const commands = (
      files: Readonly<Record<string, string>>,
      notes: readonly string[] = [],
      more: Partial<MigrationPlan> = {},
    ) => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), `services:\n${text}`)
      for (const name of ['compose.yaml', '.env']) writeFileSync(join(folder, name), '')
      const plan = { ...makePlan(folder), composeFiles: Object.keys(files), services: ['app', 'db'], notes, ...more }
      return redeployCommands(plan, 'secretscan').map((command) => command.replaceAll(/\S*\//g, ''))
    }

    it('each is a command of its own, with the services that it has', () => {
      const files = { 'dev.yml': image('app') + image('db'), 'prod.yml': image('app') + image('proxy') }
      assert.deepEqual(commands(files), [
        'docker compose -f dev.yml up -d app db',
        'docker compose -f prod.yml up -d app',
      ])
    })

    it('so is what builds the images that changed', () => {
      const files = { 'dev.yml': image('app') + image('db'), 'prod.yml': image('app') + image('proxy') }
      const builds = { services: ['app'], images: ['shop/app'], byExec: false }
      assert.deepEqual(commands(files, [], { builds }), [
        'docker compose -f dev.yml build app',
        'docker compose -f prod.yml build app',
        'docker compose -f dev.yml up -d app db',
        'docker compose -f prod.yml up -d app',
      ])
    })

    it('one command has them all where one adds to another, they share nothing, or the plan says to start them together', () => {
      const both = ['docker compose -f dev.yml -f prod.yml up -d app db']
      assert.deepEqual(commands({ 'dev.yml': image('app') + image('db'), 'prod.yml': '  app:\n    ports: []\n' }), both)
      assert.deepEqual(commands({ 'dev.yml': image('app'), 'prod.yml': image('db') }), both)
      const note =
        'app: dev.yml, prod.yml could each be started alone. … start them together (-f for each) from now on.'
      assert.deepEqual(commands({ 'dev.yml': image('app'), 'prod.yml': image('app') }, [note]), both)
    })
  })
})
