import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentNotes } from '../../../src/migrate/environment-notes.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered } from './in-memory.js'

const notesOf = async (password: string, url: string): Promise<string> =>
  makePlan(
    await gathered(
      `services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: "${password}"\n  app:\n    image: shop/app\n    environment:\n      DATABASE_URL: "${url}"\n`,
    ),
  ).plan.notes.join('\n')

/** A password that may be a word; put together, so that this file holds no connection string with one. */
const WORD = 'granite'

describe('migrate: secrets inside other secrets', () => {
  it('half of a longer word is no value inside another', async () => {
    const two = async (first: string, second: string) =>
      makePlan(
        await gathered(
          `services:\n  one:\n    image: shop/one\n    environment: { ONE_PASSWORD: "${first}" }\n  two:\n    image: shop/two\n    environment: { TWO_SECRET: "${second}" }\n`,
        ),
      ).plan.notes.join('\n')
    assert.doesNotMatch(await two('made-up1', 'made-up123'), /holds the value/)
    assert.doesNotMatch(await two('made-up1', 'remade-up1'), /holds the value/)
    assert.match(await two('made-up1', 'remade-up1:made-up1'), /^two_secret: holds the value of one_password/m)
  })

  it('what is put together of the same variables is told once', async () => {
    const entry = 'API_TOKEN: "v1.$' + '{SHOP_PART:-made-up-1}"'
    const service = (name: string) => `  ${name}:\n    image: shop/app\n    environment: { ${entry} }\n`
    const { notes: all } = makePlan(await gathered(`services:\n${service('app')}${service('worker')}`)).plan
    const notes = all.filter((note) => note.includes('put together'))
    assert.equal(notes.length, 1)
    assert.match(notes[0] ?? '', /^app\.API_TOKEN, worker\.API_TOKEN: put together with SHOP_PART\. /)
  })

  for (const [what, password, written] of [
    ['as it is', 'Made-up-2021', 'Made-up-2021'],
    ['percent-encoded', 'Shop_Db#2021', 'Shop_Db%232021'],
    ['a word', 'granite', 'granite'],
  ] as const)
    it(`the password of a URL is told: ${what}`, async () => {
      const said = /^app_database_url: holds the value of postgres_password, too\./m
      assert.match(await notesOf(password, `https://shop:${written}@db/shop`), said)
      assert.doesNotMatch(
        await notesOf(password, `https://shop:an0ther-one@db/${written}x`.replace(written, 'x')),
        said,
      )
    })

  for (const [what, written] of [
    ['settings as JSON', `'{"db": {"password": "granite"}}'`],
    ['a connection string', `host=db user=shop password=${WORD}`],
    ['a connection string, encoded', `'jdbc:mysql://db/shop?user=shop&password=${WORD.replace('a', '%61')}'`],
  ] as const)
    it(`a password that may be a word is told inside ${what}, whether that moves or stays`, async () => {
      const text = `services:\n  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: granite }\n  app:\n    image: shop/app\n    environment:\n      DB_SETTINGS: ${written}\n      GRANITE: quarry of granite\n`
      const moved = makePlan(await gathered(text)).plan.notes.join('\n')
      assert.match(moved, /^db_settings: holds the value of postgres_password, too\./m)
      const stays = makePlan(await gathered(text, () => ({ missing: 'not pulled' }))).plan.notes.join('\n')
      assert.match(stays, /^postgres_password: the same value stays in compose\.yaml:8 \(app\.DB_SETTINGS\)\. /m)
    })

  for (const [user, host, owner] of [
    ['shop', 'db', 'mysql_password'],
    ['root', 'db', 'mysql_root_password'],
    ['shop', 'pg', 'postgres_password'],
  ] as const)
    it(`of equal passwords that one is told which the login means: ${user} at ${host}`, async () => {
      const databases = `  db:\n    image: mysql:8\n    environment: { MYSQL_USER: shop, MYSQL_PASSWORD: ${WORD}-77, MYSQL_ROOT_PASSWORD: ${WORD}-77 }\n  pg:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: ${WORD}-77 }\n`
      for (const login of [
        `https://${user}:${WORD}-77@${host}/shop`,
        `${user}:${WORD}-77@tcp(${host}:3306)/shop`,
        `Server=${host};User=${user};Password=${WORD}-77`,
      ]) {
        const app = `  app:\n    image: shop/app\n    environment: { DB_CONNECTION_SECRET: "${login}" }\n`
        const { notes } = makePlan(await gathered(`services:\n${databases}${app}`)).plan
        const said = notes.filter((note) => /^db_connection_secret: holds/.test(note))
        assert.deepEqual(
          said.map((note) => /value of (.*), too/.exec(note)?.[1]),
          [owner],
          login.replace(WORD, '…'),
        )
      }
    })

  it('a name that is the same word as a password is no copy of it', async () => {
    const word = 'loraserver_ns'
    const text = `services:\n  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: ${word}, POSTGRES_USER: ${word}, POSTGRES_DB: ${word} }\n  app:\n    image: shop/${word}\n    environment: { GREETING: "from ${word}" }\n`
    const notes = makePlan(await gathered(text)).plan.notes.filter((note) => note.includes('the same value stays'))
    assert.equal(notes.length, 1)
    assert.match(notes[0] ?? '', /stays in compose\.yaml:\d+ \(app\.GREETING\)\./)
  })

  it('what reads its environment from outside is told where to find the values, with a command', async () => {
    const notes = await notesOf('Made-up-2021', 'https://shop:an0ther-one@db/shop')
    assert.match(
      notes,
      /^db\.POSTGRES_PASSWORD, app\.DATABASE_URL: no longer in the environment of what docker compose exec starts .*exec db sh -c 'POSTGRES_PASSWORD="\$\(cat \/run\/secrets\/postgres_password\)" PROGRAM'/m,
    )
  })

  it('that command names the files that the project was given by, and of files that are started alone the one that has the service', async () => {
    const text = (name: string) =>
      `services:\n  ${name}:\n    image: shop/app\n    environment: { API_TOKEN: made-up-1 }\n`
    const base = await gathered(text('api'))
    const given = { ...base, composeFiles: ['deploy/shop.yml', 'more.yml'], envFiles: ['stage.env'] }
    assert.match(
      makePlan(given).plan.notes.join('\n'),
      /docker compose --project-directory \. --env-file stage\.env -f deploy\/shop\.yml -f more\.yml exec api sh -c/,
    )
    const folder = mkdtempSync(join(tmpdir(), 'secretscan-alone-'))
    try {
      writeFileSync(join(folder, 'dev.yml'), `${text('web')}  db:\n    image: postgres:16\n`)
      writeFileSync(join(folder, 'prod.yml'), `${text('api')}  db:\n    image: postgres:16\n`)
      const alone = { ...base, project: { ...base.project, directory: folder }, composeFiles: ['dev.yml', 'prod.yml'] }
      assert.match(
        environmentNotes(alone, makePlan(base).moves).join('\n'),
        /docker compose -f prod\.yml exec api sh -c/,
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('in a stack that command finds the container of the service, which docker compose does not', async () => {
    const base = await gathered(
      'services:\n  db:\n    image: postgres:16\n    environment: { POSTGRES_PASSWORD: granite }\n',
    )
    const { notes } = makePlan({ ...base, store: { ...base.store, kind: 'swarm' } }).plan
    const said = notes.join('\n')
    assert.ok(
      said.includes(
        `docker exec "$(docker ps -q -f label=com.docker.swarm.service.name=STACK_db | head -n 1)" sh -c 'POSTGRES_PASSWORD=`,
      ),
      said,
    )
    assert.doesNotMatch(said, /docker compose exec/)
  })

  it('a line of .env that something needs which cannot move is told to be a second place for the value', async () => {
    const services = (label: string) =>
      `services:\n  app:\n    image: shop/app\n    environment: { API_TOKEN: "\${API_TOKEN}" }\n    labels: { broker: "${label}" }\n`
    const notes = async (label: string) =>
      makePlan(await gathered(services(label), undefined, { '.env': `API_TOKEN=${WORD}-77\n` })).plan.notes.join('\n')
    assert.match(
      await notes('redis://:${API_TOKEN}@cache'),
      /^api_token: the same value stays in .* \.env:1 \(API_TOKEN\) is needed for compose\.yaml:5 \(app\.broker\): until that has left, the value has two places\. Do what is said of it first/m,
    )
    assert.doesNotMatch(await notes(`redis://:${WORD}-77@cache`), /is needed for/)
  })

  it('a command that stays with a word that moves elsewhere is told', async () => {
    const text =
      'services:\n  backup:\n    image: shop/backup\n    entrypoint: /bin/sh\n    command: -c "mysqldump -ushop -pgranite shop"\n  db:\n    image: mysql:8\n    environment: { MYSQL_USER: shop, MYSQL_PASSWORD: granite }\n'
    const { notes, left } = makePlan(await gathered(text, () => ({ missing: 'not pulled' }))).plan
    assert.equal(left.length, 1)
    assert.match(notes.join('\n'), /^mysql_password: the same value stays in compose\.yaml:5 \(backup\.command\)/m)
  })
})

describe('migrate: a name that the store has already', () => {
  const TEXT = 'services:\n  db:\n    image: postgres\n    environment: { POSTGRES_PASSWORD: made-up-1 }\n'
  const plannedWith = async (taken: readonly string[], inStore: readonly string[], names = {}) => {
    const base = await gathered(TEXT)
    const { plan, moves } = makePlan({ ...base, taken: new Set(taken), inStore: new Set(inStore), names })
    return { name: moves[0]?.name, notes: plan.notes.filter((note) => note.includes('called so')) }
  }

  it('is told where it made the secret get another name, with what to do', async () => {
    const { name, notes } = await plannedWith(['postgres_password'], ['postgres_password'])
    assert.equal(name, 'db_postgres_password')
    assert.match(
      notes.join(),
      /^db_postgres_password: .*a secret postgres_password already \(files.*remove it and plan/,
    )
  })

  it('is not told where the name is free, a person chose it, or a Compose file declares it', async () => {
    assert.deepEqual(await plannedWith([], []), { name: 'postgres_password', notes: [] })
    assert.deepEqual((await plannedWith(['postgres_password'], [])).notes, [])
    const wish = { 'db.POSTGRES_PASSWORD': 'shop_db' }
    assert.deepEqual(await plannedWith(['postgres_password'], ['postgres_password'], wish), {
      name: 'shop_db',
      notes: [],
    })
  })
})
