// From an image's finding to its fix, as one types it into a terminal beside a real engine: built with a secret in ENV, in a copied .env
// in a build argument and in a RUN line, scanned, migrated from the report, rebuilt and deployed with the commands that the screen shows, scanned again.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/support/package-root.js'
import { type DockerVersion, type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'
import { openTerminal, type Terminal } from './terminal.js'

/** Made up. */
const VALUES = {
  argument: 'Zk3vQ9xT-1mB7nL5sD8-fH2jR4wY6u',
  env: 'Rk7w-Qz2m',
  file: 'file-Vx93-Lq',
  // Copied by three lines: one of its folder, one into a folder that it makes, one to another name.
  shared: 'wide-Tn41-Bz',
  line: ['sk', '_live_', '7Kd2LmXw4RtZ8vBnC3hYjP1q'].join(''),
}
const hash = (value: string) => createHash('sha256').update(value).digest('hex')

const DOCKERFILE = `FROM scratch AS base
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]

FROM base
# what the build downloads with
ARG REPO_TOKEN
RUN test "$(printf '%s' "$REPO_TOKEN" | sha256sum | cut -c1-64)" = ${hash(VALUES.argument)}
RUN test "$(printf '%s' '${VALUES.line}' | sha256sum | cut -c1-64)" = ${hash(VALUES.line)}
WORKDIR /app
ENV MODE=fast \\
    DB_PASSWORD=${VALUES.env}
COPY . .
COPY db.env /conf/
COPY db.env /login.env
CMD ["sh", "/app/server.sh"]
`
/** Tells what it reads, as hashes. */
const SERVER = `printf '%s' "$DB_PASSWORD" | sha256sum | cut -c1-64
sha256sum /app/.env | cut -c1-64
cat /app/db.env /conf/db.env /login.env | sha256sum | cut -c1-64
echo ready $MODE
exec sleep 600
`
const COMPOSE = `services:
  app:
    image: shop/app:1
    network_mode: none
    stop_grace_period: 1s
    build:
      context: .
      network: none
      args:
        REPO_TOKEN: ${VALUES.argument} # for the build
`
const LOGIN = `SMTP_PASSWORD=${VALUES.file}\n`
const SHARED = `DB_PASSWORD=${VALUES.shared}\n`
const FILES = {
  'compose.yaml': COMPOSE,
  Dockerfile: DOCKERFILE,
  'server.sh': SERVER,
  '.env': LOGIN,
  'db.env': SHARED,
}
const EXPECTED = [hash(VALUES.env), hash(LOGIN), hash(SHARED.repeat(3)), 'ready fast']

interface Located {
  readonly location: { readonly kind: string; readonly key?: string; readonly path?: string }
  readonly related?: readonly Located[]
}
const places = (findings: readonly Located[]) =>
  [
    ...new Set(
      findings
        .flatMap((finding) => [finding, ...(finding.related ?? [])])
        .map(({ location: { kind, key, path } }) => `${kind} ${path ?? key ?? ''}`.trimEnd()),
    ),
  ].sort()

for (const version of ['29 overlay2', '20.10 overlay2'] satisfies readonly DockerVersion[]) {
  describe(`from an image to its migration, on engine ${version}`, function () {
    this.timeout(600_000)
    let engine: Engine
    let project: string
    let terminal: Terminal

    before(async () => {
      engine = await startEngine(version)
      project = mkdtempSync(join(tmpdir(), 'secretscan-project-'))
      copyFileSync(systemProgram('busybox'), join(project, 'busybox'))
      for (const [name, text] of Object.entries(FILES)) writeFileSync(join(project, name), text)
      writeFileSync(
        join(engine.folder, 'secretscan'),
        `#!/bin/sh\nexec '${process.execPath}' '${join(packageRoot(), 'bin', 'run.js')}' "$@"\n`,
        { mode: 0o755 },
      )
      terminal = openTerminal({ ...engine.env, PATH: `${engine.folder}:${process.env['PATH']}`, CI: '' }, project)
    })
    after(async () => {
      terminal?.close()
      await engine?.stop()
      if (project !== undefined) rmSync(project, { recursive: true, force: true })
    })

    const type = (command: string, code = 0) => terminal.type(command, code)
    const report = (file: string): readonly Located[] => JSON.parse(readFileSync(join(project, file), 'utf8')).findings

    async function answers(): Promise<readonly string[]> {
      const shown = await type(
        'for i in 1 2 3 4 5 6 7 8 9; do docker compose logs --no-log-prefix app | grep -q ready && break; sleep 1; done; docker compose logs --no-log-prefix app',
      )
      return shown.split('\n').filter((line) => /^(?:[0-9a-f]{64}|ready .*)$/.test(line))
    }

    it('finds, moves, rebuilds with the commands on the screen, and finds nothing of its own any more', async () => {
      await type('docker compose build -q && docker compose up -d')
      assert.deepEqual(await answers(), EXPECTED)
      await type('secretscan image shop/app:1 --format json --output report.json', 1)
      assert.deepEqual(places(report('report.json')), [
        'build-arg REPO_TOKEN',
        'env DB_PASSWORD',
        'file app/.env',
        // COPY . . takes these along, too.
        'file app/Dockerfile',
        'file app/compose.yaml',
        'file app/db.env',
        'file conf/db.env',
        'file login.env',
        'history',
        'history DB_PASSWORD',
      ])

      const plan = await type('secretscan migrate plan --from-report report.json')
      assert.match(
        plan,
        /shop\/app:1 in the Docker Engine holds them in [\s\S]*its[\s\S]*configuration\s+\(DB_PASSWORD\)/,
      )
      const applied = await type('secretscan migrate apply --from-report report.json --yes')
      for (const file of ['compose.yaml', 'Dockerfile'])
        for (const value of Object.values(VALUES)) assert.ok(!readFileSync(join(project, file), 'utf8').includes(value))
      for (const value of Object.values(VALUES)) assert.ok(!`${plan}${applied}`.includes(value))
      assert.doesNotMatch(readFileSync(join(project, 'Dockerfile'), 'utf8'), /# syntax=/)

      const end = applied.slice(applied.lastIndexOf('  Undo:'))
      const shown = /^(?: {2}(?:First|Redeploy):)? +((?:docker|secretscan) .*?)(?: {3}\(.*)?$/gm
      const commands = [...end.matchAll(shown)].map(([, command = '']) => command.trim())
      assert.equal(commands.length, 7, end)
      for (const command of commands) {
        await type(/prune/.test(command) ? `${command} -f` : command)
        if (/ up -d /.test(command)) assert.deepEqual(await answers(), EXPECTED)
      }
      await type('secretscan image shop/app:1 --format json --output after.json')
      assert.deepEqual(report('after.json'), [])

      await type(/secretscan migrate rollback \S+/.exec(applied)?.[0].concat(' --yes') ?? 'false')
      for (const [name, text] of Object.entries(FILES)) assert.equal(readFileSync(join(project, name), 'utf8'), text)
      assert.ok(!existsSync(join(project, '.dockerignore')))
      run(systemProgram('docker'), ['compose', 'down'], { env: engine.env, cwd: project })
    })
  })
}
