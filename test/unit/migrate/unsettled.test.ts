// A value that is put together of text and what the shell sets is never dropped without a word.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { findCandidates } from '../../../src/migrate/candidates.js'
import { FOLDER } from './in-memory.js'

/** Why the one value stays; undefined: it is no candidate at all. */
async function reasonFor(value: string, files: Readonly<Record<string, string>> = {}) {
  const text = `services:\n  s:\n    image: shop/app\n    environment:\n      LDAP_PASSWORD: ${value}\n`
  const all = { 'compose.yaml': text, ...files }
  const overlay = new Map(Object.entries(all).map(([name, content]) => [join(FOLDER, name), Buffer.from(content)]))
  const env = { USERX: 'anna', PART: 'Made-up-17' }
  const project = await loadProject({ files: [join(FOLDER, 'compose.yaml')], profiles: [], env, cwd: FOLDER, overlay })
  return findCandidates(project, () => undefined)[0]?.obstacle?.reason
}

describe('migrate: values of text and the shell’s variables', () => {
  for (const value of ['ldap-made-$USERX-1', 'made${USERX}up', '"two words $USERX"'])
    it(`${value} stays with a reason`, async () => {
      assert.equal(await reasonFor(value), 'It is put together of text and USERX, which no file of the project sets.')
    })

  it('names all of them', async () => {
    assert.match((await reasonFor('made-${USERX}-${PART}')) ?? '', /text and USERX, PART, which no file/)
  })

  for (const value of ['$PART', '${PART}', '${USERX}:${PART}', '${PART}-1'])
    it(`of ${value} no part is hard-coded`, async () => {
      assert.equal(await reasonFor(value), undefined)
    })
})
