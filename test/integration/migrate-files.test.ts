// Projects of several Compose files on a real engine: an override file, and services that extend those of a shared file. Every service
// starts as before, with all files and with the first alone, `docker compose config` differs by what moved only, and rollback is exact.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'
import { buildBusybox, SHELL } from './swarm-project.js'

const [DB, TOKEN] = [['quiet', 'harbour', '31'].join('-'), ['Tk9', 'made', 'up', '77'].join('-')]

/** Prints its words and what it finds, and stays. */
const SERVER =
  'for word do echo "word $word"; done; printf "%s" "$DB_PASSWORD" | sha256sum; printf "%s" "$API_TOKEN" | sha256sum; printf "%s" "$DATABASE_URL" | sha256sum; echo ready; exec sleep 600'
/** The file convention of docker-library images. */
const ENTRYPOINT =
  'file_env() { eval "file=\\${$1_FILE:-}"; if [ -n "$file" ]; then export "$1=$(cat "$file")"; fi; }; file_env DB_PASSWORD; exec "$@"'
const make = (path: string, script: string) => [
  '/bin/sh',
  '-c',
  `echo '#!/bin/sh' > ${path}; cat >> ${path} <<'E'\n${script}\nE\nchmod 755 ${path}`,
]
const WORDS = `${SHELL}RUN ${JSON.stringify(make('/server', SERVER))}\n`
const IMAGES = {
  'shop/words:1': `${WORDS}CMD ["/server", "from the image"]\n`,
  'shop/files:1': `${WORDS}RUN ${JSON.stringify(make('/entrypoint.sh', ENTRYPOINT))}\nENTRYPOINT ["/entrypoint.sh"]\nCMD ["/server", "from the image"]\n`,
}

const common = '    network_mode: none\n    stop_grace_period: 0s\n'
interface Case {
  readonly files: Readonly<Record<string, string>>
  readonly services: readonly string[]
  /** Those that the first file alone starts as before; the others' shims hold what another file gave. */
  readonly alone: readonly string[]
  /** What a file must not get. */
  readonly untouched: Readonly<Record<string, RegExp>>
  /** All that there are afterwards, where that is the point. */
  readonly secrets?: readonly string[]
}
const CASES: Readonly<Record<string, Case>> = {
  'an override file': {
    services: ['db', 'web', 'both'],
    alone: ['db', 'web'],
    files: {
      'compose.yaml': `services:\n  db:\n    image: shop/files:1\n${common}    environment:\n      DB_PASSWORD: ${DB}\n  web:\n    image: shop/words:1\n${common}    environment:\n      - DB_PASSWORD=${DB}\n  both:\n    image: shop/words:1\n${common}    environment: {DB_PASSWORD: ${DB}}\n`,
      'compose.override.yaml': `services:\n  db:\n    healthcheck: # soon\n      test: test "$$DB_PASSWORD" = "${DB}"\n      interval: 1s\n  web:\n    command: [/server, other]\n  both:\n    command: [/server, --token, ${TOKEN}]\n    environment: {API_TOKEN: ${TOKEN}}\n`,
    },
    untouched: {},
  },
  // Of each URL the password alone moves, to the secret that all of them share; what Compose interpolates stays.
  'connection URLs': {
    services: ['db', 'api', 'worker', 'jobs'],
    alone: ['db', 'api', 'worker', 'jobs'],
    files: {
      'compose.yaml': `services:\n  db:\n    image: shop/files:1\n${common}    environment:\n      DB_PASSWORD: \${DB_PASSWORD}\n  api:\n    image: shop/words:1\n${common}    environment:\n      DATABASE_URL: 'postgres://\${DB_USER:-app}:\${DB_PASSWORD}@db:\${DB_PORT}/shop?x=a$$b'  # main\n  worker:\n    image: shop/words:1\n${common}    environment:\n      - "DATABASE_URL=postgres://app:${DB}@db:5432/shop"\n  jobs:\n    image: shop/words:1\n${common}    env_file: jobs.env\n`,
      '.env': `DB_PASSWORD=${DB}\nDB_PORT=5432\n`,
      'jobs.env': `export DATABASE_URL="postgres://app:\${DB_PASSWORD}@db:5432/jobs"\n`,
    },
    untouched: { '.env': /secrets/ },
    secrets: ['db_password'],
  },
  'a file that is extended': {
    services: ['api', 'db', 'web'],
    alone: ['api', 'db', 'web'],
    files: {
      'compose.yaml': `services:\n  db:\n    extends: {file: common/base.yaml, service: db}\n  web:\n    extends:\n      file: common/base.yaml\n      service: app\n    command: [/server, web]\n  api:\n    extends:\n      file: common/base.yaml\n      service: app\n    environment:\n      API_TOKEN: ${TOKEN}\n`,
      'common/base.yaml': `# for all projects\nservices:\n  db:\n    image: shop/files:1\n${common}    environment:\n      DB_PASSWORD: ${DB}\n  app:\n    image: shop/words:1\n${common}    command: /server --port "\${PORT:-80}" --token ${TOKEN}x\n    environment:\n      DB_PASSWORD: ${DB}\n  unused:\n    image: shop/words:1\n`,
    },
    untouched: { 'common/base.yaml': /secrets:|entrypoint:|sh -c/ },
  },
}

