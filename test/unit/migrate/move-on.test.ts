// Secrets that move on from one store to another: only the Compose file's word of where they are changes, in every form of it.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { makeMoveOnPlan, settledIn } from '../../../src/migrate/move-on/plan.js'
import { assertOnlyVersions } from '../../../src/migrate/rotate/plan.js'
import type { ComposeEntry, StoreKind } from '../../../src/migrate/types.js'

const FOLDER = '/project'
const FILE = join(FOLDER, 'compose.yaml')

async function moved(text: string, from: StoreKind, to: StoreKind, entryOf: (name: string) => ComposeEntry) {
  const load = { files: [FILE], profiles: [], env: {}, cwd: FOLDER, overlay: new Map([[FILE, Buffer.from(text)]]) }
  const project = await loadProject(load)
  const secrets = settledIn(project, from)
  const { plan, staged } = makeMoveOnPlan({
    project,
    composeFiles: [],
    from,
    to,
    storeOptions: {},
    secrets,
    select: [],
    entryOf,
    ignoreFiles: new Map(),
    ignoreLines: new Map(),
  })
  const after = await loadProject({ ...load, overlay: new Map([...load.overlay, ...staged]) })
  assertOnlyVersions(
    project,
    after,
    secrets.map(({ name }) => name),
    'source',
  )
  return { plan, secrets, text: Buffer.from(staged.get(FILE) ?? '').toString('utf8') }
}

const services =
  'services:\n  db:\n    image: postgres\n    environment: {OTHER_PASSWORD: Summer24}\n    secrets: [a, b]\n'
const files = `${services}secrets:\n  a: # first\n    file: ./secrets/a # keep\n  b: {file: ./secrets/b}\n  vault_role_id:\n    file: ./.secretscan/vault-role-id\n`
const swarm = `${services}secrets:\n  a:\n    external: true # keep\n    name: shop_a_v2\n  b: {external: true, name: b_v1}\n`

describe('migrate/move-on', () => {
  it('from files to variables and to Swarm, in blocks and in braces; comments stay', async () => {
    const toVault = await moved(files, 'compose-file', 'vault', (name) => ({ environment: `X_${name}` }))
    assert.equal(
      toVault.text,
      files.replace('file: ./secrets/a #', 'environment: X_a #').replace('{file: ./secrets/b}', '{environment: X_b}'),
    )
    assert.deepEqual(
      toVault.secrets.map(({ name }) => name),
      ['a', 'b'],
      'what an agent logs in with stays',
    )
    const toSwarm = await moved(files, 'compose-file', 'swarm', (name) => ({ external: true, name: `${name}_v1` }))
    assert.equal(
      toSwarm.text,
      files
        .replace('file: ./secrets/a # keep\n', 'external: true # keep\n    name: a_v1\n')
        .replace('{file: ./secrets/b}', '{external: true, name: b_v1}'),
    )
  })

  it('from Swarm to files and to variables; the value is read by the name that Swarm knows', async () => {
    const { text, plan } = await moved(swarm, 'swarm', 'compose-file', (name) => ({ file: `./secrets/${name}` }))
    assert.equal(
      text,
      swarm
        .replace('external: true # keep\n    name: shop_a_v2\n', 'file: ./secrets/a # keep\n')
        .replace('{external: true, name: b_v1}', '{file: ./secrets/b}'),
    )
    const [put] = plan.steps
    assert.ok(put?.do === 'put')
    assert.deepEqual(put.from, [
      { place: { kind: 'file', path: 'shop_a_v2' }, span: { offset: 0 }, transform: ['swarm-secret'] },
    ])
    assert.deepEqual(put.access, { mode: 0o444 })
    assert.match(plan.notes.join(), /shop_a_v2, b_v1 stay until secretscan migrate clean/)
  })

  it('no part of the file that may hold a value is hashed', async () => {
    const { plan } = await moved(files, 'compose-file', 'vault', (name) => ({ environment: `X_${name}` }))
    const at = files.indexOf('Summer24')
    assert.ok(plan.inputs[0]?.cut.some(({ start, end }) => start <= at && end >= at + 8))
  })

  it('refuses a secret that says more than where it is', async () => {
    const text = `${services}secrets:\n  a:\n    file: ./a\n    labels: {x: y}\n  b: {file: ./b}\n`
    await assert.rejects(
      moved(text, 'compose-file', 'vault', (name) => ({ environment: `X_${name}` })),
      /labels as well/,
    )
  })
})
