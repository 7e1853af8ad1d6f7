// Passwords that programs take as words: moved where that keeps the program working, else told with what to do.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { selected } from '../../../src/migrate/selection.js'
import { edited, gathered } from './in-memory.js'

const service = (entries: string) => `services:\n  app:\n${entries.replace(/^/gm, '    ')}\n`

async function planOf(text: string) {
  const { moves, left } = makePlan(await gathered(text))
  return {
    moves: moves.map(({ candidate, strategy }) => [candidate.id, candidate.secret, strategy.by]),
    left: left.map(({ candidate, reason }) => [candidate.id, reason]),
  }
}

describe('migrate: passwords among the words of commands', () => {
  it("moves those of Redis' users, one by one, and their hashes", async () => {
    const hash = 'ab12'.repeat(16)
    for (const command of [
      `["redis-server", "--user", "app on >granite-77 >basalt-77 #${hash} ~* +@all"]`,
      `["--user", "app", "on", ">granite-77", ">basalt-77", "#${hash}", "~*", "+@all"]`,
      `redis-server --user app on '>granite-77' '>basalt-77' '#${hash}' ~* +@all`,
    ]) {
      const { moves, left } = await planOf(service(`image: redis:7\ncommand: ${command}`))
      assert.deepEqual(
        moves.map(([, secret, by]) => [secret, by]),
        [
          ['granite-77', 'flag'],
          ['basalt-77', 'flag'],
          [hash, 'flag'],
        ],
        command,
      )
      assert.deepEqual(left, [])
    }
  })

  it('reads each where it stood: inside its word, and inside the quotes of a script', async () => {
    const list = await edited(service('image: redis:7\ncommand: ["redis-server", "--user", "app on >granite-77 ~*"]'))
    assert.match(list['compose.yaml'] ?? '', /--user 'app on >'"\$\$\(cat \/run\/secrets\/app_password\)"' ~\*'/)
    const script = await edited(
      service(`image: minio/mc\nentrypoint: ["sh", "-c", "mc admin user add s3 app 'granite-77' && mc ls s3"]`),
    )
    assert.match(
      script['compose.yaml'] ?? '',
      /mc admin user add s3 app '.*\$\$\(cat \/run\/secrets\/app_password\).*' && mc ls s3/,
    )
    assert.doesNotMatch(`${list['compose.yaml']}${script['compose.yaml']}`, /granite/)
  })

  it('tells of what stands behind the sign at which Compose ends a command', async () => {
    const { moves, left } = await planOf(
      service('image: redis:7\ncommand: redis-server --user app on >granite-77 ~* +@all'),
    )
    assert.deepEqual(moves, [])
    assert.deepEqual(left, [
      [
        'app.password',
        'Compose ends the command at the first ; & | < or > outside of quotes: it stands behind that, and no program gets it.',
      ],
    ])
  })

  it('tells of those of health checks, hooks and labels', async () => {
    const { moves, left } = await planOf(
      service(`image: redis:7
healthcheck: {test: "redis-cli ACL SETUSER app on '>granite-77'"}
post_start: [{command: ["mc", "admin", "user", "add", "s3", "app", "basalt-77"]}]
labels:
  ofelia.job-exec.dump.command: mysqldump -uroot -pschist-77 shop
  ofelia.job-exec.user.command: rabbitmqctl add_user app gneiss-77
  com.example.description: rabbitmqctl adds the user app`),
    )
    assert.deepEqual(moves, [])
    assert.deepEqual(
      left.map(([id]) => id),
      ['app.healthcheck', 'app.other', 'app.ofelia.job-exec.dump.command', 'app.ofelia.job-exec.user.command'],
    )
  })

  it('tells of one that a script has with backslashes, which a file would hold too', async () => {
    const { moves, left } = await planOf(
      service(`image: busybox\nentrypoint: ['sh', '-c', 'serve --password "gr\\$$nite"']`),
    )
    assert.deepEqual(moves, [])
    assert.deepEqual(
      left.map(([id]) => id),
      ['app.--password'],
    )
    assert.match(left[0]?.[1] ?? '', /with backslashes/)
  })

  it('is asked of the program that an image starts', async () => {
    const { moves } = await planOf(`services:
  a: {image: minio/mc, command: alias set s3 http://minio:9000 app granite-77}
  b: {image: "gogost/gost:3", command: "-L user:basalt-77@:8080"}
  c: {image: tarampampam/microsocks, command: ["-u", "app", "-P", "schist-77"]}
  d: {image: "mysql:8", command: "--port 3307 -P gneiss-77"}
`)
    assert.deepEqual(
      moves.map(([, secret]) => secret),
      ['granite-77', 'basalt-77', 'schist-77'],
    )
  })
})

describe('migrate: words that look like passwords', () => {
  const password = 'Gr4nite' + '!Quarry'
  const TEXT = service(`image: acme/tool\ncommand: ["start", "-k", "${password}"]
healthcheck: {test: ["CMD", "tool", "ping", "${password}"]}`)

  it('stay, and are told with how they move', async () => {
    const { moves, left } = makePlan(await gathered(TEXT))
    assert.deepEqual(moves, [])
    assert.deepEqual(left.map(({ candidate, reason, todo }) => [candidate.id, reason, todo]).slice(0, 1), [
      [
        'app.-k',
        'It may be a password: it looks like one, stands where programs take one, or is one elsewhere in the project. Nothing says what it is here.',
        'Where it is one, name it: --select SERVICE.VARIABLE.',
      ],
    ])
    assert.equal(left[1]?.candidate.id, 'app.healthcheck')
  })

  it('are also those that are a password elsewhere in the project, and no name there', async () => {
    const text = `services:
  db: {image: postgres, environment: {POSTGRES_PASSWORD: granite, PGUSER: basalt}}
  web: {image: acme/web, environment: {WEB_PASSWORD: basalt}, command: [start, granite, basalt]}
`
    const { left } = makePlan(await gathered(text))
    assert.deepEqual(
      left.map(({ candidate }) => candidate.id),
      ['web.password'],
    )
  })

  it('move where they are named', async () => {
    const all = await gathered(TEXT)
    const { moves } = makePlan({ ...all, candidates: selected(all.candidates, ['app.-k']), select: ['app.-k'] })
    assert.deepEqual(
      moves.map(({ candidate, name }) => [candidate.secret, name]),
      [[password, 'app_password']],
    )
  })

  it('move along where their command has to be written anew, which no plan writes down', async () => {
    const text = service(
      `image: redis:7\ncommand: ["redis-server", "-k", "${password}", "--requirepass", "granite-77"]`,
    )
    const { moves, left, plan } = makePlan(await gathered(text))
    assert.deepEqual(left, [])
    assert.deepEqual(moves.map(({ candidate }) => candidate.secret).sort(), [password, 'granite-77'])
    assert.doesNotMatch(JSON.stringify(plan), /Quarry/)
  })
})
