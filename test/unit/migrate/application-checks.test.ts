// Health checks that start the application itself: it loads its settings from variables that the check does not name.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { makePlan } from '../../../src/migrate/plan.js'
import { edited, gathered, SHELL } from './in-memory.js'

const project = (test: string, service = 'worker') => `services:
  redis:
    image: redis
    command: redis-server --requirepass Made-up-24
  ${service}:
    image: shop/app
    environment:
      CELERY_BROKER_URL: redis://:Made-up-24@redis:6379/0
      SECRET_KEY: Made-up-25
    healthcheck:
      test: ${test}
`

const checkOf = async (test: string): Promise<string | string[]> =>
  parse((await edited(project(test)))['compose.yaml'] ?? '').services.worker.healthcheck.test

describe('migrate: health checks that start the application', () => {
  it('find what the application takes from its environment, as written and with the words that they had', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'secretscan-check-'))
    try {
      writeFileSync(join(folder, 'celery'), '#!/bin/sh\necho "$SECRET_KEY $CELERY_BROKER_URL $*"\n')
      chmodSync(join(folder, 'celery'), 0o755)
      for (const name of ['redis_password', 'worker_secret_key'])
        writeFileSync(join(folder, name), name === 'worker_secret_key' ? 'Made-up-25' : 'Made-up-24')
      for (const test of [
        `["CMD", "celery", "-A", "a b", "inspect", "ping"]`,
        `["CMD-SHELL", "celery -A 'a b' inspect ping"]`,
        `celery -A 'a b' inspect ping`,
      ]) {
        const words = [await checkOf(test)].flat()
        const script = (words.at(-1) ?? '').replaceAll('$$', '$').replaceAll('/run/secrets', folder)
        const env = {
          PATH: `${folder}:${process.env['PATH']}`,
          CELERY_BROKER_URL: `redis://:@${folder}/redis_password@@redis:6379/0`,
        }
        const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8', env })
        assert.equal(stdout, 'Made-up-25 redis://:Made-up-24@redis:6379/0 -A a b inspect ping\n', stderr)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('so do scripts of the project, and what starts neither stays as it is', async () => {
    for (const test of ['["CMD", "node", "dist/health.js"]', 'python -m app.health', '["CMD", "./healthcheck.sh"]'])
      assert.match(String(await checkOf(test)), /SECRET_KEY="\$\$\(cat \/run\/secrets\/worker_secret_key\)"/, test)
    for (const test of [
      '["CMD", "curl", "-f", "http://localhost/health"]',
      '["CMD", "python", "-c", "import urllib.request"]',
      '["CMD", "healthcheck.sh", "--connect"]',
      'pgrep -f celeryd',
    ])
      assert.deepEqual(await checkOf(test), parse(test), test)
  })

  it('one without a shell keeps the values where a shell would lose other variables of the application', async () => {
    const named = (test: string, more = '      spring.mode: prod\n') =>
      project(test).replace('      SECRET_KEY', `${more}      SECRET_KEY`)
    const leftIn = async (text: string) => makePlan(await gathered(text)).plan.left.map(({ reason }) => reason)
    const reasons = await leftIn(named('["CMD", "java", "-jar", "check.jar"]'))
    assert.equal(reasons.length, 2)
    for (const reason of reasons)
      assert.match(reason, /health check of worker would need a shell.*loses spring\.mode of worker/)
    assert.deepEqual(await leftIn(named('["CMD", "java", "-jar", "check.jar"]', '')), [])
    assert.deepEqual(await leftIn(named('["CMD", "curl", "localhost"]')), [])
  })

  it('a password in such a check itself is told all the same', async () => {
    const { plan } = makePlan(await gathered(project('celery -A x -b redis://:Made-up-26@other:6379 inspect ping')))
    assert.match(JSON.stringify(plan.left), /healthcheck/)
  })

  it('so does a hook, which keeps the values until it says what it takes', async () => {
    const hook = (command: string) =>
      project('x').replace(/ {4}healthcheck:\n.*\n/, `    post_start:\n      - command: ${command}\n`)
    const { plan } = makePlan(await gathered(hook('["python", "manage.py", "migrate"]')))
    assert.equal(plan.left.length, 2)
    for (const { reason } of plan.left) assert.match(reason, /post_start of worker starts the application/)
    const named = hook(
      String.raw`["sh", "-c", "SECRET_KEY=\"$$SECRET_KEY\" CELERY_BROKER_URL=\"$$CELERY_BROKER_URL\" ./init.sh"]`,
    )
    assert.deepEqual(makePlan(await gathered(named)).plan.left, [])
    assert.deepEqual(makePlan(await gathered(hook('["chown", "-R", "app", "/data"]'))).plan.left, [])
  })

  it('of the image keeps the values, with what to write', async () => {
    const text = project('x').replace(/ {4}healthcheck:\n.*\n/, '')
    const facts = { ...SHELL, healthcheck: ['CMD-SHELL', 'celery -A shop inspect ping'] }
    const { plan } = makePlan(await gathered(text, (image) => (image === 'shop/app' ? facts : SHELL)))
    assert.equal(plan.left.length, 2)
    for (const { reason, todo } of plan.left) {
      assert.match(reason, /starts the application \(celery -A shop inspect ping\)/)
      assert.match(todo, /Write that check under healthcheck: of worker/)
    }
  })
})
