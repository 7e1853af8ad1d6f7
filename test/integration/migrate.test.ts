// A migration on real engines: every service reads after it what it read before, odd values byte for byte, and rollback is exact.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'

/** Variable -> the value that the service must see. Made up. */
const ODD: Readonly<Record<string, string>> = {
  PLAIN_PASSWORD: 'Summer24',
  DOLLAR_PASSWORD: 'a$b$$c${d}',
  HASH_PASSWORD: 'x #y: z',
  QUOTE_PASSWORD: `it's "quoted" \\ back`,
  LINES_PASSWORD: 'one\ntwo\n three',
  END_PASSWORD: 'ends in a newline\n',
  UNICODE_PASSWORD: 'pä\u00df\u4e16\u{1f511}',
  PERCENT_PASSWORD: '100%s%d%%',
  SPACE_PASSWORD: ' lead and trail ',
}

/** Prints a hash of each variable, sorted, and stays. */
const SERVER = `#!/bin/sh
for name in ${Object.keys(ODD).sort().join(' ')}; do
  eval "value=\\"\\$\\{$name}x\\""
  printf '%s %s\\n' "$name" "$(printf '%s' "\${value%x}" | sha256sum | cut -c1-64)"
done
echo ready "$@"
exec sleep 600
`.replaceAll('\\{', '{')

/** The file convention of docker-library images, written anew: NAME_FILE instead of NAME, never both. */
const ENTRYPOINT = [
  '#!/bin/sh',
  'file_env() {',
  '  eval "file=\\${$1_FILE:-}"',
  '  eval "own=\\${$1:-}"',
  '  if [ -n "$file" ]; then',
  '    if [ -n "$own" ]; then echo "both $1 and $1_FILE" >&2; exit 1; fi',
  '    value=$(cat "$file"; echo x)',
  '    export "$1=${value%x}"',
  '  fi',
  '}',
  ...Object.keys(ODD).map((name) => `file_env ${name}`),
  'exec "$@"',
  '',
].join('\n')

const hashes = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${createHash('sha256').update(value).digest('hex')}`)
    .sort()

const yamlText = (value: string): string => JSON.stringify(value.replaceAll('$', '$$$$'))

function composeFile(extra: string): string {
  const environment = Object.entries(ODD).map(([name, value]) => `      ${name}: ${yamlText(value)}  # keep`)
  return `# made for a test\nservices:\n  shim:\n    image: shop/plain:1\n    network_mode: none\n    stop_grace_period: 1s\n    environment:\n${environment.join('\n')}\n  files:\n    image: shop/files:1\n    network_mode: none\n    stop_grace_period: 1s\n    environment:\n${environment.join('\n')}\n${extra}`
}

function buildImages(engine: Engine): void {
  const context = mkdtempSync(join(tmpdir(), 'secretscan-images-'))
  copyFileSync(systemProgram('busybox'), join(context, 'busybox'))
  writeFileSync(join(context, 'server.sh'), SERVER, { mode: 0o755 })
  writeFileSync(join(context, 'entrypoint.sh'), ENTRYPOINT, { mode: 0o755 })
  const common =
    'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\nCOPY server.sh entrypoint.sh /\n'
  const images = {
    'shop/plain:1': `${common}CMD ["/server.sh", "from", "the image"]\n`,
    'shop/files:1': `${common}ENTRYPOINT ["/entrypoint.sh"]\nCMD ["/server.sh", "from", "the image"]\n`,
  }
  for (const [name, dockerfile] of Object.entries(images)) {
    writeFileSync(join(context, 'Dockerfile'), dockerfile)
    run(systemProgram('docker'), ['build', '-q', '--network', 'none', '-t', name, context], {
      env: { ...engine.env, DOCKER_BUILDKIT: '0' },
    })
  }
  rmSync(context, { recursive: true })
}

