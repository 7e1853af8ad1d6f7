// A person suspends a question (Ctrl-Z), does something else, and goes on with it (fg) in a shell with job control.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/support/package-root.js'
import { openTerminal, type Terminal } from './terminal.js'

const COMPOSE = `services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: Summer24-db
  mail:
    image: grafana/grafana
    environment:
      GF_SMTP_PASSWORD: Winter25-mail
`
const NOWHERE = { DOCKER_HOST: 'unix:///nonexistent/docker.sock', HOME: '/nonexistent', PS1: '$ ', ENV: '' }

describe('a question that is suspended', function () {
  this.timeout(120_000)
  let project: string
  let terminal: Terminal
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-suspended-'))
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
    terminal = openTerminal(NOWHERE, project)
  })
  afterEach(() => {
    terminal.close()
    rmSync(project, { recursive: true, force: true })
  })
  const program = `'${process.execPath}' '${join(packageRoot(), 'bin', 'run.js')}'`

  async function suspended(shown: RegExp): Promise<void> {
    await terminal.shows(shown)
    terminal.press('C-z')
    await terminal.shows(/Stopped|Suspended/)
    terminal.press('clear; echo MEANWHILE', 'Enter')
    await terminal.shows(/^MEANWHILE/m)
    terminal.press('fg', 'Enter')
  }

  // A script between the shell and the question is stopped with it, as npx is.
  for (const [how, before] of [
    ['by itself', ''],
    ['from a script', 'sh '],
  ])
    it(`stands there again with all that was chosen, ${how}, as often as one likes`, async () => {
      const script = join(project, 'run.sh')
      writeFileSync(script, `${program} migrate\necho "EXIT $?"\n`)
      terminal.press(before === '' ? `. ${script}` : `sh ${script}`, 'Enter')
      await terminal.shows(/❯◉ POSTGRES_PASSWORD/)
      terminal.press('Space')
      await suspended(/❯◯ POSTGRES_PASSWORD/)
      assert.match(
        await terminal.shows(/MEANWHILE[\s\S]*Which values/),
        /❯◯ POSTGRES_PASSWORD[\s\S]*◉ GF_SMTP_PASSWORD/,
      )
      terminal.press('Enter')
      await suspended(/1 of 2\n[\s\S]*❯ files beside/)
      await suspended(/MEANWHILE[\s\S]*❯ files beside/)
      await terminal.shows(/MEANWHILE[\s\S]*❯ files beside/)
      terminal.press('Up', 'Up')
      await terminal.shows(/❯ decide for each/)
      terminal.press('Enter')
      await terminal.shows(/Where shall gf_smtp_password go/)
      terminal.press('Enter')
      await terminal.shows(/Under which name/)
      terminal.press('C-u', 'mail')
      await suspended(/Under which name\? mail/)
      await terminal.shows(/MEANWHILE[\s\S]*Under which name\? mail/)
      terminal.press('_pw', 'Enter')
      await terminal.shows(/Write 1 secret/)
      terminal.press('y', 'Enter')
      await terminal.shows(/Redeploy/)
      assert.equal(readFileSync(join(project, 'secrets', 'mail_pw'), 'utf8'), 'Winter25-mail')
      assert.equal(existsSync(join(project, 'secrets', 'postgres_password')), false)
    })

  for (const key of ['c', 'd'])
    it(`is left by Ctrl-${key.toUpperCase()} behind that`, async () => {
      terminal.press(`${program} migrate; echo "EXIT $?"`, 'Enter')
      await suspended(/Which values/)
      await terminal.shows(/MEANWHILE[\s\S]*❯◉ POSTGRES_PASSWORD/)
      terminal.press(`C-${key}`)
      await terminal.shows(/Nothing was changed\. \[DECLINED\]/)
      terminal.press('echo STILL HERE', 'Enter')
      await terminal.shows(/^(?:\$ )?STILL HERE/m)
    })
})
