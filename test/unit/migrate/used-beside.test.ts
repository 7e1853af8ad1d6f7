// Compose files that no command was given and that use a secret where it is: a new version, a move and a clean must not leave them behind.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { Journal } from '../../../src/migrate/journal.js'
import { removeLeftovers } from '../../../src/migrate/move-on/leftovers.js'
import { makeMoveOnPlan, settledIn } from '../../../src/migrate/move-on/plan.js'
import { assertNamedAlone, usedBeside } from '../../../src/migrate/used-beside.js'
import type { VaultAccess } from '../../../src/migrate/vault/session.js'
import { openWorkspace } from '../../../src/migrate/workspace.js'

const VALUE = ['gran', 'ite-77'].join('')
const using = (service: string, secret: string) =>
  `services:\n  ${service}:\n    image: shop/${service}\n    secrets: [pw]\nsecrets:\n  pw:${secret}\n`
const FILE = ' { file: ./secrets/pw }'
const SWARM = ' { external: true, name: pw_v1 }'

describe('migrate: a secret that another Compose file uses, too', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
  }
  const load = (main: string) => ({ files: [join(folder, main)], profiles: [], env: {}, cwd: folder })

  it('is found by its file, from other folders as well, and by its name in the Swarm', async () => {
    write({
      'stack.yml': using('db', FILE),
      'stack.app.yml': using('app', SWARM),
      'stack.old.yml': using('old', '\n    external: { name: pw_v1 }'),
      'compose.mount.yml': 'services:\n  x: { image: x, volumes: ["./secrets/pw:/pw:ro"] }\n',
      'deploy/compose.yml': using('job', ' { file: ../secrets/pw }'),
      'deploy/compose.other.yml': using('job', FILE),
    })
    const project = await loadProject(load('stack.yml'))
    assert.deepEqual(await usedBeside(project, { paths: [join(folder, 'secrets', 'pw')] }), [
      { file: 'compose.mount.yml', use: 'mounts ./secrets/pw into x' },
      { file: 'deploy/compose.yml', use: 'takes ../secrets/pw as the secret pw' },
    ])
    assert.deepEqual(await usedBeside(project, { names: ['pw_v1'] }), [
      { file: 'stack.app.yml', use: 'names pw_v1' },
      { file: 'stack.old.yml', use: 'names pw_v1' },
    ])
    assert.deepEqual(await usedBeside(project, { names: ['pw'], paths: [join(folder, 'pw')] }), [])
  })

  it('gets no new version in the Swarm without that file, unless it is for another place', async () => {
    write({ 'stack.prod.yml': using('db', SWARM), 'stack.dev.yml': using('db', SWARM) })
    const project = await loadProject(load('stack.prod.yml'))
    await assertNamedAlone(project, ['pw_v1'])
    write({ 'stack.app.yml': using('app', SWARM) })
    await assert.rejects(assertNamedAlone(project, ['pw_v1']), {
      exitCode: 2,
      message: /^stack\.app\.yml names pw_v1, too: its next deployment would bring the old value back\.$/,
      hint: /-f stack\.prod\.yml -f stack\.app\.yml\.$/,
    })
    await assertNamedAlone(project, ['pw_v2'])
    const both = await loadProject({
      ...load('stack.prod.yml'),
      files: [join(folder, 'stack.prod.yml'), join(folder, 'stack.app.yml')],
    })
    await assertNamedAlone(both, ['pw_v1'])
  })

  it('is told when it moves on, and its file is not removed by clean while that file uses it', async () => {
    write({ 'stack.yml': using('db', SWARM), 'stack.app.yml': using('app', FILE), 'secrets/pw': VALUE })
    const before = await loadProject({
      ...load('stack.yml'),
      overlay: new Map([[join(folder, 'stack.yml'), Buffer.from(using('db', FILE))]]),
    })
    const { plan } = makeMoveOnPlan({
      project: before,
      composeFiles: ['stack.yml'],
      from: 'compose-file',
      to: 'swarm',
      storeOptions: {},
      secrets: settledIn(before, 'compose-file'),
      select: [],
      beside: await usedBeside(before, { paths: [join(folder, 'secrets', 'pw')] }),
      entryOf: () => ({ external: true, name: 'pw_v1' }),
      ignoreFiles: new Map(),
      ignoreLines: new Map(),
    })
    assert.match(
      plan.notes.join('\n'),
      /^stack\.app\.yml takes \.\/secrets\/pw as the secret pw, .*-f stack\.yml -f stack\.app\.yml\)/m,
    )
    const journal = await Journal.create(await openWorkspace(folder), plan, new Date())
    await journal.write({
      type: 'put',
      step: 0,
      stored: { store: 'swarm', name: 'pw', id: 'x', version: 1, createdByUs: true, hmac: 'x' },
    })
    await journal.write({ type: 'applied' })
    const leftover = { name: 'pw', from: 'compose-file', at: 'secrets/pw', migration: journal.id } as const
    const { removed, kept } = await removeLeftovers([leftover], {
      projectDir: folder,
      load: load('stack.yml'),
      vault: {} as VaultAccess,
    })
    assert.deepEqual(removed, [])
    assert.deepEqual(
      kept.map(({ reason }) => reason),
      ['stack.app.yml takes ./secrets/pw as the secret pw still.'],
    )
    assert.ok(existsSync(join(folder, 'secrets', 'pw')))
  })
})
