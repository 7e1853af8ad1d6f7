import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadRuleSet } from '../../../src/detect/rule-set.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { type MigrateRequest, prepare } from '../../../src/migrate/run.js'
import { UsageError } from '../../../src/support/errors.js'
import { gathered } from './in-memory.js'

const TEXT =
  'services:\n  db:\n    image: postgres\n    environment: { POSTGRES_PASSWORD: Summer24-x }\n  app:\n    image: shop/app\n    environment: { POSTGRES_PASSWORD: Summer24-x }\n  other:\n    image: mysql\n    environment: { MYSQL_PASSWORD: Winter25-x }\n'

describe('migrate: names that a person wishes', () => {
  it('a wish for one use names the secret for all of them, and the plan remembers it', async () => {
    const names = { 'app.POSTGRES_PASSWORD': 'shop_db' }
    const { moves, plan } = makePlan({ ...(await gathered(TEXT)), names })
    assert.deepEqual(
      moves.map(({ candidate, name }) => [candidate.id, name]),
      [
        ['db.POSTGRES_PASSWORD', 'shop_db'],
        ['app.POSTGRES_PASSWORD', 'shop_db'],
        ['other.MYSQL_PASSWORD', 'mysql_password'],
      ],
    )
    assert.deepEqual(plan.names, names)
    assert.ok(!('names' in makePlan(await gathered(TEXT)).plan))
  })

  it('two wishes for equal values make two secrets', async () => {
    const names = { 'db.POSTGRES_PASSWORD': 'one', 'app.POSTGRES_PASSWORD': 'two' }
    const { moves } = makePlan({ ...(await gathered(TEXT)), names })
    assert.deepEqual(
      moves.map(({ name }) => name),
      ['one', 'two', 'mysql_password'],
    )
  })

  it('a name of another secret is refused', async () => {
    const base = await gathered(TEXT)
    const twice = { 'db.POSTGRES_PASSWORD': 'same', 'other.MYSQL_PASSWORD': 'same' }
    assert.throws(() => makePlan({ ...base, names: twice }), /The name same is another secret's\./)
    const taken = { ...base, taken: new Set(['there']), names: { 'db.POSTGRES_PASSWORD': 'there' } }
    assert.throws(() => makePlan(taken), UsageError)
  })

  describe('of a project in a folder', () => {
    let cwd: string
    before(() => {
      cwd = mkdtempSync(join(tmpdir(), 'secretscan-names-'))
      writeFileSync(join(cwd, 'compose.yaml'), TEXT)
    })
    after(() => rmSync(cwd, { recursive: true, force: true }))

    const plan = async (names: Readonly<Record<string, string>>) =>
      prepare({
        load: { files: [], profiles: [], env: {}, cwd },
        to: 'compose-file',
        storeOptions: {},
        select: [],
        names,
        images: false,
        scanFirst: false,
        scanImages: async () => '',
        vault: {} as MigrateRequest['vault'],
        rules: await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] }),
        sourceOptions: {} as MigrateRequest['sourceOptions'],
        on: () => undefined,
      })

    it('names no value that is not there, and takes no name that a store refuses', async () => {
      await assert.rejects(plan({ 'db.NOTHING': 'x' }), /There is no value db\.NOTHING to name\./)
      for (const name of ['', 'Upper', '../up', 'a'.repeat(65), '-x', 'a b'])
        await assert.rejects(plan({ 'db.POSTGRES_PASSWORD': name }), /cannot be a secret's name\./)
    })
  })
})
