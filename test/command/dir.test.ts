// secretscan dir, on the built program.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { placesOf, type Report, reportIn } from '../fixtures/report.js'
import { runCommand } from '../fixtures/run-command.js'

const TOKEN = ['ghp_', 'Q1XXhLdCkfOMPwHJ0u', 'EZTiIp72hxGL3tkx9s'].join('')
const LINE = `GITHUB_TOKEN=${TOKEN}\n`

describe('secretscan dir', function () {
  this.timeout(60_000)
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-dir-'))
  })
  afterEach(() => execFileSync('rm', ['-rf', folder]))

  const write = (path: string | Buffer, content: string | Uint8Array = LINE): void => {
    const full = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path)])
    if (typeof path === 'string') mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(full, content)
  }
  const scan = async (...args: readonly string[]): Promise<{ code: number | null; report: Report }> => {
    const { code, stdout } = await runCommand(['dir', ...args, '--format', 'json'], { cwd: folder })
    return { code, report: reportIn(stdout) }
  }

  it('gives paths relative to the argument, with line and column, one target an argument', async () => {
    write('a/deep/app.env', `# ä\nX=1\n${LINE}`)
    write('b.env')
    const { code, report } = await scan('a', 'b.env')
    assert.equal(code, 1)
    assert.deepEqual(
      report.targets.map(({ kind, reference }) => [kind, reference]),
      [
        ['dir', 'a'],
        ['dir', 'b.env'],
      ],
    )
    assert.deepEqual(placesOf(report), ['b.env:1:14', 'deep/app.env:3:14'])
    assert.deepEqual(
      report.findings.map(({ origin }) => origin),
      ['own', 'own'],
    )
  })

  it('follows no link below the argument, and scans where it points to as a text', async () => {
    write('outside/.env')
    mkdirSync(join(folder, 'tree'))
    symlinkSync('../outside/.env', join(folder, 'tree/link'))
    symlinkSync('../outside', join(folder, 'tree/folder'))
    symlinkSync(`/srv/${TOKEN}/data`, join(folder, 'tree/named'))
    const { report } = await scan('tree')
    assert.deepEqual(
      report.findings.map(({ location: { kind, path } }) => [kind, path]),
      [['link', 'tree/named'.slice(5)]],
    )
    symlinkSync('outside', join(folder, 'current'))
    assert.deepEqual(placesOf((await scan('current')).report), ['.env:1:14'])
  })

  it('names a file whose name is not UTF-8 by its exact bytes', async () => {
    const name = Buffer.from([0x61, 0xff, 0x62])
    write(name)
    const { report } = await scan('.')
    assert.equal(report.findings[0]?.location.pathBase64, name.toString('base64'))
  })

  it('lists pipes as nothing to scan, and what cannot be reached as not scanned', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')])
    write('ok.txt', 'nothing here\n')
    const quiet = await scan('.')
    assert.equal(quiet.code, 0)
    assert.deepEqual(
      quiet.report.skipped.map(({ code, effect, path }) => [code, effect, path]),
      [['SPECIAL_FILE', 'note', 'pipe']],
    )
    // Deeper than a path can be long.
    execFileSync('bash', ['-c', 'n=$(printf "d%.0s" {1..250}); for i in {1..18}; do mkdir $n && cd $n; done'], {
      cwd: folder,
    })
    const deep = await scan('.')
    assert.equal(deep.code, 3)
    assert.ok([...deep.report.skipped, ...deep.report.errors].some(({ effect }) => effect === 'skipped'))
  })

  it('scans what docker build would send with --as-build-context', async () => {
    write('.dockerignore', 'secret\n**/*.env\n!keep.env\nDockerfile\n')
    write('Dockerfile', `FROM scratch\nENV GITHUB_TOKEN=${TOKEN}\n`)
    write('secret/a.txt')
    write('b/drop.env')
    write('keep.env')
    write('src/c.txt')
    const { report } = await scan('.', '--as-build-context')
    const paths = report.findings.flatMap(({ location, related }) => [
      location.path,
      ...related.map((other) => other.location.path),
    ])
    assert.deepEqual(paths.sort(), ['Dockerfile', 'keep.env', 'src/c.txt'])
    assert.equal((await runCommand(['dir', 'keep.env', '--as-build-context'], { cwd: folder })).code, 2)
  })

  it('lets a comment silence a line, and --fail-on decide', async () => {
    write('known.env', `${LINE.trim()} # secretscan:ignore\n`)
    const known = await scan('.')
    assert.deepEqual([known.code, known.report.suppressed['inline']], [0, 1])
    write('new.env', `AWS_SECRET_ACCESS_KEY=${['q3Zr8TnVx1', 'LkW0pYbJd7', 'GhMsC5eFuA', '2iRo9tHv4B'].join('')}\n`)
    assert.equal((await scan('.')).code, 1)
    assert.equal((await scan('.', '--fail-on', 'never')).code, 0)
    assert.equal((await scan('gone')).code, 4)
  })

  it('holds its SARIF to lines and columns of the files', async () => {
    write('conf/app.env', `X=1\n${LINE}`)
    const { stdout } = await runCommand(['dir', '.', '--format', 'sarif'], { cwd: folder })
    const log = JSON.parse(stdout) as { runs: { results: { locations: unknown[] }[] }[] }
    const location = log.runs[0]?.results[0]?.locations[0] as {
      physicalLocation: { artifactLocation: { uri: string }; region: Record<string, number> }
    }
    assert.equal(location.physicalLocation.artifactLocation.uri, 'conf/app.env')
    assert.deepEqual(location.physicalLocation.region, { startLine: 2, startColumn: 14, endLine: 2, endColumn: 54 })
  })
})
