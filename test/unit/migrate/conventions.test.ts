import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { modelProblems } from '../../../src/migrate/check-model.js'
import { withCompanions } from '../../../src/migrate/companions.js'
import type { FactsOf } from '../../../src/migrate/image-facts.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { openValues } from '../../../src/migrate/read-values.js'
import { FOLDER, gathered, SHELL } from './in-memory.js'

const UNSEEN: FactsOf = () => ({ missing: 'not pulled' })

/** A plan by the table alone: no image can be looked at. The model must be as before but for what moved. */
async function planned(text: string, factsOf: FactsOf = UNSEEN) {
  const base = await gathered(text, factsOf)
  const plan = makePlan({ ...base, candidates: withCompanions(base.project, base.candidates) })
  const after = await loadProject({ ...base.load, overlay: new Map([...(base.load.overlay ?? []), ...plan.staged]) })
  assert.deepEqual(modelProblems(base.project.model, after.model, plan.moves), [])
  const read = await openValues(base.load)
  const values: Record<string, string> = {}
  for (const step of plan.plan.steps)
    if (step.do === 'put') values[step.name] = Buffer.from((await read(step.from)).reveal()).toString('utf8')
  return {
    text: Buffer.from(plan.staged.get(join(FOLDER, 'compose.yaml')) ?? []).toString(),
    reasons: plan.plan.left.map(({ reason }) => reason).join('\n'),
    notes: plan.plan.notes.join('\n'),
    values,
  }
}

const one = (image: string, ...entries: readonly string[]) =>
  `services:\n  app:\n    image: ${image}\n    environment:\n${entries.map((entry) => `      ${entry}\n`).join('')}`

describe('migrate: what counts only when data is first initialised', () => {
  const notesOf = async (factsOf: FactsOf, ...services: readonly string[]) =>
    makePlan(await gathered(`services:\n${services.join('')}`, factsOf)).plan.notes.join('\n')
  const service = (name: string, image: string, variable: string) =>
    `  ${name}:\n    image: ${image}\n    environment:\n      ${variable}: Made-up-${name}\n`
  const shown: FactsOf = () => ({
    ...SHELL,
    convention: { form: 'VAR_FILE', variables: ['MYSQL_PASSWORD'], except: [], together: [], seenIn: 'its script' },
  })

  it('is told by variable', async () => {
    const notes = await notesOf(
      UNSEEN,
      service('app', 'nextcloud:apache', 'REDIS_HOST_PASSWORD'),
      service('admin', 'nextcloud:apache', 'NEXTCLOUD_ADMIN_PASSWORD'),
      service('graphs', 'grafana/grafana', 'GF_SECURITY_ADMIN_PASSWORD'),
      service('mail', 'grafana/grafana', 'GF_SMTP_PASSWORD'),
    )
    assert.match(notes, /^admin\.NEXTCLOUD_ADMIN_PASSWORD, graphs\.GF_SECURITY_ADMIN_PASSWORD: used only when/m)
  })

  it('is told also where the image was looked at, and where a shim brings the value', async () => {
    const told = /^db\.MYSQL_PASSWORD: used only when the data is first initialised/m
    const db = service('db', 'mysql:8.0', 'MYSQL_PASSWORD')
    assert.match(await notesOf(shown, db), told)
    assert.match(await notesOf(() => SHELL, `${db}    entrypoint: [sh, -c, exec mysqld]\n`), told)
  })
})

