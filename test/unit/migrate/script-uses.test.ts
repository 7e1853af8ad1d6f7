// Scripts for which a value stays: they decide it themselves, or run the image that it leaves.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { planned } from './with-siblings.js'

const PASSWORD = ['gran', 'ite-77'].join('')
const UP = 'docker compose up -d\n'

describe('migrate: a script that sets a variable and starts the project', () => {
  const FILES = {
    'compose.yaml':
      'services:\n  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: "${DB_PASSWORD}" }\n',
    '.env': `DB_PASSWORD=${PASSWORD}\n`,
  }
  const ID = 'db.POSTGRES_PASSWORD'

  it('keeps the value, unless it was named', async () => {
    for (const [name, text] of [
      ['deploy.sh', `export DB_PASSWORD="$(vault read x)"\n${UP}`],
      ['up.sh', `DB_PASSWORD=test ${UP}`],
      ['up.sh', `read -rsp 'Password: ' DB_PASSWORD\nexport DB_PASSWORD\n${UP}`],
      ['up.sh', `echo "DB_PASSWORD=$PROD" > .env\n${UP}`],
      ['bin/dc', '#!/bin/sh\nexport DB_PASSWORD=$(op read x)\nexec docker compose "$@"\n'],
      ['Jenkinsfile', `withCredentials([string(variable: 'DB_PASSWORD')]) {\n  sh '${UP.trim()}' }\n`],
      ['up.ps1', `$env:DB_PASSWORD = "x"\n${UP}`],
      ['Makefile', `export DB_PASSWORD := test\nup:\n\t${UP}`],
      ['shop.service', `[Service]\nEnvironment=DB_PASSWORD=prod\nExecStart=/usr/bin/${UP}`],
      [
        '.github/workflows/ci.yml',
        `jobs:\n  x:\n    env:\n      DB_PASSWORD: \${{ secrets.X }}\n    steps:\n      - run: ${UP}`,
      ],
    ] as const) {
      const { moves, left } = await planned({ ...FILES, [name]: text })
      assert.deepEqual(moves, [], text)
      const { reason = '', todo = '' } = left[ID] ?? {}
      assert.match(reason, new RegExp(`^${name.replaceAll('.', '\\.')}:\\d sets DB_PASSWORD and starts the project`))
      assert.match(todo, /name it: --select db\.POSTGRES_PASSWORD\.$/)
      assert.deepEqual((await planned({ ...FILES, [name]: text }, { select: [ID] })).moves, [ID])
    }
  })

  it('keeps it where it starts the project by the Makefile', async () => {
    const workflow = { '.github/workflows/ci.yml': 'env:\n  DB_PASSWORD: x\njobs:\n  - run: make test\n' }
    assert.deepEqual((await planned({ ...FILES, ...workflow, Makefile: `test:\n\t${UP}` })).moves, [])
    assert.deepEqual((await planned({ ...FILES, ...workflow, Makefile: 'test:\n\tnpm test\n' })).moves, [ID])
  })

  it('keeps it from the repository above, where the script names the folder of the project', async () => {
    const above = (step: string) => ({
      'deploy/compose.yaml': FILES['compose.yaml'],
      'deploy/.env': FILES['.env'],
      '.github/workflows/ci.yml': `jobs:\n  x:\n    steps:\n      - run: DB_PASSWORD=test docker compose ${step}\n`,
    })
    const links = (folder: string) => mkdirSync(join(folder, '.git'))
    const options = { main: 'deploy/compose.yaml', links }
    const { moves, left } = await planned(above('-f deploy/compose.yaml up -d'), options)
    assert.deepEqual(moves, [])
    assert.match(left[ID]?.reason ?? '', /^\.\.\/\.github\/workflows\/ci\.yml:4 sets DB_PASSWORD/)
    assert.deepEqual((await planned(above('-f other/compose.yaml up -d'), options)).moves, [ID])
    assert.deepEqual((await planned(above('-f deploy/compose.yaml up -d'), { main: options.main })).moves, [ID])
  })

  it('keeps it where it starts the project with an env file that has another value', async () => {
    const password = '$' + '{DB_PASSWORD:-postgres-1}'
    const files = (name: string, command: string, value = PASSWORD) => ({
      'infra/compose.yaml': `services:\n  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: "${password}" }\n`,
      '.env': `DB_PASSWORD=${value}\n`,
      [name]: `up:\n\t${command}\n`,
    })
    const links = (folder: string) => mkdirSync(join(folder, '.git'))
    const options = { main: 'infra/compose.yaml', links }
    const up = 'docker compose -f infra/compose.yaml --env-file .env up -d'
    for (const name of ['Makefile', 'scripts/up.sh']) {
      const { moves, left } = await planned(files(name, up), options)
      assert.deepEqual(moves, [], name)
      assert.match(left[ID]?.reason ?? '', /^\.\.\/\.env sets DB_PASSWORD to another value/)
      assert.match(left[ID]?.todo ?? '', /^Plan with --env-file \.\.\/\.env where that is what runs\./)
    }
    for (const [command, value] of [
      [up, 'postgres-1'],
      [up.replace('up -d', 'config')],
      [up.replace('--env-file .env', '--env-file none.env')],
    ] as const)
      assert.deepEqual((await planned(files('Makefile', command, value), options)).moves, [ID], command)
  })

  it('keeps nothing where it sets this value, gives it to something else or starts nothing', async () => {
    for (const text of [
      `export DB_PASSWORD=${PASSWORD}\n${UP}`,
      `# DB_PASSWORD=test\n${UP}`,
      `OTHER_DB_PASSWORD=x DB_PASSWORD_2=y ${UP}`,
      `export DB_PASSWORD=$(grep ^DB_PASSWORD= .env | cut -d= -f2)\n${UP}`,
      `docker run -e DB_PASSWORD=x shop/jobs\n${UP}`,
      `[ "$DB_PASSWORD" = x ] || ${UP}`,
      'export DB_PASSWORD=test\nnpm test\n',
    ])
      assert.deepEqual((await planned({ ...FILES, 'up.sh': text })).moves, [ID], text)
    const hard = { 'compose.yaml': FILES['compose.yaml'].replace('"${DB_PASSWORD}"', PASSWORD) }
    assert.deepEqual((await planned({ ...hard, 'up.sh': `export POSTGRES_PASSWORD=test\n${UP}` })).moves, [ID])
  })
})

