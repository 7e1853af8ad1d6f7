// Files that services mount and that hold a moved value a second time: found, named by file and line, and never printed.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import type { MountedSecret } from '../../../src/migrate/mounted-secrets.js'
import { grantedFiles, mountedTexts } from '../../../src/migrate/mounted-texts.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { copiesOf } from '../../../src/migrate/rotate/copies.js'
import { lineHolding } from '../../../src/migrate/value-in-file.js'
import { Secret } from '../../../src/support/secret.js'
import { FOLDER, gathered } from './in-memory.js'

const VALUE = ['granite', '17', 'Basalt'].join('-')

describe('files that services mount', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-mounted-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const project = (files: Readonly<Record<string, string | Buffer>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    return loadProject({ files: [join(folder, 'compose.yaml')], profiles: [], env: {}, cwd: folder })
  }

  it('are texts of the project, also in folders, and none that the plan looks at as something else', async () => {
    const loaded = await project({
      'compose.yaml':
        'services:\n  web:\n    image: web\n    env_file: app/web.env\n    configs: [own]\n    volumes:\n' +
        '      - ./kibana.yml:/etc/kibana.yml:ro\n      - ./app:/app\n      - ./nowhere:/nowhere\n      - data:/data\n      - ../outside:/o\n' +
        'volumes:\n  data:\nconfigs:\n  own: {file: ./app/own.conf}\n',
      'kibana.yml': 'a',
      'app/web.env': 'X=1\n',
      'app/own.conf': 'b',
      'app/Dockerfile': 'FROM a\n',
      'app/docker-compose.dev.yml': 'services: {}\n',
      'app/conf/deep.ini': 'c',
      'app/picture.png': Buffer.from([1, 0, 2]),
      'app/large.txt': 'x'.repeat(100_001),
      'app/node_modules/x/y.js': 'd',
      'beside.txt': 'e',
    })
    const found = await mountedTexts(loaded)
    assert.deepEqual(
      found.map(({ path, as }) => [relative(folder, path), as]),
      [
        ['kibana.yml', 'which web mounts'],
        ['app/conf/deep.ini', 'which web mounts'],
      ],
    )
  })

  it('those of secrets and configs are read as what they are', async () => {
    const loaded = await project({
      'compose.yaml':
        'services: {}\nsecrets:\n  pw: { file: ./pw.txt }\n  gone: { file: ./gone.txt }\n  env: { environment: PW }\nconfigs:\n  conf: { file: conf/app.ini }\n',
      'pw.txt': 'a',
      'conf/app.ini': 'b',
    })
    assert.deepEqual(
      (await grantedFiles(loaded)).map(({ path, as, secret, bytes }) => [
        relative(folder, path),
        as,
        secret,
        bytes.toString(),
      ]),
      [
        ['pw.txt', 'secret pw', 'pw', 'a'],
        ['conf/app.ini', 'config conf', undefined, 'b'],
      ],
    )
  })

  it('are those of the git repository around the project, too', async () => {
    const deep = join(folder, 'repo', 'docker')
    for (const name of ['.git/HEAD', 'backend/config.yaml', 'docker/compose.yaml']) {
      mkdirSync(join(folder, 'repo', dirname(name)), { recursive: true })
      writeFileSync(join(folder, 'repo', name), 'a')
    }
    writeFileSync(join(folder, 'outside.txt'), 'b')
    writeFileSync(
      join(deep, 'compose.yaml'),
      'services:\n  web:\n    image: web\n    volumes: [../backend:/b, ../../outside.txt:/o]\n',
    )
    const loaded = await loadProject({ files: [join(deep, 'compose.yaml')], profiles: [], env: {}, cwd: deep })
    const found = await mountedTexts(loaded)
    assert.deepEqual(
      found.map(({ path }) => relative(deep, path)),
      ['../backend/config.yaml'],
    )
  })

  it('are named when a secret in them is rotated', async () => {
    const loaded = await project({
      'compose.yaml': 'services:\n  web:\n    image: web\n    volumes: [./kibana.yml:/k.yml]\n',
      'kibana.yml': `# ours\nelasticsearch.password: ${VALUE}\n`,
    })
    const place = { name: 'x', ref: 'file://secrets/x' } as Parameters<typeof copiesOf>[2]
    assert.deepEqual(await copiesOf(Secret.of(Buffer.from(VALUE)), loaded, place), ['kibana.yml:2 (which web mounts)'])
  })
})

describe('migrate: secrets of files that services mount', () => {
  const plan = async (found: readonly MountedSecret[]) => {
    const text = `services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${VALUE}\n`
    return makePlan({ ...(await gathered(text)), mountedSecrets: found }).plan.notes.filter((note) =>
      note.startsWith('Secrets of their own'),
    )
  }
  const found = (path: string, line: number, text: string) => ({ path, line, text, as: 'which db mounts' })

  it('are told in one note, by file and line, and not shown', async () => {
    const texts = ['flint', 'shale', 'chert'].map((word) => `${word}-41`)
    const notes = await plan([
      found('init/users.sql', 9, texts[0] ?? ''),
      found('init/users.sql', 2, texts[1] ?? ''),
      found('redis.conf', 1, texts[2] ?? ''),
    ])
    assert.equal(notes.length, 1)
    assert.match(notes[0] ?? '', / init\/users\.sql:2, 9 \(which db mounts\), redis\.conf:1 \(which db mounts\)\. /)
    assert.doesNotMatch(notes[0] ?? '', /-41/)
  })

  it('are left to the moved value where they are the same', async () => {
    assert.deepEqual(await plan([found('redis.conf', 1, VALUE)]), [])
    assert.deepEqual(await plan([]), [])
  })

  it('of a moved value are told with its secret, also in files that the plan has not read', async () => {
    const text = `services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${VALUE}\n`
    const bytes = Buffer.from(`# ours\nrequirepass ${VALUE}\nmasterauth ${VALUE}\n`)
    const mounted = [{ path: join(FOLDER, 'redis.conf'), bytes, as: 'which db mounts' }]
    const mountedSecrets = [
      found('redis.conf', 2, VALUE),
      found('redis.conf', 3, VALUE),
      found('large.sql', 907, VALUE),
      found('other.sql', 3, 'flint-41-Shale'),
    ]
    const { notes } = makePlan({ ...(await gathered(text)), mounted, mountedSecrets }).plan
    assert.deepEqual(
      notes.filter((note) => /redis\.conf|\.sql/.test(note)).map((note) => note.split(/, which nothing|\. /)[0]),
      [
        'postgres_password: the same value stands in redis.conf:2 (which db mounts), large.sql:907 (which db mounts)',
        'Secrets of their own stand in other.sql:3 (which db mounts)',
      ],
    )
  })
})

