// Every row of docs/exit-codes.md that a scan can reach, on the built command.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/support/package-root.js'
import { buildArchive, type ImageSpec } from '../fixtures/image-builder.js'
import { type CommandOptions, type CommandResult, runCommand } from '../fixtures/run-command.js'

const TOKEN = ['ghp_', 'Q1XXhLdCkfOMPwHJ0u', 'EZTiIp72hxGL3tkx9s'].join('')

const withToken: ImageSpec = {
  layers: [{ files: { 'app/.env': `GITHUB_TOKEN=${TOKEN}\n` }, createdBy: 'COPY . /app' }],
}
const withNothing: ImageSpec = { layers: [{ files: { 'app/readme.txt': 'nothing to see\n' } }] }
/** Makes every worker thread of the program end as soon as it runs. */
const DYING_WORKERS = `
  const threads = require('node:worker_threads')
  threads.Worker = class extends threads.Worker {
    constructor(...args) { super(...args); this.once('online', () => this.terminate()) }
  }
  require('node:module').syncBuiltinESMExports()`

/** A layer whose bytes are no tar archive. */
const broken: ImageSpec = { layers: [{ raw: Buffer.from('this is no tar archive '.repeat(100)) }] }

describe('exit codes', function () {
  this.timeout(60_000)
  let folder: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-exit-'))
    const specs: Record<string, ImageSpec> = {
      leaky: withToken,
      clean: withNothing,
      broken,
      'leaky-broken': { layers: [...(withToken.layers ?? []), ...(broken.layers ?? [])] },
    }
    for (const [name, spec] of Object.entries(specs))
      writeFileSync(join(folder, `${name}.tar`), await buildArchive({ layout: 'docker-legacy', images: [spec] }))
    const index: ImageSpec = { platforms: [{ ...withToken, platform: 'linux/amd64' }] }
    writeFileSync(join(folder, 'leaky-index.tar'), await buildArchive({ layout: 'oci', images: [index] }))
    writeFileSync(join(folder, 'text.tar'), 'hello, I am no archive\n'.repeat(100))
    writeFileSync(join(folder, 'bad-rules.yaml'), 'family: x\nrules:\n  - id: Not Kebab\n')
    writeFileSync(join(folder, 'bad-config.yaml'), 'fail-on: sometimes\n')
    writeFileSync(join(folder, 'baseline.json'), '{"schemaVersion":1}')
  })
  after(() => rmSync(folder, { recursive: true }))

  const run = (args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> =>
    runCommand(args, { cwd: folder, ...options })

  const table: [string, string[], number][] = [
    ['nothing found', ['image', 'clean.tar'], 0],
    ['a finding', ['image', 'leaky.tar'], 1],
    ['a finding of that severity', ['image', 'leaky.tar', '--fail-on', 'critical'], 1],
    ['findings with --fail-on never', ['image', 'leaky.tar', '--fail-on', 'never'], 0],
    ['a report into a device', ['image', 'clean.tar', '--output', '/dev/null'], 0],
    ['help', ['help', 'image'], 0],
    ['help for a command that is not there', ['help', 'nosuch'], 2],
    ['a platform that the image does not have', ['image', 'leaky-index.tar', '--platform', 'linux/s390x'], 4],
    ['an unreadable layer', ['image', 'broken.tar'], 3],
    ['an unreadable layer with --allow-incomplete', ['image', 'broken.tar', '--allow-incomplete'], 0],
    ['a finding beside an unreadable layer', ['image', 'leaky-broken.tar'], 1],
    ['no such file', ['image', 'none.tar'], 4],
    ['no image', ['image', 'text.tar'], 4],
    ['a finding and a target that failed', ['image', 'none.tar', 'leaky.tar'], 1],
    ['a target that failed and an incomplete one', ['image', 'broken.tar', 'none.tar'], 4],
    ['an incomplete and a clean target', ['image', 'clean.tar', 'broken.tar'], 3],
    ['no image named', ['image'], 2],
    ['an unknown flag', ['image', 'clean.tar', '--no-such-flag'], 2],
    ['a wrong choice', ['image', 'clean.tar', '--fail-on', 'sometimes'], 2],
    ['a wrong number', ['image', 'clean.tar', '--concurrency', 'many'], 2],
    ['contradicting flags', ['image', 'clean.tar', '--json', '--format', 'sarif'], 2],
    ['an unknown command', ['imgae', 'clean.tar'], 2],
    ['an unknown rule', ['image', 'clean.tar', '--rule', 'no-such-rule'], 2],
    ['a broken rule pack', ['image', 'clean.tar', '--rules', 'bad-rules.yaml'], 2],
    ['a broken configuration', ['image', 'clean.tar', '--config', 'bad-config.yaml'], 2],
    ['a broken baseline', ['image', 'clean.tar', '--baseline', 'baseline.json'], 2],
    ['an ignore file that is not there', ['image', 'clean.tar', '--ignore-file', 'none'], 2],
    ['a report that cannot be written', ['image', 'clean.tar', '--output', 'no/such/folder/x.json'], 2],
    ['a full disk under a report', ['image', 'clean.tar', '--output', '/dev/full'], 2],
    ['--help', ['image', '--help'], 0],
    ['--version', ['--version'], 0],
  ]
  for (const [name, args, code] of table) {
    it(`${code}: ${name}`, async () => {
      const result = await run(args)
      assert.equal(result.code, code, result.stderr)
    })
  }

  const jsonFailures: [string, string[], string][] = [
    ['a wrong flag', ['image', 'clean.tar', '--no-such-flag', '--json'], 'USAGE'],
    ['an unknown command', ['imgae', '--json'], 'USAGE'],
    ['a broken configuration', ['image', 'clean.tar', '--format', 'json', '--config', 'bad-config.yaml'], 'USAGE'],
    ['a broken rule pack', ['image', 'clean.tar', '--format=json', '--rules', 'bad-rules.yaml'], 'BAD_RULE'],
  ]
  for (const [name, args, code] of jsonFailures) {
    it(`2, and only JSON on standard output: ${name}`, async () => {
      const { stdout, ...result } = await run(args)
      assert.equal(result.code, 2)
      const document = JSON.parse(stdout) as {
        schemaVersion: number
        error: { code: string; exitCode: number; stack?: string }
      }
      assert.equal(document.error.code, code)
      assert.equal(document.error.exitCode, 2)
      assert.equal(document.error.stack, undefined)
    })
  }

  it('2, with a suggestion and without a prompt: a mistyped command', async () => {
    const { stdout, stderr } = await run(['imgae', 'clean.tar'])
    assert.equal(stdout, '')
    assert.match(stderr, /no command "imgae".*\n.*Did you mean "secretscan image"\?/)
  })

  it('says on standard error what could not be scanned, where no table says it on standard output', async () => {
    const reason = /^Error: .*none\.tar.* \[NOT_FOUND\]\n/
    const written = await run(['image', 'none.tar', '--output', 'r.txt', '--quiet'])
    assert.equal(written.code, 4)
    assert.match(written.stderr, reason)
    assert.match((await run(['image', 'none.tar', '--format', 'json', '--quiet'])).stderr, reason)
    assert.equal((await run(['image', 'none.tar', '--quiet'])).stderr, '')
  })

  it('makes control characters of arguments visible in messages', async () => {
    for (const args of [
      ['image', '\u001b[2J.tar'],
      ['image', '--\u001b[2J'],
      ['\u001b[2J'],
      ['rules', 'show', '\u001b[2J'],
    ]) {
      const { stdout, stderr } = await run(args)
      assert.doesNotMatch(`${stdout}${stderr}`, /\u001b/)
    }
  })

  it('2: a pipe is not taken for an argument unless "-" is written', async () => {
    const archive = await buildArchive({ layout: 'oci', images: [withToken] })
    assert.equal((await run(['image'], { input: archive })).code, 2)
    assert.equal((await run(['image', '-'], { input: archive })).code, 1)
  })

  describe('bugs (70)', () => {
    const crash = (name: string, code: string): string => {
      const path = join(folder, `${name}.cjs`)
      writeFileSync(path, `const { isMainThread } = require('node:worker_threads')\n${code}\n`)
      return path
    }
    /** Runs once the program has installed its guards. */
    const afterStart = (code: string): string =>
      `if (isMainThread) process.on('newListener', (name) => { if (name === 'SIGTERM') setTimeout(() => { ${code} }, 5) })`

    const bugs: [string, string][] = [
      ['a throw in the command', "if (isMainThread) process.cwd = () => { throw new TypeError('broken on purpose') }"],
      ['a throw in a timer', afterStart("throw new Error('broken on purpose')")],
      ['a rejected promise', afterStart("void Promise.reject(new Error('broken on purpose'))")],
      ['something thrown that is no error', afterStart("throw 'broken on purpose'")],
      ['a dead worker', DYING_WORKERS],
    ]
    for (const [name, code] of bugs) {
      it(`70: ${name}`, async () => {
        const input = code === DYING_WORKERS ? await buildArchive({ layout: 'oci', images: [withToken] }) : 'open'
        const result = await run(['image', '-'], { preload: crash(name.replaceAll(' ', '-'), code), input })
        assert.equal(result.code, 70, result.stderr)
        assert.match(result.stderr, /INTERNAL/)
      })
    }

    it('say nothing of what was read, and show a stack only with --debug', async () => {
      const preload = crash('quoting', afterStart(`JSON.parse('${TOKEN}')`))
      const short = await run(['image', '-'], { preload, input: 'open' })
      const long = await run(['image', '-', '--debug'], { preload, input: 'open' })
      assert.ok(!`${short.stdout}${short.stderr}${long.stdout}${long.stderr}`.includes(TOKEN.slice(0, 10)))
      assert.doesNotMatch(short.stderr, /\n\s+at /)
      assert.match(long.stderr, /\n\s+at /)
    })
  })

  describe('interruptions', () => {
    const signals: [NodeJS.Signals, number][] = [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ]
    for (const [signal, code] of signals) {
      it(`O07: ${code}: ${signal}; no report and nothing half-written stays behind`, async () => {
        const own = join(folder, signal)
        mkdirSync(own)
        const preload = join(folder, `${signal}.cjs`)
        writeFileSync(
          preload,
          "process.on('newListener', (name) => { if (name === 'SIGTERM') setTimeout(() => process.stderr.write('ready\\n'), 100) })\n",
        )
        let sent = false
        const result = await run(['image', '-', '--output', join(own, 'report.json'), '--format', 'json'], {
          preload,
          input: 'open',
          during: (stderr, child) => {
            if (sent || !stderr.includes('ready')) return
            sent = true
            child.kill(signal)
          },
        })
        assert.equal(result.code, code, result.stderr)
        assert.deepEqual(readdirSync(own), [])
      })
    }
  })

  for (const args of [
    ['image', 'leaky.tar', '--no-cache'],
    ['image', 'leaky.tar', '--no-cache', '--json'],
    ['rules', 'list'],
  ]) {
    it(`2: a full disk under standard output, told on standard error: ${args.join(' ')}`, () => {
      const { status, stderr } = spawnSync(
        'sh',
        ['-c', 'exec "$0" "$@" > /dev/full', process.execPath, join(packageRoot(), 'bin', 'run.js'), ...args],
        { cwd: folder, encoding: 'utf8' },
      )
      assert.match(stderr, /Standard output cannot be written \(no space left\)/)
      assert.equal(status, 2)
    })
  }

  it('O07: the same as without the pipe: a reader that goes away (| head)', async () => {
    const closeAtOnce: CommandOptions = { during: (_, child) => child.closeOutput() }
    const result = await run(['image', 'leaky.tar', '--format', 'json'], closeAtOnce)
    assert.equal(result.code, 1, result.stderr)
    assert.equal((await run(['image', 'clean.tar', '--format', 'json'], closeAtOnce)).code, 0)
  })
})
