// A value that a secret of the project holds already, for the same account, is that secret in a later plan.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GatherOptions, gather } from '../../../src/migrate/gather.js'
import type { Planned } from '../../../src/migrate/plan.js'
import { makeSafePlan } from '../../../src/migrate/safe-plan.js'
import { openComposeFileStore } from '../../../src/migrate/stores/compose-file.js'
import type { SecretStore } from '../../../src/migrate/types.js'
import { openHasher, openWorkspace } from '../../../src/migrate/workspace.js'
import { Secret } from '../../../src/support/secret.js'
import { offline, SHELL } from './in-memory.js'

const VALUE = ['made-up', 'granite', '77'].join('-')

const DATABASE = `services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password
    secrets: [postgres_password]
`
const DECLARED = 'secrets:\n  postgres_password:\n    file: ./secrets/postgres_password\n'
const client = (entries: string, more = '') =>
  `  backup:\n    image: shop/backup\n${more}    environment: { ${entries} }\n`

describe('migrate: values of secrets that are there already', () => {
  let folder: string
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-stored-'))
    await openHasher(await openWorkspace(folder))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function stores(name: string, value = VALUE, mode = 0o600): void {
    mkdirSync(join(folder, 'secrets'), { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, 'secrets', name), value)
    chmodSync(join(folder, 'secrets', name), mode)
  }

  async function plan(
    text: string,
    more: Partial<GatherOptions> & { readonly store?: Partial<SecretStore> } = {},
  ): Promise<Planned & { readonly names: Readonly<Record<string, string>>; readonly compose: string }> {
    writeFileSync(join(folder, 'compose.yaml'), text)
    const load = { files: [], profiles: [], env: {}, cwd: folder }
    const hasher = await openHasher(await openWorkspace(folder))
    const gathered = await gather({
      load,
      to: 'compose-file',
      storeOptions: { 'secrets-dir': './secrets' },
      select: [],
      names: {},
      facts: new Map([
        ['shop/backup', SHELL],
        ['shop/user', { ...SHELL, user: 'app' }],
      ]),
      openStore: async (projectDir) => ({
        ...openComposeFileStore({ projectDir, secretsDir: './secrets', hasher }),
        ...more.store,
      }),
      hasherOf: async () => hasher,
      literals: async () => [],
      secretTexts: async () => [],
      ownFindings: async () => [],
      detect: async () => () => undefined,
      images: false,
      sourceOptions: offline(),
      findings: async () => undefined,
      on: () => undefined,
      ...more,
    })
    const planned = await makeSafePlan(gathered, load)
    return {
      ...planned,
      names: Object.fromEntries(planned.moves.map(({ candidate, name }) => [candidate.id, name])),
      compose: Buffer.from(planned.staged.get(join(folder, 'compose.yaml')) ?? '').toString(),
    }
  }

  it('a client of the database gets its secret, which is declared once, and the plan says so', async () => {
    stores('postgres_password')
    const made = await plan(DATABASE + client(`PGHOST: db, PGPASSWORD: ${VALUE}`) + DECLARED)
    assert.deepEqual(made.names, { 'backup.PGPASSWORD': 'postgres_password' })
    assert.equal(made.compose.split('file: ./secrets/postgres_password').length, 2)
    assert.match(
      made.plan.notes.join('\n'),
      /^postgres_password: is there already with this value .* nothing is written/m,
    )
    assert.doesNotMatch(made.plan.notes.join('\n'), /same value stands in secrets/)
    assert.ok(!JSON.stringify(made.plan).includes(VALUE))
  })

  it('also one that has the same password under the same name as another client', async () => {
    stores('jwt_secret')
    const api = `services:
  api:
    image: shop/backup
    entrypoint: ["/bin/sh", "-c", 'export JWT_SECRET="$$(cat /run/secrets/jwt_secret)"; exec "$$@"', "x", "serve"]
    secrets: [jwt_secret]
`
    const declared = DECLARED.replaceAll('postgres_password', 'jwt_secret')
    assert.deepEqual((await plan(api + client(`JWT_SECRET: ${VALUE}`) + declared)).names, {
      'backup.JWT_SECRET': 'jwt_secret',
    })
  })

  it('another value, another account, another key, and a declaration of another place are no reason to share', async () => {
    stores('postgres_password', `${VALUE}-2`)
    const text = DATABASE + client(`PGHOST: db, PGPASSWORD: ${VALUE}`) + DECLARED
    assert.deepEqual((await plan(text)).names, { 'backup.PGPASSWORD': 'pgpassword' })
    stores('postgres_password')
    const other = text.replaceAll('PGHOST: db, PGPASSWORD', 'ADMIN_TOKEN')
    assert.deepEqual((await plan(other)).names, { 'backup.ADMIN_TOKEN': 'admin_token' })
    const second = `${DATABASE}  db2:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: ${VALUE} }\n${DECLARED}`
    assert.deepEqual((await plan(second)).names, { 'db2.POSTGRES_PASSWORD': 'db2_postgres_password' })
    assert.deepEqual((await plan(text.replace('./secrets/', './other/'))).names, { 'backup.PGPASSWORD': 'pgpassword' })
    assert.deepEqual((await plan(text, { hasherOf: async () => ({ hmac: () => '' }) })).names, {
      'backup.PGPASSWORD': 'pgpassword',
    })
  })

  it('declared secrets of names that no plan gives do not stop it, and are none of its own', async () => {
    const long = 'k'.repeat(65)
    const strange = (source: (name: string) => string) =>
      ['DB_Pass', 'TLS_KEY', 'key_', long].map((name) => `  ${name}: { ${source(name)} }\n`).join('')
    stores('postgres_password')
    stores('DB_Pass')
    const sources = [
      () => 'external: true',
      (name: string) => `file: ./secrets/${name}`,
      (name: string) => `environment: ${name}`,
    ]
    for (const source of sources) {
      const made = await plan(DATABASE + client(`PGHOST: db, PGPASSWORD: ${VALUE}`) + DECLARED + strange(source))
      assert.deepEqual(made.names, { 'backup.PGPASSWORD': 'postgres_password' })
      assert.ok(made.compose.endsWith(strange(source)), 'their declarations are as they were')
    }
  })

  it('a name of full length that is taken already gets a shorter one with a number', async () => {
    const variable = `A${'B'.repeat(57)}_TOKEN`
    const text = `services:\n${client(`${variable}: ${VALUE}`)}`
    stores(variable.toLowerCase(), 'made-up-other-78')
    const [name = ''] = Object.values((await plan(text)).names)
    assert.match(name, /^backup_ab+/)
    assert.ok(name.length <= 64)
  })

  it('one that its new reader could not read stays alone', async () => {
    const text = DATABASE + client(`PGHOST: db, PGPASSWORD: ${VALUE}`).replace('shop/backup', 'shop/user') + DECLARED
    stores('postgres_password')
    const closed = await plan(text)
    assert.deepEqual(closed.names, { 'backup.PGPASSWORD': 'pgpassword' })
    const notes = closed.plan.notes.filter((note) => note.startsWith('pgpassword: '))
    assert.match(
      notes.join('\n'),
      /^pgpassword: a second secret of the value that secrets\/postgres_password has: .*\(0600\) backup may not .*\(chmod 0644 secrets\/postgres_password\)/m,
    )
    stores('postgres_password', VALUE, 0o644)
    const open = await plan(text)
    assert.deepEqual(open.names, { 'backup.PGPASSWORD': 'postgres_password' })
    assert.doesNotMatch(open.plan.notes.join('\n'), /second secret/)
  })

  it('one that is kept for a service and is closed to it is told as that, and not as something else under its name', async () => {
    stores('admin_token')
    const text = `services:\n${client(`ADMIN_TOKEN: ${VALUE}`).replace('shop/backup', 'shop/user')}`
    const { names, plan: made } = await plan(text)
    assert.deepEqual(names, { 'backup.ADMIN_TOKEN': 'backup_admin_token' })
    const told = made.notes.filter((note) => /admin_token/.test(note) && /already|second/.test(note))
    assert.equal(told.length, 1)
    assert.match(told[0] ?? '', /a second secret of the value that secrets\/admin_token has/)
  })

  it('what a rollback has kept is used again under its name, by one account', async () => {
    stores('postgres_password')
    const text = (value: string) =>
      `services:\n  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: ${value} }\n`
    const again = await plan(text(VALUE))
    assert.deepEqual(again.names, { 'db.POSTGRES_PASSWORD': 'postgres_password' })
    assert.match(again.compose, /secrets:\n {2}postgres_password:\n {4}file: \.\/secrets\/postgres_password\n/)
    assert.deepEqual((await plan(text('made-up-other-78'))).names, { 'db.POSTGRES_PASSWORD': 'db_postgres_password' })
    const two = `${text(VALUE)}  db2:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: ${VALUE} }\n`
    assert.deepEqual((await plan(two)).names, {
      'db.POSTGRES_PASSWORD': 'postgres_password',
      'db2.POSTGRES_PASSWORD': 'db2_postgres_password',
    })
  })

  it('a wished name takes one with the very value, and no other', async () => {
    stores('postgres_password')
    const text = DATABASE + client(`ADMIN_TOKEN: ${VALUE}`) + DECLARED
    const names = { 'backup.ADMIN_TOKEN': 'postgres_password' }
    assert.deepEqual((await plan(text, { names })).names, names)
    stores('postgres_password', 'made-up-other-78')
    await assert.rejects(plan(text, { names }), /The name postgres_password is another secret's/)
    stores('postgres_password')
    const own = { 'backup.PGPASSWORD': 'own_name' }
    const shared = DATABASE + client(`PGHOST: db, PGPASSWORD: ${VALUE}`) + DECLARED
    assert.deepEqual((await plan(shared, { names: own })).names, own)
  })

  it('in a Swarm it is the version that the file names, if that is the newest and made by this tool', async () => {
    const hasher = await openHasher(await openWorkspace(folder))
    const secret = Secret.of(Buffer.from(VALUE))
    const swarm = (version: number, ours = true): Partial<SecretStore> => ({
      kind: 'swarm',
      composeEntry: ({ name, version: own }) => ({ external: true, name: `shop_${name}_v${own ?? 1}` }),
      inspect: async (names) =>
        new Map(
          names
            .filter((name) => name === 'postgres_password')
            .map((name) => [name, { id: 'x', version, ours, hmac: hasher.hmac(secret) }]),
        ),
    })
    const declared = 'secrets:\n  postgres_password:\n    external: true\n    name: shop_postgres_password_v2\n'
    const text = `version: "3.8"\n${DATABASE}${client(`PGHOST: db, PGPASSWORD: ${VALUE}`)}${declared}`
    const options = (store: Partial<SecretStore>) => ({ to: 'swarm' as const, storeOptions: {}, store })
    const made = await plan(text, options(swarm(2)))
    assert.deepEqual(made.names, { 'backup.PGPASSWORD': 'postgres_password' })
    assert.ok(made.compose.endsWith(declared), 'the declaration is as it was')
    for (const store of [swarm(3), swarm(2, false)])
      assert.deepEqual((await plan(text, options(store))).names, { 'backup.PGPASSWORD': 'pgpassword' })
    const kept = `version: "3.8"\nservices:\n  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: ${VALUE} }\n`
    const again = await plan(kept, options(swarm(2)))
    assert.match(
      again.compose,
      /secrets:\n {2}postgres_password:\n {4}external: true\n {4}name: shop_postgres_password_v2\n/,
    )
  })
})