describe('migrate: a value that stands in a file besides', () => {
  it('is told with file and line, as are those of scripts', async () => {
    const project = await gathered(
      `services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${VALUE}\n`,
    )
    const bytes = Buffer.from(`user: app\npassword: ${VALUE}\n`)
    const mounted = [{ path: join(FOLDER, 'conf/app.yml'), bytes, as: 'secret app_conf' }]
    const scripts = [
      { name: 'seed.sh', text: `#!/bin/sh\n\nseed --key ${VALUE}9\nseed --password "${VALUE}"\n`, kind: 'script' },
      { name: 'Dockerfile', text: `ENV X=${VALUE}\n`, kind: 'dockerfile' },
    ] as const
    const { plan } = makePlan({ ...project, mounted, scripts })
    const told = plan.notes.filter((note) => note.includes('app.yml'))
    assert.deepEqual(
      told.map((note) => note.slice(0, note.indexOf(','))),
      ['postgres_password: the same value stands in conf/app.yml:2 (secret app_conf)'],
    )
    assert.match(told[0] ?? '', /conf\/app\.yml:2 \(secret app_conf\), seed\.sh:4,/)
    assert.doesNotMatch(JSON.stringify(plan.notes), new RegExp(`${VALUE}|Dockerfile`))
  })

  it('is not told of the file that the secret itself is, but of the one of a service called so', async () => {
    const project = await gathered(
      `services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${VALUE}\n`,
    )
    const notesOf = (file: { readonly as: string; readonly secret?: string }) => {
      const mounted = [{ path: join(FOLDER, 'pw.txt'), bytes: Buffer.from(VALUE), ...file }]
      return makePlan({ ...project, mounted }).plan.notes.filter((note) => note.includes('pw.txt:1'))
    }
    assert.equal(notesOf({ as: 'secret postgres_password', secret: 'postgres_password' }).length, 0)
    assert.equal(notesOf({ as: 'secret other', secret: 'other' }).length, 1)
    assert.equal(notesOf({ as: 'secret postgres_password' }).length, 1)
  })

  const rows: readonly (readonly [text: string, value: string, line: number])[] = [
    [`a\nb ${VALUE}\n`, VALUE, 2],
    [`a ${VALUE}x\nx${VALUE}\n`, VALUE, 0],
    [`postgres://u:${VALUE}@db/x`, VALUE, 1],
    ['\npostgres://u:p%40ss-word@db/x', 'p@ss-word', 2],
    ['elasticsearch.password: changeme\n', 'changeme', 1],
    ['note: changeme\nchangeme if you like\n', 'changeme', 0],
    ['port 26379\nsentinel auth-pass mymaster changeme\n', 'changeme', 2],
    ['bind 0.0.0.0\nrequirepass "changeme"\n', 'changeme', 2],
    [
      'KafkaServer {\n  PlainLoginModule required username="admin" password="' + 'changeme' + '" user_admin="x";\n};\n',
      'changeme',
      2,
    ],
    ['  password="' + 'changeme' + '";\n', 'changeme', 1],
    ['"app" "changeme"\n', 'changeme', 1],
    ['"app" "other"\n', 'changeme', 0],
    ['the password is not always changeme\nuser changeme\n', 'changeme', 0],
    ['PASSWORD=ab1\n', 'ab1', 1],
    ['version: ab1\n', 'ab1', 0],
    ['spring:\n  password: "${SPRING_PASSWORD:thingsboard}"\n', 'thingsboard', 2],
    ['name: "${SPRING_NAME:thingsboard}"\n', 'thingsboard', 0],
    ['<user>thingsboard</user>\n<password>thingsboard</password>\n', 'thingsboard', 2],
    ["CREATE DATABASE thingsboard;\nCREATE USER app IDENTIFIED BY '" + "thingsboard';\n", 'thingsboard', 2],
    ["create user thingsboard;\nALTER ROLE app WITH PASSWORD '" + "thingsboard';\n", 'thingsboard', 2],
    ['{ "user": "thingsboard",\n  "dbPassword": "thingsboard" }\n', 'thingsboard', 2],
    [
      '<name>db.user</name>\n<value>thingsboard</value>\n<name>jdo.ConnectionPassword</name>\n<value>thingsboard</value>\n',
      'thingsboard',
      4,
    ],
    ['s3.access-key=thingsboard\ns3.secret-key=thingsboard\n', 'thingsboard', 2],
    ['mysql -u thingsboard thingsboard\nmysql -uroot -pthingsboard thingsboard\n', 'thingsboard', 2],
  ]
  for (const [text, value, line] of rows)
    it(`${JSON.stringify(value)} in ${JSON.stringify(text)}: ${line === 0 ? 'no' : `line ${line}`}`, () =>
      assert.equal(lineHolding(Buffer.from(text), value), line))
})