describe('migrate: a script or a Dockerfile that uses the image which a value leaves', () => {
  const FILES = {
    'compose.yaml': 'services:\n  web:\n    build: ./api\n    image: registry.acme.example/shop:1\n',
    'api/Dockerfile': `FROM node:20\nENV JWT_SECRET=${PASSWORD}\n`,
  }
  const ID = 'api/Dockerfile.JWT_SECRET'

  it('keeps it there, unless it was named', async () => {
    for (const [name, text, what] of [
      [
        'bin/console',
        '#!/bin/sh\ndocker run --rm registry.acme.example/shop:latest console\n',
        /^bin\/console:2 runs the image/,
      ],
      [
        'ci.sh',
        'docker run --rm \\\n  -e X=1 \\\n  registry.acme.example/shop:$SHA serve\n',
        /^ci\.sh:1 runs the image/,
      ],
      ['k8s/web.yaml', 'spec:\n  image: registry.acme.example/shop:1.4\n', /^k8s\/web\.yaml:2 runs the image/],
      ['tests/Dockerfile', 'FROM registry.acme.example/shop:latest\n', /^tests\/Dockerfile:1 builds upon the image/],
    ] as const) {
      const { moves, left } = await planned({ ...FILES, [name]: text })
      assert.deepEqual(moves, [], name)
      assert.match(left[ID]?.reason ?? '', what)
      assert.deepEqual((await planned({ ...FILES, [name]: text }, { select: [ID] })).moves, [ID])
    }
  })

  it('keeps nothing where it uses another one', async () => {
    const others = {
      'run.sh': 'docker run registry.acme.example/shop-worker\n',
      'x/Dockerfile': 'FROM acme.example/shop\n',
    }
    assert.deepEqual((await planned({ ...FILES, ...others })).moves, [ID])
  })
})
