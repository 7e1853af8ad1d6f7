// What scripts say of how Compose files are started: with docker compose, or as a stack of a Swarm.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { isDeployed } from '../../../src/migrate/starts-seen.js'
import { gathered, SHELL } from './in-memory.js'

const script = (text: string) => [{ name: 'deploy.sh', text, kind: 'script' as const }]

/** [files of the plan, a script's text, whether they are deployed as a stack]. */
const CASES: readonly (readonly [readonly string[], string, boolean])[] = [
  [['web.yml'], 'docker stack deploy -c web.yml web', true],
  [
    ['/srv/web.yml'],
    'docker stack deploy --prune --resolve-image always \\\n  --compose-file ./apps/web.yml web',
    true,
  ],
  [['web.yml'], 'docker stack deploy -c other.yml web', false],
  [['web.yml'], 'docker stack rm web; docker compose -f web.yml up -d', false],
  [['web.yml'], 'docker stack deploy -c web.yml web\ndocker compose -f web.yml up', false],
  [['docker-compose.yml'], 'docker compose up -d', false],
  [['stack.yml'], '', true],
  [['docker-stack.yml'], '', true],
  [['mongodb-stack.yml'], 'docker stack deploy -c "$file" "$name"', true],
  [['stack.yml'], 'docker compose -f stack.yml up -d', false],
  [['docker-compose.elk-stack.yml'], '', false],
  [['stack.yml', 'compose.yaml'], '', false],
]

describe('migrate: files that are deployed as a stack', () => {
  for (const [files, text, expected] of CASES)
    it(`${files.join(', ')} with "${text.replaceAll('\n', ' ')}": ${expected}`, () =>
      assert.equal(isDeployed(files, script(text)), expected))

  it('are told by what only a Swarm reads in them', () => {
    const is = (service: object, text = '', more: object = {}) =>
      isDeployed(['compose.yaml'], script(text), { services: { app: { image: 'shop/app', ...service } }, ...more })
    const placed = { deploy: { placement: { constraints: ['node.role == manager'] } } }
    const mounted = { volumes: [{ type: 'bind', source: '/srv/{{.Node.Hostname}}', target: '/data' }] }
    const external = { secrets: { token: { name: 'token', external: true } } }
    for (const service of [placed, { deploy: { mode: 'global' } }, { hostname: 'mq{{.Task.Slot}}' }, mounted])
      assert.equal(is(service), true, JSON.stringify(service))
    assert.equal(is({}, '', external), true)
    assert.equal(is(placed, 'docker compose -f dev.yml up -d'), true)
    for (const service of [
      {},
      { deploy: { replicas: 2, placement: { preferences: [] } } },
      { environment: { FORMAT: '{{.Names}}' } },
      { ...placed, container_name: 'app' },
      { ...placed, image: undefined },
    ])
      assert.equal(is(service), false, JSON.stringify(service))
    assert.equal(is(placed, 'docker compose up -d'), false)
    assert.equal(is(placed, 'docker compose -f compose.yaml up -d'), false)
  })

  it('are told what a Swarm does with files of secrets, and how a program is started in it', async () => {
    const text =
      'services:\n  app:\n    image: shop/app\n    environment: {DATABASE_URL: "postgres://app:made-up-17@db/x"}\n'
    const notesOf = async (deployed: boolean) =>
      makePlan({ ...(await gathered(text, () => SHELL)), deployed }).plan.notes.join('\n')
    const notes = await notesOf(true)
    assert.match(notes, /docker stack deploy makes Swarm secrets of these files.*--to swarm/)
    assert.match(notes, /docker exec "\$\(docker ps -q -f label=com\.docker\.swarm\.service\.name=STACK_app/)
    assert.doesNotMatch(await notesOf(false), /stack deploy|STACK_/)
  })
})
