// Commands that Compose interpolates, health checks and hooks, on a real engine: whatever the variables are at `up`, each service starts
// with the words that it had, its health check finds the value, and so does its hook.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/support/package-root.js'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'
import { buildBusybox, SHELL } from './swarm-project.js'

const PW = ['granite', '17'].join('-')
const sha256 = createHash('sha256').update(PW).digest('hex')

/** Prints its words and stays. */
const SERVER = 'for word do echo "word $word"; done; echo "token $API_TOKEN"; echo ready; exec sleep 600'
const MAKE = `echo '#!/bin/sh' > /server; echo '${SERVER}' >> /server; chmod 755 /server`
const IMAGE = `${SHELL}RUN ${JSON.stringify(['/bin/sh', '-c', MAKE])}\n`

const ENVIRONMENTS: readonly Readonly<Record<string, string>>[] = [
  {},
  { PORT: '7000', EXTRA: '--a "b c" d', LEVEL: 'it is' },
  { PORT: '', EXTRA: '', LEVEL: '' },
]

const COMPOSE = `services:
  text:
    image: shop/words:1
    network_mode: none
    stop_grace_period: 0s
    command: /server \${EXTRA:-} --port \${PORT:-6379} --token ${PW} "$$HOME x" '\${LEVEL-}'
  list:
    image: shop/words:1
    network_mode: none
    stop_grace_period: 0s
    command:
      - /server
      # the port
      - --port=\${PORT-6379}
      - --url=redis://\${LEVEL:-u}:${PW}@r
      - '$$(id) "x"'
  script:
    image: shop/words:1
    network_mode: none
    stop_grace_period: 0s
    command: ["sh", "-c", "exec /server --port \${PORT:-1} --token '${PW}' $$0", "name"]
  env:
    image: shop/words:1
    network_mode: none
    stop_grace_period: 0s
    entrypoint: /server "\${PORT:-a b}"
    command: [x, "\${LEVEL:-}"]
    environment:
      API_TOKEN: ${PW}
    healthcheck:
      test: test "$$(printf %s "$\${API_TOKEN:-none}" | sha256sum | cut -c1-64)" = ${sha256}
      interval: 1s
    post_start:
      - command: ["sh", "-c", "printf %s \\"$\${API_TOKEN}\\" | sha256sum > /hook"]
`

describe('words that Compose interpolates, on a real engine', function () {
  this.timeout(300_000)
  let engine: Engine
  let project: string
  const docker = (env: Readonly<Record<string, string>>, ...parameters: string[]) =>
    run(systemProgram('docker'), parameters, { env: { ...engine.env, ...env }, cwd: project }).toString('utf8')

  before(async () => {
    engine = await startEngine('20.10 overlay2')
    project = mkdtempSync(join(tmpdir(), 'secretscan-words-'))
    buildBusybox(engine, 'shop/words:1', IMAGE)
  })
  after(async () => {
    await engine?.stop()
    rmSync(project, { recursive: true, force: true })
  })

  /** What `read` gives once it fits. */
  async function until(read: () => string, fits: RegExp): Promise<string> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const text = read()
      if (fits.test(text)) return text
      await sleep(200)
    }
    throw new Error(`${fits} does not come:\n${read()}`)
  }

  /** What every service prints, and what its check and its hook find. */
  async function started(env: Readonly<Record<string, string>>): Promise<unknown> {
    docker(env, 'compose', 'up', '-d')
    try {
      const logs: string[] = []
      for (const service of ['text', 'list', 'script', 'env'])
        logs.push(await until(() => docker(env, 'compose', 'logs', '--no-log-prefix', service), /^ready$/m))
      await until(() => docker(env, 'compose', 'ps', 'env'), /\(healthy\)/)
      return [...logs, docker(env, 'compose', 'exec', '-T', 'env', 'cat', '/hook')]
    } finally {
      docker(env, 'compose', 'down')
    }
  }

  it('the same before and after, with the variables unset, set and empty', async () => {
    const file = join(project, 'compose.yaml')
    writeFileSync(file, COMPOSE)
    const before: unknown[] = []
    for (const env of ENVIRONMENTS) before.push(await started(env))
    assert.match(JSON.stringify(before[0]), new RegExp(`${sha256}.*-`))

    run(process.execPath, [join(packageRoot(), 'bin', 'run.js'), 'migrate', 'apply', '--yes'], {
      env: engine.env,
      cwd: project,
    })
    const after = readFileSync(file, 'utf8')
    assert.ok(!after.includes(PW))
    for (const kept of ['${EXTRA:-} --port ${PORT:-6379}', '# the port', '--port=${PORT-6379}', '${PORT:-a b}'])
      assert.ok(after.includes(kept), kept)
    for (const [index, env] of ENVIRONMENTS.entries())
      assert.deepEqual(await started(env), before[index], JSON.stringify(env))
  })
})
