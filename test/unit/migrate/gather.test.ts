import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type GatherOptions, gather } from '../../../src/migrate/gather.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { openComposeFileStore } from '../../../src/migrate/stores/compose-file.js'
import { UnreachableError } from '../../../src/support/errors.js'
import { FOLDER, offline, SHELL } from './in-memory.js'

const options = (text: string): GatherOptions => ({
  load: {
    files: [join(FOLDER, 'compose.yaml')],
    profiles: [],
    env: {},
    cwd: FOLDER,
    overlay: new Map([
      [join(FOLDER, 'compose.yaml'), Buffer.from(text)],
      [join(FOLDER, 'db.env'), Buffer.from('MYSQL_PASSWORD=Winter25now\nMYSQL_DATABASE=nextcloud\nMYSQL_USER=app\n')],
    ]),
  },
  to: 'compose-file',
  storeOptions: {},
  select: [],
  names: {},
  facts: new Map(),
  openStore: async (projectDir) =>
    openComposeFileStore({ projectDir, secretsDir: './secrets', hasher: { hmac: () => '' } }),
  detect: async () => () => undefined,
  literals: async () => [],
  secretTexts: async () => [],
  ownFindings: async () => [],
  findings: async () => undefined,
  images: true,
  sourceOptions: offline(),
  on: () => undefined,
})

describe('migrate/gather', () => {
  it('gives no secret a name that its place has already: not one that an option gives either, nor one with a number', async () => {
    const there = ['redis_password', 'redis_password_2']
    const text = 'services:\n  redis:\n    image: redis:7\n    command: redis-server --requirepass Winter25now\n'
    const gathered = await gather({
      ...options(text),
      openStore: async (projectDir) => ({
        ...openComposeFileStore({ projectDir, secretsDir: './secrets', hasher: { hmac: () => '' } }),
        inspect: async (names) =>
          new Map(names.filter((name) => there.includes(name)).map((name) => [name, { id: name, ours: false }])),
      }),
    })
    assert.deepEqual(
      makePlan(gathered).moves.map(({ name }) => name),
      ['redis_password_3'],
    )
  })

  it('asks the place for secrets before it scans or looks into images', async () => {
    const text = 'services:\n  app:\n    image: shop/app\n    environment: {API_TOKEN: Winter25now}\n'
    const asked: string[] = []
    const notYet = (what: string) => async () => {
      asked.push(what)
      throw new Error(`${what} came first`)
    }
    await assert.rejects(
      gather({
        ...options(text),
        to: 'vault',
        openStore: async () => {
          throw new UnreachableError('Nothing listens there.')
        },
        detect: notYet('detection'),
        literals: notYet('literals'),
        secretTexts: notYet('texts'),
        findings: notYet('a scan of the images'),
        on: (message) => void asked.push(message),
      }),
      /Nothing listens there/,
    )
    assert.deepEqual(asked, [])
  })

  it('looks into all images of an entry that one of its services does not take from a file', async () => {
    const own = (name: string, image: string, more = '') =>
      `  ${name}:\n    image: ${image}\n    env_file: db.env\n${more}`
    const db = own('db', 'mariadb:10.11')
    const cron = own('cron', 'nextcloud:apache', '    entrypoint: /cron.sh\n')
    const lookedInto = async (services: string) => {
      const asked: string[] = []
      const given = { ...options(`services:\n${services}`), on: (message: string) => void asked.push(message) }
      const found = await gather({ ...given, facts: new Map([['nextcloud:apache', SHELL]]) })
      return { asked, left: makePlan({ ...found, factsOf: () => SHELL }).left, found }
    }
    assert.deepEqual((await lookedInto(db)).asked, [], 'the table settles it')
    const { asked, left, found } = await lookedInto(`${db}${own('app', 'nextcloud:apache')}${cron}`)
    assert.deepEqual(asked, ['Looking into mariadb:10.11.'])
    assert.deepEqual(left, [])
    const unseen = makePlan({ ...found, factsOf: () => ({ missing: 'it is gone' }) })
    assert.deepEqual(
      unseen.left.map(({ candidate }) => candidate.id),
      ['db.env.MYSQL_PASSWORD'],
      'no user and no database is named as a value that stays',
    )
  })

  it('moves a variable that may be secret where it is named', async () => {
    const text =
      'services:\n  app:\n    image: shop/app\n    environment: {INVITE_CODE: winter-25, API_TOKEN: Winter25now}\n'
    const movedFor = async (select: readonly string[]) => {
      const found = await gather({ ...options(text), select, facts: new Map([['shop/app', SHELL]]) })
      return makePlan({ ...found, factsOf: () => SHELL }).moves.map(({ candidate }) => candidate.id)
    }
    assert.deepEqual(await movedFor([]), ['app.API_TOKEN'])
    assert.deepEqual(await movedFor(['app.INVITE_CODE']), ['app.INVITE_CODE'])
  })
})
