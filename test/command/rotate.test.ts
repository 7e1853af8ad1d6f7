// secretscan rotate as it is run: exit codes, what is printed, what is not.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/support/package-root.js'

const INDEX = 'https://ci:Summer24@pypi.example.org/simple'

describe('secretscan rotate', function () {
  this.timeout(120_000)
  let project: string

  before(() => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-rotate-command-'))
    mkdirSync(join(project, 'secrets'))
    writeFileSync(join(project, 'secrets', 'pw'), 'Summer24')
    writeFileSync(
      join(project, 'compose.yaml'),
      'services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD_FILE: /run/secrets/pw\n    secrets: [pw]\nsecrets:\n  pw:\n    file: ./secrets/pw\n  index_url:\n    file: ./secrets/index_url\n',
    )
    writeFileSync(join(project, 'secrets', 'index_url'), INDEX)
  })
  after(() => rmSync(project, { recursive: true, force: true }))

  function rotate(parameters: readonly string[], input = '') {
    const result = spawnSync(process.execPath, [join(packageRoot(), 'bin', 'run.js'), 'rotate', ...parameters], {
      cwd: project,
      encoding: 'utf8',
      input,
    })
    assert.doesNotMatch(`${result.stdout}${result.stderr}`, /Summer|Winter/)
    return result
  }

  const REFUSALS: readonly (readonly [string, readonly string[], string, number, RegExp])[] = [
    ['no name', [], '', 2, /NAME .* must be given[\s\S]*The project has index_url, pw\./],
    ['nobody to ask', ['pw'], '', 2, /--generate LENGTH or --from-stdin/],
    ['a value too short to be safe', ['pw', '--generate', '8'], '', 2, /16/],
    ['two ways at once', ['pw', '--generate', '20', '--from-stdin'], 'x', 2, /from-stdin/],
    ['nothing on standard input', ['pw', '--from-stdin'], '\n', 2, /no value/],
    ['an empty standard input', ['pw', '--from-stdin'], '', 2, /no value/],
    ['the value that is there', ['pw', '--from-stdin'], 'Summer24\n', 2, /is the one that it has/],
    ['a secret that the project has not', ['wp', '--generate', '20'], '', 4, /no secret "wp"/],
  ]
  it('makes no value up for a URL, and takes none that is no URL in its place', () => {
    for (const [how, input, message] of [
      [['--generate', '20'], '', /index_url is a URL: a value that is made up would be none/],
      [['--from-stdin'], 'granite\n', /index_url is a URL, and the new one is none/],
    ] as const) {
      const { status, stderr } = rotate(['index_url', ...how], input)
      assert.equal(status, 2, stderr)
      assert.match(stderr.replace(/\s+/g, ' '), message)
      assert.equal(readFileSync(join(project, 'secrets', 'index_url'), 'utf8'), INDEX)
    }
    assert.equal(rotate(['index_url', '--from-stdin'], `${INDEX}/next\n`).status, 0)
  })

  for (const [what, parameters, input, code, message] of REFUSALS) {
    it(`${what}: exit code ${code}, and the secret stays`, () => {
      const { status, stderr } = rotate(parameters, input)
      assert.equal(status, code, stderr)
      assert.match(stderr, message)
      if (!/is the one/.test(stderr))
        assert.doesNotMatch(stderr, /first initialised/, 'no advice on a value that there is not')
      assert.equal(readFileSync(join(project, 'secrets', 'pw'), 'utf8'), 'Summer24')
    })
  }

  it('writes the new value and says how to undo it, what to tell the database and what to run', () => {
    const { status, stdout, stderr } = rotate(['pw', '--from-stdin'], 'Winter25\n')
    assert.equal(status, 0, stderr)
    assert.equal(readFileSync(join(project, 'secrets', 'pw'), 'utf8'), 'Winter25')
    assert.match(stdout, /migrate rollback \d{4}-/)
    assert.match(stdout, /First: .*POSTGRES_PASSWORD only when its data is first initialised/s)
    assert.match(
      stderr,
      /POSTGRES_PASSWORD only when its data is first initialised.*1\/\d+ write/s,
      'before the first write',
    )
    assert.match(stdout, /The new value:\s+cat secrets\/pw/)
    assert.doesNotMatch(stderr, /The new value:/, 'there is none yet, and the run may fail')
    assert.match(stdout, /docker compose up -d --force-recreate --no-deps db/)
  })

  const clean = (...parameters: string[]) => {
    const bin = join(packageRoot(), 'bin', 'run.js')
    const result = spawnSync(process.execPath, [bin, 'migrate', 'clean', '--yes', ...parameters], {
      cwd: project,
      encoding: 'utf8',
    })
    assert.equal(result.status, 0, result.stderr)
    return result.stdout
  }

  it('clean --yes leaves the value that a database may need still, so that the rotation can be taken back', () => {
    const said = clean().replace(/\s+/g, ' ')
    assert.match(said, /kept: (\S+), which has the value before of pw: .* database of db was told.* migrate clean \1/)
    const { cleaned, untold } = JSON.parse(clean('--json')) as { cleaned: string[]; untold: { values: string[] }[] }
    assert.deepEqual([cleaned, untold.map(({ values }) => values)], [[], [['pw']]])
  })

  it('says on the way back that the database which was told the new value has to be told the old one', () => {
    const bin = join(packageRoot(), 'bin', 'run.js')
    const back = spawnSync(process.execPath, [bin, 'migrate', 'rollback', '--yes'], { cwd: project, encoding: 'utf8' })
    assert.equal(back.status, 0, back.stderr)
    assert.match(back.stdout, /where the database of db was told the new password, tell it this one again/)
    assert.equal(readFileSync(join(project, 'secrets', 'pw'), 'utf8'), 'Summer24')
  })

  it('clean with the ID removes it', () => {
    const { stdout } = rotate(['pw', '--from-stdin'], 'Spring27\n')
    const [, id = ''] = /migrate clean (\S+)\s+\(once the database knows the new one: removes/.exec(stdout) ?? []
    const value = join(project, '.secretscan', 'migrations', id, 'originals', 'value-0')
    assert.ok(existsSync(value), stdout)
    assert.match(clean(id), new RegExp(`cleaned ${id}`))
    assert.ok(!existsSync(value))
  })

  it('offers no way back where --keep 0 leaves none', () => {
    const { status, stdout, stderr } = rotate(['pw', '--from-stdin', '--keep', '0'], 'Winter26\n')
    assert.equal(status, 0, stderr)
    assert.match(stdout, /Undo: +not possible/)
    assert.doesNotMatch(stdout, /migrate (?:rollback|clean)/)
  })
})
