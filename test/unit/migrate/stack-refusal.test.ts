// Projects that docker stack deploy does not take: their secrets do not go to a Swarm, since nothing would start them afterwards.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { stackRefusal } from '../../../src/migrate/stack-refusal.js'
import { gathered } from './in-memory.js'

const PASSWORD = ['gran', 'ite-77'].join('')
const app = (...lines: readonly string[]) =>
  `services:\n  app:\n    image: shop/app\n${lines.map((line) => `    ${line}\n`).join('')}`

describe('migrate: a project that is to be a stack', () => {
  let folder: string
  const { PATH } = process.env
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-stack-'))
    process.env.PATH = folder
  })
  afterEach(() => {
    process.env.PATH = PATH
    rmSync(folder, { recursive: true, force: true })
  })

  /** A program in docker's place: `refuses` is what it says of the files, "" where it takes them. */
  function docker(refuses: string, code = 1) {
    writeFileSync(
      join(folder, 'docker'),
      `#!/bin/sh\n[ "$DB_TAG" = 16 ] || exit 1\n${refuses === '' ? '' : `echo '${refuses}' >&2; exit ${code}`}\n`,
    )
    chmodSync(join(folder, 'docker'), 0o755)
  }

  async function refusal(text: string) {
    const project = join(folder, 'project')
    mkdirSync(project, { recursive: true })
    writeFileSync(join(project, 'compose.yaml'), text)
    writeFileSync(join(project, '.env'), 'DB_TAG=16\n')
    return stackRefusal(await loadProject({ files: [], profiles: [], env: {}, cwd: project }))
  }

  it('is refused with what docker says of its form, not of its values', async () => {
    docker('services.app.depends_on must be a list')
    const { reason, todo } = (await refusal(app())) ?? {}
    assert.match(reason ?? '', /does not take compose\.yaml \(services\.app\.depends_on must be a list\)/)
    assert.match(todo ?? '', /docker stack config -c compose\.yaml says what it refuses/)
    docker('services.app.labels.traefik.enable must be a string, number or null')
    assert.match(
      (await refusal(app()))?.reason ?? '',
      /\(services\.app\.labels\.traefik\.enable must be a string, number or null\)/,
    )
    docker(`invalid value ${PASSWORD} in services.app`)
    assert.match(
      (await refusal(app()))?.reason ?? '',
      /^docker stack deploy does not take compose\.yaml, and docker compose up /,
    )
  })

  it('is none where docker takes it, with the variables of its .env', async () => {
    docker('')
    assert.equal(await refusal(app('depends_on: [db]')), undefined)
  })

  it('is refused by its form where there is no docker', async () => {
    for (const [text, place] of [
      [app('depends_on: { db: { condition: service_healthy } }'), 'compose.yaml:4: services.app.depends_on'],
      [app('env_file: [{ path: app.env, required: false }]'), 'services.app.env_file'],
      [app('profiles: [debug]'), 'services.app.profiles'],
      [app('mem_limit: 1g'), 'services.app.mem_limit'],
      [`${app()}configs:\n  a:\n    content: text\n`, 'configs.a.content'],
    ] as const)
      assert.ok((await refusal(text))?.reason.includes(place), text)
    for (const text of [app('depends_on: [db]', 'env_file: .env', 'container_name: app', 'restart: always'), app()])
      assert.equal(await refusal(text), undefined, text)
  })

  it('is none for a docker that is too old to be asked', async () => {
    docker('unknown shorthand flag: c in -c. See docker stack --help.', 125)
    assert.equal(await refusal(app()), undefined)
    assert.match((await refusal(app('profiles: [debug]')))?.reason ?? '', /services\.app\.profiles/)
  })

  it('needs a name for every image, which docker does not say before it deploys', async () => {
    docker('')
    assert.match((await refusal('services:\n  app:\n    build: .\n'))?.reason ?? '', /image of app/)
    assert.equal(await refusal(app('build: .')), undefined)
  })

  it('and nothing of it moves; a plan for one that can be says how it is started from then on', async () => {
    const base = await gathered(app('environment:', `  API_SECRET: ${PASSWORD}`))
    const store = { ...base.store, kind: 'swarm' as const }
    const noStack = { reason: 'It is none.', todo: 'Write one.' }
    const { moves, left } = makePlan({ ...base, store, noStack })
    assert.deepEqual(moves, [])
    assert.deepEqual(
      left.map(({ reason }) => reason),
      ['It is none.'],
    )
    const says =
      /docker compose up does not start services that have secrets of a Swarm any more: docker stack deploy -c/
    assert.match(makePlan({ ...base, store }).plan.notes.join('\n'), says)
    assert.doesNotMatch(makePlan(base).plan.notes.join('\n'), /of a Swarm/)
  })
})
