import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveImages } from '../fixtures/memory-registry.js'
import { runCommand } from '../fixtures/run-command.js'
import { sweepCorpus } from '../fixtures/sweep-corpus.js'

describe('secretscan sweep init and validate', function () {
  this.timeout(60_000)
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-sweep-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const run = (...parameters: readonly string[]) => runCommand(['sweep', ...parameters], { cwd: folder })
  const written = () => readFileSync(join(folder, 'sweep.yaml'), 'utf8')

  it("names no time zone in its help: that of the machine which built the program is nobody's", async () => {
    const { stdout } = await run('init', '--help')
    assert.match(stdout, /--time-zone=ZONE\s+Of the schedule/)
  })

  it('writes from flags what validate then accepts, for its owner alone', async () => {
    const init = await run(
      'init',
      '--registry',
      'registry.example.com:5000',
      '--repository',
      'team/*',
      '--repository',
      '!team/sandbox-*',
      '--newest',
      '20',
      '--cron',
      '0 3 * * *',
      '--time-zone',
      'Europe/Berlin',
      '--username',
      'ci: "x"',
      '--password-file',
      './ci.password',
    )
    assert.equal(init.code, 0, init.stderr)
    assert.equal(statSync(join(folder, 'sweep.yaml')).mode & 0o777, 0o600)
    assert.match(written(), /repositories: \["team\/\*", "!team\/sandbox-\*"\]/)
    const without = await run('validate')
    assert.equal(without.code, 2)
    assert.match(without.stderr, /login\.passwordFile names .*ci\.password, which is not there/)
    writeFileSync(join(folder, 'ci.password'), 'made up', { mode: 0o600 })
    const validate = await run('validate')
    assert.equal(validate.code, 0, validate.stderr)
    assert.match(validate.stdout, /sweep.yaml is valid: 1 registry, .*"0 3 \* \* \*" in Europe\/Berlin/)
  })

  it('makes the key that a PostgreSQL store needs, and lets one be that is there', async () => {
    const parameters = ['--registry', 'r.example.com', '--store', 'postgres://localhost/x'] as const
    const { code, stdout, stderr } = await run('init', ...parameters)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /store's key is in .*sweep-store\.key/)
    const key = join(folder, 'sweep-store.key')
    const made = readFileSync(key, 'utf8')
    assert.match(made, /^[0-9a-f]{64}\n$/)
    assert.equal(statSync(key).mode & 0o777, 0o600)
    assert.match(written(), /^store: \{ url: "postgres:\/\/localhost\/x", keyFile: \.\/sweep-store\.key \}/m)
    const validate = await run('validate')
    assert.equal(validate.code, 0, validate.stderr)
    assert.equal((await run('init', '-f', 'other.yaml', ...parameters)).code, 0)
    assert.equal(readFileSync(key, 'utf8'), made)
  })

  it('asks the store and each registry for one tag where that is asked for, and says what to do', async () => {
    const registry = await serveImages(await sweepCorpus(1))
    try {
      const text = `registries: [{ host: "${registry.host}", login: anonymous }]\n`
      writeFileSync(join(folder, 'sweep.yaml'), text)
      const { code, stdout } = await run('validate', '--connect')
      assert.equal(code, 0)
      assert.match(
        stdout,
        /✔ store: .*sweep-store can be used\n✔ 127\.0\.0\.1:\d+: answers; team-0\/app-0:v0 can be read\n/,
      )
      assert.equal(statSync(join(folder, 'sweep-store'), { throwIfNoEntry: false }), undefined, 'nothing is written')
      writeFileSync(
        join(folder, 'sweep.yaml'),
        text.replace(' }', ', repositories: ["tema/*", "team/**/x", "!team-0/*"] }'),
      )
      const nothing = await run('validate', '--connect')
      assert.equal(nothing.code, 3, 'as a sweep that takes nothing of a registry')
      assert.match(
        nothing.stdout,
        /\n! 127\.0\.0\.1:\d+: answers; no repository there matches tema\/\*, team\/\*\*\/x\n/,
      )
      writeFileSync(join(folder, 'sweep.yaml'), text.replace(' }', ', repositories: ["tema/*", "**"] }'))
      const some = await run('validate', '--connect')
      assert.equal(some.code, 0)
      assert.match(some.stdout, /\n! 127\.0\.0\.1:\d+: answers; .* can be read; no repository there matches tema\/\*\n/)
      writeFileSync(join(folder, 'sweep.yaml'), text)
      registry.answer = (_, response) => {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
        return true
      }
      const refused = await run('validate', '--connect', '--json')
      assert.equal(refused.code, 4)
      const { connections } = JSON.parse(refused.stdout) as {
        connections: { what: string; ok: boolean; message: string }[]
      }
      assert.deepEqual(
        connections.map(({ ok }) => ok),
        [true, false],
      )
    } finally {
      await registry.close()
    }
  })

  it('never overwrites, and writes nothing that validate would refuse', async () => {
    writeFileSync(join(folder, 'sweep.yaml'), 'mine\n')
    const again = await run('init', '--registry', 'r.example.com')
    assert.equal(again.code, 2)
    assert.match(again.stderr, /left as it is/)
    assert.equal(written(), 'mine\n')
    const wrong = await run('init', '-f', 'other.yaml', '--registry', 'https://r.example.com')
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /registries\[0\]\.host must be a host/)
    assert.equal(statSync(join(folder, 'other.yaml'), { throwIfNoEntry: false }), undefined)
  })

  it('names the flag where nobody can be asked', async () => {
    const { code, stderr } = await run('init')
    assert.equal(code, 2)
    assert.match(stderr, /--registry HOST/)
  })

  it('says with exit code 2 what is wrong, as JSON where that is asked', async () => {
    writeFileSync(join(folder, 'sweep.yaml'), 'registries:\n  - host: r.example.com\n    tagz: {}\n')
    const { code, stderr } = await run('validate')
    assert.equal(code, 2)
    assert.match(stderr, /sweep\.yaml:3: registries\[0\] has no "tagz"; did you mean "tags"\?/)
    const json = await run('validate', '--json')
    assert.equal(json.code, 2)
    assert.equal(JSON.parse(json.stdout).error.code, 'USAGE')
    const missing = await run('validate', '-f', 'none.yaml')
    assert.equal(missing.code, 2)
    assert.match(missing.stderr, /sweep init/)
  })
})
