// What docker's own word on the edited files comes to, with a program in its place that refuses what says "refuse".
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkByEngine } from '../../../src/migrate/check-engine.js'

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
      '#!/bin/sh\nfor word in "$@"; do if [ -f "$word" ] && grep -q refuse "$word"; then exit 1; fi; done\nexit 0\n',
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

  it('says where there is none to ask, and what cannot be read as copies', async () => {
    const include = `include: [other.yaml]\n${GOOD}`
    writeFileSync(join(folder, 'other.yaml'), 'services: {}\n')
    assert.match(
      await check(include, `${include}# new\n`),
      /^! not read by docker compose config: the files name each other/,
    )
    process.env.PATH = join(folder, '.secretscan')
    assert.match(await check(GOOD, BAD), /^! not read by docker compose config, which is not installed/)
  })
})
