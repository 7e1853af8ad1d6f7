// What another Compose file is beside those of the plan: started over them, including them, a project of its own, or one of another folder.
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { planned } from './with-siblings.js'

const PASSWORD = ['gran', 'ite-77'].join('')
const TOKEN = ['bas', 'alt-88'].join('')
const API = 'api.JWT_SECRET'
const DB = 'db.POSTGRES_PASSWORD'

const api = (...lines: readonly string[]) =>
  `services:\n  api:\n    image: shop/api\n${lines.map((line) => `    ${line}\n`).join('')}`
const DATABASE = `  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: ${PASSWORD} }\n`
const BASE = `${api('environment:', `  JWT_SECRET: ${TOKEN}`)}${DATABASE}`

describe('migrate: a Compose file that is never started over those of the plan', () => {
  it('is a full copy of one of them, whatever another one adds', async () => {
    const { moves, notes } = await planned(
      {
        'compose.yaml': BASE,
        'compose.override.yaml': api('ports: ["80:80"]', 'environment: { DEBUG: "1" }').replace(/ {4}image.*\n/, ''),
        'docker-compose-old.yml': BASE.replace(TOKEN, 'another-1'),
      },
      { main: ['compose.yaml', 'compose.override.yaml'] },
    )
    assert.deepEqual(moves, [API, DB])
    assert.match(notes, /docker-compose-old\.yml .* taken for a project of its own/)
  })

  it('is none for having no service of one of several files', async () => {
    const { moves, left } = await planned(
      {
        'compose.yaml': `${BASE}  web:\n    image: shop/web\n`,
        'compose.override.yaml': 'services:\n  web:\n    ports: ["80:80"]\n',
        'compose.prod.yaml': 'services:\n  api:\n    image: shop/other\n',
      },
      { main: ['compose.yaml', 'compose.override.yaml'] },
    )
    assert.deepEqual(moves, [DB])
    assert.match(left[API]?.reason ?? '', /^compose\.prod\.yaml starts api from another image/)
  })

  it('is a stack with secrets of the Swarm, unless the plan is for one, too', async () => {
    const stack = `${BASE.replace(/POSTGRES_PASSWORD: .* }/, 'POSTGRES_PASSWORD_FILE: /run/secrets/pg }')}    secrets: [pg]\nsecrets: { pg: { external: true } }\n`
    const files = {
      'compose.yaml': BASE.replace(DATABASE, `${DATABASE}    command: [postgres]\n`),
      'docker-stack.yml': stack,
    }
    assert.deepEqual((await planned(files)).moves, [API, DB])
    const { moves, left } = await planned(files, { isStack: true })
    assert.deepEqual(moves, [API])
    assert.match(left[DB]?.reason ?? '', /^docker-stack\.yml gives db something beside POSTGRES_PASSWORD/)
  })

  it('is the same project for another place, where each says all that it needs', async () => {
    const prod = `${api('env_file: [prod.env, dev.env]', 'environment: { JWT_SECRET: another-1 }')}${DATABASE}    restart: always\n`
    const dev = BASE.replace('image: shop/api', 'build: .')
    const files = {
      'docker-compose.dev.yml': dev,
      'docker-compose.prod.yml': prod,
      'dev.env': 'LOG=debug\n',
      'prod.env': `STRIPE_SECRET=${TOKEN}-1\n`,
    }
    for (const [main, other, moved] of [
      ['docker-compose.dev.yml', 'docker-compose.prod.yml', [API, DB]],
      ['docker-compose.prod.yml', 'docker-compose.dev.yml', [API, DB, 'api.STRIPE_SECRET']],
    ] as const) {
      const { moves, notes } = await planned(files, { main })
      assert.deepEqual([...moves].sort(), [...moved].sort(), main)
      assert.match(notes, new RegExp(`^${other} .*: plan it by itself, with -f ${other}\\.$`, 'm'))
    }
    const both = await planned(files, { main: ['docker-compose.dev.yml', 'docker-compose.prod.yml'] })
    assert.deepEqual([...both.moves].sort(), [DB, 'api.STRIPE_SECRET'].sort())
    assert.match(both.left[API]?.reason ?? '', /^docker-compose\.dev\.yml:\d+ has another value for it/)
    const shared = { ...files, 'docker-compose.dev.yml': dev.replace('build: .', 'build: .\n    env_file: prod.env') }
    const { left } = await planned(shared, { main: 'docker-compose.prod.yml' })
    assert.match(
      left['api.STRIPE_SECRET']?.todo ?? '',
      /^Plan both \(-f docker-compose\.prod\.yml -f docker-compose\.dev\.yml\)/,
    )
    const main = ['docker-compose.prod.yml', 'docker-compose.dev.yml']
    assert.ok((await planned(shared, { main })).moves.includes('api.STRIPE_SECRET'), 'the way that was told works')
    const adding = { ...files, 'docker-compose.prod.yml': prod.replace('    image: shop/api\n', '') }
    const { moves } = await planned(adding, { main: 'docker-compose.dev.yml', unknown: 'postgres' })
    assert.ok(!moves.includes(DB), 'one that adds is started over')
  })

  it('stays a project of its own when the plan has moved what it repeats', async () => {
    const shim = `entrypoint: [sh, -c, 'exec "$$@"', secretscan-shim, serve]`
    const migrated = `${api(shim, 'command: [serve]', 'secrets: [jwt]', `environment: { A_TOKEN: ${TOKEN} }`)}secrets: { jwt: { file: ./jwt } }\n`
    const copy = api(`environment: { A_TOKEN: another-1, JWT_SECRET: ${TOKEN} }`, 'restart: always')
    const restarted = migrated.replace('    secrets: [jwt]', '    restart: always\n    secrets: [jwt]')
    assert.deepEqual((await planned({ 'compose.yaml': restarted, 'compose.old.yaml': copy })).moves, ['api.A_TOKEN'])
  })
})

