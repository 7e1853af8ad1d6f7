// Secrets that a Vault Agent brings: what is added to the Compose file and to the agent's configuration, and that nothing else changes.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { validateCompose } from '../../../src/compose/validate.js'
import { agentConfig, secretTemplate, wrappingRole } from '../../../src/migrate/agent/config.js'
import { AGENT_CONFIG, agentOptions } from '../../../src/migrate/agent/options.js'
import { assertSameModel } from '../../../src/migrate/check-model.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { FOLDER, gathered } from './in-memory.js'

const OPTIONS = { 'vault-delivery': 'agent', 'vault-addr': 'https://vault.example.com:8200' }
const CONFIG = join(FOLDER, AGENT_CONFIG)

async function plan(text: string, more: Readonly<Record<string, string>> = {}, config = '') {
  const base = await gathered(text)
  const options = agentOptions({ ...OPTIONS, ...more }, '/srv/shop')
  assert.ok(options !== undefined)
  const services = base.project.model['services'] as Readonly<Record<string, { readonly secrets?: readonly unknown[] }>>
  const whole = {
    ...base,
    store: {
      kind: 'vault' as const,
      options: { ...OPTIONS, ...more },
      entryOf: (name: string) => ({ environment: `X_${name.toUpperCase()}` }),
      referenceOf: (name: string) => ({ ref: `vault://secret/shop/${name}#value`, env: `X_${name.toUpperCase()}` }),
    },
    references: { file: join(FOLDER, '.secretscan/secrets.yaml'), bytes: new Uint8Array() },
    agent: {
      options,
      configFile: CONFIG,
      bytes: Buffer.from(config),
      templateOf: (name: string) => secretTemplate({ mount: 'secret', path: `shop/${name}` }, 2),
      exists: services['vault-agent'] !== undefined,
      occupied: new Set(Object.entries(services).flatMap(([name, { secrets }]) => (secrets?.length ? [name] : []))),
    },
  }
  const planned = makePlan(whole)
  const after = await loadProject({ ...base.load, overlay: new Map([...(base.load.overlay ?? []), ...planned.staged]) })
  assertSameModel(base.project, after, planned.moves, true)
  assert.deepEqual(validateCompose(after.model, []), [])
  const read = (file: string) => Buffer.from(planned.staged.get(file) ?? '').toString('utf8')
  return { planned, compose: read(join(FOLDER, 'compose.yaml')), config: read(CONFIG), model: after.model }
}

const DB = `services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: Summer24 # keep
    volumes:
      - data:/var/lib/postgresql/data
`

