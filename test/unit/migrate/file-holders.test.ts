// Env files that containers hold as files: what reads a line there would miss it.
import assert from 'node:assert/strict'
import { readBuilds } from '../../../src/migrate/builds.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { FOLDER, gathered, SHELL } from './in-memory.js'

const ENV = 'DB_PASSWORD=Made-up-17\nTZ=UTC\n'
const DB = 'services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: $' + '{DB_PASSWORD}\n'

async function leftBy(text: string, files: Readonly<Record<string, string>> = { '.env': ENV }) {
  const base = await gathered(text, () => SHELL, files)
  const builds = await readBuilds(base.project, async (file) => {
    const content = files[file.slice(FOLDER.length + 1)]
    return content === undefined ? undefined : Buffer.from(content)
  })
  const { moves, left, plan } = makePlan({ ...base, builds })
  return {
    moved: moves.map(({ candidate: { id } }) => id),
    reasons: left.map(({ reason }) => reason),
    notes: plan.notes.join('\n'),
  }
}

describe('migrate: env files that services hold as files', () => {
  it('as a config, a secret or a secret of the build', async () => {
    for (const [grant, top, how] of [
      ['configs: [dotenv]', 'configs:\n  dotenv:\n    file: ./.env\n', 'has a config that is'],
      ['secrets: [dotenv]', 'secrets:\n  dotenv:\n    file: .env\n', 'has a secret that is'],
      [
        'build: { context: ., secrets: [dotenv] }',
        'secrets:\n  dotenv:\n    file: .env\n',
        'is built with a secret that is',
      ],
    ] as const) {
      const { moved, reasons } = await leftBy(`${DB}  app:\n    image: shop/app\n    ${grant}\n${top}`)
      assert.deepEqual(moved, [], grant)
      assert.match(reasons[0] ?? '', new RegExp(`^app ${how} \\.env, so that its program reads DB_PASSWORD there`))
    }
  })

  it('also where Compose gives the variable itself, since the file is given to be read', async () => {
    const app = `  app:\n    image: shop/app\n    environment: [DB_PASSWORD]\n    configs: [dotenv]\n`
    const { moved } = await leftBy(`${DB}${app}configs:\n  dotenv:\n    file: ./.env\n`)
    assert.deepEqual(moved, [])
  })

  it('where Compose gives the value under another name the plan tells of the line that leaves', async () => {
    const app = (entry: string) =>
      `  app:\n    image: shop/app\n    volumes: ['.:/app']\n    environment:\n      ${entry}\n`
    const password = '$' + '{DB_PASSWORD}'
    const other = await leftBy(DB + app(`DATABASE_URL: postgres://u:${password}@db`))
    assert.deepEqual(other.moved, ['db.POSTGRES_PASSWORD', 'app.DATABASE_URL'])
    assert.match(
      other.notes,
      /app mounts \.env, from which DB_PASSWORD leaves; Compose gives app the value under another/,
    )
    const same = await leftBy(DB + app(`DB_PASSWORD: ${password}`))
    assert.doesNotMatch(same.notes, /under another name/)
    assert.doesNotMatch(other.notes, /compose exec starts there/)
  })

  it('where Compose gives the variable to their programs, the plan tells once of those that are started beside them', async () => {
    const entries = 'environment: { DB_PASSWORD: "$' + '{DB_PASSWORD}", API_TOKEN: "$' + '{API_TOKEN}" }'
    const app = (name: string) => `  ${name}:\n    image: shop/app\n    volumes: ['.:/app']\n    ${entries}\n`
    const files = { '.env': `${ENV}API_TOKEN=Plum-7-tree\n` }
    const { moved, notes } = await leftBy(DB + app('app') + app('jobs'), files)
    assert.equal(moved.length, 5)
    assert.match(
      notes,
      /^app, jobs have \.env in the container, from which DB_PASSWORD, API_TOKEN leave: what cron or docker compose exec starts there.* no longer finds them\. There they stand in \/run\/secrets\/postgres_password, \/run\/secrets\/api_token\.$/m,
    )
    assert.equal(notes.match(/in the container, from which/g)?.length, 1)
  })

  it('a config of another file, or one that nobody is granted, holds nothing', async () => {
    const other = await leftBy(
      `${DB}  app:\n    image: shop/app\n    configs: [x]\nconfigs:\n  x:\n    file: ./x.env\n`,
    )
    const unused = await leftBy(`${DB}configs:\n  x:\n    file: ./.env\n`)
    assert.deepEqual([other.moved, unused.moved], [['db.POSTGRES_PASSWORD'], ['db.POSTGRES_PASSWORD']])
  })

  it('by a volume that is bound to the folder, and by docker compose watch', async () => {
    const bound = 'volumes:\n  here:\n    driver: local\n    driver_opts: { type: none, o: "rw,bind", device: . }\n'
    const watch = (path: string, more = '') =>
      `    develop:\n      watch:\n        - { action: sync, path: ${path}, target: /app${more} }\n`
    for (const [service, top, how] of [
      ['    volumes: ["here:/app"]\n', bound, 'mounts'],
      [watch('.'), '', 'is brought'],
      [watch('./.env'), '', 'is brought'],
    ] as const) {
      const { moved, reasons } = await leftBy(`${DB}  app:\n    image: shop/app\n${service}${top}`)
      assert.deepEqual(moved, [], service)
      assert.match(reasons[0] ?? '', new RegExp(`^app ${how}`))
    }
    const kept = await leftBy(`${DB}  app:\n    image: shop/app\n${watch('.', ', ignore: [.env]')}`)
    assert.deepEqual(kept.moved, ['db.POSTGRES_PASSWORD'])
  })

  it('an image that is built with a copy holds it, below the context as well, but for what .dockerignore keeps out', async () => {
    const text = 'services:\n  db:\n    image: postgres\n    env_file: ./server/.env\n  app:\n    build: .\n'
    const env = 'POSTGRES_PASSWORD=Made-up-17\n'
    const dockerfile = (line: string) => `FROM node\n${line}\nCMD ["node", "x.js"]\n`
    const project = (line: string, more: Readonly<Record<string, string>> = {}) =>
      leftBy(text, { 'server/.env': env, Dockerfile: dockerfile(line), ...more })
    for (const line of [
      'WORKDIR /app/server\nCOPY . /app',
      'WORKDIR /app\nCOPY . .\nWORKDIR server',
      'COPY server/*.env* /app/',
      'COPY server /app',
      'COPY server/.env /app/',
      'RUN --mount=type=bind,source=server,target=/x make',
    ])
      assert.deepEqual((await project(line)).moved, [], line)
    for (const line of [
      'COPY . .',
      'WORKDIR /app\nCOPY . .',
      'COPY package.json .',
      'COPY --from=x . .',
      'RUN --mount=type=cache,target=/x make',
    ])
      assert.deepEqual((await project(line)).moved, ['db.POSTGRES_PASSWORD'], line)
    const ignored = await project('WORKDIR /app/server\nCOPY . /app', { '.dockerignore': '**/.env\n' })
    assert.deepEqual(ignored.moved, ['db.POSTGRES_PASSWORD'])
  })

  it('below a mounted folder it counts where the program is started in its folder', async () => {
    const text =
      'services:\n  db:\n    image: postgres\n    env_file: ./env/db.env\n  app:\n    image: shop/app\n    volumes: [".:/app"]\n'
    const files = { 'env/db.env': 'POSTGRES_PASSWORD=Made-up-17\n' }
    assert.deepEqual((await leftBy(text, files)).moved, ['db.POSTGRES_PASSWORD'])
    assert.deepEqual((await leftBy(`${text}    working_dir: /app/env\n`, files)).moved, [])
  })

  it('an included project that reads it to interpolate keeps the line', async () => {
    const { moved, reasons } = await leftBy(
      'include:\n  - path: other/compose.yaml\n    env_file: ./db.env\nservices:\n  db:\n    image: postgres\n    env_file: ./db.env\n',
      {
        'db.env': 'POSTGRES_PASSWORD=Made-up-17\n',
        'other/compose.yaml':
          'services:\n  app:\n    image: shop/app\n    environment:\n      PW: $' + '{POSTGRES_PASSWORD}\n',
      },
    )
    assert.deepEqual(moved, [])
    assert.ok(reasons.length > 0)
  })

  it('an env file of an included service stays: its project, started alone, would lack the secret', async () => {
    const { moved, reasons } = await leftBy('include: [infra/db.yaml]\nservices:\n  web:\n    image: shop/web\n', {
      'infra/db.env': 'POSTGRES_PASSWORD=Made-up-17\n',
      'infra/db.yaml': 'services:\n  db:\n    image: postgres\n    env_file: db.env\n',
    })
    assert.deepEqual(moved, [])
    assert.match(reasons.join(), /^It is defined in an included project\.$/)
  })
})