describe('migrate: what shows how a Compose file is started', () => {
  /** Nothing but the file form is known of the database, and the file that is started over the others stands against that. */
  const known: typeof planned = (all, options) => planned(all, { unknown: 'postgres', ...options })
  /** It could be either by what it says: nothing of a service but its image, and a password of its own. */
  const EITHER = `${api('environment: { JWT_SECRET: another-1 }').replace('shop/api', 'shop/api:2')}${DATABASE.replace(/image: postgres:16/, '$&.4').replace(PASSWORD, 'another-2')}`
  const files = { 'compose.yaml': BASE, 'compose.prod.yaml': EITHER }
  const left = async (more: Readonly<Record<string, string>>) =>
    Object.keys((await known({ ...files, ...more })).left).sort()

  it('is a command in a script, a workflow, a README or a comment', async () => {
    assert.deepEqual(await left({}), [DB])
    for (const [name, text] of [
      ['deploy.sh', 'docker compose -f compose.prod.yaml --env-file .env.prod up -d\n'],
      ['Makefile', 'up:\n\tdocker-compose --file=./compose.prod.yaml up\n'],
      ['README.md', 'Then:\n\n    docker compose \\\n      -f compose.prod.yaml \\\n      up -d\n'],
      [
        '.github/workflows/deploy.yml',
        'env:\n  COMPOSE_FILE: x\nsteps:\n  - run: COMPOSE_FILE=compose.prod.yaml docker compose up\n',
      ],
      ['compose.prod.yaml', `# Usage: docker compose -f compose.prod.yaml up -d\n${EITHER}`],
    ] as const)
      assert.deepEqual(await left({ [name]: text }), [], name)
  })

  it('counts over what a file says, where it is started over the others', async () => {
    const copy = BASE.replace(TOKEN, 'another-1').replace(PASSWORD, 'another-2')
    assert.deepEqual(await left({ 'compose.prod.yaml': copy }), [])
    const both = 'docker compose -f compose.yaml -f compose.prod.yaml up -d\n'
    assert.deepEqual(await left({ 'compose.prod.yaml': copy, 'deploy.sh': both }), [DB])
    const alone = 'docker compose -f compose.prod.yaml up\n'
    assert.deepEqual(await left({ 'compose.prod.yaml': copy, 'deploy.sh': `${alone}${both}` }), [DB])
  })

  it('is no look at the file, and the two in a variable', async () => {
    const looks = [
      'logs -f web',
      'logs -f --tail=100 web',
      'exec db psql -c "select 1"',
      'config` before you start, to see what is up',
    ]
    for (const look of ['config -q', 'logs -f', 'build', 'down', '--profile x ps', ...looks])
      assert.deepEqual(await left({ 'README.md': `docker compose -f compose.prod.yaml ${look}\n` }), [DB], look)
    for (const start of ['--profile x up', '--env-file=.env.prod -p shop --ansi never up -d'])
      assert.deepEqual(await left({ 'README.md': `docker compose -f compose.prod.yaml ${start}\n` }), [], start)
    const variable = 'variables:\n  ARGS: "-f compose.yaml -f compose.prod.yaml"\n'
    const alone = 'docker compose -f compose.prod.yaml up\n'
    assert.deepEqual(await left({ '.gitlab-ci.yml': variable, Makefile: alone }), [DB])
  })

  it('leaves the word on what comes of both', async () => {
    const { notes } = await planned({ ...files, 'deploy.sh': 'docker compose -f compose.prod.yaml up -d\n' })
    assert.match(
      notes,
      /compose\.prod\.yaml .*db would have POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE there, and may not start\./,
    )
  })

  it('is none that leaves the file to a variable, nor one for a file that docker refuses alone', async () => {
    assert.deepEqual(await left({ 'deploy.sh': 'docker compose -f $BASE -f compose.prod.yaml up\n' }), [DB])
    const lacking = { 'compose.prod.yaml': EITHER.replace('    image: shop/api:2\n', '') }
    assert.deepEqual(await left({ ...lacking, 'deploy.sh': 'docker compose -f compose.prod.yaml up\n' }), [DB])
  })

  it('is what it repeats of most services, though it leaves something of them to the others', async () => {
    const full = (token: string, more = '') =>
      `${api('volumes: [./data:/data]', 'ports: ["80:80"]', ...(more === '' ? [] : [more]), `environment: { JWT_SECRET: ${token} }`)}${DATABASE}    ports: ["5432:5432"]\n`
    const project = { 'compose.yaml': full(TOKEN, 'labels: [a=b]') }
    const moves = async (prod: string) => (await known({ ...project, 'compose.prod.yaml': prod })).moves
    assert.deepEqual(await moves(full('another-1').replace(PASSWORD, 'another-2')), [API, DB])
    const without = full('another-1')
      .replace(PASSWORD, 'another-2')
      .replaceAll(/ {4}(?:volumes|ports).*\n/g, '')
    assert.deepEqual(await moves(without), [API])
  })

  it('is the name of a stack', async () => {
    assert.deepEqual(Object.keys((await known({ 'compose.yaml': BASE, 'docker-stack.yml': EITHER })).left), [])
  })

  it('is whoever names a value of a file that could be started alone', async () => {
    const plain = await known(files)
    assert.match(
      plain.left[DB]?.todo ?? '',
      /Where nobody starts compose\.prod\.yaml over them, name the value: --select db\.POSTGRES_PASSWORD\.$/,
    )
    assert.deepEqual((await known(files, { select: [DB] })).moves, [API, DB])
    const adding = { ...files, 'compose.prod.yaml': EITHER.replace('    image: shop/api:2\n', '') }
    const kept = await known(adding, { select: [DB] })
    assert.deepEqual(kept.moves, [API])
    assert.doesNotMatch(kept.left[DB]?.todo ?? '', /--select/)
  })
})

