// Swarm secrets that services still had when their migration was taken back: named as Swarm names them, and left to `clean`.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { Journal } from '../../../src/migrate/journal.js'
import { leftoversOf } from '../../../src/migrate/move-on/leftovers.js'
import { migrationStatus } from '../../../src/migrate/status.js'
import type { MigrationPlan, StoredSecret } from '../../../src/migrate/types.js'
import { openWorkspace } from '../../../src/migrate/workspace.js'
import { makePlan, makeProject } from './project.js'

const IN_USE = 'The Swarm secret shop_pw_v1 cannot be removed (a service may use it): the engine answers 400.'

describe('migrate: what a rollback leaves in a Swarm', () => {
  let project: string
  beforeEach(() => {
    project = makeProject()
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))

  const secret = (name: string, more: Partial<StoredSecret> = {}): StoredSecret => ({
    store: 'swarm',
    name,
    id: `zghx83hz${name}`,
    version: 1,
    createdByUs: true,
    hmac: '',
    ...more,
  })

  async function journalOf(stored: readonly StoredSecret[], more: Partial<MigrationPlan> = {}): Promise<Journal> {
    const plan: MigrationPlan = {
      ...makePlan(project),
      to: { store: 'swarm', options: { 'swarm-prefix': 'shop_' } },
      ...more,
    }
    const journal = await Journal.create(await openWorkspace(project), plan, new Date())
    for (const [step, each] of stored.entries()) await journal.write({ type: 'put', step, stored: each })
    await journal.write({ type: 'applied' })
    return journal
  }

  it('is what services used, by the name that Swarm has for it, until it is gone', async () => {
    const journal = await journalOf([secret('pw'), secret('pw2'), secret('older', { createdByUs: false })])
    assert.deepEqual(await leftoversOf(project, undefined), [], 'nothing while the migration counts')
    await journal.write({ type: 'rolling-back' })
    await journal.write({ type: 'removed', name: 'pw2' })
    await journal.write({ type: 'kept', name: 'pw', reason: IN_USE })
    await journal.write({ type: 'kept', name: 'older', reason: 'it was there before' })
    await journal.write({ type: 'rolled-back' })
    const left = [{ name: 'pw', from: 'swarm', at: 'shop_pw_v1', migration: journal.id }]
    assert.deepEqual(await leftoversOf(project, undefined), left)
    const again = await journalOf([secret('pw', { createdByUs: false })])
    assert.deepEqual(await leftoversOf(project, journal.id), [], 'a later migration uses it again')
    await again.write({ type: 'rolled-back' })
    assert.deepEqual(await leftoversOf(project, undefined), left)
    const [status] = await migrationStatus(project)
    assert.deepEqual([status?.places, status?.leftInSwarm], [['shop_pw_v1', 'shop_older_v1'], ['shop_pw_v1']])
    await journal.write({ type: 'cleaned' })
    assert.deepEqual(await leftoversOf(project, journal.id), left, 'a clean that could not remove it is no end')
    await journal.write({ type: 'left-removed', name: 'pw' })
    assert.deepEqual(await leftoversOf(project, undefined), [])
  })

  it('is nothing that was to be kept', async () => {
    const journal = await journalOf([secret('pw')])
    await journal.write({ type: 'kept', name: 'pw', reason: '--keep-secrets' })
    await journal.write({ type: 'rolled-back' })
    assert.deepEqual(await leftoversOf(project, undefined), [])
  })

  it('of a rotation it is the new version, under the name that the secret has', async () => {
    const steps = [{ do: 'replace', name: 'pw', ref: 'swarm://stack_pw' }] as const
    const journal = await journalOf([secret('pw', { version: 3, previousVersion: 2 })], { kind: 'rotation', steps })
    await journal.write({ type: 'kept', name: 'pw', reason: IN_USE })
    await journal.write({ type: 'rolled-back' })
    assert.deepEqual(
      (await leftoversOf(project, undefined)).map(({ at }) => at),
      ['stack_pw_v3'],
    )
  })
})
