// The same image, built and read in every way that people have, gives the same findings with the same fingerprints.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/support/package-root.js'
import { type Engine, type EngineVersion, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'

const token = (prefix: string, body: string) => prefix + body
/** Made up, one for each place, unlike each other so that each is a finding of its own. */
const SECRETS = {
  env: token('Winter', '2031-env-Kx9'),
  argument: token('q7Rz', 'T2mV9bXw4LpD'),
  label: token('h3Jk', 'N8sQ1vYc6GtF'),
  cmd: token('w5Bn', 'E0uZ7dMa2RxK'),
  check: token('y8Pf', 'C4iH6oSj9WlV'),
  file: token('z2Ld', 'A7gX3eUq5TmB'),
  deleted: token('k6Wv', 'O1rD8nYh4JsG'),
  overwritten: token('m9Ct', 'I5bF2xKz7PqE'),
  history: token('p4Gx', 'U3jL0wSn6RyH'),
} as const

const DOCKERFILE = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
ENV DB_PASSWORD=${SECRETS.env}
ARG API_TOKEN
RUN echo "$API_TOKEN" > /dev/null
LABEL client_secret=${SECRETS.label}
COPY app/.env app/old.env app/shared.env /app/
RUN rm /app/old.env
COPY app/shared-new.env /app/shared.env
RUN DEPLOY_PASSWORD=${SECRETS.history} true
HEALTHCHECK CMD wget -q --header "X-Auth-Token: ${SECRETS.check}" --password=${SECRETS.check} http://localhost/
CMD ["/bin/server", "--password", "${SECRETS.cmd}"]
`

/** What must be found: place kind and key or path -> exposure. */
const EXPECTED = {
  'env DB_PASSWORD': 'metadata',
  'build-arg API_TOKEN': 'metadata',
  'label client_secret': 'metadata',
  cmd: 'metadata',
  healthcheck: 'metadata',
  'history DEPLOY_PASSWORD': 'metadata',
  'file app/.env': 'final',
  'file app/old.env': 'deleted',
  'file app/shared.env': 'overwritten',
} as const

/** skopeo leaves the health check out when it writes an OCI config, which has no such field: its line in the history is what is left. */
const { healthcheck: _, ...EVERYWHERE } = EXPECTED
const EXPECTED_OCI = { ...EVERYWHERE, history: 'metadata' } as const

interface Finding {
  readonly fingerprint: string
  readonly exposure?: string
  readonly location: { readonly kind: string; readonly key?: string; readonly path?: string }
}

interface Report {
  readonly findings: readonly Finding[]
  readonly skipped: readonly { readonly effect: string; readonly code: string }[]
  readonly errors: readonly { readonly effect: string; readonly code: string }[]
}

function secretscan(
  parameters: readonly string[],
  env: Readonly<Record<string, string>>,
  input?: string,
): Promise<{ readonly report: Report; readonly code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [join(packageRoot(), 'bin', 'run.js'), 'image', ...parameters, '--format', 'json', '--no-cache'],
      { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] },
    )
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ report: JSON.parse(output) as Report, code }))
    if (input === undefined) child.stdin.end()
    else createReadStream(input).pipe(child.stdin)
  })
}

const nameOf = ({ location }: Finding): string => {
  const { kind, key, path } = location
  const name = kind === 'file' ? path : kind === 'cmd' || kind === 'healthcheck' ? undefined : key
  return name === undefined ? kind : `${kind} ${name}`
}

const summary = ({ findings }: Report) =>
  Object.fromEntries(findings.map((finding) => [nameOf(finding), finding.exposure]))
const fingerprints = ({ findings }: Report) => findings.map(({ fingerprint }) => fingerprint).sort()

function writeContext(): string {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-context-'))
  mkdirSync(join(folder, 'app'))
  copyFileSync(systemProgram('busybox'), join(folder, 'busybox'))
  writeFileSync(join(folder, 'Dockerfile'), DOCKERFILE)
  writeFileSync(join(folder, 'app', '.env'), `# settings\nMAIL_PASSWORD=${SECRETS.file}\n`)
  writeFileSync(join(folder, 'app', 'old.env'), `OLD_PASSWORD=${SECRETS.deleted}\n`)
  writeFileSync(join(folder, 'app', 'shared.env'), `SHARED_PASSWORD=${SECRETS.overwritten}\n`)
  writeFileSync(join(folder, 'app', 'shared-new.env'), 'SHARED=none\n')
  return folder
}

