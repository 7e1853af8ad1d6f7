// Scripts of the project that take a value from an env file which it leaves: the plan names them, it cannot change them.
import assert from 'node:assert/strict'
import { planned } from './with-siblings.js'

const PASSWORD = ['gran', 'ite-77'].join('')
const FILES = {
  'compose.yaml':
    'services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: ${DB_PASSWORD}\n      POSTGRES_USER: ${DB_USER}\n',
  '.env': `DB_PASSWORD=${PASSWORD}\nDB_USER=shop\n`,
}
const noteWith = async (more: Readonly<Record<string, string>>, options = {}): Promise<string> => {
  const { moves, notes } = await planned({ ...FILES, ...more }, options)
  assert.deepEqual(moves, ['db.POSTGRES_PASSWORD'])
  return notes.split('\n').find((note) => note.includes('may take')) ?? ''
}

describe('migrate: scripts that read a line which leaves an env file', () => {
  it('a Compose file that is indented as a whole is none that something else reads', async () => {
    const compose = `  services:\n    db:\n      image: postgres:16\n      environment:\n        POSTGRES_PASSWORD: ${PASSWORD}\n`
    const { moves, notes } = await planned({ 'compose.yaml': compose })
    assert.deepEqual(moves, ['db.POSTGRES_PASSWORD'])
    assert.doesNotMatch(notes, /compose\.yaml:5/)
  })

  it('are named with the line, and with where the value is from then on', async () => {
    const note = await noteWith({
      'backup.sh': '#!/bin/sh\n# DB_PASSWORD of .env\nset -a; . ./.env\nPGPASSWORD=$DB_PASSWORD pg_dump app\n',
      Makefile: 'include .env\nmigrate:\n\tpsql "postgres://app:$(DB_PASSWORD)@db"\n',
      'bin/restore': '#!/usr/bin/env bash\nPGPASSWORD="$(grep ^DB_PASSWORD= ../.env | cut -d= -f2)" psql\n',
    })
    assert.equal(
      note,
      'Makefile:3, backup.sh:4, bin/restore:2 may take DB_PASSWORD from .env, which it leaves. From then on DB_PASSWORD stands in ./secrets/postgres_password: change them to read that.',
    )
  })

  it('are named where they hand all of the file to a program', async () => {
    assert.match(
      await noteWith({
        'deploy/run.sh': 'docker run -d --env-file .env shop/jobs\n',
        'shop.service': '[Service]\nEnvironmentFile=/srv/shop/.env\n',
      }),
      /^shop\.service:2, deploy\/run\.sh:1 may take DB_PASSWORD from \.env/,
    )
  })

  it('are named where they export all of it, or have a tool that loads it', async () => {
    for (const [name, text, line] of [
      ['dev.sh', 'set -a\nsource .env\nset +a\nnpm start\n', 2],
      ['dev2.sh', "export $(grep -v '^#' .env | xargs)\nnpm start\n", 1],
      ['Makefile', '-include .env\nexport\ndev:\n\tnpm start\n', 1],
      ['.envrc', 'dotenv\n', 1],
      ['justfile', 'set dotenv-load\ndev:\n  npm start\n', 1],
      ['Taskfile.yml', "version: '3'\ndotenv: ['.env']\n", 2],
    ] as const)
      assert.match(
        await noteWith({ [name]: text }),
        new RegExp(`^${name.replace('.', '\\.')}:${line} may take DB_PASSWORD`),
      )
  })

  it('are not named where they name another file, another variable, or start the project', async () => {
    for (const [name, text] of [
      ['entrypoint.sh', 'exec server --password "$DB_PASSWORD"\n'],
      ['backup.sh', '. ./.env\npg_dump -U "$DB_USER"\n'],
      ['backup.sh', '. ./.env.backup\nPGPASSWORD=$DB_PASSWORD pg_dump app\n'],
      ['up.sh', 'docker compose --env-file .env up -d\n'],
      ['up.sh', 'set -a\n. ./.env\ncd app\ndocker compose up -d\n'],
      ['justfile', 'set dotenv-load := false\n'],
      ['Makefile', 'include .env\ndev:\n\tnpm start\n'],
      ['up.sh', '. ./.env\n# DB_PASSWORD is for the database\n'],
      ['notes.txt', 'DB_PASSWORD stands in .env\n'],
      ['node_modules/x/run.sh', '. .env; echo $DB_PASSWORD\n'],
    ] as const)
      assert.equal(await noteWith({ [name]: text }), '', `${name}: ${text}`)
  })
})

describe('migrate: a value of .env in a stack', () => {
  it('is told to have come from the shell that deploys', async () => {
    const compose = `version: "3.8"\n${FILES['compose.yaml']}`
    const { notes } = await planned({ ...FILES, 'compose.yaml': compose }, { isStack: true })
    assert.match(notes, /^db\.POSTGRES_PASSWORD: from \.env \(DB_PASSWORD\), which docker stack deploy does not read/m)
    assert.doesNotMatch((await planned(FILES)).notes, /docker stack/)
  })
})