describe('migrate: a Compose file that includes those of the plan', () => {
  const tests = 'include: [compose.yaml]\nservices:\n  tests:\n    image: shop/tests\n    depends_on: [api]\n'

  it('keeps nothing: it has what they declare', async () => {
    const { moves, notes } = await planned({
      'compose.yaml': BASE.replace(TOKEN, '${JWT}'),
      '.env': `JWT=${TOKEN}\n`,
      'compose.ci.yaml': `${tests}    environment: { DB_PASSWORD: another-1 }\n`,
    })
    assert.deepEqual(moves, [API, DB])
    assert.match(notes, /^compose\.ci\.yaml .*tests\.DB_PASSWORD.*: plan it by itself, with -f compose\.ci\.yaml\.$/m)
  })

  it('keeps what it extends, takes from the same env file or makes otherwise', async () => {
    const files = { 'compose.yaml': BASE.replace(TOKEN, '${JWT}'), '.env': `JWT=${TOKEN}\n` }
    for (const [more, kept] of [
      ['    extends: { file: compose.yaml, service: db }\n', DB],
      ['    environment: { TOKEN: "${JWT}" }\n', API],
      ['    env_file: .env\n', API],
    ] as const) {
      const { left } = await planned({ ...files, 'compose.ci.yaml': `${tests}${more}` })
      assert.deepEqual(Object.keys(left), [kept], more)
      assert.doesNotMatch(left[kept]?.todo ?? '', /Plan with/)
    }
    const list = tests.replace('[compose.yaml]', '[{ path: [compose.yaml, ci.yaml] }]')
    const { left } = await planned({
      ...files,
      'compose.ci.yaml': list,
      'ci.yaml': 'services:\n  db:\n    environment: { POSTGRES_PASSWORD: another-1 }\n',
    })
    assert.match(left[DB]?.reason ?? '', /^compose\.ci\.yaml gives db POSTGRES_PASSWORD of its own/)
  })
})