type Tree = Readonly<Record<string, unknown>>
const treeOf = (value: unknown): Tree => (typeof value === 'object' && value !== null ? (value as Tree) : {})

/** A resolved model without what moves: secrets, commands, and variables of these names. */
function unmoved(model: string): unknown {
  const { services, ...top } = JSON.parse(model) as Tree
  const kept = Object.entries(treeOf(services)).map(([name, service]) => {
    const { environment, ...more } = treeOf(service)
    const others = Object.entries(treeOf(environment)).filter(
      ([key]) => !/^(?:DB_PASSWORD|API_TOKEN|DATABASE_URL)/.test(key),
    )
    return [name, { ...without(more, 'secrets', 'entrypoint', 'command', 'healthcheck'), others }]
  })
  return { ...without(top, 'secrets'), services: Object.fromEntries(kept) }
}
const without = (tree: Tree, ...keys: readonly string[]): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([key]) => !keys.includes(key)))

describe('projects of several Compose files, on a real engine', function () {
  this.timeout(300_000)
  let engine: Engine
  let project: string
  const docker = (...parameters: string[]) =>
    run(systemProgram('docker'), parameters, { env: engine.env, cwd: project }).toString('utf8')
  const secretscan = (...parameters: string[]) =>
    run(process.execPath, [join(packageRoot(), 'bin', 'run.js'), ...parameters], { env: engine.env, cwd: project })

  before(async () => {
    engine = await startEngine('20.10 overlay2')
    for (const [name, dockerfile] of Object.entries(IMAGES)) buildBusybox(engine, name, dockerfile)
  })
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-files-'))
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))
  after(() => engine?.stop())

  /** What each service prints. */
  async function started(services: readonly string[], ...files: string[]): Promise<readonly string[]> {
    docker('compose', ...files, 'up', '-d')
    try {
      const logs: string[] = []
      for (const service of services) {
        const read = () => docker('compose', ...files, 'logs', '--no-log-prefix', service)
        for (let attempt = 0; attempt < 100 && !/^ready$/m.test(read()); attempt++) await sleep(200)
        logs.push(read())
        assert.match(read(), /^ready$/m, service)
      }
      return logs
    } finally {
      docker('compose', ...files, 'down')
    }
  }

  const contents = () =>
    Object.fromEntries(
      readdirSync(project, { recursive: true, encoding: 'utf8' })
        .filter((name) => !name.startsWith('.secretscan') && statSync(join(project, name)).isFile())
        .map((name) => [name, readFileSync(join(project, name), 'utf8')]),
    )

  for (const [name, { files, services, alone: firsts, untouched, secrets }] of Object.entries(CASES))
    it(name, async () => {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(project, path)), { recursive: true })
        writeFileSync(join(project, path), text)
      }
      const first = ['-f', 'compose.yaml']
      const all = await started(services)
      const alone = await started(firsts, ...first)
      const model = docker('compose', 'config', '--format', 'json')

      const applied = JSON.parse(secretscan('migrate', 'apply', '--yes', '--json').toString('utf8')) as { id: string }
      const after = contents()
      for (const [path, text] of Object.entries(after))
        assert.ok(path.startsWith('secrets/') || !(text.includes(DB) || text.includes(TOKEN)), `${path}:\n${text}`)
      for (const [path, added] of Object.entries(untouched)) assert.doesNotMatch(after[path] ?? '', added)
      if (secrets !== undefined)
        assert.deepEqual(
          readdirSync(join(project, 'secrets')).filter((each) => !each.startsWith('.')),
          secrets,
        )
      const again = JSON.parse(secretscan('migrate', 'plan', '--json').toString('utf8')) as {
        steps: readonly unknown[]
      }
      assert.deepEqual(again.steps, [], 'a second run finds nothing')
      assert.deepEqual(unmoved(docker('compose', 'config', '--format', 'json')), unmoved(model))
      assert.deepEqual(await started(services), all, 'with all files')
      assert.deepEqual(await started(firsts, ...first), alone, 'with the first file alone')

      secretscan('migrate', 'rollback', applied.id, '--yes')
      assert.deepEqual(contents(), files)
      assert.deepEqual(await started(services), all, 'after the rollback')
    })
})
