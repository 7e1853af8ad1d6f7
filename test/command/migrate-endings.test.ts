// How a migration ends, whichever way it was carried out: what to rotate and where, what to start anew, how it is undone.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { interruptAt } from '../fixtures/interrupt-at.js'
import { type CommandResult, runCommand } from '../fixtures/run-command.js'

const TOKEN = ['ghp_', 'Q1XXhLdCkfOMPwHJ0u', 'EZTiIp72hxGL3tkx9s'].join('')
const COMPOSE = `services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: Made-up-db-1
  chart:
    image: grafana/grafana
    environment:
      GF_AUTH_GITHUB_CLIENT_SECRET: ${TOKEN}
`

describe('the end of a migration', function () {
  this.timeout(120_000)
  let project: string
  const folders: string[] = []

  function newProject(): void {
    project = mkdtempSync(join(tmpdir(), 'secretscan-endings-'))
    folders.push(project)
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
  }
  beforeEach(newProject)
  after(() => folders.forEach((folder) => void rmSync(folder, { recursive: true, force: true })))

  async function migrate(...parameters: string[]): Promise<CommandResult> {
    const result = await runCommand(['migrate', ...parameters], { cwd: project })
    assert.equal(result.code, 0, result.stderr)
    assert.ok(!/Made-up-db|ghp_Q1/.test(`${result.stdout}${result.stderr}`), 'no value is ever printed')
    return result
  }
  async function interrupted(): Promise<string> {
    const preload = interruptAt(project, 2)
    const { stderr } = await runCommand(['migrate', 'apply', '--no-images', '--yes'], { cwd: project, preload })
    return /Migration (\S+) was interrupted/.exec(stderr)?.[1] ?? assert.fail(stderr)
  }

  /** Each gives what the command prints from its first "✔" on, without the run's own ID. */
  const ways: Readonly<Record<string, (...more: string[]) => Promise<string>>> = {
    apply: async (...more) => (await migrate('apply', '--no-images', '--yes', ...more)).stdout,
    'apply plan.json': async (...more) => {
      await migrate('plan', '--no-images', '--out', 'plan.json')
      return (await migrate('apply', 'plan.json', '--yes', ...more)).stdout
    },
    'apply --resume': async (...more) => (await migrate('apply', '--resume', await interrupted(), ...more)).stdout,
  }
  const ending = (stdout: string) => stdout.slice(stdout.indexOf('✔')).replace(/\d{4}-\d\d-\d\d-\w{4}/g, 'ID')

  it('is the same for all ways of carrying it out: what to change and at which provider, what to start, how to undo', async () => {
    const said: string[] = []
    for (const way of Object.values(ways)) {
      newProject()
      said.push(ending(await way()))
    }
    const [first = ''] = said
    assert.match(first, /^ {2}Undo: +secretscan migrate rollback ID$/m)
    assert.match(first, /^ {2}Redeploy: +docker compose up -d chart db$/m)
    assert.match(
      first,
      /^ {2}Rotate: +postgres_password, gf_auth_github_client_secret: the old values stay in image layers and backups.*secretscan rotate NAME\.$/m,
    )
    assert.match(first, /^ +gf_auth_github_client_secret: GitHub.*https:\/\/github\.com\/settings\//m)
    assert.match(first, /^ {2}Clean up: +secretscan migrate clean ID /m)
    assert.deepEqual(new Set(said).size, 1, said.join('\n----\n'))
  })

  it('speaks of git history where git has the files', async () => {
    execFileSync('git', ['init', '-q'], { cwd: project })
    execFileSync('git', ['add', 'compose.yaml'], { cwd: project })
    assert.match(
      (await ways['apply']?.()) ?? '',
      /^ {2}Rotate: .*: the old values stay in git history, image layers and/m,
    )
  })

  it('is the same for a script', async () => {
    const told: unknown[] = []
    for (const way of Object.values(ways)) {
      newProject()
      const { applied, redeploy, rotate } = JSON.parse(await way('--json')) as Readonly<Record<string, unknown>>
      told.push({ applied, redeploy, rotate })
    }
    const [first] = told as readonly { readonly redeploy: string; readonly rotate: readonly { issuers?: object[] }[] }[]
    assert.equal(first?.redeploy, 'docker compose up -d chart db')
    assert.deepEqual(
      first?.rotate.map(({ issuers = [], ...name }) => [name, issuers.length]),
      [
        [{ name: 'postgres_password', neverCommitted: true }, 0],
        [{ name: 'gf_auth_github_client_secret', neverCommitted: true }, 1],
      ],
    )
    for (const each of told) assert.deepEqual(each, first)
  })

  it('where an image changes, too: builds it and starts all services anew that changed, not that one alone', async () => {
    const builds = `${COMPOSE}  app:
    build: { context: ., args: { NPM_TOKEN: Made-up-npm-1 } }
    image: shop/app:1
  cache:
    image: shop/cache
`
    const dockerfile = 'FROM node:20\nARG NPM_TOKEN\nRUN npm ci $NPM_TOKEN\n'
    const newBuilt = () => {
      newProject()
      writeFileSync(join(project, 'compose.yaml'), builds)
      writeFileSync(join(project, 'Dockerfile'), dockerfile)
    }
    const commands = ['docker compose build app', 'docker compose up -d app chart db']
    for (const [name, way] of Object.entries(ways)) {
      newBuilt()
      const said = ending(await way())
      assert.match(
        said,
        /^ {2}First: +docker tag shop\/app:1 shop\/app:1-before(?:\n +| +)\(keeps the old image/m,
        name,
      )
      assert.match(said, new RegExp(`^ {2}Redeploy: +${commands.join('\\n +')}$`, 'm'), name)
      assert.match(said, /Afterwards:\n {2}1\. Check: [\s\S]*\n {2}2\. Once it runs, delete/, name)
    }
    const back = await migrate('rollback', '--yes')
    const anew = new RegExp(`^ {2}next: +${commands.join('\\n +')}(?:\\n +| +)\\(where they run`, 'm')
    assert.match(back.stdout, anew)
    const { redeploy } = JSON.parse((await ways['apply']?.('--json')) ?? '')
    assert.equal(redeploy, commands.join('\n'))
  })

  it('of a rotation that was finished later says that it is one', async () => {
    await migrate('apply', '--no-images', '--yes')
    const preload = interruptAt(project, 1)
    const { stderr } = await runCommand(['rotate', 'postgres_password', '--generate', '20', '--yes', '--keep', '3'], {
      cwd: project,
      preload,
    })
    const id = /(\d{4}-\d\d-\d\d-\w{4})/.exec(stderr)?.[1] ?? assert.fail(stderr)
    const { stdout } = await migrate('apply', '--resume', id)
    assert.match(stdout, /✔ postgres_password has a new value in files beside the Compose file$/m)
    assert.match(stdout, /^ {2}Redeploy: +docker compose up -d --force-recreate db$/m)
    assert.doesNotMatch(stdout, /Rotate:|Elsewhere:/)
  })
})