describe('migration on a real engine', function () {
  this.timeout(300_000)
  let engine: Engine
  let project: string
  const docker = (...parameters: string[]) =>
    run(systemProgram('docker'), parameters, { env: engine.env, cwd: project }).toString('utf8')
  const secretscan = (...parameters: string[]) =>
    run(process.execPath, [join(packageRoot(), 'bin', 'run.js'), ...parameters], {
      env: engine.env,
      cwd: project,
    }).toString('utf8')

  before(async () => {
    engine = await startEngine('20.10 overlay2')
    project = mkdtempSync(join(tmpdir(), 'secretscan-project-'))
    buildImages(engine)
  })
  after(async () => {
    await engine?.stop()
    rmSync(project, { recursive: true, force: true })
  })

  /** What a container printed once it is up. */
  async function printed(read: () => string): Promise<readonly string[]> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const lines = read()
        .split('\n')
        .map((line) => line.replace(/^.*?\| ?/, '').trimEnd())
      if (lines.some((line) => line.startsWith('ready'))) return lines.filter((line) => line !== '').sort()
      await sleep(200)
    }
    throw new Error(`the service does not start:\n${read()}`)
  }
  const composeLogs = (service: string) => printed(() => docker('compose', 'logs', '--no-log-prefix', service))
  const expected = [...hashes(ODD), 'ready from the image'].sort()

  it('Compose: values as files, through the file form and through the shim; rollback to the byte', async () => {
    const file = join(project, 'compose.yaml')
    writeFileSync(file, composeFile(''))
    const before = readFileSync(file)
    docker('compose', 'up', '-d')
    for (const service of ['shim', 'files']) assert.deepEqual(await composeLogs(service), expected, `${service} before`)
    docker('compose', 'down')

    const applied = JSON.parse(secretscan('migrate', 'apply', '--yes', '--json')) as {
      readonly id: string
      readonly stored: readonly unknown[]
    }
    assert.equal(applied.stored.length, Object.keys(ODD).length)
    const after = readFileSync(file, 'utf8')
    assert.match(after, /PLAIN_PASSWORD_FILE: "?\/run\/secrets\/plain_password"? {2}# keep/)
    for (const value of ['Summer24', 'trail ', 'ends in']) assert.ok(!after.includes(value))
    docker('compose', 'up', '-d')
    for (const service of ['shim', 'files']) assert.deepEqual(await composeLogs(service), expected, `${service} after`)
    assert.ok(!docker('inspect', ...docker('compose', 'ps', '-q').trim().split('\n')).includes('Summer24'))
    assert.match(secretscan('migrate', 'plan'), /Nothing to move/)
    docker('compose', 'down')

    secretscan('migrate', 'rollback', applied.id, '--yes')
    assert.deepEqual(readFileSync(file), before)
    docker('compose', 'up', '-d')
    assert.deepEqual(await composeLogs('shim'), expected, 'after the rollback')
    docker('compose', 'down')
  })

  it('M04: Swarm: create-only secrets under versioned names, external in the file, removed by rollback once nobody uses them', async () => {
    docker('swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1:2377')
    const file = join(project, 'compose.yaml')
    writeFileSync(
      file,
      `version: "3.8"\n${composeFile('').replaceAll(/ {4}(?:network_mode|stop_grace_period): .*\n/g, '')}`,
    )
    const before = readFileSync(file)
    const applied = JSON.parse(secretscan('migrate', 'apply', '--yes', '--json', '--to', 'swarm')) as {
      readonly id: string
      readonly stored: readonly { readonly name: string; readonly version: number }[]
      readonly verified: readonly { readonly how: string; readonly reason?: string }[]
    }
    assert.deepEqual(
      new Set(applied.verified.map(({ how, reason }) => `${how} ${reason ?? ''}`)),
      new Set(['proven-by-service ']),
    )
    assert.equal(docker('service', 'ls', '-q').trim(), '', 'the service that proved it is gone')
    assert.deepEqual(new Set(applied.stored.map(({ version }) => version)), new Set([1]))
    assert.match(readFileSync(file, 'utf8'), /external: true\n\s+name: plain_password_v1/)
    assert.equal(
      JSON.parse(docker('secret', 'inspect', 'plain_password_v1'))[0].Spec.Labels['secretscan.owner'],
      'secretscan',
    )
    docker('stack', 'deploy', '--resolve-image', 'never', '-c', 'compose.yaml', 'shop')
    for (const service of ['shim', 'files'])
      assert.deepEqual(await printed(() => docker('service', 'logs', '--raw', `shop_${service}`)), expected, service)

    const migrated = readFileSync(file)
    const inUse = JSON.parse(secretscan('migrate', 'rollback', applied.id, '--yes', '--json')) as {
      readonly removed: readonly string[]
      readonly kept: readonly unknown[]
    }
    assert.deepEqual(readFileSync(file), before)
    assert.equal(inUse.removed.length, 0, 'secrets in use are kept, with the reason')
    assert.equal(inUse.kept.length, Object.keys(ODD).length)

    const again = JSON.parse(secretscan('migrate', 'apply', '--yes', '--json', '--to', 'swarm')) as {
      readonly id: string
      readonly verified: readonly { readonly how: string }[]
    }
    assert.deepEqual(readFileSync(file), migrated, 'what was kept is used again')
    assert.deepEqual(new Set(again.verified.map(({ how }) => how)), new Set(['proven-by-service']))
    assert.equal(docker('secret', 'ls', '-q').trim().split('\n').length, Object.keys(ODD).length)
    secretscan('migrate', 'rollback', again.id, '--yes')
    assert.deepEqual(readFileSync(file), before)

    const clean = () =>
      JSON.parse(secretscan('migrate', 'clean', applied.id, '--yes', '--json')) as {
        readonly removed: readonly { readonly at: string }[]
        readonly kept: readonly { readonly reason: string }[]
      }
    const early = clean()
    assert.deepEqual([early.removed.length, early.kept.length], [0, Object.keys(ODD).length])
    assert.match(early.kept[0]?.reason ?? '', /a service may use it/)
    docker('stack', 'rm', 'shop')
    assert.equal(clean().removed.length, Object.keys(ODD).length)
    assert.equal(docker('secret', 'ls', '-q').trim(), '')
  })
})