const BUILDS: readonly { readonly version: EngineVersion; readonly buildkit: boolean }[] = [
  { version: '20.10 overlay2', buildkit: false },
  { version: '29 overlay2', buildkit: false },
  { version: '29 overlay2', buildkit: true },
  { version: '29 containerd store', buildkit: false },
  { version: '29 containerd store', buildkit: true },
]

describe('engines', function () {
  this.timeout(300_000)
  let context: string
  const engines = new Map<EngineVersion, Engine>()
  let reference: readonly string[] | undefined

  before(() => {
    context = writeContext()
  })
  after(async () => {
    await Promise.all([...engines.values()].map((engine) => engine.stop()))
    rmSync(context, { recursive: true, force: true })
  })

  async function engineOf(version: EngineVersion): Promise<Engine> {
    const running = engines.get(version) ?? (await startEngine(version))
    engines.set(version, running)
    return running
  }

  for (const { version, buildkit } of BUILDS) {
    const builder = buildkit ? 'BuildKit' : 'the classic builder'
    it(`${version}, ${builder}: through the engine, by path, by pipe and as an OCI layout`, async () => {
      const engine = await engineOf(version)
      const env = { ...engine.env, DOCKER_BUILDKIT: buildkit ? '1' : '0' }
      const name = `shop/${buildkit ? 'kit' : 'classic'}:1`
      const docker = systemProgram('docker')
      run(
        docker,
        ['build', '-q', '--network', 'none', '--build-arg', `API_TOKEN=${SECRETS.argument}`, '-t', name, context],
        { env },
      )
      const archive = join(engine.folder, 'image.tar')
      writeFileSync(archive, run(docker, ['save', name], { env }))
      const layout = join(engine.folder, `layout-${buildkit}`)
      run(systemProgram('skopeo'), ['copy', '--insecure-policy', `docker-archive:${archive}`, `oci:${layout}:1`])

      const ways = {
        engine: await secretscan([`docker:${name}`], env),
        path: await secretscan([archive], env),
        pipe: await secretscan(['-'], env, archive),
        layout: await secretscan([`oci:${layout}:1`], env),
      }
      for (const [way, { report, code }] of Object.entries(ways)) {
        assert.deepEqual(summary(report), way === 'layout' ? EXPECTED_OCI : EXPECTED, way)
        assert.equal(code, 1, way)
        assert.deepEqual(
          [...report.skipped, ...report.errors].filter(({ effect }) => effect !== 'note'),
          [],
          way,
        )
        reference ??= fingerprints(report)
        const unlike = fingerprints(report).filter((each) => !reference?.includes(each))
        assert.equal(unlike.length, way === 'layout' ? 1 : 0, `${way}: the same fingerprints everywhere`)
      }
    })
  }

  it('an attestation alone is a note: exit 0', async () => {
    const engine = await engineOf('29 containerd store')
    const folder = mkdtempSync(join(tmpdir(), 'secretscan-clean-'))
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /x\n')
    run(systemProgram('docker'), ['build', '-q', '--network', 'none', '-t', 'clean:1', folder], {
      env: { ...engine.env, DOCKER_BUILDKIT: '1' },
    })
    const { report, code } = await secretscan(['docker:clean:1'], engine.env)
    rmSync(folder, { recursive: true })
    assert.equal(code, 0)
    assert.deepEqual(report.findings, [])
    assert.ok(
      [...report.skipped].some(({ code: issue, effect }) => issue === 'ATTESTATION_SKIPPED' && effect === 'note'),
    )
  })

  it('an image that the engine does not have names those that are near', async () => {
    const engine = await engineOf('20.10 overlay2')
    const { report, code } = await secretscan(['docker:shop/clasic:1'], engine.env)
    assert.equal(code, 4)
    assert.match(JSON.stringify(report), /NOT_FOUND/)
  })
})