describe('migrate: programs that load .env themselves', () => {
  const SETTINGS = 'from dotenv import load_dotenv\nload_dotenv()\nPASSWORD = os.environ["DB_PASSWORD"]\n'
  const notesWith = async (more: Readonly<Record<string, string>>) =>
    (await planned({ ...FILES, ...more })).notes.split('\n').find((note) => note.includes('loads .env')) ?? ''

  it('are named with the line that leaves it', async () => {
    assert.equal(
      await notesWith({ 'settings.py': SETTINGS, 'src/db.py': 'connect(env("DB_PASSWORD"))\n' }),
      'settings.py:3, src/db.py:1: name DB_PASSWORD, and settings.py has what loads .env. Started on the host, such a program no longer finds it there. From then on DB_PASSWORD stands in ./secrets/postgres_password: change them to read that.',
    )
    const node = { 'package.json': '{"dependencies":{"dotenv":"16"}}', 'seed.js': 'process.env.DB_PASSWORD\n' }
    assert.match(await notesWith(node), /^seed\.js:1: names DB_PASSWORD, and package\.json has/)
  })

  it('are named of the env file beside or above them', async () => {
    const notes = async (more: Readonly<Record<string, string>>) => {
      const files = {
        'compose.yaml': FILES['compose.yaml'].replace('environment:', 'env_file: api/.env\n    environment:'),
      }
      const env = `POSTGRES_USER=app\nAPI_TOKEN=${['zinc', '81-moss'].join('-')}\n`
      const { notes: all } = await planned({ ...FILES, ...files, 'api/.env': env, ...more })
      return all.split('\n').filter((note) => /what loads|without Compose/.test(note))
    }
    const open = (name: string) =>
      `${name}: this line leaves. What reads that file without Compose (a program or a test that is started on the host) no longer finds it: give it an env file of its own, or the secret.`
    const loader = { 'api/package.json': '{"dependencies":{"dotenv":"16"}}' }
    const [loaded, ...more] = await notes({ ...loader, 'api/src/main.js': 'env.API_TOKEN\n' })
    assert.match(
      loaded ?? '',
      /^api\/src\/main\.js:1: names API_TOKEN, and api\/package\.json has what loads api\/\.env\./,
    )
    assert.deepEqual(more, [open('.env (DB_PASSWORD)')])
    const both = [
      open('.env (DB_PASSWORD), api/.env (API_TOKEN)')
        .replace('this line leaves', 'these lines leave')
        .replace('that file', 'those files')
        .replace('finds it:', 'finds them:'),
    ]
    assert.deepEqual((await notes({ ...loader, 'web/main.js': 'env.API_TOKEN\n' })).sort(), both)
  })

  it('are not, where nothing loads it or they name another variable', async () => {
    assert.equal(await notesWith({ 'settings.py': 'os.environ["DB_PASSWORD"]\n' }), '')
    assert.equal(await notesWith({ 'settings.py': SETTINGS.replace('DB_PASSWORD', 'DB_USER') }), '')
    assert.equal(await notesWith({ 'settings.py': SETTINGS.replace('PASSWORD =', '# ') }), '')
  })
})

describe('migrate: scripts that use a variable in a container', () => {
  const notesWith = async (more: Readonly<Record<string, string>>) =>
    (await planned({ ...FILES, ...more })).notes
      .split('\n')
      .find((note) => note.includes('docker compose exec starts in')) ?? ''

  it('are named with what to write', async () => {
    const dump = `docker compose exec -T db sh -c 'PGPASSWORD="$POSTGRES_PASSWORD" pg_dump app' | gzip > x.gz\n`
    assert.equal(
      await notesWith({ 'backup.sh': `#!/bin/sh\n${dump}` }),
      'backup.sh:2: takes POSTGRES_PASSWORD from the environment. What docker compose exec starts in a container, or run in place of the image\'s own program, no longer has it: write "$(cat /run/secrets/postgres_password)" there.',
    )
    const maintenance = {
      'compose/production/postgres/maintenance/backup': '#!/bin/bash\nexport PGPASSWORD="${POSTGRES_PASSWORD}"\n',
    }
    assert.match(
      await notesWith(maintenance),
      /^compose\/production\/postgres\/maintenance\/backup:2: takes POSTGRES_PASSWORD/,
    )
  })

  it('are not, where the entrypoint of the image runs them or they use another variable', async () => {
    assert.equal(
      await notesWith({ 'initdb/10-users.sh': 'psql -c "alter user x password \'$POSTGRES_PASSWORD\'"\n' }),
      '',
    )
    assert.equal(await notesWith({ console: `#!/bin/sh\ndocker run x sh -c 'echo $POSTGRES_PASSWORD'\n` }), '')
    assert.equal(await notesWith({ 'backup.sh': 'docker compose exec db pg_dump -U "$POSTGRES_USER"\n' }), '')
  })
})

