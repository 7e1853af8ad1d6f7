// Shapes that files of public repositories have, each as a small project of its own.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { loadProject } from '../../../src/compose/load.js'
import { findCandidates } from '../../../src/migrate/candidates.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { readSiblings } from '../../../src/migrate/sibling-files.js'
import { gathered, SHELL } from './in-memory.js'

const PASSWORD = ['gran', 'ite-77'].join('')
const service = (image: string, ...entries: readonly string[]) =>
  `services:\n  app:\n    image: ${image}\n    environment:\n${entries.map((entry) => `      ${entry}\n`).join('')}`

describe('migrate: what is called like its value', () => {
  it('moves under a name that does not show it', async () => {
    const text = service('postgres', 'POSTGRES_PASSWORD: postgres_password')
    const { moves, left, plan } = makePlan(await gathered(text))
    assert.deepEqual(left, [])
    assert.deepEqual(
      moves.map(({ name }) => name),
      ['app_credential'],
    )
    assert.ok(!JSON.stringify(plan).includes('postgres_password'))
  })

  it('two of them, and one whose service is called like it, have names of their own', async () => {
    const text = service('shop/app', 'A_TOKEN: a_token', 'B_TOKEN: b_token', `C_TOKEN: ${PASSWORD}`)
    const namesIn = async (compose: string) => makePlan(await gathered(compose)).moves.map(({ name }) => name)
    assert.deepEqual(await namesIn(text), ['app_credential', 'app_credential_2', 'c_token'])
    assert.deepEqual(await namesIn(text.replaceAll('app:', 'a_token:')), ['credential', 'credential_2', 'c_token'])
  })

  it('a word in its name says nothing', async () => {
    const { moves } = makePlan(await gathered(service('shop/app', 'DB_PASSWORD: password')))
    assert.deepEqual(
      moves.map(({ name }) => name),
      ['db_password'],
    )
  })
})

describe('migrate: images that refuse the modes that secrets have', () => {
  it('Elasticsearch gets its password through a shim', async () => {
    const { moves } = makePlan(
      await gathered(service('docker.elastic.co/elasticsearch/elasticsearch:8.12.1', `ELASTIC_PASSWORD: ${PASSWORD}`)),
    )
    assert.deepEqual(
      moves.map(({ strategy }) => strategy.by),
      ['shim'],
    )
  })
})

describe('migrate: a user and a password in one value', () => {
  it('is a secret under a name that ends in auth, a host with its port is none', async () => {
    const text = service('shop/app', 'ES_AUTH: "elastic:changeme"', 'SMTP_AUTH: "mail:587"', 'X_AUTH: basic')
    const { moves } = makePlan(await gathered(text))
    assert.deepEqual(
      moves.map(({ candidate }) => candidate.id),
      ['app.ES_AUTH'],
    )
  })
})

describe('migrate: the version of a stack file', () => {
  const planned = async (version: string, kind: 'swarm' | 'compose-file') => {
    const base = await gathered(`${version}${service('postgres', `POSTGRES_PASSWORD: ${PASSWORD}`)}`)
    return makePlan({ ...base, store: { ...base.store, kind } })
  }

  it('has to know secrets with a name of their own', async () => {
    for (const version of ['version: "3"\n', "version: '3.1'\n", 'version: 3.4\n', 'version: "2.1"\n']) {
      const { moves, left } = await planned(version, 'swarm')
      assert.deepEqual(moves, [], version)
      assert.match(
        left[0]?.reason ?? '',
        /^docker stack deploy reads compose\.yaml by the version .* only since 3\.5\.$/,
      )
      assert.equal((await planned(version, 'compose-file')).moves.length, 1, 'Compose does not look at it')
    }
    for (const version of ['', 'version: "3.5"\n', "version: '3.10'\n", 'version: 3.9\n', '# version: "3"\n'])
      assert.equal((await planned(version, 'swarm')).moves.length, 1, version)
  })
})

describe('migrate: what names a file', () => {
  it('is none, whatever the rules say of its value', async () => {
    const text = service('confluentinc/cp-kafka', 'KAFKA_SSL_KEYSTORE_CREDENTIALS: keystore_creds')
    const rule = () => ({ title: 'Secret value under a secret-like name' })
    assert.deepEqual(makePlan(await gathered(text, undefined, {}, rule)).moves, [])
  })
})

