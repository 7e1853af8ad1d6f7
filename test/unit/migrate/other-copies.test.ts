// The files with secrets are not in git: the plan says who needs them, too.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered } from './in-memory.js'

const PROJECT = 'services:\n  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: Made-up-1 }\n'
const DIRECTORY = { 'secrets-dir': 'secrets' }

describe('migrate: other copies of the project', () => {
  const notesFor = async (text: string, kind: 'compose-file' | 'vault', lines: readonly string[] = []) => {
    const base = await gathered(text)
    const scripts = lines.map((line, index) => ({
      name: `s${index}.sh`,
      text: `#!/bin/sh\n${line}\n`,
      kind: 'script' as const,
    }))
    const store = { ...base.store, kind, options: kind === 'vault' ? {} : DIRECTORY }
    return makePlan({ ...base, store, scripts }).plan.notes.filter((note) => note.includes('stays out of git'))
  }

  it('need the files of the secrets first, and scripts that start it are named', async () => {
    const [note, ...more] = await notesFor(PROJECT, 'compose-file', [
      'docker compose -f compose.yaml up -d',
      'docker compose ps',
      'ls',
    ])
    assert.deepEqual(more, [])
    assert.match(note ?? '', /^secrets\/ stays out of git: every other copy .*; s0\.sh:2 starts it\.$/)
  })

  it('need none where the secrets are elsewhere, or nothing moves', async () => {
    assert.deepEqual(await notesFor(PROJECT, 'vault'), [])
    assert.deepEqual(await notesFor(PROJECT.replace('POSTGRES_PASSWORD: Made-up-1', 'TZ: UTC'), 'compose-file'), [])
  })
})

describe('migrate: what the plan says of services and images', () => {
  it('that all services have profiles, and how to take in all of them', async () => {
    const { plan } = makePlan(await gathered(PROJECT.replace('image:', 'profiles: [a]\n    image:')))
    assert.match(plan.notes.join('\n'), /^All services have profiles.*--profile '\*'/m)
  })

  it('a name in a health check that is the password, too, keeps no setting of rabbitmq', async () => {
    const queue = (test: string) =>
      `services:\n  mq:\n    image: rabbitmq:3\n    environment: { RABBITMQ_DEFAULT_PASS: rabbitmq }\n    healthcheck: { test: ${test} }\n`
    const wayOf = async (test: string) => makePlan(await gathered(queue(test))).moves.map(({ strategy }) => strategy.by)
    assert.deepEqual(await wayOf('[CMD, rabbitmq-diagnostics, ping]'), ['settings'])
    assert.notDeepEqual(await wayOf('[CMD, curl, "http://guest:rabbitmq@localhost:15672/api"]'), ['settings'])
  })
})
