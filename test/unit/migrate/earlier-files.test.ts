// A later Compose file of the plan that runs another image, or builds another stage: the first one alone starts what it says itself.
import assert from 'node:assert/strict'
import { planned } from './with-siblings.js'

const TOKEN = ['gran', 'ite-77'].join('')
const MAIN = ['compose.yaml', 'compose.override.yaml']

/** `base`, `over`: lines of the service in each file. */
const plan = (stages: string, base: string, over: string, more: Readonly<Record<string, string>> = {}) =>
  planned(
    {
      'compose.yaml': `services:\n  web:\n${base}    environment: { API_TOKEN: ${TOKEN} }\n`,
      'compose.override.yaml': `services:\n  web:\n${over}`,
      Dockerfile: stages,
      ...more,
    },
    { main: MAIN },
  )
const BUILD = '    build: .\n'
const DEV = '    build: { target: dev }\n'
const stages = (dev: string, prod: string, root = 'node:20') => `FROM ${root} AS dev\n${dev}\nFROM node:20\n${prod}\n`

describe('migrate: a later file that builds another stage or runs another image', () => {
  it('keeps a value that only a shim can give, where the stage starts another program', async () => {
    for (const [dev, prod, base, over] of [
      ['CMD ["mvnw", "run"]', 'ENTRYPOINT ["java", "-jar", "app.jar"]', BUILD, DEV],
      ['CMD ["npm", "run", "dev"]', 'CMD ["npm", "start"]', BUILD, DEV],
      ['CMD ["npm", "run", "dev"]', 'CMD ["npm", "start"]', BUILD, `${DEV}    command: npm run dev\n`],
      ['CMD ["a"]', 'CMD ["b"]', '    image: shop/web\n', '    build: { context: ., target: dev }\n'],
      ['CMD ["a"]', 'CMD ["a"]', BUILD, '    build: { dockerfile: Dockerfile.dev }\n'],
      ['CMD ["a"]', 'CMD ["a"]', '    image: shop/other\n', '    image: shop/web\n'],
    ] as const) {
      const { moves, left } = await plan(stages(dev, prod), base, over, {
        'Dockerfile.dev': 'FROM node:20\nCMD ["c"]\n',
      })
      assert.deepEqual(moves, [], prod + over)
      const { reason = '', todo = '' } = left['web.API_TOKEN'] ?? {}
      assert.match(reason, /^compose\.override\.yaml gives web another image than compose\.yaml alone, /)
      assert.match(todo, /same ENTRYPOINT, write what they start into each file \(command:\)/)
    }
  })

  it('keeps nothing where both start one program, or the files say what they start', async () => {
    const commands = [`${BUILD}    command: npm start\n`, `${DEV}    command: npm run dev\n`] as const
    for (const [dev, prod, base, over] of [
      ['CMD ["npm", "start"]', 'CMD ["npm",  "start"]', BUILD, DEV],
      ['ENV DEBUG=1', 'CMD ["npm", "start"]', ...commands],
      ['ENV DEBUG=1', 'CMD ["npm", "start"]', `${BUILD}    entrypoint: [npm]\n`, DEV],
      ['', 'CMD ["npm", "start"]', '    image: shop/web\n', '    build: .\n'],
    ] as const)
      assert.deepEqual((await plan(stages(dev, prod), base, over)).moves, ['web.API_TOKEN'], prod + base)
  })

  it('keeps a value of the later file nowhere, as the first one has neither the value nor the shim', async () => {
    const { moves } = await planned(
      {
        'compose.yaml': `services:\n  web:\n${BUILD}`,
        'compose.override.yaml': `services:\n  web:\n${DEV}    environment: { API_TOKEN: ${TOKEN} }\n`,
        Dockerfile: stages('CMD ["a"]', 'ENTRYPOINT ["b"]'),
      },
      { main: MAIN },
    )
    assert.deepEqual(moves, ['web.API_TOKEN'])
  })

  it('keeps what an image without a shell would be given', async () => {
    const dev = 'ENTRYPOINT ["serve"]'
    const { moves } = await plan(stages(dev, dev, 'gcr.io/distroless/static'), BUILD, DEV)
    assert.deepEqual(moves, [])
  })

  it('a database of another version reads the same file', async () => {
    const { moves } = await planned(
      {
        'compose.yaml': `services:\n  db:\n    image: postgres:15\n    environment: { POSTGRES_PASSWORD: ${TOKEN} }\n`,
        'compose.override.yaml': 'services:\n  db:\n    image: postgres:16\n',
      },
      { main: MAIN },
    )
    assert.deepEqual(moves, ['db.POSTGRES_PASSWORD'])
  })
})

describe('migrate: a later file that gives a service another value', () => {
  it('keeps an anchored value that the first file alone gives to it, too', async () => {
    const files = (own = '') => ({
      'compose.yaml': `x-env: &env\n  API_SECRET: ${TOKEN}\nservices:\n  app:\n    image: shop/app\n    environment: { <<: *env${own} }\n  queue:\n    image: shop/app\n    environment: *env\n`,
      'compose.override.yaml': `services:\n  app:\n    environment: [API_SECRET=${TOKEN}-dev]\n`,
    })
    const { moves, left } = await planned(files(), { main: MAIN })
    assert.deepEqual(moves, ['app.API_SECRET'])
    const [[, told] = []] = Object.entries(left)
    assert.match(told?.reason ?? '', /^Started without compose\.override\.yaml, app has it, too/)
    assert.match(told?.todo ?? '', /^Write API_SECRET into the block of app in compose\.yaml/)
    const followed = await planned(files(`, API_SECRET: ${TOKEN}`), { main: MAIN })
    assert.ok(followed.moves.includes('queue.API_SECRET'), followed.moves.join())
  })
})
