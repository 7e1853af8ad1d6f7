// Variables whose names no shell can hold (spring.datasource.url): dash and busybox drop them, and a service behind a shim needs them still.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { ImageFacts } from '../../../src/migrate/image-facts.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { edited, gathered, SHELL } from './in-memory.js'

const NAMED = `services:
  app:
    image: shop/app
    environment:
      spring.datasource.url: jdbc:postgresql://db/shop
      spring.datasource.password: Made-up-24
      Logging:LogLevel:Default: Debug
      JWT_SECRET: Made-up-25
`

/** What the program of the one service finds in its environment when its shim is started by the machine's own shell. */
async function started(text: string, secrets: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-names-'))
  try {
    for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folder, name), value)
    const { app } = parse((await edited(text))['compose.yaml'] ?? '').services
    const [shell = '', ...words] = (app.entrypoint as string[]).map((word) =>
      word.replaceAll('$$', '$').replaceAll('/run/secrets', folder),
    )
    const printer = 'process.stdout.write(JSON.stringify(process.env))'
    const command = [...words.slice(0, words.indexOf('docker-entrypoint.sh')), process.execPath, '-e', printer]
    const { stdout, stderr, status } = spawnSync(shell, command, {
      encoding: 'utf8',
      env: { ...process.env, ...app.environment },
    })
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout) as Record<string, string>
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('migrate: variables whose names no shell can hold', () => {
  it('reach the program behind a shim, moved or not', async () => {
    const seen = await started(NAMED, { 'spring.datasource.password': 'Made-up-24', jwt_secret: 'Made-up-25' })
    assert.equal(seen['spring.datasource.url'], 'jdbc:postgresql://db/shop')
    assert.equal(seen['Logging:LogLevel:Default'], 'Debug')
    assert.equal(seen['spring.datasource.password'], 'Made-up-24')
    assert.equal(seen['JWT_SECRET'], 'Made-up-25')
  })

  const left = async (text: string, facts: ImageFacts = SHELL) => {
    const { plan } = makePlan(await gathered(text, () => facts))
    return plan.left.map(({ place, reason }) => `${JSON.stringify(place)}: ${reason}`).join('\n')
  }

  it('keep a service as it is where a shell would lose them', async () => {
    assert.equal(await left(NAMED), '')
    assert.match(await left(NAMED, { ...SHELL, lacksEnv: true }), /JWT_SECRET.*no env and tr/s)
    const lines = NAMED.replace('Debug', '"a\\nb"')
    assert.match(await left(lines), /JWT_SECRET.*Logging:LogLevel:Default/s)
    assert.match(await left(NAMED, { ...SHELL, env: ["a'b=c"] }), /JWT_SECRET.*a'b/s)
  })

  it('keep nothing back where the container does not get them, or where an option of the command moves', async () => {
    const app = 'services:\n  app:\n    image: shop/app\n'
    const named = `${app}    environment:\n      - API_WHITELIST:127.*.*.*\n      - JWT_SECRET=Made-up-25\n`
    const option = `${app}    command: serve --password Made-up-26\n`
    for (const text of [named, option]) assert.equal(await left(text, { ...SHELL, lacksEnv: true }), '', text)
  })

  it('are given by env in what the plan says of docker compose exec', async () => {
    const { plan } = makePlan(await gathered(NAMED.replace(/ {6}JWT.*\n/, '')))
    assert.match(
      plan.notes.join('\n'),
      /sh -c 'env "spring\.datasource\.password=\$\(cat \/run\/secrets\/spring\.datasource\.password\)" PROGRAM'/,
    )
  })
})