describe('migrate: the other copies of a project in git', () => {
  it('are said to need the files of secrets, with what starts them', async () => {
    const copies = async (more: Readonly<Record<string, string>>) =>
      (await planned({ ...FILES, ...more }, { isInGit: true })).notes
        .split('\n')
        .find((note) => note.includes('kept out of git')) ?? ''
    assert.equal(
      await copies({ '.github/workflows/ci.yml': 'jobs:\n  x:\n    steps:\n      - run: docker compose up -d\n' }),
      './secrets is kept out of git: every other copy of the project (a clone, a pipeline, a server) needs its files before it is started with these changes. .github/workflows/ci.yml:4 starts it.',
    )
    assert.match(await copies({}), /with these changes\.$/)
  })
})

describe('migrate: scripts that start the project in the way of before', () => {
  const noteOf = async (up: string, to: { readonly isStack?: boolean; readonly isInVault?: boolean }) =>
    (await planned({ ...FILES, Makefile: `up:\n\t${up}\n` }, to)).notes
      .split('\n')
      .find((note) => note.startsWith('docker compose up ')) ?? ''

  it('are named where Vault or a Swarm holds the secrets, and where nothing changes they are not', async () => {
    assert.match(
      await noteOf('docker compose up -d --build', { isInVault: true }),
      /: secretscan exec -- docker compose.* up -d reads them from Vault\. Change Makefile:2\.$/,
    )
    assert.doesNotMatch(await noteOf('secretscan exec -- docker compose up -d', { isInVault: true }), /Change/)
    assert.match(await noteOf('docker compose up -d', { isStack: true }), / does\. Change Makefile:2\.$/)
    assert.doesNotMatch(await noteOf('docker stack deploy -c compose.yaml shop', { isStack: true }), /Change/)
    assert.equal(await noteOf('docker compose up -d', {}), '')
  })
})

describe('migrate: a port of one address', () => {
  const open = async (ports: string, isStack: boolean) => {
    const text = `${FILES['compose.yaml']}    ports: [${ports}]\n`
    const { notes } = await planned({ ...FILES, 'compose.yaml': text }, { isStack })
    return notes.split('\n').find((note) => note.includes('publishes ports')) ?? ''
  }

  it('is told to be one of all addresses in a stack', async () => {
    assert.match(
      await open('"127.0.0.1:5432:5432", "8080:80"', true),
      /^127\.0\.0\.1:5432 of db: a stack publishes ports on all addresses/,
    )
    assert.equal(await open('"8080:80", "0.0.0.0:81:81"', true), '')
    assert.equal(await open('"127.0.0.1:5432:5432"', false), '')
  })
})

describe('migrate: builds beside those of Compose', () => {
  const BUILT = {
    'compose.yaml': 'services:\n  web:\n    build: .\n    image: registry.acme.example/shop:1\n',
    Dockerfile: `FROM node:20\nARG NPM_TOKEN=${PASSWORD}\nRUN x $NPM_TOKEN\n`,
  }
  const notesWith = async (more: Readonly<Record<string, string>>) =>
    (await planned({ ...BUILT, ...more })).notes.split('\n').find((note) => note.includes('as a build argument')) ?? ''

  it('are named with the secret that they have to give', async () => {
    assert.equal(
      await notesWith({ 'build.sh': 'docker build \\\n  --build-arg NPM_TOKEN="$T" .\n' }),
      'build.sh:1: gives NPM_TOKEN as a build argument, which the Dockerfile takes no more: the build ends there until it gets a secret (--secret id=npm_token,env=NPM_TOKEN).',
    )
    const workflow =
      'jobs:\n  x:\n    steps:\n      - with:\n          build-args: |\n            NPM_TOKEN=${{ secrets.T }}\n'
    assert.match(await notesWith({ '.github/workflows/ci.yml': workflow }), /^\.github\/workflows\/ci\.yml:6: gives/)
    assert.match(
      await notesWith({ 'docker-bake.hcl': 'target "x" {\n  args = {\n    NPM_TOKEN = "${T}"\n  }\n}\n' }),
      /^docker-bake\.hcl:3/,
    )
    assert.equal(await notesWith({ 'build.sh': 'docker build --build-arg NPM_TOKEN_2=x .\n' }), '')
  })

  it('an image with a name of its own is told to lose its ENV', async () => {
    const dockerfile = `FROM node:20\nENV JWT_SECRET=${PASSWORD}\n`
    const { notes } = await planned({ ...BUILT, Dockerfile: dockerfile })
    assert.match(notes, /^registry\.acme\.example\/shop:1 no longer holds JWT_SECRET: what runs it elsewhere/m)
    const own = await planned({ 'compose.yaml': 'services: { web: { build: . } }\n', Dockerfile: dockerfile })
    assert.doesNotMatch(own.notes, /no longer holds/)
  })
})

