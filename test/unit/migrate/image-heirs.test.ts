import assert from 'node:assert/strict'
import { plan } from './built-project.js'
import { planned } from './with-siblings.js'

const TOKEN = ['made', 'up', '92kdlsxX02kd'].join('-')
const ID = 'api/Dockerfile.JWT_SECRET'
const WEB = 'services:\n  web:\n    build: ./api\n    image: shop/web:1\n'

const project = (worker: string, dockerfile = '', more: Readonly<Record<string, string>> = {}) => ({
  'compose.yaml': `${WEB}${worker}`,
  'api/Dockerfile': `FROM node:20\nENV JWT_SECRET=${TOKEN}\n`,
  ...(dockerfile === '' ? {} : { 'worker/Dockerfile': dockerfile }),
  ...more,
})

describe('migrate: an image that is built upon one of the project', () => {
  const WORKER = '  worker: { build: ./worker }\n'
  const context = (from: string) =>
    `  worker: { build: { context: ./worker, additional_contexts: { base: "${from}" } } }\n`

  it('keeps the ENV that it has from there, in whichever way it names it', async () => {
    const all = [
      project(WORKER, 'FROM shop/web:1\nCMD ["w"]\n'),
      project(WORKER, 'ARG TAG=1\nFROM docker.io/shop/web:${TAG} AS base\nFROM base\n'),
      project('  worker: { build: { context: ./worker, args: { TAG: "1" } } }\n', 'ARG TAG=2\nFROM shop/web:$TAG\n'),
      project(context('service:web'), 'FROM base\n'),
      project(context('docker-image://shop/web:1'), 'FROM base\n'),
      project('  worker: { build: { context: ., dockerfile_inline: "FROM shop/web:1" } }\n'),
    ]
    for (const files of all) {
      const { moves, left } = await planned(files)
      assert.deepEqual(moves, [], JSON.stringify(files))
      assert.match(left[ID]?.reason ?? '', /^worker is built upon the image/)
    }
  })

  it('keeps nothing that it has not from there', async () => {
    const all = [
      project(WORKER, 'FROM shop/web:2\n'),
      // Another stage, of which the image holds a file alone.
      project(WORKER, 'FROM shop/web:1 AS tools\nFROM node:20\nCOPY --from=tools /bin/x /bin/x\n'),
      project(context('service:db'), 'FROM base\n'),
      project('  worker: { build: ./worker, environment: { JWT_SECRET: of-its-own-1 } }\n', 'FROM shop/web:1\n'),
    ]
    for (const files of all) assert.ok((await planned(files)).moves.includes(ID), JSON.stringify(files))
  })

  it('keeps it for one in another Compose file, too', async () => {
    const prod = { 'compose.prod.yaml': `services:\n${WORKER}` }
    const { moves, left } = await planned(project('', 'FROM shop/web:1\n', prod))
    assert.deepEqual(moves, [])
    assert.match(left[ID]?.reason ?? '', /^compose\.prod\.yaml builds worker upon the image that is built from it/)
  })
})

describe('migrate: a service that runs a built image by a name of build.tags', () => {
  it('gets the secret that leaves its Dockerfile', async () => {
    const { services } = await planned({
      ...project(''),
      'compose.yaml': `services:
  web:
    build: { context: ./api, tags: ["shop/tagged:1"] }
  worker: { image: "shop/tagged:1" }
  else: { image: "shop/tagged:2" }
`,
    })
    assert.deepEqual(services[ID], ['web', 'worker'])
  })

  it('is started anew afterwards, however it spells the name', async () => {
    const { plan: made } = await plan({
      'compose.yaml': `services:
  web: { build: { context: ., tags: ["shop/tagged:1"] }, image: shop/web }
  worker: { image: "shop/tagged:1" }
  cron: { image: "docker.io/shop/web:latest" }
`,
      Dockerfile: `FROM node:20\nENV API_TOKEN=${TOKEN}\n`,
    })
    assert.match(made.afterwards?.[0]?.commands.at(-1) ?? '', / up -d cron web worker$/)
  })
})

describe('migrate: a service of no active profile that is built from the same Dockerfile', () => {
  it('keeps a build argument and what a line holds, which only active ones would get again', async () => {
    for (const build of ['.', '{ context: ., dockerfile: Dockerfile }', '{ context: ./other }']) {
      const { moves, left } = await planned({
        'compose.yaml': `services:\n  web: { build: . }\n  seed: { build: ${build}, profiles: [tools] }\n`,
        Dockerfile: `FROM node:20\nARG NPM_TOKEN=${TOKEN}\nRUN x $NPM_TOKEN\n`,
      })
      if (build.includes('other')) assert.deepEqual(moves, ['Dockerfile.NPM_TOKEN'])
      else {
        assert.deepEqual(moves, [], build)
        const { reason, todo } = left['Dockerfile.NPM_TOKEN'] ?? {}
        assert.equal(reason, 'seed is in no active profile, and is built from Dockerfile, too.')
        assert.equal(todo, 'Run again with --profile tools.')
      }
    }
  })
})