describe('migrate/agent', () => {
  it('brings the password of a URL to its shim, one secret for the database and its client', async () => {
    const client =
      '  web:\n    image: shop/web\n    environment:\n      DATABASE_URL: postgres://postgres:Summer24@db/x\n'
    const { compose, config, planned } = await plan(`${DB}${client}volumes:\n  data:\n`)
    assert.match(compose, /DATABASE_URL: postgres:\/\/postgres:@\/run\/secrets\/postgres_password@@db\/x\n/)
    assert.deepEqual(new Set(planned.moves.map(({ name }) => name)), new Set(['postgres_password']))
    assert.deepEqual(
      [...config.matchAll(/destination = "(.*)"/g)].map(([, path]) => path),
      ['/vault-secrets/db/postgres_password', '/vault-secrets/web/postgres_password'],
    )
  })

  it('adds one service, one volume a reader, and the waiting; the value leaves and comments stay', async () => {
    const { compose, config, planned } = await plan(`${DB}  web:
    image: shop/web
    depends_on:
      - db
    environment:
      - API_TOKEN=k9-made-up-token
volumes:
  data:
`)
    assert.match(compose, /POSTGRES_PASSWORD_FILE: \/run\/secrets\/postgres_password # keep/)
    assert.match(
      compose,
      / {6}- data:\/var\/lib\/postgresql\/data\n {6}- vault-secrets-db:\/run\/secrets:ro\n {4}depends_on:\n {6}vault-agent:\n {8}condition: service_healthy\n/,
    )
    assert.match(
      compose,
      / {4}depends_on:\n {6}db:\n {8}condition: service_started\n {6}vault-agent:\n {8}condition: service_healthy\n/,
    )
    assert.match(compose, / {2}vault-secrets-web:\n {4}driver_opts:\n {6}type: tmpfs\n/)
    assert.doesNotMatch(`${compose}${config}`, /Summer24|k9-made/)
    assert.deepEqual(
      [...config.matchAll(/destination = "(.*)"/g)].map(([, path]) => path),
      ['/vault-secrets/db/postgres_password', '/vault-secrets/web/api_token'],
    )
    assert.equal(config.match(/error_on_missing_key = true/g)?.length, 2)
    assert.match(config, /exit_on_retry_failure = true/)
    assert.match(planned.plan.notes.join('\n'), /secretscan migrate agent-login/)
  })

  it('depends_on in brackets, as a map, and with a comment that would be lost', async () => {
    const withWeb = (depends: string) =>
      `${DB}  web:\n    image: x\n${depends}    environment:\n      API_TOKEN: k9-made-up-token\nvolumes: {data: }\n`.replace(
        'volumes: {data: }',
        'volumes:\n  data:',
      )
    const flow = await plan(withWeb('    depends_on: [db]\n'))
    assert.match(
      flow.compose,
      /depends_on: \{db: \{condition: service_started\}, vault-agent: \{condition: service_healthy\}\}/,
    )
    const map = await plan(withWeb('    depends_on:\n      db: {condition: service_healthy}\n'))
    assert.match(map.compose, /db: \{condition: service_healthy\}\n {6}vault-agent:\n {8}condition: service_healthy\n/)
    const commented = await plan(withWeb('    depends_on:\n      - db # first\n'))
    assert.deepEqual(
      commented.planned.left.map(({ candidate }) => candidate.id),
      ['web.API_TOKEN'],
    )
  })

  it('a second migration adds to the agent that is there, a third finds nothing to do', async () => {
    const text = `${DB}volumes:\n  data:\n`
    const first = await plan(text)
    const more = first.compose.replace(
      'POSTGRES_PASSWORD_FILE',
      'POSTGRES_INITDB_ARGS: x\n      POSTGRES_PASSWORD_FILE',
    )
    const second = await plan(
      more.replace(
        '\nvolumes:\n  data',
        '\n  web:\n    image: x\n    environment:\n      API_TOKEN: k9-made-up-token\nvolumes:\n  data',
      ),
      {},
      first.config,
    )
    assert.equal(second.compose.match(/^ {2}vault-agent:/gm)?.length, 1)
    assert.match(
      second.compose,
      /- vault-secrets-db:\/vault-secrets\/db\n {6}- vault-secrets-web:\/vault-secrets\/web\n/,
    )
    assert.ok(second.config.startsWith(first.config))
    assert.equal((await plan(second.compose, {}, second.config)).planned.plan.steps.length, 0)
  })

  it('a service with other Docker secrets is left, with the way to move those', async () => {
    const { planned } = await plan(
      `${DB}    secrets: [other]\nvolumes:\n  data:\nsecrets:\n  other:\n    file: ./other\n`,
    )
    assert.match(planned.left[0]?.reason ?? '', /other Docker secrets/)
    assert.equal(planned.plan.steps.length, 0)
  })

  it('the image tells the program; a token file and an authority are mounted, a namespace is set', async () => {
    const { compose, config } = await plan(`${DB}volumes:\n  data:\n`, {
      'vault-agent-image': 'openbao/openbao:2',
      'vault-agent-auth': 'token-file',
      'vault-agent-ca': '/etc/ca.pem',
      'vault-namespace': 'team',
      'vault-agent-addr': 'https://vault:8200',
      'vault-agent-tls-name': 'vault.example.com',
    })
    assert.match(compose, /entrypoint: \["bao", "agent",/)
    assert.match(compose, /- \/etc\/ca\.pem:\/etc\/vault-agent\/ca\.pem:ro/)
    assert.match(compose, /VAULT_NAMESPACE: "team"/)
    assert.match(compose, /vault_token:\n {4}file: \.\/\.secretscan\/vault-token\n/)
    assert.match(
      config,
      /address = "https:\/\/vault:8200"\n {2}ca_cert = "\/etc\/vault-agent\/ca\.pem"\n {2}tls_server_name = "vault\.example\.com"\n/,
    )
    assert.match(config, /method "token_file"/)
  })

  it('a wrapped secret ID is of the role that has the policy of the agent', async () => {
    const text = 'services:\n  app:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: Summer24\n'
    const wrapped = await plan(text, { 'vault-agent-auth': 'approle-wrapped', 'vault-path': 'Team/Shop 1' })
    assert.match(
      wrapped.config,
      /^ {6}secret_id_response_wrapping_path = "auth\/approle\/role\/team-shop-1-agent\/secret-id"$/m,
    )
    assert.equal(wrappingRole(wrapped.config), 'team-shop-1-agent')
    assert.match(wrapped.compose, /vault_secret_id:\n {4}file: \.\/\.secretscan\/vault-secret-id\n/)
    assert.equal(wrappingRole((await plan(text)).config), undefined)
  })

  it('version 1 of the engine has its fields one level up', () => {
    const at = { mount: 'old/kv', path: 'shop/pw' }
    assert.match(secretTemplate(at, 1), /secret "old\/kv\/shop\/pw" .*\{\{ \.Data\.value \}\}/)
    assert.match(secretTemplate(at, 2), /secret "old\/kv\/data\/shop\/pw" .*\{\{ \.Data\.data\.value \}\}/)
    const rendered = { service: 'a', name: 'b', template: '${x} "q"' }
    assert.match(
      agentConfig('', { image: '', auth: 'approle', role: '' }, [rendered]),
      /contents = "\$\$\{x\} \\"q\\""/,
    )
  })
})
