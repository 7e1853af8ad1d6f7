// A migration is not taken back behind a rotation of its secrets unless a person says so, and the current value is never lost.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { takeBack } from '../../src/migrate/run.js'
import { runCommand } from '../fixtures/run-command.js'
import { accessFor } from '../fixtures/vault-options.js'

const COMPOSE = `services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: Summer24-db
`

describe('migrate rollback behind a rotation', function () {
  this.timeout(240_000)
  let project: string
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-rotated-'))
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))

  const run = (args: readonly string[], input = '') => runCommand(args, { cwd: project, input: Buffer.from(input) })
  const read = (path: string) => readFileSync(join(project, path), 'utf8')
  const current = () => read('secrets/postgres_password')
  /** @returns the runs' IDs */
  async function rotated(): Promise<{ readonly migration: string; readonly rotation: string }> {
    const idOf = ({ stdout }: { readonly stdout: string }) => (JSON.parse(stdout) as { readonly id: string }).id
    const migration = idOf(await run(['migrate', 'apply', '--no-images', '--yes', '--json']))
    const rotation = idOf(await run(['rotate', 'postgres_password', '--from-stdin', '--json'], 'Winter25-db\n'))
    return { migration, rotation }
  }

  it('is refused (exit code 5) with the rotation named; behind its rollback all is as before', async () => {
    const { migration, rotation } = await rotated()
    const migrated = read('compose.yaml')
    for (const flags of [['--yes'], ['--no-input']]) {
      const { code, stderr } = await run(['migrate', 'rollback', migration, ...flags])
      assert.equal(code, 5, stderr)
      const words = stderr.replace(/\s+/g, ' ')
      assert.match(words, new RegExp(`postgres_password was rotated since \\(${rotation}\\)`))
      assert.match(words, new RegExp(`secretscan migrate rollback ${rotation}.*secrets/postgres_password`))
      assert.deepEqual([read('compose.yaml'), current()], [migrated, 'Winter25-db'])
    }
    for (const [what, id] of [
      ['rotation', rotation],
      ['migration', migration],
    ]) {
      const { code, stdout } = await run(['migrate', 'rollback', id ?? '', '--yes'])
      assert.equal(code, 0)
      assert.match(stdout, new RegExp(`^✔ ${what} ${id} taken back`))
    }
    assert.equal(read('compose.yaml'), COMPOSE)
  })

  it('--keep-secrets says where the current value is, and no later rollback writes over it', async () => {
    const { migration, rotation } = await rotated()
    const { code, stdout } = await run(['migrate', 'rollback', migration, '--yes', '--keep-secrets'])
    assert.equal(code, 0)
    assert.match(stdout.replace(/\s+/g, ' '), /next: write the current value, from \.\/secrets\/postgres_password/)
    assert.deepEqual([read('compose.yaml'), current()], [COMPOSE, 'Winter25-db'])
    const again = await run(['migrate', 'rollback', '--yes'])
    assert.equal(again.code, 5)
    assert.match(again.stderr.replace(/\s+/g, ' '), new RegExp(`nothing but ./secrets/postgres_password.*${rotation}`))
    assert.equal(current(), 'Winter25-db')
  })

  it('a rotation whose value was changed since is not taken back, or put aside as asked; the migration then knows of it', async () => {
    const { migration, rotation } = await rotated()
    writeFileSync(join(project, 'secrets', 'postgres_password'), 'Autumn26-db')
    const refused = await run(['migrate', 'rollback', '--yes'])
    assert.equal(refused.code, 5, refused.stdout)
    assert.match(refused.stderr.replace(/\s+/g, ' '), /secrets\/postgres_password has changed since/)
    assert.match((await run(['migrate', 'status'])).stdout, new RegExp(`^${rotation} .* rotation {2}applied`, 'm'))
    const { code, stdout } = await run(['migrate', 'rollback', '--yes', '--keep-secrets'])
    assert.deepEqual([code, stdout.includes('✔')], [0, false])
    assert.match(stdout, new RegExp(`^rotation ${rotation} put aside: nothing was put back`))
    const before = await run(['migrate', 'rollback', '--yes'])
    assert.equal(before.code, 5, before.stdout)
    const words = before.stderr.replace(/\s+/g, ' ')
    assert.match(words, new RegExp(`rotated since \\(${rotation}\\), and migration ${migration} would`))
    assert.equal(current(), 'Autumn26-db')
  })

  it('where a person agreed, the rotated secret stays, and no later rollback writes over it', async () => {
    const { migration } = await rotated()
    const { kept } = await takeBack(project, migration, false, accessFor({}), true)
    assert.deepEqual(
      kept.map(({ name }) => name),
      ['postgres_password'],
    )
    await assert.rejects(takeBack(project, undefined, false, accessFor({})), { exitCode: 5 })
    assert.equal(current(), 'Winter25-db')
  })
})
