// Hard-coded values that no edit reaches: each is told, with what to do.
import assert from 'node:assert/strict'
import type { Detected } from '../../../src/migrate/candidates.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered } from './in-memory.js'

const leftOf = async (text: string) =>
  makePlan(await gathered(text)).left.map(({ candidate, reason, todo }) => ({ id: candidate.id, reason, todo }))

describe('migrate: values that no edit reaches', () => {
  it('tells of passwords in options of volumes', async () => {
    const left = await leftOf(`services:
  app: {image: busybox, volumes: ["nas:/data", "sshfs:/n", "./password=x:/p"]}
volumes:
  nas:
    driver_opts: {type: cifs, o: "username=media,password=granite-77,uid=1000", device: //nas/media}
  sshfs:
    driver: vieux/sshfs
    driver_opts: {sshcmd: "u@h:/x", password: basalt-77}
  other: {name: secret, driver_opts: {o: "credentials=/root/.smb"}}
`)
    assert.deepEqual(
      left.map(({ id }) => id),
      ['volumes.nas.o', 'volumes.sshfs.password'],
    )
    for (const { reason, todo } of left) {
      assert.match(reason, /engine reads a volume's options/)
      assert.match(todo, /credentials=FILE/)
    }
  })

  it('tells of those that options of volumes have from a line of .env, which stays', async () => {
    const text =
      `services:
  app: {image: busybox, volumes: ["nas:/data"]}
volumes:
  nas:
    driver_opts: {type: cifs, o: "username=media,password=$` +
      '{SMB_PASSWORD},uid=$' +
      `{NAS_UID}", device: //nas/media}
`
    const { plan, left, staged } = makePlan(
      await gathered(text, undefined, { '.env': 'SMB_PASSWORD=granite-77\nNAS_UID=1000\n' }),
    )
    assert.deepEqual(
      left.map(({ candidate, reason, todo }) => [candidate.id, reason.slice(reason.indexOf('It comes')), todo]),
      [['volumes.nas.o', 'It comes from .env:1 (SMB_PASSWORD).', 'Keep that line, and keep its file out of git.']],
    )
    assert.equal(staged.size, 0)
    assert.doesNotMatch(plan.notes.join('\n'), /take it out by hand/)
  })

  it('tells of networks and models', async () => {
    const text = `services:
  app: {image: busybox}
networks:
  default: {driver_opts: {encrypted_password: granite-77, mtu: "1400"}, labels: {owner.token: basalt-77}}
models:
  llm: {model: ai/x, runtime_flags: ["--api-key", "granite-78"]}
`
    const detected: Detected = (_, start, end) =>
      text.slice(start, end).includes('granite-78') ? { title: 'A key' } : undefined
    const { left } = makePlan(await gathered(text, undefined, {}, detected))
    assert.deepEqual(
      left.map(({ candidate, reason }) => [candidate.id, reason]),
      ['networks.default.encrypted_password', 'networks.default.owner.token', 'models.llm'].map((id) => [
        id,
        'Nothing is known of what reads it there.',
      ]),
    )
  })

  it('tells of entries whose name stands in a variable', async () => {
    const lines = ['$' + '{JWT_ENV}', '$' + '{PRE:-X}_PASSWORD=basalt-77', '$' + '{TZ_ENV}', 'A$$B=1']
    const text = `services:\n  app:\n    image: busybox\n    environment:\n${lines.map((line) => `      - ${line}\n`).join('')}`
    const env = 'JWT_ENV=JWT_SECRET=granite-77\nTZ_ENV=TZ=UTC\n'
    const { left, moves } = makePlan(await gathered(text, undefined, { '.env': env }))
    assert.deepEqual(moves, [])
    assert.deepEqual(
      left.map(({ candidate, reason }) => [candidate.id, reason]),
      [
        ['app.JWT_SECRET', 'Its name is made of JWT_ENV: no line of the file says JWT_SECRET.'],
        ['app.X_PASSWORD', 'Its name is made of PRE: no line of the file says X_PASSWORD.'],
      ],
    )
  })

  it('tells of what commands and checks of services hold that no profile activates', async () => {
    const words = ['serve', '--token', 'granite-77', '--db=postgres://u:gra"ni/te@db/x']
    const left = await leftOf(`services:
  app: {image: busybox}
  cli:
    image: busybox
    profiles: [tools]
    command: ${JSON.stringify(words)}
    healthcheck: {test: ["CMD", "x", "--password", "basalt-77"]}
  job: {image: busybox, profiles: [jobs], command: run --token basalt-78}
`)
    assert.deepEqual(
      left.map(({ id }) => id),
      ['cli.--token', 'cli.postgres://', 'cli.healthcheck', 'job.--token'],
    )
    assert.equal(left[0]?.reason, 'cli is in no active profile.')
    assert.equal(left[3]?.todo, 'Run again with --profile jobs.')
  })

  it('tells of a password in the address of a build context', async () => {
    const address = ['https://ci:', 'granite-77', '@git.example.com/app.git'].join('')
    const left = await leftOf(`services:\n  app: {build: {context: "${address}"}}\n`)
    assert.deepEqual(
      left.map(({ id }) => id),
      ['app.context'],
    )
    assert.match(left[0]?.reason ?? '', /What builds the image reads it/)
  })

  it('tells of what a detection rule finds anywhere else', async () => {
    const text = 'services:\n  app: {image: busybox, annotations: {note: "granite-77"}}\n'
    const detected: Detected = (_, start, end) =>
      text.slice(start, end).includes('granite') ? { title: 'A token' } : undefined
    const { left } = makePlan(await gathered(text, undefined, {}, detected))
    assert.deepEqual(
      left.map(({ candidate }) => candidate.id),
      ['app.note'],
    )
  })

  it('tells of what stands in comments, by line, and of no value that is told already', async () => {
    const text = `services:
  app: # ADMIN=granite-77
    image: busybox
    environment:
      API_TOKEN: basalt-77
      # OLD=schist-77
`
    const found = await gathered(text)
    const { plan } = makePlan({ ...found, secretTexts: ['granite-77', 'basalt-77', 'schist-77'] })
    const notes = plan.notes.filter((note) => /what detection takes for a secret/.test(note))
    assert.equal(notes.length, 1)
    assert.match(notes[0] ?? '', /^compose\.yaml:2, 6: /)
  })

  it('tells of what a label file gives to a service that it is a label', async () => {
    const text = 'services:\n  app:\n    image: busybox\n    label_file: app.labels\n'
    const found = await gathered(text, undefined, { 'app.labels': 'note=x\nwidget.key=granite-77\n' })
    const { plan } = makePlan({ ...found, secretTexts: ['granite-77'] })
    const notes = plan.notes.filter((note) => note.startsWith('app.labels:2:'))
    assert.match(notes.join('\n'), /a service gets it as a label/)
  })

  it('tells of a hash in a label whose dollars are not doubled', async () => {
    const label = 'traefik.http.middlewares.a.basicauth.users'
    const left = await leftOf(`services:
  app:
    image: busybox
    labels: ['${label}=ally:$apr1$xI68JmlP$eG.JGjXUTkM', 'traefik.http.routers.a.rule=Host(\`$DOMAIN\`)']
`)
    assert.deepEqual(
      left.map(({ id }) => id),
      [`app.${label}`],
    )
    assert.match(left[0]?.todo ?? '', /Write \$\$ for a \$/)
  })

  it('tells of a field that services share by its name', async () => {
    const left = await leftOf(`x-common: &common
  FLAG: on
  DB_PASSWORD: granite-77
services:
  a: {image: busybox, environment: *common, pre_start: [{command: echo}]}
  b: {image: busybox, environment: *common, pre_start: [{command: echo}]}
`)
    assert.deepEqual(
      left.map(({ id }) => id),
      ['x-common.DB_PASSWORD'],
    )
  })
})

describe('migrate: a password that only a health check has', () => {
  for (const [test, inShell] of [
    ['["CMD", "mysqladmin", "ping", "-uroot", "-pgranite-77"]', true],
    ['["CMD-SHELL", "mysqladmin ping -uroot -pgranite-77"]', false],
    ['mysqladmin ping -uroot -pgranite-77', false],
  ] as const)
    it(`${test}: the plan says how it can move`, async () => {
      const left = await leftOf(`services:\n  db: {image: mariadb, healthcheck: {test: ${test}}}\n`)
      assert.deepEqual(
        left.map(({ id }) => id),
        ['db.healthcheck'],
      )
      assert.match(left[0]?.todo ?? '', /Put it into a variable of the service/)
      assert.equal(left[0]?.todo.includes('CMD-SHELL'), inShell)
    })

  it('moves once it stands in a variable that the check reads', async () => {
    const { moves, left } = makePlan(
      await gathered(`services:
  db:
    image: mariadb
    environment: {CHECK_PASSWORD: granite-77}
    healthcheck: {test: ["CMD-SHELL", 'mysqladmin ping -uroot -p"$$CHECK_PASSWORD"']}
`),
    )
    assert.deepEqual(
      moves.map(({ candidate }) => candidate.id),
      ['db.CHECK_PASSWORD'],
    )
    assert.deepEqual(left, [])
  })
})

describe('migrate: users of a Samba server', () => {
  it("moves each user's password out of the command, and takes its shares for none", async () => {
    const planned = async (image: string) =>
      makePlan(
        await gathered(`services:
  files:
    image: ${image}
    command: '-u "foo;granite-77" -u "bar;basalt-77;1002;staff" -s "Media;/media;yes;no;no;foo" -p'
`),
      ).moves.map(({ candidate }) => [candidate.id, candidate.secret])
    assert.deepEqual(await planned('dperson/samba:latest'), [
      ['files.-u', 'granite-77'],
      ['files.-u#2', 'basalt-77'],
    ])
    assert.deepEqual(await planned('shop/other'), [])
  })

  it('and those that are given with the numbers of user and group, whatever these are', async () => {
    const user = (numbers: string, secret: string) => `-u "${numbers}:foo:staff:${secret}"`
    const users = [user('1000:1000', 'granite-77'), user('0:0', 'basalt-77'), user('33:8', 'shale:77:x')].join(' ')
    const { moves } = makePlan(
      await gathered(`services:
  files:
    image: elswork/samba:4.22
    command: '${users} -s "Media:/media:rw:foo"'
`),
    )
    assert.deepEqual(
      moves.map(({ candidate }) => [candidate.id, candidate.secret]),
      [
        ['files.-u', 'granite-77'],
        ['files.-u#2', 'basalt-77'],
        ['files.-u#3', 'shale:77:x'],
      ],
    )
  })
})

describe('migrate: users of an SFTP server', () => {
  it("moves each user's password out of the command", async () => {
    const { moves } = makePlan(
      await gathered(`services:
  files: {image: atmoz/sftp, command: "foo:granite-77:1001 bar:basalt-77:e:1002:100:up,down"}
`),
    )
    assert.deepEqual(
      moves.map(({ candidate }) => [candidate.id, candidate.secret]),
      [
        ['files.password', 'granite-77'],
        ['files.password#2', 'basalt-77'],
      ],
    )
  })
})

describe('migrate: options whose meaning an image says', () => {
  it('moves the passwords of Odoo and coturn and the token of NATS, where the command begins with an option', async () => {
    const { moves } = makePlan(
      await gathered(`services:
  shop: {image: "odoo:17", command: "-d shop -r odoo -w granite-77"}
  queue: {image: "nats:2", command: "-js --auth basalt-77"}
  turn: {image: coturn/coturn, command: "-n --user=app:slate-77"}
  other: {image: shop/other, command: "-w gneiss-77 --auth schist-77"}
`),
    )
    assert.deepEqual(moves.map(({ candidate }) => [candidate.id, candidate.secret]).sort(), [
      ['queue.--auth', 'basalt-77'],
      ['shop.-w', 'granite-77'],
      ['turn.--user', 'slate-77'],
    ])
  })
})
