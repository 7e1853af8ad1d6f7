// Env files of other stages beside the plan's: what they set otherwise must not become one secret for all.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { findCandidates } from '../../../src/migrate/candidates.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { readStageFiles } from '../../../src/migrate/stage-files.js'
import { gathered } from './in-memory.js'
import { planned as plannedBeside } from './with-siblings.js'

const DEV = ['gran', 'ite-77'].join('')
const PROD = ['bas', 'alt-88'].join('')

const FROM_DOTENV = `services:
  api:
    image: shop/api
    environment:
      DB_PASSWORD: \${DB_PASSWORD}
`
const API = 'api.DB_PASSWORD'

async function planned(
  files: Readonly<Record<string, string>>,
  select: readonly string[] = [],
  envFiles: string[] = [],
) {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-'))
  try {
    for (const [file, text] of Object.entries({ 'compose.yaml': FROM_DOTENV, ...files })) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    const load = { files: [join(folder, 'compose.yaml')], envFiles, profiles: [], env: {}, cwd: folder }
    const project = await loadProject(load)
    const candidates = findCandidates(project, () => undefined)
    const stages = await readStageFiles(project)
    const base = await gathered('services: {}\n')
    const { moves, left, plan } = makePlan({ ...base, project, candidates, known: candidates, stages, select })
    return { moves: moves.map(({ candidate }) => candidate.id), left, notes: plan.notes.join('\n') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('migrate: env files of other stages', () => {
  const dev = { '.env': `DB_PASSWORD=${DEV}\n` }
  const prod = `DB_PASSWORD=${PROD}\n`

  for (const name of ['.env.prod', 'prod.env', '.env-staging', 'env/prod.env', 'envs/.env.prod', '.envs/.env']) {
    it(`keeps what ${name} sets to another value, and names it`, async () => {
      const { moves, left } = await planned({ ...dev, [name]: prod })
      assert.deepEqual(moves, [])
      assert.equal(left[0]?.candidate.id, API)
      assert.ok(left[0]?.reason.includes(`${name} sets DB_PASSWORD to another value`), left[0]?.reason)
      assert.ok(!JSON.stringify(left.map(({ reason, todo }) => [reason, todo])).includes(PROD))
    })
  }

  it('keeps the value of .env where the plan is made with the file of another stage', async () => {
    assert.deepEqual((await planned({ ...dev, '.env.prod': prod }, [], ['.env.prod'])).moves, [])
  })

  it('keeps a default of the Compose file that another stage replaces, and an address of which it has another part', async () => {
    const fallback = FROM_DOTENV.replace('DB_PASSWORD}', `DB_PASSWORD:-${DEV}}`)
    assert.deepEqual((await planned({ 'compose.yaml': fallback, '.env.prod': prod })).moves, [])
    const url = FROM_DOTENV.replace(/DB_PASSWORD: .*/, `DATABASE_URL: postgres://u:\${DB_PASSWORD}@\${DB_HOST}/app`)
    const { moves } = await planned({
      'compose.yaml': url,
      '.env': `DB_PASSWORD=${DEV}\nDB_HOST=localhost\n`,
      '.env.prod': `DB_PASSWORD=${DEV}\nDB_HOST=db.internal\n`,
    })
    assert.deepEqual(moves, [])
  })

  it('keeps a line of an env file that a variable chooses', async () => {
    const chosen = FROM_DOTENV.replace(/environment:\n.*/, `env_file: .env.\${STAGE:-dev}`)
    const files = { 'compose.yaml': chosen, '.env.dev': `DB_PASSWORD=${DEV}\n` }
    assert.deepEqual((await planned({ ...files, '.env.prod': prod })).moves, [])
    assert.equal((await planned(files)).moves.length, 1)
    // By its name, the file is the same in all stages.
    const fixed = chosen.replace(/\.env\..*/, '.env.dev')
    assert.equal((await planned({ ...files, 'compose.yaml': fixed, '.env.prod': prod })).moves.length, 1)
  })

  it("keeps a line of a service's env file that the Compose file takes, too, while nothing sets it", async () => {
    const services = (rest: string) => `services:\n  api:\n    image: shop/api\n    env_file: .env.prod\n${rest}`
    const db = (text: string) => services(`  db:\n    image: shop/db\n    environment:\n      ${text}\n`)
    const line = 'api.DB_PASSWORD'
    for (const [compose, taker] of [
      [db('PASS: ${DB_PASSWORD}'), 'db.PASS'],
      [db('DB_PASSWORD:'), 'db.DB_PASSWORD'],
      [services('secrets:\n  db: { environment: DB_PASSWORD }\n'), 'secrets.db'],
    ] as const) {
      const files = { 'compose.yaml': compose, '.env.prod': prod }
      const { moves, left } = await planned(files)
      assert.deepEqual(moves, [], compose)
      assert.deepEqual(
        left.map(({ candidate, reason }) => [candidate.id, reason]),
        [
          [
            line,
            `${taker} takes DB_PASSWORD too, which nothing sets here: started with --env-file .env.prod it has this value, and would lose it.`,
          ],
        ],
      )
      assert.match(left[0]?.todo ?? '', /^Plan with --env-file \.env\.prod where that is what runs\./)
      assert.deepEqual((await planned(files, [line])).moves, [line])
    }
  })

  it('moves it in each of two files that are started with an --env-file of their own, which their services have, too', async () => {
    const stage = (name: string) =>
      `services:\n  api:\n    image: shop/api\n    env_file: .env.${name}\n` +
      `  db:\n    image: postgres:16\n    env_file: .env.${name}\n    environment:\n      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD}\n`
    const files = {
      'compose.yaml': stage('prod'),
      'compose.staging.yaml': stage('staging'),
      '.env.prod': `POSTGRES_PASSWORD=${PROD}\n`,
      '.env.staging': `POSTGRES_PASSWORD=${DEV}\n`,
    }
    for (const [main, name] of [
      ['compose.yaml', 'prod'],
      ['compose.staging.yaml', 'staging'],
    ] as const) {
      const { left, after } = await plannedBeside(files, { main, envFile: `.env.${name}` })
      assert.deepEqual(left, {})
      assert.equal(after(`.env.${name}`), '')
    }
    // With an .env that both are started with, what leaves it would leave both.
    const shared = Object.entries(files).map(([name, text]) => [name, text.replaceAll('.env.prod', '.env')] as const)
    const both = { ...Object.fromEntries(shared), '.env': files['.env.prod'] }
    assert.match(
      (await plannedBeside(both)).left['db.POSTGRES_PASSWORD']?.reason ?? '',
      /^\.env\.\w+ sets POSTGRES_PASSWORD/,
    )
  })

  it('keeps a default, too, that such a line replaces', async () => {
    const compose = `${FROM_DOTENV.replace('DB_PASSWORD}', `DB_PASSWORD:-${DEV}}`)}  job:\n    image: shop/api\n    env_file: .env.prod\n`
    const { moves, left } = await planned({ 'compose.yaml': compose, '.env.prod': prod })
    assert.deepEqual(moves, [])
    assert.deepEqual(
      left.map(({ candidate, reason }) => [candidate.id, reason.slice(0, 40)]),
      [
        [API, '.env.prod sets DB_PASSWORD to another val'].map((text) => text.slice(0, 40)),
        ['job.DB_PASSWORD', 'api.DB_PASSWORD takes DB_PASSWORD too, wh'.slice(0, 40)],
      ],
    )
  })

  it('moves it with the value that the Compose file takes once it knows the file, or where that has the same without it', async () => {
    const files = {
      'compose.yaml': FROM_DOTENV.replace('    environment', '    env_file: .env.prod\n    environment'),
      '.env.prod': prod,
    }
    assert.equal((await planned(files, [], ['.env.prod'])).left.length, 0)
    const fallback = FROM_DOTENV.replace('DB_PASSWORD}', `DB_PASSWORD:-${PROD}}`)
    const both = `${fallback}  job:\n    image: shop/api\n    env_file: .env.prod\n`
    assert.equal((await planned({ 'compose.yaml': both, '.env.prod': prod })).left.length, 0)
  })

  it('moves a value that was named', async () => {
    assert.deepEqual((await planned({ ...dev, '.env.prod': prod }, [API])).moves, [API])
  })

  for (const [what, files] of [
    ['the same value', { '.env.prod': `DB_PASSWORD=${DEV}\n` }],
    ['nothing of it', { '.env.prod': 'STAGE=prod\n' }],
    ['an empty value', { '.env.prod': 'DB_PASSWORD=\n' }],
    ['what is to be copied', { '.env.example': prod, '.env.dist': prod, 'sample.env': prod }],
    ['a copy', { '.env.bak': prod, '.env.old': prod, '.env~': prod }],
    ['a program of another folder', { 'web/.env': prod }],
    ['no env file', { '.env.prod': '{"DB PASSWORD": 1}\n' }],
  ] as const)
    it(`moves all the same beside a file that has ${what}`, async () => {
      assert.deepEqual((await planned({ ...dev, ...files })).moves, [API])
    })

  it('moves what stands in the Compose file itself', async () => {
    const literal = FROM_DOTENV.replace('${DB_PASSWORD}', DEV)
    assert.deepEqual((await planned({ 'compose.yaml': literal, '.env.prod': prod })).moves, [API])
  })
})

describe('migrate: entries of .env that are a part of what moves', () => {
  const part = /\.env:1 is a part of api\.DATABASE_URL and stays/

  it('are named where they are its secret part', async () => {
    const url = FROM_DOTENV.replace(/DB_PASSWORD: .*/, 'DATABASE_URL: https://u:${PG}@${HOST}/app')
    const { moves, notes } = await planned({ 'compose.yaml': url, '.env': `PG=${DEV}\nHOST=db\n` })
    assert.deepEqual(moves, ['api.DATABASE_URL'])
    assert.match(notes, part)
    assert.ok(!/HOST in/.test(notes), notes)
  })

  it('are not for being the same word as the password', async () => {
    const url = FROM_DOTENV.replace(/DB_PASSWORD: .*/, 'DATABASE_URL: https://${NAME}:${PG}@db/${NAME}')
    const { notes } = await planned({ 'compose.yaml': url, '.env': `PG=${DEV}\nNAME=${DEV}\n` })
    assert.match(notes, part)
    assert.ok(!/NAME in/.test(notes), notes)
  })

  it('are to be changed together, where something else that stays is made from them', async () => {
    const url = FROM_DOTENV.replace(
      /DB_PASSWORD: .*/,
      'DATABASE_URL: https://u:${PG}@db/app\n    labels: { "shop.db": "pg=${PG}" }',
    )
    const { notes } = await planned({ 'compose.yaml': url, '.env': `PG=${DEV}\n` })
    assert.match(notes, /is a part of api\.DATABASE_URL and stays, since something else is made from it: change both/)
  })

  it('are not, where they leave with another value', async () => {
    const both = FROM_DOTENV.replace(/(DB_PASSWORD: .*)/, '$1\n      DATABASE_URL: postgres://u:${DB_PASSWORD}@db/app')
    const { moves, notes } = await planned({ 'compose.yaml': both, '.env': `DB_PASSWORD=${DEV}\n` })
    assert.deepEqual(moves, [API, 'api.DATABASE_URL'])
    assert.ok(!/is a part of/.test(notes), notes)
  })
})

describe('migrate: entries of env files and an included project', () => {
  it('of .env that it gets are told, with the way on', async () => {
    const { moves, left } = await planned({
      'compose.yaml': 'include: [infra/compose.yaml]\nservices:\n  web: { image: shop/web }\n',
      'infra/compose.yaml': FROM_DOTENV,
      'infra/.env': `DB_PASSWORD=${DEV}\n`,
      '.env': `DB_PASSWORD=${PROD}\n`,
    })
    assert.deepEqual(moves, [])
    const [told] = left.filter(({ candidate }) => candidate.id === API)
    assert.equal(told?.reason, 'It is for an included project (infra/compose.yaml), which gets DB_PASSWORD of .env.')
    assert.match(told?.todo ?? '', /into infra\/\.env in place of \.env, and run secretscan migrate -f infra\/compose/)
  })

  it('of its own stay for it, and not for the shell', async () => {
    const { left } = await planned({
      'compose.yaml': 'include: [infra/compose.yaml]\nservices:\n  web: { image: shop/web }\n',
      'infra/compose.yaml': FROM_DOTENV.replace('environment:', 'environment:\n      API_SECRET: ${API_SECRET}'),
      'infra/.env': `DB_PASSWORD=${DEV}\nAPI_SECRET=${DEV}-2\n`,
      '.env': `DB_PASSWORD=${PROD}\n`,
    })
    const reasons = Object.fromEntries(left.map(({ candidate, reason }) => [candidate.id, reason]))
    assert.match(reasons['infra/.env.DB_PASSWORD'] ?? '', /included project, which gets the DB_PASSWORD of \.env/)
    assert.equal(reasons['infra/.env.API_SECRET'], 'It is of an included project.')
  })
})
