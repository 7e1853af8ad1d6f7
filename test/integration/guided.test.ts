// The guided migration in a real terminal of 80 by 24: choose, look, say yes; and Ctrl-C or Ctrl-D at each question changes nothing.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'
import { startVault, type VaultServer } from './vault-process.js'

const COMPOSE =
  'services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: Summer24-db # keep\n'
const TWO = `${COMPOSE}  mail:\n    image: grafana/grafana\n    environment:\n      GF_SMTP_PASSWORD: Winter25-mail\n`
/** No engine, no Vault, whatever the machine has. */
const NOWHERE = {
  DOCKER_HOST: 'unix:///nonexistent/docker.sock',
  VAULT_ADDR: '',
  VAULT_TOKEN: '',
  HOME: '/nonexistent',
}

describe('the guided migration', function () {
  this.timeout(180_000)
  let folder: string
  let project: string
  let engine: Engine | undefined
  let vault: VaultServer | undefined
  const tmux = (...parameters: string[]) =>
    run(systemProgram('tmux'), ['-S', join(folder, 'socket'), ...parameters]).toString('utf8')
  const screen = () => tmux('capture-pane', '-p', '-S', '-200')

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-guided-'))
    project = mkdtempSync(join(tmpdir(), 'secretscan-guided-project-'))
    run('git', ['init', '-q'], { cwd: project })
    commit(COMPOSE)
  })
  function commit(compose: string): void {
    writeFileSync(join(project, 'compose.yaml'), compose)
    run('git', ['add', '.'], { cwd: project })
    run('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '-qm', 'x'], { cwd: project })
  }
  afterEach(() => {
    try {
      tmux('kill-server')
    } catch {
      // It ends with its last window.
    }
    rmSync(folder, { recursive: true, force: true })
    rmSync(project, { recursive: true, force: true })
  })
  after(async () => {
    await engine?.stop()
    await vault?.stop()
  })

  function start(env: Readonly<Record<string, string>> = {}, { width = 80, height = 24 } = {}): void {
    const exports = Object.entries(env).map(([name, value]) =>
      value === '' ? `unset ${name}; ` : `export ${name}='${value}'; `,
    )
    tmux(
      'new-session',
      '-d',
      '-x',
      String(width),
      '-y',
      String(height),
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
  /** Waits for `text`, then types. */
  async function answer(text: RegExp, ...typed: readonly string[]): Promise<string> {
    const shown = await shows(text)
    for (const each of typed) tmux('send-keys', each)
    return shown
  }
  /** Looks at all parts of the preview, one after the other. @returns what has stood on the screen by then */
  async function preview(question = /Write 1 secret/): Promise<string> {
    for (let latest = ''; ; ) {
      await shows(question)
      const shown = await shows(/❯ (?:show|no, change nothing)/)
      const [, part = ''] = /❯ show (\S+)/.exec(shown) ?? []
      if (part === latest) return shown
      latest = part
      tmux('send-keys', 'Enter')
      await shows(new RegExp(`✔ Write .* show [^\n]*${part.replaceAll('.', '\\.')}`))
    }
  }
  const status = () => run('git', ['status', '--porcelain'], { cwd: project }).toString('utf8')
  const clean = () => assert.equal(status(), '')

  it('files beside the Compose file: from the first question to the last line', async () => {
    start()
    assert.match(await shows(/Which values shall move/), / db\n.*POSTGRES_PASSWORD +reads POSTGRES_PASSWORD_FILE/)
    tmux('send-keys', 'Enter')
    await shows(/Where to\?/)
    tmux('send-keys', 'Enter')
    const short = await shows(
      /❯ show \.gitignore +new, 3 lines\n +show compose\.yaml +\+6 -1\n +show the notes +\(\d\)\n/,
    )
    assert.ok(!short.includes('@@'), 'what does not fit is shown when it is asked for')
    tmux('send-keys', 'y')
    await shows(/❯ yes, apply[\s\S]*Not looked at yet: \.gitignore, compose\.yaml, the notes\./)
    tmux('send-keys', 'Up', 'Up', 'Up')
    await preview()
    // Once more than there are parts: it shows the last one again.
    tmux('send-keys', 'Enter')
    const whole = await shows(/show the notes\n[\s\S]*show the notes\n[\s\S]*❯ show the notes/)
    assert.match(whole, /\+ {6}POSTGRES_PASSWORD_FILE: \/run\/secrets\/postgres_password # keep/)
    assert.match(whole, /has the git repository/)
    assert.ok(!whole.includes('Summer24'))
    tmux('send-keys', 'y', 'Enter')
    const end = await shows(/EXIT 0/)
    assert.match(end, /Undo:\s+secretscan migrate rollback \d{4}/)
    assert.match(end, /Redeploy:\s+docker compose up -d db/)
    assert.equal(readFileSync(join(project, 'secrets', 'postgres_password'), 'utf8'), 'Summer24-db')
  })

  it('a store that cannot be reached says why, and the question comes again', async () => {
    start(NOWHERE)
    await answer(/Which values/, 'Enter')
    await answer(/❯ files beside/, 'Down')
    await answer(/❯ Docker Swarm/, 'Enter')
    await answer(/Engine cannot be reached[\s\S]*❯ files beside/, 'Down', 'Down')
    await answer(/❯ HashiCorp Vault/, 'Enter')
    await answer(/Address of Vault or OpenBao\?/, 'nowhere', 'Enter')
    await answer(/Write for example https:/, 'C-u', 'http://127.0.0.1:9', 'Enter')
    await answer(/Token for Vault at http:\/\/127/, 'made-up', 'Enter')
    await answer(/Nothing listens at[\s\S]*❯ files beside/, 'Down', 'Down')
    await answer(/❯ HashiCorp Vault/, 'Enter')
    await answer(/OpenBao\?[^\n]*127\.0\.0\.1:9\)? *$/m, 'Enter')
    await answer(/Token for Vault at[\s\S]*Token for Vault at/, 'Enter')
    await answer(/There is no Vault token\.[\s\S]*❯ files beside/, 'Enter')
    await answer(/Write 1 secret/, 'n', 'Enter')
    await shows(/Nothing was changed\.[\s\S]*EXIT 0/)
    clean()
  })

  it('"choose again" leads back to the first question, with what was chosen, as often as one likes', async () => {
    commit(TWO)
    start(NOWHERE)
    await answer(/❯◉ POSTGRES_PASSWORD/, 'Space')
    await answer(/❯◯ POSTGRES_PASSWORD/, 'Enter')
    await answer(/❯ files beside/, 'Enter')
    await answer(/Write 1 secret/, 'c', 'Enter')
    await answer(/choose again\n[\s\S]*❯◯ POSTGRES_PASSWORD[\s\S]*◉ GF_SMTP_PASSWORD/, 'a', 'Enter')
    await answer(/❯ files beside/, 'Enter')
    await answer(/Write 2 secrets/, 'c', 'Enter')
    await answer(/choose again\n[\s\S]*choose again\n[\s\S]*❯◉ POSTGRES_PASSWORD/, 'C-c')
    await shows(/EXIT 130/)
    clean()
  })

  it('"choose again" offers the places and names that were chosen, and what was looked at counts', async () => {
    commit(TWO)
    start(NOWHERE)
    await answer(/Which values/, 'Enter')
    await answer(/❯ files beside/, 'Up', 'Up')
    await answer(/❯ decide for each/, 'Enter')
    await answer(/Where shall postgres_password go/, 'Enter')
    await answer(/Under which name\? \(?postgres_password/, 'C-u', 'shop_db', 'Enter')
    await answer(/Where shall gf_smtp_password go/, 'Up', 'Up')
    await answer(/❯ leave it/, 'Enter')
    await preview()
    tmux('send-keys', 'c', 'Enter')
    tmux('clear-history')
    await answer(/❯◉ POSTGRES_PASSWORD/, 'Enter')
    await answer(/Where to\?[\s\S]*❯ decide for each/, 'Enter')
    await answer(/Where shall postgres_password go\?[\s\S]*❯ files beside/, 'Enter')
    await answer(/Under which name\? \(?shop_db/, 'Enter')
    await answer(/Where shall gf_smtp_password go\?[\s\S]*❯ leave it/, 'Enter')
    await answer(/Write 1 secret[^\n]*\n[\s\S]*❯ show the notes/, 'n', 'Enter')
    await shows(/Nothing was changed\.[\s\S]*EXIT 0/)
    clean()
  })

  it('from each secret there is a way back, to the one before it and to the place for all', async () => {
    commit(TWO)
    start(NOWHERE)
    await answer(/Which values/, 'Enter')
    await answer(/❯ files beside/, 'Up', 'Up')
    await answer(/❯ decide for each/, 'Enter')
    await answer(/Where shall postgres_password go/, 'Enter')
    await answer(/Under which name\? \(?postgres_password/, 'C-u', 'shop_db', 'Enter')
    await answer(/Where shall gf_smtp_password go/, 'Up')
    await answer(/❯ back to the question before/, 'Enter')
    await answer(/gf_smtp_password go\? back[\s\S]*Where shall postgres_password go\?[\s\S]*❯ files beside/, 'Up')
    await answer(/❯ back to the question before/, 'Enter')
    await answer(/postgres_password go\? back[\s\S]*Where to\?[\s\S]*❯ decide for each/, 'Enter')
    await answer(/postgres_password go\? back[\s\S]*Where shall postgres_password go\?[\s\S]*❯ files beside/, 'Enter')
    await answer(/Under which name\? \(?shop_db/, 'C-u', 'gf_smtp_password', 'Enter')
    await answer(/Where shall gf_smtp_password go/, 'Enter')
    await answer(/gf_smtp_password go\? files[^\n]*\n\? Under which name/, 'Enter')
    await answer(/gf_smtp_password is another secret's name/, 'C-c')
    await shows(/EXIT 130/)
    clean()
  })

  it('from the place for all there is a way back to the values, from Vault one to the places; what was chosen stays', async () => {
    commit(TWO)
    vault ??= await startVault()
    start({ ...vault.env, VAULT_ADDR: '' })
    await answer(/❯◉ POSTGRES_PASSWORD/, 'Space')
    await answer(/❯◯ POSTGRES_PASSWORD/, 'Enter')
    await answer(/❯ files beside/, 'Up')
    await answer(/❯ back to the question before/, 'Enter')
    await answer(/Where to\? back[\s\S]*❯◯ POSTGRES_PASSWORD[\s\S]*◉ GF_SMTP_PASSWORD/, 'a', 'Enter')
    await answer(/2 of 2\n[\s\S]*❯ files beside/, 'Down', 'Down')
    await answer(/❯ HashiCorp Vault/, 'Enter')
    await answer(/Address of Vault or OpenBao\? \(empty: back\)/, 'Enter')
    await answer(/Address of[^\n]*\n[\s\S]*❯ files beside/, 'Down', 'Down')
    await answer(/❯ HashiCorp Vault/, 'Enter')
    await answer(/Address of[\s\S]*Address of/, vault.address, 'Enter')
    await answer(/How do the services get them[\s\S]*❯ when they are started/, 'Up')
    await answer(/❯ back to the question before/, 'Enter')
    await answer(/get them\? back[\s\S]*❯ HashiCorp Vault/, 'C-c')
    await shows(/EXIT 130/)
    clean()
  })

  it('from how Vault gives them there is a way back to the last secret', async () => {
    commit(TWO)
    vault ??= await startVault()
    start(vault.env)
    await answer(/Which values/, 'Enter')
    await answer(/❯ files beside/, 'Up', 'Up')
    await answer(/❯ decide for each/, 'Enter')
    await answer(/Where shall postgres_password go/, 'Enter')
    await answer(/Under which name/, 'Enter')
    await answer(/Where shall gf_smtp_password go/, 'Down', 'Down')
    await answer(/❯ HashiCorp Vault/, 'Enter')
    await answer(/gf_smtp_password go\? HashiCorp[^\n]*\n\? Under which name/, 'Enter')
    await answer(/How do the services get them/, 'Up', 'Enter')
    await answer(/get them\? back[\s\S]*Where shall gf_smtp_password go\?[\s\S]*❯ HashiCorp/, 'Up', 'Up', 'Enter')
    await answer(/get them\? back[\s\S]*\n\? Under which name/, 'Enter')
    await answer(/Write 2 secrets/, 'n', 'Enter')
    await shows(/Nothing was changed\.[\s\S]*EXIT 0/)
    clean()
  })

  it('a list that is longer than the screen says so, and ends with its last line', async () => {
    const service = (name: string) =>
      `  ${name}:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: made-up-${name}\n`
    commit(
      `services:\n${Array.from({ length: 12 }, (_, index) => service(`db${String(index).padStart(2, '0')}`)).join('')}`,
    )
    start(NOWHERE)
    assert.doesNotMatch(await shows(/navigate \(the list goes on\)/), /db11/)
    tmux('send-keys', ...Array.from({ length: 20 }, () => 'Down'))
    await shows(/ db11\n❯◉ POSTGRES_PASSWORD/)
    tmux('send-keys', 'Enter')
    await answer(/❯ files beside/, 'Enter')
    await answer(/Write 12 secrets/, 'n', 'Enter')
    await shows(/Nothing was changed\.[\s\S]*EXIT 0/)
  })

  it('a value that may be no secret by its name is offered, not chosen; it moves where a person chooses it', async () => {
    commit(TWO.replace('GF_SMTP_PASSWORD: Winter25-mail', 'GF_INVITE_CODE: made-up-7'))
    start(NOWHERE)
    assert.doesNotMatch(await answer(/❯◉ POSTGRES_PASSWORD[\s\S]*◯ GF_INVITE_CODE/, 'Down'), /Left where it is/)
    await answer(
      /❯◯ GF_INVITE_CODE[\s\S]*Its name leaves open whether it is a secret\. Its secret: gf_invite_code/,
      'Enter',
    )
    await answer(/1 of 2\n[\s\S]*❯ files beside/, 'Enter')
    assert.doesNotMatch(await preview(), /run\/secrets\/gf_invite_code/)
    tmux('send-keys', 'c', 'Enter')
    await answer(/choose again\n[\s\S]*◯ GF_INVITE_CODE/, 'a', 'Enter')
    await answer(/2 of 2\n[\s\S]*❯ files beside/, 'Enter')
    await answer(/Write 2 secrets/, 'y', 'Enter')
    await shows(/EXIT 0/)
    assert.equal(readFileSync(join(project, 'secrets', 'gf_invite_code'), 'utf8'), 'made-up-7')
  })

  it('none chosen is nothing changed', async () => {
    start(NOWHERE)
    await answer(/❯◉ POSTGRES_PASSWORD/, 'Space')
    await answer(/❯◯ POSTGRES_PASSWORD/, 'Enter')
    await shows(/Nothing was changed\.[\s\S]*EXIT 0/)
    clean()
  })

  it('in a narrow terminal choices are shortened, and no word is broken', async () => {
    commit(TWO.replace('GF_SMTP_PASSWORD', 'GF_SECURITY_ADMIN_PASSWORD'))
    start(NOWHERE, { width: 60 })
    await answer(/ ◉ GF_SECURITY_ADMIN_PASSWORD {2}reads GF_SECURITY_ADMIN_PAS…\n/, 'Enter')
    await answer(/Started as before; who starts it elsewhere needs the\n {2}files\.\n/, 'Enter')
    await answer(/Write 2 secrets/, 'y', 'Enter')
    assert.match(
      await shows(/EXIT 0/),
      /Clean up: {2}secretscan migrate clean \S+\n {13}\(removes the kept originals\)\n/,
    )
  })

  it('a preview that fits is shown at once', async () => {
    start(NOWHERE, { height: 70 })
    await answer(/Which values/, 'Enter')
    await answer(/❯ files beside/, 'Enter')
    const shown = await answer(/Write 1 secret[\s\S]*❯ no, change nothing/, 'n', 'Enter')
    assert.match(shown, /\+ {6}POSTGRES_PASSWORD_FILE: [\s\S]*has the git repository/)
    assert.doesNotMatch(shown, / show /)
  })

  it('each secret by itself: one under a name of its own, one left; no line is wider than the terminal', async () => {
    commit(TWO)
    start(NOWHERE)
    await answer(/Which values[\s\S]* db\n[\s\S]* mail\n/, 'Enter')
    await answer(/❯ files beside/, 'Up', 'Up')
    await answer(/❯ decide for each/, 'Enter')
    await answer(/Where shall postgres_password go/, 'Enter')
    await answer(/Under which name\? \(?postgres_password/, 'C-u', 'Bad Name', 'Enter')
    await answer(/Use a-z, 0-9/, 'C-u', 'shop_db', 'Enter')
    await answer(/Where shall gf_smtp_password go/, 'Up', 'Up')
    await answer(/❯ leave it/, 'Enter')
    const shown = await preview()
    tmux('send-keys', 'y', 'Enter')
    assert.match(shown, /\/run\/secrets\/shop_db/)
    assert.ok(!/Summer24|Winter25/.test(shown))
    const end = await shows(/EXIT 0/)
    assert.deepEqual(
      end.split('\n').filter((line) => line.length > 80),
      [],
    )
    assert.equal(readFileSync(join(project, 'secrets', 'shop_db'), 'utf8'), 'Summer24-db')
    assert.match(readFileSync(join(project, 'compose.yaml'), 'utf8'), /GF_SMTP_PASSWORD: Winter25-mail/)
  })

  /** Each question of each way through, with what leads to it. */
  const questions: readonly (readonly [string, readonly (readonly [RegExp, ...string[]])[], RegExp])[] = [
    ['which values', [], /Which values shall move/],
    ['where to', [[/Which values/, 'Enter']], /❯ files beside/],
    [
      'where to, asked again',
      [
        [/Which values/, 'Enter'],
        [/❯ files beside/, 'Down'],
        [/❯ Docker Swarm/, 'Enter'],
      ],
      /Engine cannot be reached[\s\S]*❯ files beside/,
    ],
    [
      'where Vault is',
      [
        [/Which values/, 'Enter'],
        [/❯ files beside/, 'Down', 'Down'],
        [/❯ HashiCorp/, 'Enter'],
      ],
      /Address of Vault/,
    ],
    [
      'where one secret goes',
      [
        [/Which values/, 'Enter'],
        [/❯ files beside/, 'Up', 'Up'],
        [/❯ decide for each/, 'Enter'],
      ],
      /Where shall postgres_password go/,
    ],
    [
      'under which name',
      [
        [/Which values/, 'Enter'],
        [/❯ files beside/, 'Up', 'Up'],
        [/❯ decide for each/, 'Enter'],
        [/Where shall postgres_password go/, 'Enter'],
      ],
      /Under which name/,
    ],
    [
      'whether to write',
      [
        [/Which values/, 'Enter'],
        [/❯ files beside/, 'Enter'],
      ],
      /Write 1 secret/,
    ],
  ]
  for (const [question, way, asked] of questions) {
    for (const key of ['C', 'D'])
      it(`Ctrl-${key} at the question ${question} changes nothing`, async () => {
        start(NOWHERE)
        for (const [text, ...typed] of way) await answer(text, ...typed)
        await answer(asked, `C-${key.toLowerCase()}`)
        assert.match(await shows(/EXIT \d/), /Nothing was changed\. \[DECLINED\]\s+EXIT 130/)
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

  it('Swarm: chosen by the arrow keys, left by Ctrl-C, then applied; the other secret as a file in the same run', async () => {
    commit(TWO)
    engine = await startEngine('20.10 overlay2')
    run(
      systemProgram('docker'),
      ['swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1:2377'],
      { env: engine.env },
    )
    const secrets = () => run(systemProgram('docker'), ['secret', 'ls'], { env: engine?.env ?? {} }).toString('utf8')
    start(engine.env)
    await answer(/Which values/, 'Enter')
    await answer(/❯ files beside/, 'Down')
    await answer(/❯ Docker Swarm/, 'Enter')
    assert.match(await preview(/Write 2 secrets/), /name: postgres_password_v1/)
    tmux('send-keys', 'C-c')
    await shows(/EXIT 130/)
    clean()
    assert.ok(!secrets().includes('postgres_password'))
    tmux('kill-server')
    start(engine.env)
    await answer(/Which values/, 'Enter')
    await answer(/❯ files beside/, 'Up', 'Up')
    await answer(/❯ decide for each/, 'Enter')
    await answer(/Where shall postgres_password go/, 'Down')
    await answer(/❯ Docker Swarm/, 'Enter')
    await answer(/Under which name/, 'Enter')
    await answer(/Where shall gf_smtp_password go[\s\S]*❯ files/, 'Enter')
    await answer(/Under which name\? \(?gf_smtp/, 'Enter')
    await answer(/Write 2 secrets/, 'y', 'Enter')
    assert.match(await shows(/EXIT 0/), /docker stack deploy -c compose\.yaml/)
    assert.match(secrets(), /postgres_password_v1/)
    assert.equal(readFileSync(join(project, 'secrets', 'gf_smtp_password'), 'utf8'), 'Winter25-mail')
  })

  it('the images of the project: asked first, scanned, and what only they show moves; Ctrl-C there changes nothing', async () => {
    engine ??= await startEngine('20.10 overlay2')
    copyFileSync(systemProgram('busybox'), join(project, 'busybox'))
    writeFileSync(join(project, 'login.env'), 'SMTP_PASSWORD=Made-up-29-mail\n')
    writeFileSync(join(project, '.gitignore'), 'busybox\n')
    writeFileSync(
      join(project, 'Dockerfile'),
      'FROM scratch\nCOPY busybox /bin/sh\nCOPY busybox /bin/cat\nCOPY login.env /app/login.env\nCMD ["sh", "-c", "sleep 1"]\n',
    )
    commit('services:\n  app:\n    image: shop/guided:1\n    build: .\n')
    run(systemProgram('docker'), ['build', '-q', '-t', 'shop/guided:1', '.'], { env: engine.env, cwd: project })
    start(engine.env)
    await answer(/Scan the images of this project first/, 'C-c')
    await shows(/EXIT 130/)
    clean()
    tmux('kill-server')
    start(engine.env)
    await answer(/Scan the images of this project first/, 'y', 'Enter')
    await answer(/Which values shall move[\s\S]*login\.env/, 'Enter')
    await answer(/❯ files beside/, 'Enter')
    assert.ok(!(await preview()).includes('Made-up-29'))
    tmux('send-keys', 'y', 'Enter')
    assert.match(await shows(/EXIT 0/), /docker compose build app/)
    assert.match(readFileSync(join(project, 'compose.yaml'), 'utf8'), /target: \/app\/login\.env/)
    assert.doesNotMatch(readFileSync(join(project, 'Dockerfile'), 'utf8'), /login\.env/)
  })

  it('Vault: left by Ctrl-C, then applied', async () => {
    vault = await startVault()
    const { env } = vault
    const choose = async () => {
      start(env)
      await answer(/Which values/, 'Enter')
      await answer(/❯ files beside/, 'Down', 'Down')
      await answer(/❯ HashiCorp/, 'Enter')
      await answer(/How do the services get them\?[\s\S]*❯ when they are started/, 'Enter')
    }
    await choose()
    await answer(/Write 1 secret/, 'C-c')
    await shows(/EXIT 130/)
    clean()
    tmux('kill-server')
    await choose()
    await answer(/Write 1 secret/, 'y', 'Enter')
    assert.match(await shows(/EXIT 0/), /secretscan exec -- docker compose up -d db/)
    assert.match(readFileSync(join(project, '.secretscan', 'secrets.yaml'), 'utf8'), /postgres_password: .*vault:/)
  })

  it('Vault: its address is asked for where nothing says it, and what comes next says to set it', async () => {
    vault ??= await startVault()
    const { VAULT_ADDR: address = '', ...env } = vault.env
    start({ ...env, VAULT_ADDR: '' })
    await answer(/Which values/, 'Enter')
    await answer(/❯ files beside/, 'Down', 'Down')
    await answer(/❯ HashiCorp/, 'Enter')
    await answer(/Address of Vault or OpenBao\?/, address, 'Enter')
    await answer(/How do the services get them/, 'Enter')
    await answer(/Write 1 secret/, 'y', 'Enter')
    assert.match(await shows(/EXIT 0/), new RegExp(`Set: +export VAULT_ADDR=${address}`))
  })

  it('Vault: a token that it does not let in is asked for again', async () => {
    vault ??= await startVault()
    const token = vault.bao('token', 'create', '-policy=default', '-field=token').trim()
    start({ ...vault.env, VAULT_TOKEN: '' })
    await answer(/Which values/, 'Enter')
    await answer(/❯ files beside/, 'Down', 'Down')
    await answer(/❯ HashiCorp/, 'Enter')
    await answer(/Token for Vault/, token, 'Enter')
    await answer(/sees no mount[\s\S]*❯ files beside/, 'Down', 'Down')
    await answer(/❯ HashiCorp/, 'Enter')
    await answer(/sees no mount[\s\S]*Token for Vault/, 'C-c')
    await shows(/EXIT 130/)
    clean()
  })

  it('where nothing is hard-coded any more it says so, and nothing need move', async () => {
    mkdirSync(join(project, 'secrets'))
    writeFileSync(join(project, 'secrets', 'api_token'), 'Autumn23-token')
    const text =
      'services:\n  app:\n    image: shop/app\n    secrets: [api_token]\nsecrets:\n  api_token:\n    file: ./secrets/api_token\n'
    commit(text)
    start()
    await answer(/0 hard-coded values[\s\S]*Nothing is hard-coded any more[\s\S]*❯ 1 secret in files/, 'Down')
    await answer(/❯ nothing/, 'Enter')
    await shows(/Nothing was changed\.[\s\S]*EXIT 0/)
    assert.equal(readFileSync(join(project, 'compose.yaml'), 'utf8'), text)
  })

  it('secrets that are in files move on to Vault; the values beside them stay', async () => {
    vault ??= await startVault()
    mkdirSync(join(project, 'secrets'))
    writeFileSync(join(project, 'secrets', 'api_token'), 'Autumn23-token')
    commit(`${COMPOSE}    secrets: [api_token]\nsecrets:\n  api_token:\n    file: ./secrets/api_token\n`)
    start(vault.env)
    await answer(/What shall move\?[\s\S]*❯ 1 hard-coded value\n/, 'Down')
    await answer(/❯ 1 secret in files, on to another place\n[\s\S]*api_token/, 'Enter')
    await answer(/Which secrets shall move on\?[\s\S]*api_token/, 'Enter')
    await answer(/Where to\?[\s\S]*❯ Docker Swarm/, 'Up', 'Enter')
    await answer(/Where to\? back[\s\S]*Which secrets shall move on\?/, 'Enter')
    await answer(/Where to\? back[\s\S]*Where to\?[\s\S]*❯ Docker Swarm/, 'Down')
    await answer(/❯ HashiCorp/, 'Enter')
    await answer(/How do the services get them/, 'Up', 'Enter')
    await answer(/get them\? back[\s\S]*❯ Docker Swarm/, 'Down', 'Enter')
    await answer(/get them\? back[\s\S]*How do the services get them/, 'Enter')
    assert.match(await preview(), /environment: SECRETSCAN_API_TOKEN/)
    tmux('send-keys', 'y', 'Enter')
    const end = await shows(/EXIT 0/)
    assert.match(end, /secretscan exec -- docker compose up -d[\s\S]*secretscan migrate clean \d{4}/)
    assert.doesNotMatch(end, /Summer24|Autumn23/)
    const now = readFileSync(join(project, 'compose.yaml'), 'utf8')
    assert.match(now, /POSTGRES_PASSWORD: Summer24-db[\s\S]*environment: SECRETSCAN_API_TOKEN/)
  })
})
