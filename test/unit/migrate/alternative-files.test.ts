// Two Compose files that are each a whole project: planned together, they have to be started together.
import assert from 'node:assert/strict'
import { join, relative } from 'node:path'
import { parse } from 'yaml'
import { loadProject } from '../../../src/compose/load.js'
import { alternativeNotes } from '../../../src/migrate/alternative-files.js'
import { findCandidates } from '../../../src/migrate/candidates.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { FOLDER, gathered } from './in-memory.js'

/** The files that a plan of them all changes, in their first folder. */
async function editedAll(files: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const overlay = new Map(Object.entries(files).map(([name, text]) => [join(FOLDER, name), Buffer.from(text)]))
  const base = await gathered('services: {}\n')
  const main = Object.keys(files).filter((name) => name.endsWith('.yaml'))
  const project = await loadProject({ ...base.load, files: main.map((name) => join(FOLDER, name)), overlay })
  const candidates = findCandidates(project, () => undefined)
  const { staged, left } = makePlan({ ...base, project, candidates, known: candidates })
  assert.deepEqual(left, [])
  return Object.fromEntries([...staged].map(([file, bytes]) => [relative(FOLDER, file), Buffer.from(bytes).toString()]))
}

const secretsOf = (text = '') => parse(text).secrets
const at = (name: string) => ({ file: `./secrets/${name}` })

const MAIN = 'services:\n  app:\n    image: shop/app\n    environment: { A_TOKEN: Plum-7-tree }\n'

async function notesWith(name: string, other: string): Promise<readonly string[]> {
  const base = await gathered(MAIN.replace('environment: { A_TOKEN:', 'command: [serve, --token,').replace(' }', ']'))
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

  it('are none where one uses a network or a volume that only the other declares', async () => {
    const lacking = 'services:\n  app:\n    image: shop/other\n    networks: [intranet]\n'
    assert.deepEqual(await notesWith('compose.pg.yaml', lacking), [])
    assert.equal((await notesWith('compose.pg.yaml', `${lacking}networks: { intranet: {} }\n`)).length, 1)
  })

  it('are none where a service waits for one, or shares something with one, that only the other has', async () => {
    for (const [more, count] of [
      ['depends_on: [db]', 0],
      ['depends_on: { db: { condition: service_healthy } }', 0],
      ['depends_on: { db: { condition: service_healthy, required: false } }', 1],
      ['network_mode: "service:db"', 0],
      ['volumes_from: ["db:ro"]', 0],
      ['volumes_from: ["container:db"]', 1],
      ['depends_on: [app2]', 1],
    ] as const) {
      const text = `services:\n  app:\n    image: shop/other\n    ${more}\n  app2:\n    image: shop/second\n`
      assert.equal((await notesWith('compose.pg.yaml', text)).length, count, more)
    }
  })
})

describe('migrate: files of one plan that could each be started alone', () => {
  it('declare what they grant themselves', async () => {
    const other = 'services:\n  mail:\n    image: shop/mail\n    environment: { M_TOKEN: Pear-8-tree }\n'
    const files = await editedAll({ 'compose.yaml': MAIN, 'compose.mail.yaml': other })
    assert.deepEqual(secretsOf(files['compose.yaml']), { a_token: at('a_token') })
    assert.deepEqual(secretsOf(files['compose.mail.yaml']), { m_token: at('m_token') })
  })

  it('both declare what both grant, also where one extends the other', async () => {
    const extending = 'services:\n  tests:\n    extends: { file: compose.yaml, service: app }\n    command: [test]\n'
    const files = await editedAll({ 'compose.yaml': MAIN, 'compose.ci.yaml': extending })
    for (const name of ['compose.yaml', 'compose.ci.yaml'])
      assert.deepEqual(secretsOf(files[name]), { a_token: at('a_token') }, name)
  })

  it('do not in a folder of their own, where the path would be another one', async () => {
    const other = 'services:\n  mail:\n    image: shop/mail\n    environment: { M_TOKEN: Pear-8-tree }\n'
    const files = await editedAll({ 'compose.yaml': MAIN, 'mail/compose.yaml': other })
    assert.deepEqual(secretsOf(files['compose.yaml']), { a_token: at('a_token'), m_token: at('m_token') })
    assert.equal(secretsOf(files['mail/compose.yaml']), undefined)
  })

  it('leave it to the first one where they only add to it', async () => {
    const adding = 'services:\n  app:\n    environment: { B_TOKEN: Pear-8-tree }\n'
    const files = await editedAll({ 'compose.yaml': MAIN, 'compose.prod.yaml': adding })
    assert.deepEqual(secretsOf(files['compose.yaml']), { a_token: at('a_token'), b_token: at('b_token') })
    assert.equal(secretsOf(files['compose.prod.yaml']), undefined)
  })
})