describe('migrate: every class of the table of images', () => {
  const classes: readonly (readonly [string, string, string, string])[] = [
    ['VAR_FILE', 'postgres:16', 'POSTGRES_PASSWORD', 'POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password'],
    ['VAR__FILE', 'grafana/grafana', 'GF_SMTP_PASSWORD', 'GF_SMTP_PASSWORD__FILE: /run/secrets/gf_smtp_password'],
    [
      'VAR__FILE with words in between',
      'docker.gitea.com/gitea:1.22',
      'GITEA__database__PASSWD',
      'GITEA__database__PASSWD__FILE: /run/secrets/gitea_database_passwd',
    ],
    ['FILE__VAR', 'lscr.io/linuxserver/wireguard', 'API_TOKEN', 'FILE__API_TOKEN: /run/secrets/api_token'],
    [
      'VAR_SECRETFILE',
      'qmcgaw/gluetun',
      'OPENVPN_PASSWORD',
      'OPENVPN_PASSWORD_SECRETFILE: /run/secrets/openvpn_password',
    ],
    [
      'uri',
      'ghcr.io/goauthentik/server:2024',
      'AUTHENTIK_SECRET_KEY',
      'AUTHENTIK_SECRET_KEY: "file:///run/secrets/authentik_secret_key"',
    ],
    ['name-only', 'quay.io/minio/minio', 'MINIO_ROOT_PASSWORD', 'MINIO_ROOT_PASSWORD_FILE: minio_root_password'],
  ]
  for (const [form, image, variable, entry] of classes) {
    it(`${form}: ${image}`, async () => {
      const { text, values } = await planned(one(image, `${variable}: Made-up-24`))
      assert.match(text, new RegExp(`^ {6}${entry}$`, 'm'))
      assert.deepEqual(Object.values(values), ['Made-up-24'])
    })
  }

  it('none: left without the image, through the shim with it', async () => {
    const text = one('quay.io/keycloak/keycloak', 'KC_DB_PASSWORD: Made-up-24')
    assert.match((await planned(text)).reasons, /cannot be looked at/)
    assert.match((await planned(text, () => SHELL)).text, /export KC_DB_PASSWORD/)
  })

  it('entries that nobody verified are not believed', async () => {
    for (const [image, variable] of [
      ['postgrest/postgrest', 'PGRST_JWT_SECRET'],
      ['tailscale/tailscale', 'TS_AUTH_KEY'],
      ['containrrr/watchtower', 'WATCHTOWER_HTTP_API_TOKEN'],
      ['clickhouse/clickhouse-server', 'CLICKHOUSE_PASSWORD'],
      ['portainer/portainer-ce', 'ADMIN_PASSWORD'],
    ] as const)
      assert.equal((await planned(one(image, `${variable}: Made-up-24`))).text, '', image)
  })

  describe('config-file', () => {
    it('the value becomes a line of settings that the program reads, apart from the secret of its clients', async () => {
      const { text, values } = await planned(
        `${one('rabbitmq:3-management', 'RABBITMQ_DEFAULT_USER: u', 'RABBITMQ_DEFAULT_PASS: Made-up-24')}  web:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: Made-up-24\n`,
      )
      assert.match(
        text,
        /environment:\n {6}RABBITMQ_DEFAULT_USER: u\n {4}secrets:\n {6}- source: (\w+)\n {8}target: \/etc\/rabbitmq\/conf\.d\/90-\1\.conf\n/,
      )
      assert.deepEqual(Object.values(values).sort(), ['Made-up-24', 'default_pass = Made-up-24\n'])
    })

    it('not for versions that read no such file, values that need quotes, or checks that read the variable', async () => {
      const pass = 'RABBITMQ_DEFAULT_PASS: Made-up-24'
      assert.equal((await planned(one('rabbitmq:3.8', pass))).text, '')
      assert.equal((await planned(one('rabbitmq:4', "RABBITMQ_DEFAULT_PASS: 'has # and space'"))).text, '')
      const check = '    healthcheck:\n      test: curl -u u:$$RABBITMQ_DEFAULT_PASS localhost\n'
      assert.equal((await planned(one('rabbitmq:4', pass) + check)).text, '')
      assert.match((await planned(one('rabbitmq:4.1-alpine', pass))).text, /conf\.d/)
    })
  })

  describe('sets that count only together', () => {
    const set = ['MYSQL_HOST: db', 'MYSQL_DATABASE: cloud', 'MYSQL_USER: cloud', 'MYSQL_PASSWORD: cloud']

    it('move together, each as a secret of its own, although their values are equal', async () => {
      const { text, values } = await planned(one('nextcloud:28', ...set, 'NEXTCLOUD_ADMIN_PASSWORD: Made-up-24'))
      assert.match(
        text,
        /MYSQL_HOST: db\n {6}MYSQL_DATABASE_FILE: .*\n {6}MYSQL_USER_FILE: .*\n {6}MYSQL_PASSWORD_FILE: /,
      )
      assert.match(text, /NEXTCLOUD_ADMIN_PASSWORD_FILE/)
      assert.deepEqual(Object.keys(values).sort(), [
        'mysql_database',
        'mysql_password',
        'mysql_user',
        'nextcloud_admin_password',
      ])
    })

    it('move in a service that takes the file form, and where a shim brings the password that goes alone', async () => {
      const cron = `  cron:\n    image: nextcloud:28\n    entrypoint: [/cron.sh]\n    environment:\n${set.map((entry) => `      ${entry}\n`).join('')}`
      const { text, values, notes } = await planned(one('nextcloud:28', ...set) + cron, () => SHELL)
      const own = text.slice(text.indexOf('  cron:'))
      assert.match(own, /MYSQL_DATABASE: cloud\n {6}MYSQL_USER: cloud\n {4}secrets:\n {6}- mysql_password\n/)
      assert.deepEqual(Object.keys(values).sort(), ['mysql_database', 'mysql_password', 'mysql_user'])
      assert.doesNotMatch(notes, /have the same value now/)
    })

    it('stay where one of them is missing, or where one cannot move; the rest of the service moves', async () => {
      const less = set.filter((entry) => !entry.startsWith('MYSQL_USER'))
      assert.equal((await planned(one('nextcloud:28', ...less))).text, '')
      const shell = [...less, 'MYSQL_USER: $' + '{FROM_THE_SHELL}', 'NEXTCLOUD_ADMIN_PASSWORD: Made-up-24']
      const { text } = await planned(one('nextcloud:28', ...shell))
      assert.match(text, /MYSQL_PASSWORD: cloud\n/)
      assert.match(text, /NEXTCLOUD_ADMIN_PASSWORD_FILE/)
    })
  })

  it('redis without a look at its image: the entrypoint of the official images is known', async () => {
    const { text, values } = await planned(
      'services:\n  cache:\n    image: redis:7-alpine\n    command: redis-server --requirepass Made-up-24 --appendonly yes\n',
    )
    assert.match(
      text,
      /exec docker-entrypoint\.sh redis-server --requirepass "\$\$\(cat \/run\/secrets\/cache_password\)" --appendonly yes/,
    )
    assert.deepEqual(values, { cache_password: 'Made-up-24' })
    const custom = 'services:\n  cache:\n    image: shop/redis\n    command: redis-server --requirepass Made-up-24\n'
    assert.equal((await planned(custom)).text, '')
  })
})
