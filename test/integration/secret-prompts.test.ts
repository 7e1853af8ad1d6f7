// Asking for a token and for a new value in a real terminal: nothing of them is shown; without a terminal nothing is asked.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import { runCommand } from '../fixtures/run-command.js'
import { run, systemProgram } from './programs.js'
import { startVault, type VaultServer } from './vault-process.js'

describe('asking for a secret', function () {
  this.timeout(120_000)
  let vault: VaultServer
  let folder: string
  const tmux = (...parameters: string[]) =>
    run(systemProgram('tmux'), ['-S', join(folder, 'socket'), ...parameters]).toString('utf8')

  before(async () => {
    vault = await startVault()
    folder = mkdtempSync(join(tmpdir(), 'secretscan-prompt-'))
  })
  after(async () => {
    tmux('kill-server')
    await vault?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function shows(text: RegExp): Promise<string> {
    for (let attempt = 0; attempt < 400; attempt++) {
      const shown = tmux('capture-pane', '-p', '-S', '-100')
      if (text.test(shown)) return shown
      await sleep(100)
    }
    return assert.fail(`${text} is not shown:\n${tmux('capture-pane', '-p')}`)
  }

  const program = `'${process.execPath}' '${join(packageRoot(), 'bin', 'run.js')}'`
  const start = (command: string) =>
    tmux('new-session', '-d', '-x', '80', '-y', '24', `cd '${folder}'; ${command}; sleep 60`)

  it('shows nothing of a token that is typed, and takes it', async () => {
    const variables = `VAULT_ADDR='${vault.address}' VAULT_CACERT='${vault.ca}' HOME='${folder}'`
    start(`unset VAULT_TOKEN; ${variables} ${program} doctor`)
    await shows(/Token for Vault at/)
    const token = Buffer.from(vault.rootToken.reveal()).toString()
    tmux('send-keys', '-l', token)
    await sleep(500)
    const asking = await shows(/Token for Vault at/)
    assert.ok(!asking.includes(token) && !asking.includes('***'), 'neither the token nor its length')
    tmux('send-keys', 'Enter')
    const shown = await shows(/ok {6}Migrating/)
    assert.ok(!shown.includes(token))
  })

  it('shows nothing of a new value that is typed, not even where asked to with ctrl+t, and takes it', async () => {
    mkdirSync(join(folder, 'secrets'))
    const file = join(folder, 'secrets', 'pw')
    writeFileSync(file, 'Summer24')
    writeFileSync(
      join(folder, 'compose.yaml'),
      'services:\n  db:\n    image: postgres\n    secrets: [pw]\nsecrets:\n  pw:\n    file: ./secrets/pw\n',
    )
    tmux('kill-server')
    start(`${program} rotate pw`)
    await shows(/Type or paste it/)
    tmux('send-keys', 'Down', 'Enter')
    for (const question of [/New value of pw:/, /The same again:/]) {
      await shows(question)
      tmux('send-keys', '-l', 'Winter25')
      tmux('send-keys', 'C-t')
      await sleep(500)
      assert.doesNotMatch(await shows(question), /Winter|\*\*/)
      tmux('send-keys', 'Enter')
    }
    await shows(/Replace the value of pw in files beside the Compose file \(read by db\)\?/)
    assert.equal(readFileSync(file, 'utf8'), 'Summer24', 'nothing is written before the answer')
    tmux('send-keys', 'y', 'Enter')
    assert.doesNotMatch(await shows(/has a new value/), /Winter|Summer/)
    assert.equal(readFileSync(file, 'utf8'), 'Winter25')
  })

  it('writes no new value without a yes, says first where else the old one stands, and --yes does not ask', async () => {
    const file = join(folder, 'secrets', 'pw')
    const compose = join(folder, 'compose.yaml')
    writeFileSync(compose, `${readFileSync(compose, 'utf8')}  dotenv:\n    file: ./secrets/dotenv\n`)
    writeFileSync(join(folder, 'secrets', 'dotenv'), 'TZ=UTC\nPW=Winter25\n')
    for (const answer of [['Enter'], ['C-c']]) {
      tmux('kill-server')
      start(`${program} rotate pw --generate 20`)
      assert.match(await shows(/Replace the value/), /also stands in\s+secrets\/dotenv:2\s/)
      tmux('send-keys', ...answer)
      await shows(/Nothing was changed/)
      assert.equal(readFileSync(file, 'utf8'), 'Winter25')
    }
    tmux('kill-server')
    start(`${program} rotate pw --generate 20 --yes`)
    assert.doesNotMatch(await shows(/has a new value/), /Replace the value/)
    assert.equal(readFileSync(file, 'utf8').length, 20)
  })

  it('asks nobody over a pipe, and says what to set instead', async () => {
    const env = { VAULT_ADDR: vault.address, VAULT_CACERT: vault.ca, VAULT_TOKEN: '', HOME: folder }
    const { code, stdout } = await runCommand(['doctor'], { cwd: folder, env, input: 'open' })
    assert.equal(code, 4)
    assert.match(stdout, /no Vault token, and nobody to ask.*\n.*Set VAULT_TOKEN/)
  })
})
