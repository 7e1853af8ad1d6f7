// What git and builds are kept from: the secrets, and nothing that the project has in the same folder.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NO_BUILDS } from '../../../src/migrate/builds.js'
import { gatherIgnoreFiles } from '../../../src/migrate/ignore-files.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { missingLines } from '../../../src/migrate/rewrites/ignore-lines.js'
import { FOLDER, gathered } from './in-memory.js'

describe('migrate: what is added to ignore files', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-'))
    for (const name of ['.git', 'secrets']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, '.dockerignore'), 'dist\n')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const added = async (ownNames: readonly string[] = []) => {
    const options = { to: 'compose-file', storeOptions: { 'secrets-dir': 'secrets' }, ownNames } as const
    const { ignoreFiles, ignoreLines } = await gatherIgnoreFiles(folder, NO_BUILDS, options)
    const lines = [...ignoreFiles.keys()].map((file) => ignoreLines.get(file)?.(['db_password', 'jwt']) ?? [])
    assert.equal(lines.length, 2)
    assert.deepEqual(lines[0], lines[1])
    return lines[0]?.filter((line) => !line.startsWith('.secretscan/'))
  }

  it('is the folder of secrets, where nothing else is in it', async () => {
    assert.deepEqual(await added(), ['secrets/'])
    writeFileSync(join(folder, 'secrets', 'jwt'), 'x')
    writeFileSync(join(folder, 'secrets', '.gitkeep'), '')
    assert.deepEqual(await added(['jwt']), ['secrets/'])
  })

  it('is each secret, where the folder holds files that git and images have', async () => {
    writeFileSync(join(folder, 'secrets', 'public.pem'), 'for all')
    assert.deepEqual(await added(), ['secrets/db_password', 'secrets/jwt'])
  })

  it('stands once in a file that both names lead to', async () => {
    rmSync(join(folder, '.dockerignore'))
    writeFileSync(join(folder, '.gitignore'), 'dist\n')
    symlinkSync('.gitignore', join(folder, '.dockerignore'))
    const options = { to: 'compose-file', storeOptions: { 'secrets-dir': 'secrets' } } as const
    const { ignoreFiles } = await gatherIgnoreFiles(folder, NO_BUILDS, options)
    assert.deepEqual([...ignoreFiles.keys()], [join(folder, '.gitignore')])
  })

  it('is nothing that a line for the folder says already', () => {
    const lines = ['secrets/db_password', '.secretscan/key']
    const insert = (text: string) => missingLines(text, lines).map((edit) => edit.insert)
    assert.deepEqual(insert('node_modules\n'), ['secrets/db_password\n.secretscan/key\n'])
    for (const line of ['secrets/', '/secrets', './secrets/*', 'secrets/db_password'])
      assert.deepEqual(insert(`${line}\n.secretscan/key\n`), [], line)
    assert.deepEqual(missingLines('secrets/*\n!secrets/README\n', ['secrets/']), [], 'its exception counts on')
    assert.deepEqual(insert('secrets/other\nsecretscan\n'), ['secrets/db_password\n.secretscan/key\n'])
  })

  it('is named in a plan as the secrets are, and by no value', async () => {
    const base = await gathered(
      'services:\n  db:\n    image: postgres\n    environment: { POSTGRES_PASSWORD: basalt }\n',
    )
    const file = join(FOLDER, '.gitignore')
    const { staged } = makePlan({
      ...base,
      ignoreFiles: new Map([[file, new Uint8Array()]]),
      ignoreLines: new Map([[file, (names: readonly string[]) => names.map((name) => `secrets/${name}`)]]),
    })
    assert.equal(Buffer.from(staged.get(file) ?? []).toString(), 'secrets/postgres_password\n')
  })
})
