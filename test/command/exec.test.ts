// `secretscan exec` on the built command, with references to files: what the command gets, how its end and its signals come through, and
// that nothing is left behind. With Vault: test/integration/vault.test.ts.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import { runCommand } from '../fixtures/run-command.js'

const TEXT = 'made-up' + ' "value" $x é\n'
const BINARY = Buffer.from([0, 255, 10, 13, 0])

describe('secretscan exec', function () {
  this.timeout(120_000)
  let project: string
  let memory: string

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-exec-'))
    // In memory, so that the test sees what stands in it, and nothing of other tests.
    memory = mkdtempSync('/dev/shm/secretscan-test-')
    mkdirSync(join(project, '.secretscan'))
    mkdirSync(join(project, 'secrets'))
    writeFileSync(join(project, 'secrets', 'text'), TEXT)
    writeFileSync(join(project, 'secrets', 'binary'), BINARY)
    refer({ text: 'file://./secrets/text' })
  })
  afterEach(() => {
    rmSync(project, { recursive: true, force: true })
    rmSync(memory, { recursive: true, force: true })
  })

  function refer(references: Readonly<Record<string, string>>): void {
    const lines = Object.entries(references).map(
      ([name, ref]) => `  ${name}: { ref: "${ref}", env: APP_${name.toUpperCase().replace(/\W/g, '')} }\n`,
    )
    writeFileSync(join(project, '.secretscan', 'secrets.yaml'), `version: 1\nsecrets:\n${lines.join('')}`)
  }
  const env = () => ({ XDG_RUNTIME_DIR: memory })
  const exec = (...parameters: string[]) => runCommand(['exec', ...parameters], { cwd: project, env: env() })
  const node = (script: string) => ['--', process.execPath, '-e', script]

  it('hands the value over to the byte and ends with the code of the command', async () => {
    const { code, stdout, stderr } = await exec(...node('process.stdout.write(process.env.APP_TEXT); process.exit(7)'))
    assert.deepEqual([code, stdout, stderr], [7, TEXT, ''])
  })

  it('names everything that is missing and does not start the command: 125', async () => {
    refer({ text: 'file://./secrets/text', one: 'file://./no-1', two: 'file://./no-2' })
    const { code, stderr } = await exec('--', 'touch', 'started')
    assert.equal(code, 125)
    assert.match(stderr, /2 secrets are missing:\n.*one \(file:\/\/\.\/no-1\).*\n.*two/)
    assert.ok(!existsSync(join(project, 'started')))
  })

  it('ends with 125 for its own failures, 126 and 127 for a program that cannot be started', async () => {
    writeFileSync(join(project, 'no-program'), 'x')
    refer({ binary: 'file://./secrets/binary' })
    const binary = await exec('--', 'true')
    assert.equal(binary.code, 125)
    assert.match(binary.stderr, /is no text.*\n.*exec --files/)
    refer({ text: 'file://./secrets/text' })
    chmodSync(join(project, 'secrets', 'text'), 0o600)
    const codes: (number | null)[] = []
    for (const parameters of [[], ['--no-such-flag', '--', 'true'], ['--', './no-program'], ['--', 'no-such-program']])
      codes.push((await exec(...parameters)).code)
    assert.deepEqual(codes, [125, 125, 126, 127])
  })

  /** Starts `secretscan exec` and waits until the command has said that it is there. */
  async function started(script: string, ...flags: string[]) {
    const child = spawn(process.execPath, [join(packageRoot(), 'bin', 'run.js'), 'exec', ...flags, ...node(script)], {
      cwd: project,
      env: { ...process.env, ...env() },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString()
    })
    child.stderr.on('data', (bytes: Buffer) => {
      output += bytes.toString()
    })
    const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)))
    for (let count = 0; !output.includes('there') && count < 600; count++) await sleep(50)
    return { child, ended, output: () => output }
  }
  const STAYS = 'console.log("there", process.pid); setInterval(() => {}, 1000);'

  it('passes signals on and waits for the command, however long it takes to end', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const slow = `process.on("${signal}", () => setTimeout(() => process.exit(42), 1500)); ${STAYS}`
      const { child, ended, output } = await started(slow)
      child.kill(signal)
      assert.equal(await ended, 42)
      assert.doesNotMatch(output(), /Interrupted/)
    }
  })

  it('ends with 128 and the number of the signal that ended the command', async () => {
    const { child, ended } = await started(STAYS)
    child.kill('SIGHUP')
    assert.equal(await ended, 129)
  })

  describe('--files', () => {
    const LIST = `const fs = require("node:fs"), dir = process.env.SECRETSCAN_SECRETS_DIR;
      console.log(JSON.stringify({ env: process.env.APP_TEXT ?? null, file: process.env.APP_BINARY_FILE, dir,
        mode: (fs.statSync(dir).mode & 0o777).toString(8), files: fs.readdirSync(dir).map((name) => [name,
        (fs.statSync(dir + "/" + name).mode & 0o777).toString(8), fs.readFileSync(dir + "/" + name).toString("hex")]) }))`

    it('writes them for this user alone, to the byte, and removes them', async () => {
      refer({ text: 'file://./secrets/text', binary: 'file://./secrets/binary' })
      const { code, stdout, stderr } = await exec('--files', ...node(LIST))
      assert.equal(code, 0, stderr)
      const seen = JSON.parse(stdout) as { dir: string; env: unknown; file: string; mode: string; files: string[][] }
      assert.ok(seen.dir.startsWith(`${memory}/secretscan-`))
      assert.deepEqual(
        { ...seen, dir: '', files: seen.files.sort() },
        {
          dir: '',
          env: null,
          file: `${seen.dir}/binary`,
          mode: '700',
          files: [
            ['binary', '600', BINARY.toString('hex')],
            ['text', '600', Buffer.from(TEXT).toString('hex')],
          ],
        },
      )
      assert.deepEqual(readdirSync(memory), [])
    })

    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const) {
      it(`leaves nothing behind after ${signal}`, async () => {
        const { child, ended, output } = await started(STAYS, '--files')
        assert.equal(readdirSync(memory).length, 1)
        child.kill(signal)
        await ended
        const [, pid] = /there (\d+)/.exec(output()) ?? []
        // Nobody passes this one on.
        if (signal === 'SIGKILL') process.kill(Number(pid), 'SIGKILL')
        for (let count = 0; readdirSync(memory).length > 0 && count < 200; count++) await sleep(50)
        assert.deepEqual(readdirSync(memory), [])
      })
    }

    it('takes no name that leads out of the folder', async () => {
      refer({ '../out': 'file://./secrets/text' })
      const { code, stderr } = await exec('--files', '--', 'true')
      assert.equal(code, 125)
      assert.match(stderr, /cannot be a file's name/)
    })
  })
})
