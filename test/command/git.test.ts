// Secrets in git's objects, in folders and in images, on the built program and repositories of the real git.
import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeRepository, manyLines, type Repository } from '../fixtures/git-repository.js'
import { buildArchive } from '../fixtures/image-builder.js'
import { type Report, reportIn } from '../fixtures/report.js'
import { runCommand } from '../fixtures/run-command.js'

const TOKEN = ['ghp_', 'Q1XXhLdCkfOMPwHJ0u', 'EZTiIp72hxGL3tkx9s'].join('')
const LINE = `GITHUB_TOKEN=${TOKEN}\n`

/** All files below a folder, by path. */
function filesOf(folder: string): Record<string, Uint8Array> {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path))
  return Object.fromEntries(
    entries.filter((path) => statSync(path).isFile()).map((path) => [relative(folder, path), readFileSync(path)]),
  )
}

describe('git objects', function () {
  this.timeout(60_000)
  let folder: string
  let repository: Repository
  /** The blob that held the token, which no commit of today has. */
  let blob: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-git-'))
    repository = makeRepository(join(folder, 'work'))
    repository.commit({ 'conf/app.env': `${LINE}${manyLines()}` })
    blob = repository.git('rev-parse', 'HEAD:conf/app.env').trim()
    repository.commit({ 'conf/app.env': `A=1\n${manyLines(330)}` })
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Packs everything, and makes sure that the blob is a delta. */
  const pack = (): void => {
    repository.git('gc', '-q')
    const [path = ''] = repository.packs()
    const line = repository
      .git('verify-pack', '-v', path)
      .split('\n')
      .find((text) => text.startsWith(blob))
    assert.match(line ?? '', /^\S+ blob\s+\d+ \d+ \d+ 1 /)
  }
  const dir = async (path: string, ...flags: string[]): Promise<{ code: number | null; report: Report }> => {
    const { code, stdout, stderr } = await runCommand(['dir', path, ...flags, '--format', 'json'], { cwd: folder })
    assert.notEqual(stdout, '', stderr)
    return { code, report: reportIn(stdout) }
  }
  const found = (report: Report) =>
    report.findings.map(({ location: { kind, path, inside, line, column } }) => [
      kind,
      [path, ...(inside ?? [])].join('!'),
      line,
      column,
    ])

  it('in a folder give a secret that HEAD no longer has, loose and delta-packed alike, under one fingerprint', async () => {
    const loose = await dir('work')
    pack()
    const packed = await dir('work')
    for (const { code, report } of [loose, packed]) {
      assert.equal(code, 1)
      assert.deepEqual(found(report), [['git', `.git/${blob}`, 1, 14]])
    }
    assert.equal(loose.report.findings[0]?.fingerprint, packed.report.findings[0]?.fingerprint)
  })

  it('that are the content of a file are not reported beside it, wherever the file stands in the order of names', async () => {
    const names = ['-first.env', '.env', 'zz.env']
    for (const [index, name] of names.entries()) repository.commit({ [name]: `REDIS_PASSWORD=r3dis-Plum-44${index}\n` })
    const { report } = await dir('work')
    const places = found(report).map(([kind, place]) => `${kind} ${place}`)
    assert.deepEqual(places.sort(), [...names.map((name) => `file ${name}`), `git .git/${blob}`].sort())
  })

  it('in a layer, and in an archive inside a layer, give the same', async () => {
    pack()
    const files = filesOf(repository.folder)
    const layered = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`srv/app/${path}`, bytes]))
    writeFileSync(
      join(folder, 'image.tar'),
      await buildArchive({ layout: 'docker-legacy', images: [{ layers: [{ files: layered }] }] }),
    )
    const { stdout } = await runCommand(['image', 'image.tar', '--format', 'json'], { cwd: folder })
    const report = reportIn(stdout)
    assert.deepEqual(found(report), [['git', `srv/app/.git/${blob}`, 1, 14]])

    const inner = await buildArchive({ layout: 'docker-legacy', images: [{ layers: [{ files: layered }] }] })
    writeFileSync(join(folder, 'backup.tar.gz'), gzipSync(inner))
    const nested = (await dir('backup.tar.gz')).report.findings
    assert.equal(nested.length, 1)
    assert.equal(nested[0]?.location.kind, 'git')
    assert.equal(nested[0]?.location.inside?.at(-1), `srv/app/.git/${blob}`)
  })

  it('that are a file of the checkout are not said again, so that what silences the file silences it', async () => {
    // A weak value: equal ones in two files are never taken for one.
    const weak = ['Summer', '24!'].join('')
    repository.commit({ 'known.env': `DB_PASSWORD=${weak} # secretscan:ignore\n` })
    repository.git('checkout', '-q', '--orphan', 'fresh')
    repository.git('commit', '-q', '-m', 'fresh')
    repository.git('branch', '-D', 'main')
    repository.git('reflog', 'expire', '--expire=now', '--all')
    for (const settle of [
      () => repository.git('prune', '--expire=now'),
      () => repository.git('gc', '-q', '--prune=now'),
    ]) {
      settle()
      const { code, report } = await dir('work')
      assert.deepEqual([code, report.findings, report.suppressed['inline']], [0, [], 1])
    }
  })

  it('go by their path in the history in .secretscanignore', async () => {
    pack()
    writeFileSync(join(folder, '.secretscanignore'), 'conf/  # rotated\n')
    const { code, report } = await dir('work')
    assert.deepEqual([code, report.suppressed['ignoreFile']], [0, 1])
  })

  it('are found with --git-history from a part of the checkout, a worktree, and through alternates', async () => {
    pack()
    repository.git('worktree', 'add', '-q', '../tree')
    repository.git('clone', '-q', '--shared', '.', '../borrower')
    for (const [path, place] of [
      ['work/conf', `../.git/${blob}`],
      ['work/conf/app.env', `../.git/${blob}`],
      ['tree', `../work/.git/${blob}`],
      ['borrower', `../work/.git/${blob}`],
    ] as const) {
      assert.deepEqual((await dir(path)).report.findings, [], path)
      assert.deepEqual(found((await dir(path, '--git-history')).report), [['git', place, 1, 14]], path)
    }
    const outside = mkdtempSync(join(tmpdir(), 'secretscan-no-git-'))
    assert.equal((await runCommand(['dir', outside, '--git-history'])).code, 2)
    rmSync(outside, { recursive: true })
  })

  it('say what a clone does not have, and what is damaged', async () => {
    pack()
    repository.git('clone', '-q', '--depth', '1', `file://${repository.folder}`, '../shallow')
    const shallow = await dir('shallow', '--git-history')
    assert.deepEqual(
      shallow.report.skipped.map(({ code, effect }) => [code, effect]),
      [['GIT_SHALLOW', 'note']],
    )
    const [path = ''] = repository.packs()
    const bytes = readFileSync(join(repository.folder, path))
    rmSync(join(repository.folder, path))
    writeFileSync(join(repository.folder, path), bytes.subarray(0, bytes.length / 2))
    const { code, report } = await dir('work')
    assert.ok(code === 3 || code === 1)
    assert.deepEqual(
      report.errors.map((error) => [error.code, error.path]),
      [['GIT_PACK', path]],
    )
  })

  it('do not hide plain text behind the beginning of a pack', async () => {
    const fake = Buffer.concat([Buffer.from('PACK\0\0\0\x02\0\0\0\x05'), Buffer.from(LINE)])
    writeFileSync(join(folder, 'fake.pack'), fake)
    assert.equal((await dir('fake.pack')).report.findings.length, 1)
  })

  it('lie beside settings that hold logins too', async () => {
    const password = ['qZ8rT2vXw9', 'Lk4Yb7Jd'].join('')
    appendFileSync(
      join(repository.folder, '.git/config'),
      `[remote "origin"]\n\turl = https://ci:${password}@git.example.com/app.git\n`,
    )
    const { report } = await dir('work')
    assert.ok(report.findings.some(({ location }) => location.path === '.git/config'))
  })
})