describe('migrate: other Compose files of the folder', () => {
  const main = 'services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${DB_PASSWORD}\n'
  const user = 'services:\n  web:\n    image: shop/web\n    environment:\n      DB_PASSWORD: ${DB_PASSWORD}\n'
  const envFile = 'services:\n  web:\n    image: shop/web\n    env_file: .env\n'
  const dotenv = `DB_PASSWORD=${PASSWORD}\n`

  async function planned(files: Readonly<Record<string, string>>, name = 'compose.yaml') {
    const folder = mkdtempSync(join(tmpdir(), 'secretscan-'))
    try {
      for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
      const load = { files: [join(folder, name)], profiles: [], env: {}, cwd: folder }
      const project = await loadProject(load)
      const base = await gathered('services: {}\n')
      const candidates = findCandidates(project, () => undefined)
      const siblings = await readSiblings(project, { load })
      const { moves, left } = makePlan({ ...base, project, candidates, known: candidates, siblings })
      return { moves: moves.map(({ candidate }) => candidate.id), left: left.map(({ reason }) => reason).join('\n') }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  it('a URL that is made from such a line stays with it: moved, it would be a second copy', async () => {
    const url = user.replace('DB_PASSWORD: ', 'DB_URL: ecto://app:').replace('}', '}@db/app')
    const files = { 'compose.yaml': url, '.env': dotenv }
    assert.deepEqual((await planned(files)).moves, ['web.DB_URL'])
    const { moves, left } = await planned({ ...files, 'compose.prod.yaml': user })
    assert.deepEqual(moves, [])
    assert.match(left, /^compose\.prod\.yaml uses DB_PASSWORD of \.env too, and is not part of this plan\.$/)
  })

  it('a line of .env stays where another one uses it, by interpolation or as its env file', async () => {
    const unloadable = user.replace('shop/web', 'shop/web:${TAG:?is not set}')
    for (const other of [user, envFile, unloadable]) {
      const { moves, left } = await planned({ 'compose.yaml': main, '.env': dotenv, 'compose.prod.yaml': other })
      assert.deepEqual(moves, [])
      assert.match(left, /^compose\.prod\.yaml uses DB_PASSWORD of \.env too, and is not part of this plan\.$/)
    }
  })

  it('and leaves where none does, or only a template', async () => {
    const unused = 'services:\n  web:\n    image: shop/web\n    environment:\n      MODE: ${MODE}\n'
    for (const [name, other] of [
      ['compose.prod.yaml', unused],
      ['compose.prod.yaml', 'no: compose\n'],
      ['compose.prod.yaml', '\t'],
      ['compose.example.yaml', user],
    ] as const)
      assert.deepEqual((await planned({ 'compose.yaml': main, '.env': dotenv, [name]: other })).moves, [
        'db.POSTGRES_PASSWORD',
      ])
  })

  it('a service that another one extends stays as it is', async () => {
    const base = service('shop/app', `APP_TOKEN: ${PASSWORD}`)
    const extending = 'services:\n  app:\n    extends: { file: base.yaml, service: app }\n'
    const files = { 'base.yaml': base, 'compose.yaml': extending, 'compose.dev.yaml': extending }
    const { moves, left } = await planned(files)
    assert.deepEqual(moves, [])
    assert.match(left, /^compose\.dev\.yaml extends or includes what stands in base\.yaml too/)
    const { 'compose.dev.yaml': _, ...alone } = files
    assert.deepEqual((await planned(alone)).moves, ['app.APP_TOKEN'])
  })
})

describe('migrate: variables that a program takes without being told', () => {
  const checked = (variable: string, test: string) =>
    `${service('shop/app', `${variable}: ${PASSWORD}`)}    healthcheck:\n      test: ${test}\n`

  it('are brought to a health check that runs it, with the words that it had', async () => {
    for (const [variable, test, words] of [
      ['PGPASSWORD', '[CMD, psql, -U, app, -c, select 1]', 'psql -U app -c select 1'],
      ['REDISCLI_AUTH', '[CMD, redis-cli, ping]', 'redis-cli ping'],
      ['REDISCLI_AUTH', 'redis-cli ping | grep -v none', 'redis-cli ping'],
      ['MYSQL_PWD', 'mariadb-admin status || exit 1', 'mariadb-admin status'],
    ] as const) {
      const { moves, staged } = makePlan(await gathered(checked(variable, test)))
      assert.deepEqual(
        moves.map(({ name }) => name),
        [variable.toLowerCase()],
      )
      const after = parse(String(Buffer.from([...staged.values()][0] ?? []))).services.app.healthcheck.test
      const script = String([after].flat().at(-1)).replaceAll('$$', '$').replaceAll('/run/secrets', '/nowhere')
      const shell = `cat() { echo "from $1"; }\n${words.split(' ')[0]}() { echo "${words.split(' ')[0]} $* by $${variable}"; }\n${script}`
      assert.equal(
        spawnSync('bash', ['-c', shell]).stdout.toString(),
        `${words} by from /nowhere/${variable.toLowerCase()}\n`,
      )
    }
  })

  it('stay where a hook runs it, or a check of the image', async () => {
    const image = { ...SHELL, healthcheck: ['CMD', 'redis-cli', 'ping'] }
    const unchecked = await gathered(service('shop/app', `REDISCLI_AUTH: ${PASSWORD}`), () => image)
    assert.match(makePlan(unchecked).left[0]?.reason ?? '', /^The image's health check of app runs redis-cli/)
    const hook = `${service('shop/app', `PGPASSWORD: ${PASSWORD}`)}    post_start:\n      - command: psql -f /seed.sql\n`
    assert.match(makePlan(await gathered(hook)).left[0]?.reason ?? '', /^The post_start hook of app runs psql/)
  })

  it('move where the check names them, or runs something else', async () => {
    const named = await gathered(checked('PGPASSWORD', `'PGPASSWORD="$$PGPASSWORD" psql -c "select 1"'`))
    const { moves, staged } = makePlan(named)
    assert.equal(moves.length, 1)
    assert.match(
      String(Buffer.from([...staged.values()][0] ?? [])),
      /PGPASSWORD="\$\$\(cat \/run\/secrets\/pgpassword\)" psql/,
    )
    for (const test of ['pg_isready', '[CMD, curl, http://psql-exporter/]', '[NONE]'])
      assert.equal(makePlan(await gathered(checked('PGPASSWORD', test))).moves.length, 1, test)
  })
})
