// Images in a real registry: every way to log in, TLS with an own authority, and a second scan that fetches no layer.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/support/package-root.js'
import { buildArchive, type ImageSpec } from '../fixtures/image-builder.js'
import { runBeside, systemProgram } from './programs.js'
import { IDENTITY_TOKEN, PASSWORD, type Registry, type RegistryAuth, startRegistry, USER } from './registry-process.js'

interface Report {
  readonly findings: readonly { readonly fingerprint: string }[]
  readonly targets: readonly {
    readonly source?: string
    readonly layers?: readonly { readonly cached: boolean }[]
    readonly failed?: { readonly code: string; readonly message: string }
  }[]
}

const secret = (body: string) => `Pass-${body}-x7`
const IMAGE: ImageSpec = {
  tags: ['team/app:1'],
  layers: [
    { files: { 'app/.env': `DB_PASSWORD=${secret('Lq2')}\n`, 'bin/tool': 'x'.repeat(200_000) } },
    { files: { 'app/config.json': `{"clientSecret": "${secret('Zk9')}"}` } },
  ],
  env: [`API_TOKEN=${secret('Wm4')}`],
}

describe('registries', function () {
  this.timeout(120_000)
  let folder: string
  let archive: string
  let cache: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-registries-'))
    archive = join(folder, 'image.tar')
    writeFileSync(archive, await buildArchive({ layout: 'docker-legacy', images: [IMAGE] }))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  function scan(
    parameters: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<{ readonly report: Report; readonly code: number | null; readonly output: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(
        process.execPath,
        [join(packageRoot(), 'bin', 'run.js'), 'image', ...parameters, '--format', 'json'],
        { env: { ...process.env, XDG_CACHE_HOME: cache, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
      )
      let output = ''
      let errors = ''
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8')
      })
      child.stderr.on('data', (chunk: Buffer) => {
        errors += chunk.toString('utf8')
      })
      child.on('error', reject)
      child.on('close', (code) => resolve({ report: JSON.parse(output) as Report, code, output: output + errors }))
    })
  }

  /** DOCKER_CONFIG with a login for the host. */
  function login(host: string, password: string): Readonly<Record<string, string>> {
    const config = mkdtempSync(join(folder, 'config-'))
    writeFileSync(
      join(config, 'config.json'),
      JSON.stringify({ auths: { [host]: { auth: Buffer.from(`${USER}:${password}`).toString('base64') } } }),
    )
    return { DOCKER_CONFIG: config }
  }

  async function push(registry: Registry, auth: RegistryAuth): Promise<void> {
    mkdirSync(join(registry.folder, 'certs'), { recursive: true })
    const credentials = auth === 'none' ? [] : ['--dest-creds', `${USER}:${PASSWORD}`]
    await runBeside(systemProgram('skopeo'), [
      'copy',
      '--insecure-policy',
      '--dest-tls-verify=false',
      ...credentials,
      `docker-archive:${archive}`,
      `docker://${registry.host}/team/app:1`,
    ])
  }

  const fingerprints = ({ findings }: Report) => findings.map(({ fingerprint }) => fingerprint).sort()

  const CASES: readonly { readonly auth: RegistryAuth; readonly tls: boolean }[] = [
    { auth: 'none', tls: false },
    { auth: 'htpasswd', tls: true },
    { auth: 'token', tls: true },
  ]
  for (const { auth, tls } of CASES) {
    describe(`${auth === 'none' ? 'no login' : auth}${tls ? ', TLS with an own authority' : ''}`, () => {
      let registry: Registry
      before(async () => {
        cache = mkdtempSync(join(folder, 'cache-'))
        registry = await startRegistry(auth, tls)
        await push(registry, auth)
      })
      after(() => registry?.stop())
      const trust = () => (tls ? ['--registry-ca', registry.ca] : [])
      const image = () => `registry:${registry.host}/team/app:1`

      it('gives the findings of the archive, then no layer is fetched again', async () => {
        const env = auth === 'none' ? login('elsewhere.example', 'x') : login(registry.host, PASSWORD)
        const local = await scan([archive, '--no-cache'], env)
        const first = await scan([image(), ...trust()], env)
        assert.equal(first.code, 1, first.output)
        assert.equal(first.report.findings.length, 3)
        assert.deepEqual(fingerprints(first.report), fingerprints(local.report))
        assert.equal(first.report.targets[0]?.source, 'registry')

        const blobs = () =>
          registry.requests().filter((request) => request.startsWith('GET') && request.includes('/blobs/'))
        const fetched = blobs().length
        assert.equal(fetched, 3, 'the config and two layers')
        const second = await scan([image(), ...trust()], env)
        assert.deepEqual(fingerprints(second.report), fingerprints(first.report))
        assert.deepEqual(
          second.report.targets[0]?.layers?.map(({ cached }) => cached),
          [true, true],
        )
        assert.equal(blobs().length - fetched, 1, 'the config alone')
      })

      if (auth !== 'none') {
        it('a wrong password is refused in words, with exit code 4, and stands nowhere in what is printed', async () => {
          const wrong = 'wrong-pass-88'
          const { report, code, output } = await scan([image(), ...trust(), '--debug'], login(registry.host, wrong))
          assert.equal(code, 4)
          assert.equal(report.targets[0]?.failed?.code, 'UNAUTHORIZED')
          assert.ok(!output.includes(wrong))
        })
      }
      if (auth === 'token') {
        it('an identity token is changed for an access token by POST, and stands nowhere in what is printed', async () => {
          const config = mkdtempSync(join(folder, 'config-'))
          const write = (identitytoken: string) =>
            writeFileSync(
              join(config, 'config.json'),
              JSON.stringify({ auths: { [registry.host]: { identitytoken } } }),
            )
          write(IDENTITY_TOKEN)
          const before = registry.logins.length
          const { report, code, output } = await scan([image(), ...trust(), '--no-cache'], { DOCKER_CONFIG: config })
          assert.equal(code, 1, output)
          assert.equal(report.findings.length, 3)
          assert.deepEqual([...new Set(registry.logins.slice(before))], ['POST refresh_token'])
          assert.ok(!output.includes(IDENTITY_TOKEN))
          write('of-somebody-else')
          const refused = await scan([image(), ...trust(), '--no-cache'], { DOCKER_CONFIG: config })
          assert.equal(refused.code, 4)
          assert.equal(refused.report.targets[0]?.failed?.code, 'UNAUTHORIZED')
        })
      }
      if (tls) {
        it('N06: a certificate that nobody vouches for is refused with the flag that mends it', async () => {
          const { report, code } = await scan([image()], login(registry.host, PASSWORD))
          assert.equal(code, 4)
          assert.match(JSON.stringify(report.targets[0]?.failed), /certificate/)
          const named = await scan([image(), '--insecure-registry', registry.host], login(registry.host, PASSWORD))
          assert.equal(named.code, 1, 'named as insecure it is read')
        })
      }
      it('a tag that is not there is exit code 4', async () => {
        const { report, code } = await scan(
          [`registry:${registry.host}/team/app:nope`, ...trust()],
          login(registry.host, PASSWORD),
        )
        assert.equal(code, 4)
        assert.equal(report.targets[0]?.failed?.code, 'NOT_FOUND')
      })
    })
  }
})
