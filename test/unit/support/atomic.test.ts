import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareAll, prepareAtomic } from '../../../src/support/atomic.js'

describe('support/atomic: several files at once', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-atomic-'))
    for (const name of ['a', 'b']) writeFileSync(join(folder, name), 'before')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const prepare = (...names: readonly string[]) =>
    prepareAll(names, (name) => prepareAtomic(join(folder, name), Buffer.from('after')))
  const texts = () =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))

  it('have their new bytes with the commit, not before', async () => {
    const prepared = await prepare('a', 'b', 'c')
    assert.deepEqual([texts().a, texts().b, texts().c], ['before', 'before', undefined])
    await prepared.commit()
    assert.deepEqual(texts(), { a: 'after', b: 'after', c: 'after' })
  })

  it('stay as they are, with nothing beside them, where one cannot be written or the whole is dropped', async () => {
    await assert.rejects(prepare('a', 'b', 'missing/c'), { code: 'ENOENT' })
    assert.deepEqual(texts(), { a: 'before', b: 'before' })
    await (await prepare('a', 'b', 'c')).drop()
    assert.deepEqual(texts(), { a: 'before', b: 'before' })
  })
})