describe('migrate: a label by which another container starts a command in the service', () => {
  it('keeps the variable that it takes, until it reads the file', async () => {
    const label = (text: string) =>
      `services:\n  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: ${PASSWORD} }\n    labels:\n      ofelia.job-exec.dump.command: 'sh -c "PGPASSWORD=${text} pg_dumpall"'\n`
    const { moves, left } = await planned({ 'compose.yaml': label('$$POSTGRES_PASSWORD') })
    assert.deepEqual(moves, [])
    assert.match(left['db.POSTGRES_PASSWORD']?.reason ?? '', /^The label ofelia\.job-exec\.dump\.command takes/)
    const followed = await planned({ 'compose.yaml': label('$$(cat /run/secrets/postgres_password)') })
    assert.deepEqual(followed.moves, ['db.POSTGRES_PASSWORD'])
  })

  it('is told with what to write, since its command may take a variable that it does not name', async () => {
    const labels = `    labels:
      ofelia.job-exec.nightly.command: php artisan report:send
      ofelia.job-run.once.command: php artisan report:once
`
    const scheduler = `  ofelia:
    image: mcuadros/ofelia
    labels:
      ofelia.job-exec.sync.command: php artisan sync:all
      ofelia.job-exec.sync.container: acme_app
`
    const text = (more: string) =>
      `services:\n  app:\n    image: acme/app:1\n    container_name: acme_app\n    environment: { API_TOKEN: ${PASSWORD} }\n${more}`
    const said = (await planned({ 'compose.yaml': text(labels + scheduler) })).notes
      .split('\n')
      .filter((note) => note.startsWith('The label'))
    const rest =
      'runs its command in the container of app, where it no longer finds app.API_TOKEN in the environment. If it takes it, write there: sh -c \'API_TOKEN="$$(cat /run/secrets/api_token)" COMMAND\'.'
    assert.deepEqual(said, [
      `The label ofelia.job-exec.nightly.command ${rest}`,
      `The label ofelia.job-exec.sync.command ${rest}`,
    ])
    const reading = labels.replace('php artisan report:send', `'sh -c "T=$$(cat /run/secrets/api_token) php a"'`)
    assert.doesNotMatch((await planned({ 'compose.yaml': text(reading) })).notes, /^The label/m)
  })
})

describe('migrate: frameworks that ask the engine for a database', () => {
  it('are named with what to set', async () => {
    const notesWith = async (more: Readonly<Record<string, string>>) => (await planned({ ...FILES, ...more })).notes
    const spring = '<dependency><artifactId>spring-boot-docker-compose</artifactId></dependency>\n'
    assert.match(
      await notesWith({ 'pom.xml': spring }),
      /^pom\.xml: Spring Boot's .* takes POSTGRES_PASSWORD from .*enabled=false/m,
    )
    const symfony = '{"require":{"symfony/framework-bundle":"7.1.*"}}\n'
    assert.match(
      await notesWith({ 'composer.json': symfony }),
      /^composer\.json: the Symfony CLI .* DATABASE_URL into \.env\.local/m,
    )
    assert.doesNotMatch(await notesWith({ 'pom.xml': '<project/>' }), /pom\.xml/)
  })
})

describe('migrate: a line of .env that a secret takes by environment:', () => {
  it('is told so, and not to be removed', async () => {
    const { left } = await planned({
      'compose.yaml':
        'services:\n  web: { image: shop/web, secrets: [npm] }\nsecrets:\n  npm: { environment: NPM_TOKEN }\n',
      '.env': `NPM_TOKEN=${PASSWORD}\n`,
    })
    const told = left['.env.NPM_TOKEN']
    assert.equal(told?.reason, 'secrets.npm takes it, by environment:.')
    assert.doesNotMatch(told?.todo ?? '', /[Rr]emove/)
  })

  it('stays where a Compose file beside the plan makes the secret from it', async () => {
    const { left } = await planned({
      'compose.yaml': 'services:\n  web: { image: shop/web, environment: { NPM_TOKEN: "${NPM_TOKEN}" } }\n',
      'ci.yaml': 'services:\n  ci: { image: shop/ci, secrets: [npm] }\nsecrets:\n  npm: { environment: NPM_TOKEN }\n',
      '.env': `NPM_TOKEN=${PASSWORD}\n`,
    })
    assert.match(left['web.NPM_TOKEN']?.reason ?? '', /^ci\.yaml uses NPM_TOKEN of \.env too/)
  })
})
