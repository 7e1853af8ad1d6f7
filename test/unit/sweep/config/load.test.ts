import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'
import { UsageError } from '../../../../src/support/errors.js'
import { packageRoot } from '../../../../src/support/package-root.js'
import { parseDays } from '../../../../src/sweep/config/duration.js'
import { loadSweepConfig } from '../../../../src/sweep/config/load.js'
import { namedRepositories } from '../../../../src/sweep/config/repositories-from.js'
import { sweepSchema } from '../../../../src/sweep/config/schema.js'

/** As the command line's contract has it. */
const CONTRACT = `store: ./sweep-store              # a folder: embedded; postgres://…: shared by many workers
schedule: { cron: "0 3 * * *", timeZone: Europe/Berlin }
registries:
  - host: registry.example.com:5000
    insecure: false               # plain http or unverified TLS, only when said
    repositories: ["team/*", "!team/sandbox-*"]
    tags: { include: ["*"], exclude: ["*-dev"], newest: 20 }
    platforms: [linux/amd64]      # default: all
    login: docker-config          # or { username: ci, passwordFile: ./ci.password }
concurrency: { registry: 4, scan: 2 }
notify:
  - webhook: { url: "https://hooks.example.com/x", secretFile: ./hook.key }
retention: { findings: 400d }
`

