// What docker's own word on the edited files comes to, with a program in its place that refuses what says "refuse".
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkByEngine } from '../../../src/migrate/check-engine.js'
import { makeMirror } from '../../../src/migrate/project-mirror.js'

const GOOD = 'services:\n  app:\n    image: shop/app\n'
const BAD = `${GOOD}x-note: refuse\n`

describe('migrate: docker reads the edited files', () => {
  let folder: string
  const { PATH } = process.env
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-docker-'))
    mkdirSync(join(folder, '.secretscan', 'migrations'), { recursive: true })
    writeFileSync(
      join(folder, 'docker'),
      '#!/bin/sh\nfor word in "$@"; do if [ -f "$word" ] && grep -q refuse "${word%/*}"/*.yaml; then exit 1; fi; done\nexit 0\n',
    )
    chmodSync(join(folder, 'docker'), 0o755)
    process.env.PATH = `${folder}:${PATH}`
  })
  afterEach(() => {
    process.env.PATH = PATH
    rmSync(folder, { recursive: true, force: true })
  })

  const check = (before: string, after: string, to: 'compose-file' | 'swarm' = 'compose-file') => {
    const file = join(folder, 'compose.yaml')
    writeFileSync(file, before)
    return checkByEngine({
      load: { files: [], profiles: [], env: {}, cwd: folder },
      projectDir: folder,
      overlay: new Map([[file, Buffer.from(after)]]),
      to,
    })
  }

  it('says which command read them', async () => {
    assert.equal(await check(GOOD, `${GOOD}# new\n`), '✔ valid (docker compose config)')
    assert.equal(await check(GOOD, `${GOOD}# new\n`, 'swarm'), '✔ valid (docker stack config)')
    assert.deepEqual(readdirSync(join(folder, '.secretscan', 'migrations')), [], 'no copy stays')
  })

  it('stops where it refuses them, and says so where it refused those before', async () => {
    await assert.rejects(check(GOOD, BAD), /Docker refuses the edited files/)
    assert.match(await check(BAD, `${BAD}# new\n`), /^! docker compose config refuses these files, and did before/)
    assert.match(await check(BAD, `${BAD}# new\n`, 'swarm'), /^! docker stack config refuses these files/)
  })

  it('has an edited file read that another one only names', async () => {
    writeFileSync(join(folder, 'base.yaml'), GOOD)
    const main = 'services:\n  app:\n    extends: {file: base.yaml, service: app}\n'
    const file = join(folder, 'compose.yaml')
    writeFileSync(file, main)
    const load = { files: [file], profiles: [], env: {}, cwd: folder }
    const withBase = (text: string) =>
      checkByEngine({
        load,
        projectDir: folder,
        overlay: new Map([[join(folder, 'base.yaml'), Buffer.from(text)]]),
        to: 'compose-file',
      })
    assert.equal(await withBase(`${GOOD}# new\n`), '✔ valid (docker compose config)')
    await assert.rejects(withBase(BAD), /Docker refuses the edited files/)
  })

  it('says where there is none to ask', async () => {
    process.env.PATH = join(folder, '.secretscan')
    assert.match(await check(GOOD, BAD), /^! not read by docker compose config, which is not installed/)
  })
})

describe('migrate: a mirror of the project, in which some files are as they will be', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-mirror-'))
    for (const path of ['project/base', 'shared', 'mirror']) mkdirSync(join(folder, path), { recursive: true })
    for (const path of [
      'project/compose.yaml',
      'project/app.env',
      'project/base/common.yaml',
      'project/base/b.env',
      'shared/all.env',
    ])
      writeFileSync(join(folder, path), `before: ${path}`)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('leads from every file to every other by the same relative path', async () => {
    const bytes = (text: string) => Buffer.from(text)
    const edited = ['project/base/common.yaml', 'project/new/.env']
    const files = new Map(edited.map((path) => [join(folder, path), bytes(`after: ${path}`)] as const))
    const at = await makeMirror(join(folder, 'mirror'), files)
    const read = (path: string) => readFileSync(join(at(join(folder, 'project/base')), path), 'utf8')
    assert.equal(read('common.yaml'), 'after: project/base/common.yaml')
    assert.equal(read('../new/.env'), 'after: project/new/.env')
    assert.equal(read('b.env'), 'before: project/base/b.env')
    assert.equal(read('../compose.yaml'), 'before: project/compose.yaml')
    assert.equal(read('../../shared/all.env'), 'before: shared/all.env')
  })

  it('leaves what it links to as it is, also when it is removed', async () => {
    await makeMirror(join(folder, 'mirror'), new Map([[join(folder, 'project/compose.yaml'), Buffer.from('after')]]))
    rmSync(join(folder, 'mirror'), { recursive: true })
    assert.equal(readFileSync(join(folder, 'project/compose.yaml'), 'utf8'), 'before: project/compose.yaml')
    assert.equal(readFileSync(join(folder, 'project/base/b.env'), 'utf8'), 'before: project/base/b.env')
    assert.equal(readFileSync(join(folder, 'shared/all.env'), 'utf8'), 'before: shared/all.env')
  })
})
