// What a run says at its end of Vault: where it is, and what an agent logs in with, as long as that is missing.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printEnding } from '../../../src/commands/shared/endings.js'
import type { ValueOrigin } from '../../../src/config/resolve.js'
import type { MigrationPlan } from '../../../src/migrate/types.js'
import { makePlan, makeProject } from '../migrate/project.js'

describe('the end of a run with Vault', () => {
  let project: string
  // In a terminal lines are broken at its width, which is another one on each machine.
  const { isTTY } = process.stdout
  beforeEach(() => {
    project = makeProject()
    process.stdout.isTTY = false
  })
  afterEach(() => {
    process.stdout.isTTY = isTTY
    rmSync(project, { recursive: true, force: true })
  })

  function ending(
    origin: ValueOrigin,
    more: Readonly<Record<string, string>> = {},
    other: Partial<MigrationPlan> = {},
  ): string {
    const lines: string[] = []
    const options = { 'vault-addr': 'https://vault.example.com:8200', ...more }
    const plan: MigrationPlan = {
      ...makePlan(project),
      to: { store: 'vault', options },
      services: ['app'],
      left: [{ place: { kind: 'file', path: '.env' }, reason: 'made up', todo: 'made up' }],
      ...other,
    }
    const result = { id: '2026-01-01-a1b2', stored: [], swapped: [], verified: [], details: [] }
    printEnding({
      print: (line) => lines.push(line),
      bin: 'secretscan',
      origins: new Map([['vault-addr', origin]]),
      result,
      plan,
    })
    return lines.join('\n')
  }

  it('says to set the address that only this run was told, for the commands below', () => {
    const set = /^ {2}Set: +export VAULT_ADDR=https:\/\/vault\.example\.com:8200 {3}\(the commands below/m
    assert.match(ending('flag'), set)
    assert.match(ending('default'), set)
    assert.doesNotMatch(ending('variable'), /VAULT_ADDR/)
    assert.doesNotMatch(ending('file'), /VAULT_ADDR/)
  })

  it('names what the agent logs in with until it is there', () => {
    const login = /^ {2}Login: +secretscan migrate agent-login/m
    const agent = { 'vault-delivery': 'agent' }
    assert.match(ending('variable', agent), login)
    assert.doesNotMatch(ending('variable', { ...agent, 'vault-agent-auth': 'token-file' }), login)
    assert.doesNotMatch(ending('variable'), login)
    mkdirSync(join(project, '.secretscan'), { recursive: true })
    writeFileSync(join(project, '.secretscan', 'vault-role-id'), 'made-up')
    assert.doesNotMatch(ending('variable', agent), login)
  })

  it('a project that becomes a stack is ended first where it runs under Compose; one that is a stack is not', () => {
    const before = /^ {2}Before: +docker compose .*-f \S+\/app\.yaml down[\s\S]*^ {2}Redeploy: +docker stack deploy/m
    const plan = { to: { store: 'swarm', options: {} }, composeFiles: ['app.yaml'] } as const
    assert.match(ending('variable', {}, plan), before)
    assert.match(ending('variable', {}, { ...plan, kind: 'move' }), before)
    for (const other of [
      { deployed: true },
      { kind: 'rotation' },
      { to: { store: 'compose-file', options: {} } },
    ] as const)
      assert.doesNotMatch(ending('variable', {}, { ...plan, ...other }), /^ {2}Before:/m)
  })

  it('says first where Vault is, and how many values stayed', () => {
    const said = ending('flag')
    assert.ok(said.indexOf('  Set: ') < said.indexOf('  Undo: '), said)
    assert.match(said, /^ {2}Left: +1 value stays where it was: secretscan migrate plan/m)
  })

  it('gives the commands that read the project again what it was found and read by', () => {
    const rotate = [{ name: 'db_password' }]
    for (const [given, options] of [
      [{ composeFiles: [] }, /--project-directory \S+/],
      [
        { composeFiles: ['a stack.yaml'], envFiles: ['prod.env'], profiles: ['debug'] },
        /--env-file \S+\/prod\.env -f '\S+\/a stack\.yaml' --profile debug/,
      ],
    ] as const) {
      const said = ending('variable', {}, { rotate, ...given })
      assert.match(said, new RegExp(`: secretscan migrate plan ${options.source} says why`))
      assert.match(said, new RegExp(`with secretscan rotate NAME ${options.source}\\.$`, 'm'))
    }
  })

  it('of secrets that moved on says what is left where they were, and asks nobody to change them', () => {
    const said = ending('variable', {}, { kind: 'move' })
    assert.match(said, /^ {2}Clean up: .*removes what is left, and the originals\)$/m)
    assert.doesNotMatch(said, /Rotate:|Elsewhere:/)
  })

  it('tells each step of afterwards but the one that "Redeploy" has told', () => {
    const check = { what: 'Check it:', commands: ['secretscan image app'] }
    const build = { what: 'Build it:', commands: ['docker compose build app'], redeploys: true } as const
    for (const afterwards of [[check], [build, check]]) {
      const said = ending('variable', {}, { afterwards })
      assert.match(said, /\n {2}Afterwards:\n {2}1\. Check it:\n {7}secretscan image app$/)
      assert.doesNotMatch(said, /Build it/)
    }
    assert.doesNotMatch(ending('variable', {}, { afterwards: [build] }), /Afterwards/)
  })
})