describe('sweep/config', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-sweep-'))
    file = join(folder, 'sweep.yaml')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const load = (text: string) => {
    writeFileSync(file, text)
    return loadSweepConfig(file)
  }
  /** What is said of a file, its own path cut to "sweep.yaml". */
  const said = async (text: string): Promise<string> => {
    const error: unknown = await load(text).then(
      () => assert.fail('it was accepted'),
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof UsageError, String(error))
    return error.message.replaceAll(folder, '').replaceAll('/sweep.yaml', 'sweep.yaml')
  }
  const registry = (lines: string) => `registries:\n  - host: r.example.com\n${lines.replace(/^/gm, '    ')}\n`

  it('reads the file of the contract, paths against its folder', async () => {
    const config = await load(CONTRACT)
    assert.deepEqual(config.store, { kind: 'folder', folder: join(folder, 'sweep-store') })
    assert.deepEqual(config.schedule, { cron: '0 3 * * *', timeZone: 'Europe/Berlin' })
    assert.deepEqual(config.registries, [
      {
        host: 'registry.example.com:5000',
        kind: 'auto',
        insecure: false,
        repositories: ['team/*', '!team/sandbox-*'],
        tags: { include: ['*'], exclude: ['*-dev'], newest: 20 },
        platforms: ['linux/amd64'],
        includeAttestations: false,
        login: 'docker-config',
      },
    ])
    assert.deepEqual(config.concurrency, { registry: 4, scan: 2 })
    assert.deepEqual(config.retention, { findingsDays: 400 })
    assert.equal(config.notify[0]?.kind, 'webhook')
  })

  it('needs no more than a host', async () => {
    const config = await load('registries: [{ host: index.docker.io }]\n')
    assert.deepEqual(config.registries, [
      {
        host: 'docker.io',
        kind: 'auto',
        insecure: false,
        repositories: ['**'],
        tags: { include: ['*'], exclude: [] },
        platforms: 'all',
        includeAttestations: false,
        login: 'docker-config',
      },
    ])
    assert.deepEqual(config.store, { kind: 'folder', folder: join(folder, 'sweep-store') })
    assert.deepEqual(config.concurrency, { registry: 4, scan: 2 })
    assert.equal(config.rescanOnRuleChange, false)
    assert.equal(config.schedule, undefined)
  })

  it('takes every form of login and of store', async () => {
    const login = async (form: string) => (await load(registry(`login: ${form}`))).registries[0]?.login
    assert.deepEqual(await login('{ username: ci, passwordFile: ./ci.password }'), {
      username: 'ci',
      passwordFile: join(folder, 'ci.password'),
    })
    assert.deepEqual(await login('{ tokenFile: /run/token }'), { tokenFile: '/run/token' })
    assert.equal(await login('anonymous'), 'anonymous')

    const store = async (form: string) => (await load(`store: ${form}\n${registry('kind: harbor')}`)).store
    const address = `postgres://me:${'made' + '-up'}@db.example.com/sweeps`
    assert.deepEqual(await store(address), { kind: 'postgres', url: address })
    writeFileSync(join(folder, 'address'), `${address}\n`)
    assert.deepEqual(await store('{ urlFile: ./address, keyFile: ./key }'), {
      kind: 'postgres',
      url: address,
      key: { file: join(folder, 'key') },
    })
    assert.deepEqual(await store(`{ url: "${address}", keyCommand: [kms, decrypt] }`), {
      kind: 'postgres',
      url: address,
      key: { command: ['kms', 'decrypt'] },
    })
  })

  it('names file, line and what is wrong, each thing once', async () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['{}', 'sweep.yaml:1: registries is missing'],
      ['registries: []', 'sweep.yaml:1: registries must have at least one entry'],
      [
        'registries:\n  - hots: r.example.com',
        'sweep.yaml has 2 mistakes:\n  sweep.yaml:2: registries[0].host is missing\n  sweep.yaml:2: registries[0] has no "hots"; did you mean "host"?',
      ],
      [
        'registries:\n  - host: https://r.example.com/team',
        'sweep.yaml:2: registries[0].host must be a host with its port if it has one, and nothing else: registry.example.com:5000',
      ],
      [
        registry('kind: nexus'),
        `sweep.yaml:3: registries[0].kind must be one of auto, distribution, docker-hub, ghcr, gitlab, harbor, quay, ecr, acr, artifact-registry`,
      ],
      [registry('tags:\n  newest: 0'), 'sweep.yaml:4: registries[0].tags.newest must be 1 or more'],
      [registry('tags: { newst: 3 }'), 'sweep.yaml:3: registries[0].tags has no "newst"; did you mean "newest"?'],
      [
        registry('tags: { semver: latest }'),
        'sweep.yaml:3: registries[0].tags.semver is no range of versions, e.g. ">=1.2 <3"',
      ],
      [
        registry('tags:\n  include:\n    - a\n    - /(/'),
        'sweep.yaml:6: registries[0].tags.include[1] is no regular expression',
      ],
      [
        registry('tags: { exclude: ["/(a+)+$/"] }'),
        'sweep.yaml:3: registries[0].tags.exclude[0] holds a repeat without a small bound inside another, which can take for ever',
      ],
      [
        registry('platforms: [linux]'),
        'sweep.yaml:3: registries[0].platforms[0] must be os/architecture, e.g. linux/amd64',
      ],
      [registry('insecure: "yes"'), 'sweep.yaml:3: registries[0].insecure must be true or false'],
      [registry('login:\n  username: ci'), 'sweep.yaml:4: registries[0].login.passwordFile is missing'],
      [
        registry('login: keychain'),
        'sweep.yaml:3: registries[0].login must be docker-config, anonymous, { username, passwordFile } or { tokenFile }',
      ],
      [
        `schedule: { cron: "61 3 * * *" }\n${registry('')}`,
        'sweep.yaml:1: schedule.cron must be a cron expression of five fields: minute hour day month weekday, e.g. "0 3 * * *"',
      ],
      [
        `schedule: { cron: "0 0 3 * * *" }\n${registry('')}`,
        'sweep.yaml:1: schedule.cron must be a cron expression of five fields: minute hour day month weekday, e.g. "0 3 * * *"',
      ],
      [`schedule: { cron: "0 0 31 2 *" }\n${registry('')}`, 'sweep.yaml:1: schedule.cron never comes round'],
      [
        `schedule: { cron: "0 3 * * *", timeZone: Europe/Berln }\n${registry('')}`,
        'sweep.yaml:1: schedule.timeZone is no time zone, e.g. Europe/Berlin',
      ],
      [
        `retention: { findings: 3 months }\n${registry('')}`,
        'sweep.yaml:1: retention.findings must be a length of time such as 400d, 52w or 2y',
      ],
      [`store: { url: "mysql://x/y" }\n${registry('')}`, 'sweep.yaml:1: store.url must begin with postgres://'],
      [
        registry('repositories: ["!"]'),
        'sweep.yaml:3: registries[0].repositories[0] must have a name or a glob behind "!"',
      ],
      [
        `schedule: { cron: "@daily" }\n${registry('')}`,
        'sweep.yaml:1: schedule.cron must be a cron expression of five fields: minute hour day month weekday, e.g. "0 3 * * *"',
      ],
      [
        `retention: { findings: 400 }\n${registry('')}`,
        'sweep.yaml:1: retention.findings must be a length of time such as 400d, 52w or 2y',
      ],
      [
        `notify:\n  - webhook: { url: hooks, secretFile: ./k }\n${registry('')}`,
        'sweep.yaml:2: notify[0].webhook.url must be an http or https address',
      ],
      [`store: { keyFile: ./k }\n${registry('')}`, 'sweep.yaml:1: store must have one of url and urlFile'],
      [`notify:\n  - slack: {}\n${registry('')}`, 'sweep.yaml:2: notify[0].slack must have one of url and urlFile'],
      [
        'registries:\n  - host: a.example\n  - host: a.example',
        'sweep.yaml:3: registries[1].host has an entry already, registries[0] (a.example): put both into one',
      ],
      [
        'registries:\n  - host: docker.io\n  - host: index.docker.io',
        'sweep.yaml:3: registries[1].host has an entry already, registries[0] (docker.io): put both into one',
      ],
      [
        'registries:\n  - host: R.Example.com\n  - host: b.example\n  - host: r.example.com',
        'sweep.yaml:4: registries[2].host has an entry already, registries[0] (R.Example.com): put both into one',
      ],
      [
        'registries: [',
        'sweep.yaml:1: not valid YAML: the indentation does not fit the lines above, or a bracket is not closed.',
      ],
      ['a: 1\na: 2', 'sweep.yaml:2: not valid YAML: a key stands twice in one mapping.'],
      [
        'store: a: b',
        'sweep.yaml:1: not valid YAML: a second colon on the line: put quotes round a text that holds ": ".',
      ],
      ['registries:\n\t- host: a', 'sweep.yaml:2: not valid YAML: a tab is used for indentation; only spaces may be.'],
      [
        'store: "./x\nregistries: [{ host: a.example }]',
        'sweep.yaml:2: not valid YAML: a character is missing: a closing quote or bracket, a comma, or a space behind a colon.',
      ],
      ['just a text', 'sweep.yaml:1: must be a mapping'],
    ]
    for (const [text, message] of wrong) assert.equal(await said(text), message)
  })

  it('takes no mistyped address for a folder, and none that would be read otherwise than it is meant', async () => {
    const store = (text: string) => said(`store: ${JSON.stringify(text)}\n${registry('')}`)
    for (const text of ['postgre://u:pw@h/db', 'Postgres://u:pw@h/db', 'postgres:/u:pw@h/db', 'u:pw@h/db', 'u@h/db'])
      assert.equal(
        await store(text),
        'sweep.yaml:1: store must begin with postgres://, or be a folder (where : or @ is in its name, write ./NAME)',
        text,
      )
    for (const password of ['a#b', 'a/b', 'a?b', '1#b', '1/b', '1?b', 'a%zb'])
      for (const text of [JSON.stringify(`postgres://u:${password}@h/db`), `{ url: "postgres://u:${password}@h/db" }`])
        assert.match(
          await said(`store: ${text}\n${registry('')}`),
          /^sweep\.yaml:1: store(?:\.url)? is no address: # \/ \? @ and % .* are written as %23/,
          text,
        )
  })

  it('takes addresses of sockets, with encoded passwords and several ways to name a host', async () => {
    for (const url of [
      'postgres://u:a%23b@h:5433/db?sslmode=require',
      'postgresql://u:pw@/db?host=/run/postgresql',
      'postgres:///db?host=/run/postgresql',
      'postgres://u@[::1]/db',
    ]) {
      const { store } = await load(`store: ${JSON.stringify(url)}\n${registry('')}`)
      assert.deepEqual(store, { kind: 'postgres', url })
    }
    for (const name of ['./a:b', '/srv/a@b', 'a/b:c']) {
      const { store } = await load(`store: ${JSON.stringify(name)}\n${registry('')}`)
      assert.deepEqual(store, { kind: 'folder', folder: resolve(folder, name) })
    }
  })

  it('says that a folder is none of its files, and nothing of its mode', async () => {
    chmodSync(folder, 0o777)
    await assert.rejects(
      loadSweepConfig(folder),
      (error) =>
        error instanceof UsageError && /is a folder\.$/.test(error.message) && /-f FILE/.test(error.hint ?? ''),
    )
  })

  it('never quotes what may hold a password', async () => {
    const password = 'made' + '-up-93'
    for (const store of [
      `postgres://me:${password}@db/x`,
      `{ url: "http://me:${password}@db/x" }`,
      `[ "${password}" ]`,
    ])
      assert.ok(!(await said(`store: ${store}\nregistries: []\n`)).includes(password))
  })

  it('refuses a file that everyone may write, since it may name programs to run', async () => {
    writeFileSync(file, CONTRACT)
    chmodSync(file, 0o666)
    await assert.rejects(loadSweepConfig(file), /written by every user/)
  })

  it('says what to do where there is no file', async () => {
    await assert.rejects(
      loadSweepConfig(file),
      (error) => error instanceof UsageError && /sweep init/.test(error.hint ?? ''),
    )
  })

  it('takes a list of repositories, each of a registry that it has', async () => {
    const list = join(folder, 'names')
    const one = await load('registries: [{ host: r.example.com:5000, repositoriesFrom: x, tags: { newest: 3 } }]\n')
    writeFileSync(list, '# today\nteam/a\nr.example.com:5000/team/b\n')
    assert.deepEqual([...(await namedRepositories(one, list))], [['r.example.com:5000', ['team/a', 'team/b']]])

    const two = await load('registries: [{ host: a.example.com }, { host: b.example.com }]\n')
    writeFileSync(list, 'b.example.com/x\n')
    assert.deepEqual([...(await namedRepositories(two, list))], [['b.example.com', ['x']]])
    for (const [text, message] of [
      ['team/a\n', /in no registry/],
      ['c.example.com/x\n', /in no registry/],
      ['# none\n', /names no repository/],
    ] as const) {
      writeFileSync(list, text)
      await assert.rejects(namedRepositories(two, list), message)
    }
  })

  it('reads lengths of time', () => {
    const lengths = {
      '400d': 400,
      '52w': 364,
      '2y': 730,
      '1 d': 1,
      '0d': undefined,
      '12': undefined,
      '5m': undefined,
      '': undefined,
    }
    for (const [text, days] of Object.entries(lengths)) assert.equal(parseDays(text), days, text)
  })

  it('publishes a schema that is that of the code, and takes the file of the contract', () => {
    const published: unknown = JSON.parse(
      readFileSync(join(packageRoot(), 'docs', 'schemas', 'sweep.schema.json'), 'utf8'),
    )
    assert.deepEqual(published, JSON.parse(JSON.stringify(sweepSchema())), 'run npm run schemas')
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })
    addFormats.default(ajv)
    const validate = ajv.compile(sweepSchema())
    assert.ok(validate(parse(CONTRACT)), JSON.stringify(validate.errors))
    assert.ok(!validate({ registries: [{ host: 'a.example', tags: { newst: 1 } }] }))
  })
})