describe('migrate: Compose files of other folders', () => {
  const MAIN = api('env_file: app.env')
  const files = { 'compose.yaml': MAIN, 'app.env': `JWT_SECRET=${TOKEN}\n` }

  it('keep lines of env files that they use, from below, also where they cannot be read alone', async () => {
    const needing = api('env_file: ../app.env', 'image: "shop/api:${TAG:?is not set}"').replace(
      '    image: shop/api\n',
      '',
    )
    for (const [name, text] of [
      ['deploy/docker-compose.prod.yml', api('env_file: ../app.env')],
      ['deploy/prod/compose.yaml', api('env_file: ../../app.env')],
      ['.devcontainer/docker-compose.yml', api('volumes: ["..:/app"]')],
      ['deploy/docker-compose.prod.yml', needing],
    ] as const) {
      const { moves, left } = await planned({ ...files, [name]: text })
      assert.deepEqual(moves, [], name)
      assert.match(left[API]?.reason ?? '', new RegExp(`${name.replace('.', '\\.')}[ ,]`))
      assert.doesNotMatch(left[API]?.todo ?? '', /Plan with/)
    }
  })

  it('keep nothing that they do not use, and are not named', async () => {
    for (const text of [
      api('env_file: app.env'),
      api('env_file: ../other.env'),
      api('environment: { JWT_SECRET: "${X}" }'),
    ]) {
      const { moves, notes } = await planned({ ...files, 'deploy/compose.yaml': text, 'deploy/app.env': 'X=1\n' })
      assert.deepEqual(moves, [API], text)
      assert.doesNotMatch(notes, /deploy/)
    }
    assert.deepEqual(
      (await planned({ ...files, 'node_modules/x/compose.yaml': api('env_file: ../../app.env') })).moves,
      [API],
    )
    assert.deepEqual((await planned({ ...files, 'x/compose.example.yaml': api('env_file: ../app.env') })).moves, [API])
  })

  it('keep what they interpolate of .env and have from nowhere else, unless the value was named', async () => {
    const made = (text = '${JWT}') => api('environment:', `  JWT_SECRET: "${text}"`)
    const root = { 'compose.yaml': made(), '.env': `JWT=${TOKEN}\n` }
    for (const text of [made(), made('$JWT'), made('${JWT:?is not set}'), made('${URL:-https://${JWT}@api}')]) {
      const { moves, left } = await planned({ ...root, 'deploy/docker-compose.prod.yml': text })
      assert.deepEqual(moves, [], text)
      const { reason = '', todo = '' } = left[API] ?? {}
      assert.match(reason, /^deploy\/docker-compose\.prod\.yml interpolates JWT, .* with \.env \(--env-file/)
      assert.match(todo, /^Set JWT in deploy\/\.env .* --select api\.JWT_SECRET\.$/)
    }
    const prod = { ...root, 'deploy/docker-compose.prod.yml': made() }
    assert.deepEqual((await planned(prod, { select: [API] })).moves, [API])
    assert.deepEqual((await planned({ ...prod, 'deploy/.env': 'JWT=another-1\n' })).moves, [API])
    assert.deepEqual((await planned({ ...prod, 'deploy/.env': 'OTHER=another-1\n' })).moves, [])
    const linked = (folder: string) => symlinkSync('../.env', join(folder, 'deploy', '.env'))
    assert.deepEqual((await planned(prod, { links: linked })).moves, [])
    for (const text of [made('${OTHER}'), made('$${JWT}'), `# \${JWT}\n${made('x')}`])
      assert.deepEqual((await planned({ ...root, 'deploy/compose.yaml': text })).moves, [API], text)
  })

  it('keep nothing where they are examples, or have an .env of their own that is not in the repository', async () => {
    const made = api('environment: { JWT_SECRET: "${JWT}" }')
    const root = { 'compose.yaml': made, '.env': `JWT=${TOKEN}\n` }
    for (const [name, more] of [
      ['docs/examples/compose.yaml', {}],
      ['test/fixtures/one/compose.yaml', {}],
      ['b/compose.yaml', { 'b/.env.example': '# of b\nJWT=change-me\n' }],
    ] as const)
      assert.deepEqual((await planned({ ...root, [name]: made, ...more })).moves, [API], name)
    const other = { 'b/compose.yaml': made, 'b/.env.example': 'OTHER=change-me\n' }
    assert.deepEqual((await planned({ ...root, ...other })).moves, [])
  })

  it('keep it from above, too, and not where they stand beside the project', async () => {
    const made = api('environment: { JWT_SECRET: "${JWT}" }')
    const below = { 'shop/compose.yaml': made, 'shop/.env': `JWT=${TOKEN}\n` }
    const main = 'shop/compose.yaml'
    const links = (folder: string) => mkdirSync(join(folder, '.git'))
    const { left } = await planned({ ...below, 'compose.yaml': made }, { main, links })
    assert.match(left[API]?.reason ?? '', /^\.\.\/compose\.yaml interpolates JWT/)
    const own = { ...below, 'compose.yaml': made, '.env': 'JWT=another-1\n' }
    assert.deepEqual((await planned(own, { main, links })).moves, [API])
    assert.deepEqual((await planned({ ...below, 'jobs/compose.yaml': made }, { main, links })).moves, [API])
  })

  it('keep what they have from a folder below theirs, which is the project', async () => {
    const below = { 'infra/compose.yaml': BASE.replace(TOKEN, '${JWT}'), 'infra/.env': `JWT=${TOKEN}\n` }
    const main = 'infra/compose.yaml'
    const root = (more: string) => `include: [infra/compose.yaml]\nservices:\n  front:\n    image: shop/front\n${more}`
    assert.deepEqual((await planned({ ...below, 'compose.yaml': root('') }, { main })).moves, [API, DB])
    const taken = await planned({ ...below, 'compose.yaml': root('    env_file: infra/.env\n') }, { main })
    assert.match(taken.left[API]?.reason ?? '', /^\.\.\/compose\.yaml uses JWT of \.env too/)
    const other = await planned({ ...below, 'compose.yaml': root(''), '.env': 'JWT=another-1\n' }, { main })
    assert.match(other.left[API]?.reason ?? '', /^\.\.\/compose\.yaml gives api JWT_SECRET of its own/)
    assert.deepEqual(other.moves, [DB])
    const services = 'services:\n  db:\n    extends: { file: infra/compose.yaml, service: db }\n'
    assert.deepEqual((await planned({ ...below, 'compose.yaml': services }, { main })).moves, [API])
  })

  it('keep what their neighbours in one repository have, and nothing beyond it', async () => {
    const below = { 'shop/api/compose.yaml': MAIN, 'shop/api/app.env': `JWT_SECRET=${TOKEN}\n` }
    const main = 'shop/api/compose.yaml'
    const jobs = { 'shop/jobs/compose.yaml': api('env_file: ../api/app.env') }
    const git = (at: string) => (folder: string) => mkdirSync(join(folder, at, '.git'), { recursive: true })
    const all = { ...below, ...jobs }
    assert.deepEqual((await planned(all, { main, links: git('.') })).moves, [])
    assert.deepEqual((await planned(all, { main, links: git('shop/api') })).moves, [API])
  })

  it('keep what they have from an env file above both, also where no git repository holds them', async () => {
    const main = 'shop/api/compose.yaml'
    const shared = { 'shop/shared.env': `JWT_SECRET=${TOKEN}\n`, [main]: api('env_file: ../shared.env') }
    const jobs = { 'shop/jobs/compose.yaml': api('env_file: ../shared.env') }
    const git = (folder: string) => mkdirSync(join(folder, '.git'))
    for (const links of [git, () => undefined]) {
      const { moves, left } = await planned({ ...shared, ...jobs }, { main, links })
      assert.deepEqual(moves, [])
      assert.match(
        Object.values(left)[0]?.reason ?? '',
        /^\.\.\/jobs\/compose\.yaml uses JWT_SECRET of \.\.\/shared\.env/,
      )
      assert.equal((await planned(shared, { main, links })).moves.length, 1)
    }
  })

  it('keep what they interpolate of an .env above both, which is given by --env-file', async () => {
    const text = api('environment: { JWT_SECRET: "${JWT_SECRET}" }')
    const main = 'infra/compose.yaml'
    const files = { [main]: text, '.env': `JWT_SECRET=${TOKEN}\n` }
    const options = { main, envFile: '.env', links: (folder: string) => mkdirSync(join(folder, '.git')) }
    const { moves, left } = await planned({ ...files, 'app/compose.yaml': text }, options)
    assert.deepEqual(moves, [])
    assert.match(left[API]?.reason ?? '', /^\.\.\/app\/compose\.yaml interpolates JWT_SECRET/)
    const own = { 'app/compose.yaml': text, 'app/.env': 'JWT_SECRET=other\n' }
    assert.deepEqual((await planned({ ...files, ...own }, options)).moves, [API])
  })

  it('keep a line of .env that they show in a folder above the project, unless the value was named', async () => {
    const tool = (source: string) =>
      `services:\n  tool: { image: busybox, volumes: ["${source}:/workspaces:cached"], command: sleep infinity }\n`
    const project = {
      'compose.yaml': api('environment: { JWT_SECRET: "${JWT_SECRET}" }'),
      '.env': `JWT_SECRET=${TOKEN}\n`,
    }
    for (const [name, source, kept] of [
      ['.devcontainer/docker-compose.yml', '../..', true],
      ['compose.dev.yaml', '..', true],
      ['compose.dev.yaml', '../neighbour', false],
      ['compose.dev.yaml', '/', false],
    ] as const) {
      const files = { ...project, [name]: tool(source) }
      const { moves, left } = await planned(files)
      assert.deepEqual(moves, kept ? [] : [API], source)
      if (!kept) continue
      assert.match(left[API]?.reason ?? '', /tool mounts .*\.env/)
      assert.match(left[API]?.todo ?? '', /or name the value: --select api\.JWT_SECRET\.$/)
      assert.deepEqual((await planned(files, { select: [API] })).moves, [API])
    }
  })

  it('keep what leaves a Dockerfile that they build from, too', async () => {
    const built = {
      'compose.yaml': 'services:\n  api:\n    build: ./api\n',
      'api/Dockerfile': `FROM node:20\nENV JWT_SECRET=${TOKEN}\n`,
    }
    assert.equal((await planned(built)).moves.length, 1)
    const { moves, left } = await planned({ ...built, 'api/compose.yaml': 'services:\n  api:\n    build: .\n' })
    assert.deepEqual(moves, [])
    assert.match(Object.values(left)[0]?.reason ?? '', /^api\/compose\.yaml builds api from api\/Dockerfile, too/)
  })

  it('keep a line of an .env that each folder has as a link to one', async () => {
    const stack = `services:\n  api:\n    image: shop/api\n    environment: { JWT_SECRET: "\${JWT}" }\n`
    const { moves, left } = await planned(
      { '.env': `JWT=${TOKEN}\n`, 'a/compose.yaml': stack, 'b/compose.yaml': stack, '.git/HEAD': '' },
      {
        main: 'a/compose.yaml',
        links: (folder) => {
          for (const name of ['a', 'b']) symlinkSync('../.env', join(folder, name, '.env'))
        },
      },
    )
    assert.deepEqual(moves, [])
    assert.match(left[API]?.reason ?? '', /^\.\.\/b\/compose\.yaml interpolates JWT/)
  })

  it('are found by what they hold, where their names say nothing', async () => {
    const main = 'compose/local.yml'
    const local = { [main]: MAIN, 'compose/app.env': `JWT_SECRET=${TOKEN}\n` }
    const taken = api('env_file: app.env')
    for (const [more, kept] of [
      [{ 'compose/production.yml': taken }, 'production.yml'],
      [{ 'compose/base.yaml': `x-log: {}\n${taken}` }, 'base.yaml'],
      [{ 'compose/more/prod.yml': api('env_file: ../app.env') }, 'more/prod.yml'],
      [{ 'compose/example.prod.yml': taken }, undefined],
      [{ 'compose/services.yaml': `services:\n  api: { class: Api, tags: [app.env] }\n` }, undefined],
      [{ 'compose/ci.yml': `jobs: {}\n${taken}` }, undefined],
    ] as const) {
      const { moves, left, notes } = await planned({ ...local, ...more }, { main })
      assert.deepEqual(moves, kept === undefined ? [API] : [])
      assert.equal(left[API]?.reason.split(' ')[0], kept)
      if (kept === undefined) assert.doesNotMatch(notes, /is not part of this plan/)
    }
  })

  it('are the plan itself by a symbolic link, and are looked at once', async () => {
    const { moves } = await planned(files, {
      links: (folder) => {
        mkdirSync(join(folder, 'deploy'))
        symlinkSync('../compose.yaml', join(folder, 'deploy', 'compose.yaml'))
      },
    })
    assert.deepEqual(moves, [API])
  })
})

describe('migrate: a Compose file of another folder that adds to those of the plan', () => {
  const files = (overlay: string, more: Readonly<Record<string, string>> = {}) => ({
    'compose.yaml': `${api('environment:', '  JWT_SECRET: ${JWT_SECRET}')}${DATABASE}`,
    '.env': `JWT_SECRET=${TOKEN}\n`,
    '.devcontainer/docker-compose.yml': `services:\n${overlay}`,
    ...more,
  })
  const MOUNTING = '  api: { command: sleep infinity, volumes: ["..:/workspaces:cached"] }\n'

  it('keeps nothing of a service that has the variable from them', async () => {
    assert.deepEqual((await planned(files(MOUNTING))).moves, [API, DB])
  })

  it('keeps what it changes, reads or has in its containers, as it would beside them', async () => {
    const all: readonly (readonly [string, RegExp])[] = [
      ['  api: { environment: !override { OTHER: x }, volumes: ["../x:/x"] }\n', /gives api JWT_SECRET of its own/],
      ['  api: { environment: { OTHER: "${JWT_SECRET}" }, volumes: ["../x:/x"] }\n', /uses JWT_SECRET of \.env too/],
      [`${MOUNTING}  tools: { image: busybox, volumes: [".:/workspaces"] }\n`, /tools mounts \.env/],
    ]
    for (const [overlay, reason] of all) {
      const { moves, left } = await planned(files(overlay))
      assert.deepEqual(moves, [DB], overlay)
      assert.match(left[API]?.reason ?? '', reason)
      assert.doesNotMatch(left[API]?.todo ?? '', /put .* into a folder of its own/, 'it is in one')
    }
  })

  it('is none that adds to the file of its own folder, or to a service that the plan has not', async () => {
    const own = MOUNTING.replace('"..:/workspaces:cached"', '"../x:/x"').replace(
      'command: sleep infinity',
      'environment: !override { OTHER: x }',
    )
    const beside = {
      'apps/docker-compose.yml': api(),
      'apps/docker-compose.dev.yml': `services:\n${own}`,
    }
    assert.deepEqual((await planned(files(own.replace('api:', 'web:'), beside))).moves, [API, DB])
  })
})

describe('migrate: a Compose file of another folder that names nothing of the project but its services', () => {
  const base = 'services:\n  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: Plum-7-tree }\n'
  const own = (more = '') => `services:\n  db:\n${more}    environment: { POSTGRES_PASSWORD: Pear-8-tree }\n`
  const withFiles = async (files: Readonly<Record<string, string>>) => {
    const { moves, after } = await planned({ 'compose.yaml': base, ...files })
    assert.deepEqual(moves, ['db.POSTGRES_PASSWORD'])
    return after('compose.yaml')
  }

  it('is taken for one that is started over it: what it sets itself counts there', async () => {
    for (const name of ['deploy/compose.server.yaml', 'prod/prod.yml'])
      assert.match(await withFiles({ [name]: own() }), /\[ -n .*POSTGRES_PASSWORD\+x/, name)
  })

  it('is none where it says what they run, adds to a project of its folder, or is there to be read', async () => {
    const image = '    image: postgres:17\n'
    for (const files of [
      { 'deploy/compose.server.yaml': own(image) },
      { 'shop/compose.override.yaml': own(), 'shop/compose.yaml': own(image) },
      { 'docs/compose.server.yaml': own() },
      { 'deploy/compose.server.yaml': own().replace('db:', 'other:') },
    ])
      assert.match(await withFiles(files), /POSTGRES_PASSWORD_FILE:/)
  })
})
