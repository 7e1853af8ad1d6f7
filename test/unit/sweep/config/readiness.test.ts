import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../../../../src/support/errors.js'
import { loadSweepConfig } from '../../../../src/sweep/config/load.js'
import { loadReadyConfig } from '../../../../src/sweep/config/load-ready.js'
import { unready } from '../../../../src/sweep/config/readiness.js'

describe('what sweep.yaml names and this machine lacks', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-ready-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const write = (name: string, text: string, mode = 0o600) => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), mode)
  }
  async function said(text: string): Promise<string[]> {
    write('sweep.yaml', text)
    try {
      await loadReadyConfig(join(folder, 'sweep.yaml'))
      return []
    } catch (error) {
      assert.ok(error instanceof UsageError)
      return error.message
        .split('\n')
        .map((line) => line.trim().replaceAll(`${folder}/`, ''))
        .filter((line) => !line.includes('mistakes:'))
    }
  }
  const registry = (more: string) => `registries:\n  - host: r.example.com\n${more.replace(/^/gm, '    ')}\n`

  it('is told with file and line, all of it at once', async () => {
    write('empty', '')
    mkdirSync(join(folder, 'folder'))
    const text = `${registry('login: { username: ci, passwordFile: ./none }\nca: ./folder\nlisting: { tokenFile: empty }')}notify:
  - webhook: { url: "http://hooks.example.com/x", secretFile: ./hook.key }
  - command: { run: [./none.sh] }
  - name: other
    command: { run: [no-such-program-here, x] }
  - smtp: { host: mail.example.com, security: none, from: a@b.example, to: [c@d.example] }
`
    assert.deepEqual(await said(text), [
      'sweep.yaml:4: registries[0].ca names folder, which is a folder',
      'sweep.yaml:5: registries[0].listing.tokenFile names empty, which is empty',
      'sweep.yaml:3: registries[0].login.passwordFile names none, which is not there',
      'sweep.yaml:7: notify[0].webhook.url must be an https address: nothing is sent in the clear to another machine',
      'sweep.yaml:7: notify[0].webhook.secretFile names hook.key, which is not there',
      'sweep.yaml:8: notify[1].command.run names the program none.sh, which is not there, or no program',
      'sweep.yaml:10: notify[2].command.run names the program no-such-program-here, which is not in PATH',
      'sweep.yaml:11: notify[3].smtp.security may be none for a mail server on this machine only',
    ])
  })

  it('is nothing where all is there', async () => {
    write('password', 'x')
    write('tell.sh', 'x', 0o700)
    write('hook.key', 'x')
    const text = `${registry('login: { username: ci, passwordFile: ./password }')}notify:
  - webhook: { url: "http://127.0.0.1:9/x", secretFile: ./hook.key }
  - command: { run: [./tell.sh] }
  - name: node
    command: { run: [node] }
`
    assert.deepEqual(await said(text), [])
  })

  it('are globs for a registry that cannot list all it has', async () => {
    const hosted = (host: string, more = '') => said(`registries:\n  - host: ${host}\n${more}`)
    assert.deepEqual(await hosted('docker.io'), [
      'sweep.yaml:2: registries[0].repositories must begin with an organization or a user each, since docker.io cannot list all it has: repositories: ["my-organization/*"]',
    ])
    assert.deepEqual(await hosted('docker.io', '    repositories: ["acme/*", nginx]\n'), [])
    assert.equal((await hosted('ghcr.io', '    repositories: ["*/app"]\n')).length, 1)
    assert.equal((await hosted('europe-docker.pkg.dev', '    repositories: ["project/**"]\n')).length, 0)
    assert.deepEqual(await hosted('git.example.com', '    kind: gitlab\n'), [
      'sweep.yaml:2: registries[0].listing must say where the GitLab is: { url: "https://gitlab.example.com/" }',
    ])
  })

  it('are names and globs that no repository can have, and platforms that are mistyped', async () => {
    const asked = async (patterns: string, more = '') =>
      (await said(registry(`repositories: ${patterns}\n${more}`))).map((line) =>
        line.replace(/^sweep\.yaml:\d+: registries\[0\]\./, ''),
      )
    assert.deepEqual(await asked('["Team/*", "team//x", "team/[a", "team/app:1", "team/*", "[A-z]*", "!team/{a,b}"]'), [
      'repositories[0] matches nothing: repositories are named in lower case',
      'repositories[1] matches nothing: a part of it between slashes is empty',
      'repositories[2] has a "[" or "]" without the other',
      'repositories[3] is no name of a repository: it stands there without host and tag',
    ])
    assert.deepEqual(await asked('[team/app]', 'platforms: [linux/amd65, linux/arm/v7, linux/x86_64, plan9/amd64]'), [
      'platforms[0] is none that images are made for; did you mean linux/amd64?',
    ])
  })

  it('is the key of a PostgreSQL store', async () => {
    const store = (text: string) => said(`store: ${text}\n${registry('')}`)
    assert.deepEqual(await store('postgres://db/x'), [
      'sweep.yaml:1: store is a PostgreSQL and needs a key: { url or urlFile, keyFile or keyCommand }',
    ])
    assert.deepEqual(await store('{ url: "postgres://db/x", keyFile: ./key }'), [
      'sweep.yaml:1: store.keyFile names key, which is not there',
    ])
  })

  it('are variables, which are put in nowhere', async () => {
    assert.deepEqual(
      await said(`store: \${DATABASE_URL}\nregistries: [{ host: r.example.com, tags: { include: ["/^v\${x}/"] } }]\n`),
      [
        'sweep.yaml:1: store holds ${DATABASE_URL}, and variables are not put in here: write the value, or name a file that holds it (urlFile, passwordFile, tokenFile)',
      ],
    )
  })

  it('are the files that variables of docker and podman name', async () => {
    write('sweep.yaml', registry(''))
    const config = await loadSweepConfig(join(folder, 'sweep.yaml'))
    assert.deepEqual(unready(config, { DOCKER_CONFIG: '/no/such/folder' }), [
      {
        path: ['registries', 0, 'login'],
        message: 'is docker-config, and DOCKER_CONFIG names /no/such/folder, which is not there',
      },
    ])
    assert.deepEqual(unready(config, { DOCKER_CONFIG: folder }), [])
  })
})
