// A service that stands in several Compose files: what it needs for a secret stands beside the value, so that each file works without the later ones.
import assert from 'node:assert/strict'
import { parse } from 'yaml'
import { makePlan } from '../../../src/migrate/plan.js'
import { edited, gathered } from './in-memory.js'

const OVERRIDE = 'compose.override.yaml'
const PORTS = 'services:\n  db:\n    ports: ["5432:5432"]\n'

function serviceIn(text: string | undefined, name: string) {
  assert.ok(text !== undefined, 'the file is changed')
  return parse(text, { customTags: [{ tag: '!override', collection: 'seq' }] }).services[name]
}

describe('migrate: override files', () => {
  it('a file form and its grant stand where the password stood, and the override stays as it is', async () => {
    const files = await edited(
      'services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: Made-up-1\n',
      undefined,
      { [OVERRIDE]: PORTS },
    )
    const db = serviceIn(files['compose.yaml'], 'db')
    assert.deepEqual(db.secrets, ['postgres_password'])
    assert.deepEqual(db.environment, { POSTGRES_PASSWORD_FILE: '/run/secrets/postgres_password' })
    assert.equal(files[OVERRIDE], undefined)
  })

  it('a shim stands there, too', async () => {
    const files = await edited(
      'services:\n  db:\n    image: shop/own\n    environment:\n      DB_PASSWORD: Made-up-1\n',
      undefined,
      { [OVERRIDE]: PORTS },
    )
    const db = serviceIn(files['compose.yaml'], 'db')
    assert.deepEqual(db.secrets, ['db_password'])
    assert.match(db.entrypoint.join(' '), /run\/secrets\/db_password/)
    assert.equal(files[OVERRIDE], undefined)
  })

  it('a shim stands in the file that names the env file, where the override has a value of its own', async () => {
    const files = await edited('services:\n  api:\n    image: shop/own\n    env_file: [./api.env]\n', undefined, {
      [OVERRIDE]: 'services:\n  api:\n    environment:\n      API_TOKEN: Made-up-2\n',
      'api.env': 'JWT_SECRET=Made-up-1\n',
    })
    const api = serviceIn(files['compose.yaml'], 'api')
    assert.match(api.entrypoint.join(' '), /run\/secrets\/jwt_secret/)
    assert.ok(api.secrets.includes('jwt_secret'))
  })

  it('a password in the command of a later file is filled in there, and the first file starts its own', async () => {
    const over = '  web:\n    command: ["serve", "dev", "--password", "Made-up-2"]\n'
    for (const [own, expected] of [
      ['    command: serve prod\n', 'serve prod'],
      ['', ['serve', '--all']],
    ] as const) {
      const text = `services:\n  web:\n    image: shop/own\n${own}    environment:\n      DB_PASSWORD: Made-up-1\n`
      const files = await edited(text, undefined, { [OVERRIDE]: `services:\n${over}` })
      const web = serviceIn(files['compose.yaml'], 'web')
      assert.deepEqual(web.command, expected)
      assert.doesNotMatch(web.entrypoint[2], /serve/)
      // What the shim asks for is granted beside it.
      for (const [, name = ''] of web.entrypoint[2].matchAll(/\/run\/secrets\/(\w+)/g))
        assert.ok(web.secrets.includes(name), name)
      const [, , , password] = serviceIn(files[OVERRIDE], 'web').command
      assert.match(password, /^@\/run\/secrets\/\w+@$/)
    }
  })

  it("a shim keeps the image's own command for the first file, where only the override has one", async () => {
    const files = await edited(
      'services:\n  db:\n    image: shop/own\n    environment:\n      DB_PASSWORD: Made-up-1\n',
      undefined,
      { [OVERRIDE]: 'services:\n  db:\n    command: [other]\n' },
    )
    // As the image of these tests has it: an entrypoint drops it.
    assert.deepEqual(serviceIn(files['compose.yaml'], 'db').command, ['serve', '--all'])
    assert.equal(files[OVERRIDE], undefined)
  })

  it('a value stays whose shim only the override would have, since that has an entrypoint', async () => {
    const variable = '    environment:\n      API_SECRET: Made-up-1\n'
    const entrypoint = { [OVERRIDE]: 'services:\n  app:\n    entrypoint: [report]\n' }
    const envFile = { 'app.env': 'API_SECRET=Made-up-1\n' }
    for (const [more, files, id] of [
      [variable, {}, 'app.API_SECRET'],
      ['    env_file: app.env\n', envFile, 'app.API_SECRET'],
      ['    command: serve --api-key=Made-up-1\n', {}, 'app.command'],
      [`    entrypoint: [serve]\n${variable}`, {}, 'app.API_SECRET'],
    ] as const) {
      const base = `services:\n  app:\n    image: shop/own\n${more}`
      const { moves, left } = makePlan(await gathered(base, undefined, { ...files, ...entrypoint }))
      assert.deepEqual(moves, [], more)
      assert.equal(left[0]?.candidate.id.replace(/--.*/, 'command'), id)
      assert.match(
        left[0]?.reason ?? '',
        /^compose\.override\.yaml starts app .* from compose\.yaml alone, app would be/,
      )
      assert.equal(makePlan(await gathered(base, undefined, files)).moves.length, 1, 'it moves without the override')
    }
  })

  it('and moves where the override has both', async () => {
    const both = `    entrypoint: [report]\n    environment:\n      API_SECRET: Made-up-1\n`
    const files = await edited('services:\n  app:\n    image: shop/own\n', undefined, {
      [OVERRIDE]: `services:\n  app:\n${both}`,
    })
    assert.match(serviceIn(files[OVERRIDE], 'app').entrypoint.join(' '), /run\/secrets\/api_secret/)
  })

  it('what only the override has is granted there', async () => {
    const files = await edited('services:\n  db:\n    image: postgres:16\n', undefined, {
      [OVERRIDE]: 'services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: Made-up-1\n',
    })
    assert.equal(serviceIn(files['compose.yaml'], 'db').secrets, undefined)
    assert.deepEqual(serviceIn(files[OVERRIDE], 'db').secrets, ['postgres_password'])
  })

  for (const [image, way] of [
    ['postgres:16', 'file form'],
    ['shop/own', 'shim'],
  ] as const)
    it(`a value that the override writes again: the first file alone finds its secret (${way})`, async () => {
      const service = (value: string) => `    environment:\n      POSTGRES_PASSWORD: ${value}\n`
      const base = `services:\n  db:\n    image: ${image}\n${service('Made-up-1')}`
      const override = { [OVERRIDE]: `services:\n  db:\n${service('Made-up-1')}` }
      const files = await edited(base, undefined, override)
      const db = serviceIn(files['compose.yaml'], 'db')
      assert.deepEqual(db.secrets, ['postgres_password'])
      if (way === 'shim') assert.match(db.entrypoint.join(' '), /run\/secrets\/postgres_password/)
      const { plan } = makePlan(await gathered(base, undefined, override))
      assert.match(plan.notes.join('\n'), /db\.POSTGRES_PASSWORD: compose\.yaml has it, too/)
    })

  it('a value that replaces another one of a file that is started alone, too, stays with both lines', async () => {
    const service = (value: string) => `    environment:\n      POSTGRES_PASSWORD: ${value}\n      A_TOKEN: Made-up-3\n`
    const base = `services:\n  db:\n    image: shop/own\n${service('Made-up-1')}`
    const override = { [OVERRIDE]: `services:\n  db:\n${service('Made-up-2')}` }
    const files = await edited(base, undefined, override)
    for (const [name, value] of [
      ['compose.yaml', 'Made-up-1'],
      [OVERRIDE, 'Made-up-2'],
    ] as const)
      assert.deepEqual(serviceIn(files[name], 'db').environment, { POSTGRES_PASSWORD: value }, 'the token went')
    const { plan } = makePlan(await gathered(base, undefined, override))
    assert.deepEqual(
      plan.left.map(({ place, reason }) => [place.kind === 'compose' ? place.key : place.kind, reason]),
      [
        [
          'POSTGRES_PASSWORD',
          'compose.yaml:5 has another value for it, which counts where the project is started without compose.override.yaml: one secret cannot be both.',
        ],
      ],
    )
  })

  it('so does one that replaces another one of an env file that the first file names', async () => {
    const base = 'services:\n  db:\n    image: shop/own\n    env_file: prod.env\n'
    const override = 'services:\n  db:\n    environment: {A_TOKEN: Made-up-2}\n'
    const files = { [OVERRIDE]: override, 'prod.env': 'A_TOKEN=Made-up-1\n' }
    assert.deepEqual(await edited(base, undefined, files), {})
    const { plan } = makePlan(await gathered(base, undefined, files))
    assert.match(plan.left[0]?.reason ?? '', /^prod\.env:1 has another value for it/)
  })

  it('a value that the override takes from the shell is not called unused: the first file alone needs it', async () => {
    const base = 'services:\n  db:\n    image: shop/own\n    environment:\n      A_TOKEN: $' + '{A_TOKEN:-Made-up-1}\n'
    const files = { [OVERRIDE]: 'services:\n  db:\n    environment:\n      A_TOKEN: $' + '{A_TOKEN}\n' }
    const { plan } = makePlan(await gathered(base, undefined, files))
    assert.match(plan.left[0]?.reason ?? '', /^compose\.override\.yaml sets it again; .* still uses it\.$/)
    assert.match(plan.left[0]?.todo ?? '', /^Plan without compose\.override\.yaml \(-f compose\.yaml\)/)
  })

  it('nor is one that the override takes away, or one of an extended service that is set again where it is extended', async () => {
    const reasonIn = async (base: string, files: Readonly<Record<string, string>>) =>
      makePlan(await gathered(base, undefined, files)).left.map(({ reason }) => reason)
    const token = (value: string) => `    environment:\n      A_TOKEN: ${value}\n`
    const reset = { [OVERRIDE]: `services:\n  db:\n${token('!reset null')}` }
    const [taken = ''] = await reasonIn(`services:\n  db:\n    image: shop/own\n${token('Made-up-1')}`, reset)
    assert.match(taken, /^compose\.override\.yaml takes it away; what is started without .* still uses it\.$/)
    const common = { 'common.yaml': `services:\n  base:\n    image: shop/own\n${token('Made-up-1')}` }
    const extending = `services:\n  db:\n    extends: {file: common.yaml, service: base}\n${token('Made-up-2')}`
    assert.deepEqual(await reasonIn(extending, common), [
      'What extends base of common.yaml here has A_TOKEN otherwise.',
    ])
  })

  it('an override that takes back the secrets before it grants the new one', async () => {
    const files = await edited(
      'services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: Made-up-1\n',
      undefined,
      { [OVERRIDE]: 'services:\n  db:\n    secrets: !override [tls]\nsecrets:\n  tls: { file: ./tls }\n' },
    )
    assert.deepEqual(serviceIn(files[OVERRIDE], 'db').secrets, ['tls', 'postgres_password'])
  })
})
