import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCredentials } from '../../../src/registry/credentials.js'

describe('registry/credentials', () => {
  let home: string
  const auth = (user: string, password: string) => ({ auth: Buffer.from(`${user}:${password}`).toString('base64') })

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'secretscan-'))
    mkdirSync(join(home, '.docker'))
    mkdirSync(join(home, 'bin'))
  })
  afterEach(() => rmSync(home, { recursive: true }))

  const write = (config: unknown) => writeFileSync(join(home, '.docker', 'config.json'), JSON.stringify(config))
  const helper = (name: string, script: string) => {
    const path = join(home, 'bin', `docker-credential-${name}`)
    writeFileSync(path, `#!/bin/sh\n${script}\n`)
    chmodSync(path, 0o755)
  }
  const find = async (host: string, repository = 'team/app', env: Record<string, string> = {}) => {
    const found = await findCredentials(host, repository, {
      env: { PATH: `${join(home, 'bin')}:${process.env['PATH']}`, ...env },
      home,
    })
    return (
      found &&
      `${found.username}/${Buffer.from(found.password.reveal()).toString()}${found.identityToken ? '/token' : ''}`
    )
  }

  it('reads auths, also with colons in the password', async () => {
    write({ auths: { 'reg.example:5000': auth('me', 'pa:ss') } })
    assert.equal(await find('reg.example:5000'), 'me/pa:ss')
  })

  it("finds Docker Hub under docker's own key", async () => {
    write({ auths: { 'https://index.docker.io/v1/': auth('hub', 'p') } })
    assert.equal(await find('docker.io', 'library/alpine'), 'hub/p')
  })

  for (const host of ['evil-docker.io', 'docker.io.evil.com', 'reg.example', 'reg.example:5001', 'xreg.example:5000']) {
    it(`N04: ${host} gets no credentials of another host`, async () => {
      write({
        auths: {
          'https://index.docker.io/v1/': auth('hub', 'p'),
          'docker.io': auth('hub', 'p'),
          'reg.example:5000': auth('me', 'p'),
        },
      })
      assert.equal(await find(host), undefined)
    })
  }

  it("podman's per-repository keys: the most exact one counts", async () => {
    mkdirSync(join(home, '.config', 'containers'), { recursive: true })
    writeFileSync(
      join(home, '.config', 'containers', 'auth.json'),
      JSON.stringify({ auths: { 'q.example': auth('all', 'p'), 'q.example/team': auth('team', 'p') } }),
    )
    assert.equal(await find('q.example', 'team/app'), 'team/p')
    assert.equal(await find('q.example', 'other/app'), 'all/p')
  })

  it('O05: asks the helper of the host by standard input, and no value stands in its arguments', async () => {
    write({ credHelpers: { 'reg.example': 'echoing' } })
    helper(
      'echoing',
      `[ "$1" = get ] && [ $# = 1 ] && server=$(cat) && printf '{"ServerURL":"%s","Username":"u","Secret":"from-%s"}' "$server" "$server"`,
    )
    assert.equal(await find('reg.example'), 'u/from-reg.example')
  })

  it('an identity token is told apart', async () => {
    write({ credsStore: 'tok' })
    helper('tok', `cat >/dev/null; echo '{"Username":"<token>","Secret":"made-up"}'`)
    assert.equal(await find('reg.example'), '<token>/made-up/token')
  })

  it('a store without an entry falls back to auths of the same host', async () => {
    write({ credsStore: 'empty', auths: { 'reg.example': auth('me', 'p') } })
    helper('empty', 'echo "credentials not found in native keychain"; exit 1')
    assert.equal(await find('reg.example'), 'me/p')
  })

  const broken: readonly [string, string, RegExp][] = [
    ['cannot run', '', /cannot run/],
    ['prints junk', 'echo hello', /no JSON/],
    ['fails', 'exit 3', /code 3/],
  ]
  for (const [what, script, message] of broken) {
    it(`N05: a helper that ${what} fails for its registry and nothing else is tried`, async () => {
      write({ credHelpers: { 'reg.example': 'bad' }, auths: { 'reg.example': auth('me', 'p') } })
      if (script !== '') helper('bad', script)
      await assert.rejects(find('reg.example'), message)
    })
  }

  it('N05: a helper named as a path is refused', async () => {
    write({ credHelpers: { 'reg.example': '../x' } })
    await assert.rejects(find('reg.example'), /refused/)
  })

  it('DOCKER_CONFIG and REGISTRY_AUTH_FILE move the files', async () => {
    const file = join(home, 'own.json')
    writeFileSync(file, JSON.stringify({ auths: { 'reg.example': auth('own', 'p') } }))
    assert.equal(await find('reg.example', 'a', { REGISTRY_AUTH_FILE: file }), 'own/p')
    writeFileSync(join(home, 'config.json'), JSON.stringify({ auths: { 'reg.example': auth('moved', 'p') } }))
    assert.equal(await find('reg.example', 'a', { DOCKER_CONFIG: home }), 'moved/p')
  })
})
