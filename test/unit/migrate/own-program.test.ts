// A file form is taken only where the service still starts what applies it.
import assert from 'node:assert/strict'
import type { FactsOf } from '../../../src/migrate/image-facts.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered, SHELL } from './in-memory.js'

/** How `variable` leaves a service with these further lines. */
async function way(image: string, variable: string, lines: string, factsOf: FactsOf = () => SHELL) {
  const text = `services:\n  s:\n    image: ${image}\n${lines}    environment:\n      ${variable}: made-up-value-1\n`
  const { moves, left } = makePlan(await gathered(text, factsOf))
  return moves[0]?.strategy.by ?? left[0]?.reason
}

describe('migrate: a service that starts another program', () => {
  for (const [image, variable, lines] of [
    ['postgres', 'POSTGRES_PASSWORD', ''],
    ['postgres', 'POSTGRES_PASSWORD', '    command: ["-c", "max_connections=200"]\n'],
    ['postgres', 'POSTGRES_PASSWORD', '    command: postgres -c log_statement=all\n'],
    ['postgres', 'POSTGRES_PASSWORD', '    entrypoint: ["/wait.sh", "docker-entrypoint.sh"]\n    command: postgres\n'],
    ['mysql', 'MYSQL_PASSWORD', '    command: mysqld --sql-mode=""\n'],
    ['mariadb', 'MARIADB_PASSWORD', '    command: [sh, -c, "sleep 1; exec docker-entrypoint.sh mariadbd"]\n'],
    ['vaultwarden/server', 'ADMIN_TOKEN', '    entrypoint: /own.sh\n'],
  ] as const)
    it(`${image} keeps its file form with ${JSON.stringify(lines)}`, async () => {
      assert.equal(await way(image, variable, lines), 'file')
    })

  for (const [image, variable, lines] of [
    ['postgres', 'POSTGRES_PASSWORD', '    entrypoint: ["/bin/sh", "-c", "sleep 1; pg_dump -h db"]\n'],
    ['postgres', 'POSTGRES_PASSWORD', "    command: sh -c 'PGPASSWORD=$$POSTGRES_PASSWORD pg_dump -h db'\n"],
    ['postgres', 'POSTGRES_PASSWORD', '    command: postgres -c a=$${POSTGRES_PASSWORD}\n'],
    ['mysql', 'MYSQL_ROOT_PASSWORD', '    command: mysqldump -h db app\n'],
    ['mongo', 'MONGO_INITDB_ROOT_PASSWORD', '    entrypoint: /backup.sh\n'],
    ['postgres', 'POSTGRES_PASSWORD', '    entrypoint: /start.sh\n    volumes: ["./start.sh:/start.sh:ro"]\n'],
    ['postgres', 'POSTGRES_PASSWORD', '    command: /start.sh\n    volumes: ["./start.sh:/start.sh:ro"]\n'],
    ['postgres', 'POSTGRES_PASSWORD', '    entrypoint: [sh, /opt/run.sh]\n    volumes: ["./own:/opt"]\n'],
    ['mysql', 'MYSQL_PASSWORD', '    entrypoint: /own/docker-entrypoint.sh\n    volumes: ["./own:/own"]\n'],
    ['mysql', 'MYSQL_PASSWORD', '    volumes: ["./docker-entrypoint.sh:/usr/local/bin/docker-entrypoint.sh"]\n'],
    ['mysql', 'MYSQL_PASSWORD', '    entrypoint: /custom-entrypoint.sh\n'],
  ] as const)
    it(`${image} is given the variable by the shim with ${JSON.stringify(lines)}`, async () => {
      assert.equal(await way(image, variable, lines), 'shim')
    })

  it("tells the image's script from what starts it", async () => {
    const facts = { ...SHELL, entrypoint: ['tini', '--', '/own-start'] }
    const starts = (script: string) =>
      way('mysql', 'MYSQL_PASSWORD', `    entrypoint: [tini, --, ${script}]\n`, () => facts)
    assert.equal(await starts('/own-start'), 'file')
    assert.equal(await starts('/other'), 'shim')
  })

  for (const command of ['/own/start', '[sh, /own/start]'])
    it(`gives no file form to ${command}, which is the project's own, whatever else is known of the image`, async () => {
      const lines = `    command: ${command}\n    volumes: ["./own:/own"]\n`
      assert.notEqual(await way('mysql', 'MYSQL_PASSWORD', lines, () => ({ missing: 'not pulled' })), 'file')
    })

  it('says why, where the image cannot be looked at', async () => {
    assert.equal(
      await way('postgres', 'POSTGRES_PASSWORD', '    command: pg_dump -h db\n', () => ({ missing: 'not pulled' })),
      'postgres takes POSTGRES_PASSWORD from a file only when it starts its own program, and s starts another, and the image cannot be looked at (not pulled).',
    )
  })

  it('what is built here is to be built, what is not to be pulled', async () => {
    const named = (service: string, image: string) =>
      `  ${service}:\n    ${image}\n    environment: { ${service.toUpperCase()}_TOKEN: made-up-${service} }\n`
    const text = `services:\n${named('a', 'build: { context: ., tags: ["shop/a:1"] }')}${named('b', 'image: shop/b')}${named('c', 'image: docker.io/shop/a:1')}`
    const { left } = makePlan(await gathered(text, () => ({ missing: 'not there' })))
    assert.deepEqual(
      left.map(({ todo }) => todo),
      ['docker compose build a', 'docker pull shop/b', 'docker compose build a'].map(
        (command) => `Run ${command} and plan again.`,
      ),
    )
  })

  it('a file of the first form, without services, is not passed over in silence', async () => {
    const { plan } = makePlan(
      await gathered('db:\n  image: postgres\n  environment: { POSTGRES_PASSWORD: made-up-1 }\n'),
    )
    assert.match(plan.notes.join(), /put them under services: and plan again/)
  })
})
