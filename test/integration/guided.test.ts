// The guided migration in a real terminal of 80 by 24: choose, look, say yes; and Ctrl-C at each question changes nothing.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'

const COMPOSE =
  'services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: Summer24-db # keep\n'

describe('the guided migration', function () {
  this.timeout(180_000)
  let folder: string
  let project: string
  let engine: Engine | undefined
  const tmux = (...parameters: string[]) =>
    run(systemProgram('tmux'), ['-S', join(folder, 'socket'), ...parameters]).toString('utf8')
  const screen = () => tmux('capture-pane', '-p', '-S', '-200')

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-guided-'))
    project = mkdtempSync(join(tmpdir(), 'secretscan-guided-project-'))
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
    run('git', ['init', '-q'], { cwd: project })
    run('git', ['add', '.'], { cwd: project })
    run('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '-qm', 'x'], { cwd: project })
  })
  afterEach(() => {
    try {
      tmux('kill-server')
    } catch {
      // It ends with its last window.
    }
    rmSync(folder, { recursive: true, force: true })
    rmSync(project, { recursive: true, force: true })
  })
  after(() => engine?.stop())

  function start(env: Readonly<Record<string, string>> = {}): void {
    const exports = Object.entries(env).map(([name, value]) => `export ${name}='${value}'; `)
    tmux(
      'new-session',
      '-d',
      '-x',
      '80',
      '-y',
      '24',
      `cd '${project}'; ${exports.join('')}'${process.execPath}' '${join(packageRoot(), 'bin', 'run.js')}' migrate; echo "EXIT $?"; sleep 60`,
    )
  }

  async function shows(text: RegExp): Promise<string> {
    for (let attempt = 0; attempt < 300; attempt++) {
      const shown = screen()
      if (text.test(shown)) return shown
      await sleep(100)
    }
    return assert.fail(`${text} does not show:\n${screen()}`)
  }
  const status = () => run('git', ['status', '--porcelain'], { cwd: project }).toString('utf8')
  const clean = () => assert.equal(status(), '')

  it('files beside the Compose file: from the first question to the last line', async () => {
    start()
    assert.match(await shows(/Which values shall move/), /db\.POSTGRES_PASSWORD/)
    tmux('send-keys', 'Enter')
    await shows(/Where to\?/)
    tmux('send-keys', 'Enter')
    const preview = await shows(/Write 1 secret/)
    assert.match(preview, /POSTGRES_PASSWORD_FILE: \/run\/secrets\/postgres_password # keep/)
    assert.ok(!preview.includes('Summer24'))
    tmux('send-keys', 'y', 'Enter')
    const end = await shows(/EXIT 0/)
    assert.match(end, /Undo:\s+secretscan migrate rollback \d{4}/)
    assert.match(end, /Redeploy:\s+docker compose up -d db/)
    assert.equal(readFileSync(join(project, 'secrets', 'postgres_password'), 'utf8'), 'Summer24-db')
  })

  const questions: readonly (readonly [RegExp, readonly string[]])[] = [
    [/Which values shall move/, []],
    [/Where to\?/, ['Enter']],
    [/Write 1 secret/, ['Enter', 'Enter']],
  ]
  for (const [question, answers] of questions) {
    it(`Ctrl-C at ${question} changes nothing`, async () => {
      start()
      for (const [index, answer] of answers.entries()) {
        await shows(questions[index]?.[0] ?? /./)
        tmux('send-keys', answer)
      }
      await shows(question)
      tmux('send-keys', 'C-c')
      await shows(/EXIT 130/)
      clean()
    })
  }

  it('no at the last question changes nothing', async () => {
    start()
    await shows(/Which values/)
    tmux('send-keys', 'Enter')
    await shows(/Where to/)
    tmux('send-keys', 'Enter')
    await shows(/Write 1 secret/)
    tmux('send-keys', 'n', 'Enter')
    await shows(/Nothing was changed\.[\s\S]*EXIT 0/)
    clean()
  })

  it('Swarm: chosen by the arrow keys', async () => {
    engine = await startEngine('20.10 overlay2')
    run(
      systemProgram('docker'),
      ['swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1:2377'],
      { env: engine.env },
    )
    start(engine.env)
    await shows(/Which values/)
    tmux('send-keys', 'Enter')
    await shows(/Where to/)
    tmux('send-keys', 'Down', 'Enter')
    assert.match(await shows(/Write 1 secret/), /name: postgres_password_v1/)
    tmux('send-keys', 'y', 'Enter')
    assert.match(await shows(/EXIT 0/), /docker stack deploy -c compose\.yaml/)
    assert.match(
      run(systemProgram('docker'), ['secret', 'ls'], { env: engine.env }).toString('utf8'),
      /postgres_password_v1/,
    )
  })
})
