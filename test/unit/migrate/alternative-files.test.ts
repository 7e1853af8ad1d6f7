// Two Compose files that are each a whole project: planned together, they have to be started together.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { alternativeNotes } from '../../../src/migrate/alternative-files.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { FOLDER, gathered } from './in-memory.js'

const MAIN = 'services:\n  app:\n    image: shop/app\n    environment: { A_TOKEN: Plum-7-tree }\n'

async function notesWith(name: string, other: string): Promise<readonly string[]> {
  const base = await gathered(MAIN)
  const second = join(FOLDER, name)
  const overlay = new Map([...(base.load.overlay ?? []), [second, Buffer.from(other)]])
  const project = await loadProject({ ...base.load, files: [join(FOLDER, 'compose.yaml'), second], overlay })
  return alternativeNotes({ project }, makePlan(base).moves)
}

describe('migrate: files that are each a whole project', () => {
  it('are named, with what that means for their services', async () => {
    const [note, ...more] = await notesWith('compose.dev.yaml', 'services:\n  app:\n    build: .\n')
    assert.deepEqual(more, [])
    assert.match(note ?? '', /^app: compose\.yaml, compose\.dev\.yaml could each be started alone\./)
  })

  it('are none where one only adds to the other, or has other services', async () => {
    assert.deepEqual(await notesWith('compose.dev.yaml', 'services:\n  app:\n    ports: ["80:80"]\n'), [])
    assert.deepEqual(await notesWith('compose.override.yaml', MAIN), [])
    assert.deepEqual(await notesWith('compose.tools.yaml', 'services:\n  mail:\n    image: mailpit\n'), [])
  })
})
