import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import type { Detected } from '../../../src/migrate/candidates.js'
import { modelProblems } from '../../../src/migrate/check-model.js'
import { makePlan, type Planned } from '../../../src/migrate/plan.js'
import { openValues } from '../../../src/migrate/read-values.js'
import { FOLDER, gathered } from './in-memory.js'

const HASHES = ['me:$apr1$x$MadeUpMadeUpMadeUp', 'you:$apr1$y$MadeUpMadeUpMadeUp'] as const
const USERS = HASHES.join(',').replaceAll('$', '$$$$')
const TRAEFIK = '  proxy:\n    image: traefik:v3\n'

/** Configs whose text says "password" are found. */
const detected =
  (text: string): Detected =>
  (_, start, end) =>
    text.slice(start, end).includes('password') ? { title: 'Made up' } : undefined

/** The plan, the file afterwards, and the values that it reads; the model must be as before but for what moved. */
async function planned(text: string, extra: Readonly<Record<string, string>> = {}) {
  const base = await gathered(text, undefined, extra, detected(text))
  const plan = makePlan(base)
  const after = await loadProject({ ...base.load, overlay: new Map([...(base.load.overlay ?? []), ...plan.staged]) })
  assert.deepEqual(modelProblems(base.project.model, after.model, plan.moves), [])
  const read = await openValues(base.load)
  const values: Record<string, string> = {}
  for (const step of plan.plan.steps)
    if (step.do === 'put') values[step.name] = Buffer.from((await read(step.from)).reveal()).toString('utf8')
  return { ...plan, text: fileOf(plan), values }
}

const fileOf = ({ staged }: Planned): string => Buffer.from(staged.get(join(FOLDER, 'compose.yaml')) ?? []).toString()
const reasonsOf = ({ plan }: Planned): string => plan.left.map(({ reason, todo }) => `${reason} ${todo}`).join('\n')

describe('migrate: labels and configs', () => {
  it("Traefik's users become a file of Traefik's, one a line, dollars single", async () => {
    const result = await planned(
      `services:\n${TRAEFIK}  web:\n    image: nginx\n    labels:\n      - "traefik.enable=true" # on\n      - "traefik.http.middlewares.auth.basicauth.users=${USERS}"   # two\n`,
    )
    assert.equal(
      result.text,
      'services:\n  proxy:\n    image: traefik:v3\n    secrets:\n      - auth_users\n  web:\n    image: nginx\n    labels:\n      - "traefik.enable=true" # on\n' +
        '      - "traefik.http.middlewares.auth.basicauth.usersfile=/run/secrets/auth_users"   # two\nsecrets:\n  auth_users:\n    file: ./secrets/auth_users\n',
    )
    assert.deepEqual(result.values, { auth_users: HASHES.join('\n') })
    assert.deepEqual(result.plan.services, ['proxy', 'web'])
    assert.deepEqual(result.left, [])
  })

  it('labels of a map and of deploy, and users from .env, whose entry goes', async () => {
    const map = await planned(
      `services:\n${TRAEFIK}  web:\n    image: nginx\n    deploy:\n      labels:\n        traefik.http.middlewares.a.digestauth.users: '${USERS}'\n`,
    )
    assert.match(map.text, /traefik\.http\.middlewares\.a\.digestauth\.usersfile: '\/run\/secrets\/a_users'\n/)
    const env = await planned(
      `services:\n${TRAEFIK}    labels:\n      traefik.http.middlewares.a.basicauth.users: \${USERS}\n`,
      { '.env': `USERS='${HASHES.join(',')}'\nOTHER=1\n` },
    )
    assert.deepEqual(env.values, { a_users: HASHES.join('\n') })
    assert.equal(Buffer.from(env.staged.get(join(FOLDER, '.env')) ?? []).toString(), 'OTHER=1\n')
  })

  it('a key in a label is told where it is random', async () => {
    const [key, name] = [['9f2c', '71d0e8', '3ab45c6f', '0d19e27b'].join(''), 'shop.cache.entries']
    const { left } = await planned(
      `services:\n  web:\n    image: nginx\n    labels:\n      - homepage.widget.key=${key}\n      - other.widget.key=${name}\n`,
    )
    assert.deepEqual(
      left.map(({ candidate }) => candidate.id),
      ['web.homepage.widget.key'],
    )
  })

  it('users that no Traefik of this project reads, or that a file names already, stay, with the label to write', async () => {
    const label = `    labels:\n      - traefik.http.middlewares.a.basicauth.users=${USERS}\n`
    const without = await planned(`services:\n  web:\n    image: nginx\n${label}`)
    assert.match(
      reasonsOf(without),
      /no service of this project runs Traefik.*basicauth\.usersfile=\/run\/secrets\/NAME/,
    )
    const both = `${label}      - traefik.http.middlewares.a.basicauth.usersfile=/users\n`
    const twice = await planned(`services:\n${TRAEFIK}${both}`)
    assert.match(reasonsOf(twice), /usersfile is set as well/)
    const two = await planned(`services:\n${TRAEFIK}${label}  other:\n    image: docker.io/library/traefik\n`)
    assert.match(reasonsOf(two), /proxy, other may each read it/)
    for (const result of [without, twice, two]) assert.equal(result.text, '')
  })

  it('another label is explained', async () => {
    const result = await planned('services:\n  web:\n    image: nginx\n    labels:\n      api.token: made-up-tok3n\n')
    assert.match(reasonsOf(result), /a label is text that the engine shows/)
  })

  const CONTENT = '[db]\npassword = Winter25-x\ncost = $5\n'
  const CONFIGS = `configs:\n  other:\n    content: plain\n  ini:\n    content: |\n${CONTENT.replaceAll('$', '$$$$').replace(/^/gm, '      ').trimEnd()}\n`

  it('a config becomes a secret at the same path, with the same bytes and bits', async () => {
    const result = await planned(
      `services:\n  a:\n    image: x\n    configs:\n      - source: ini\n        target: /etc/a.ini\n      - other\n  b:\n    image: x\n    configs: [ini]\n${CONFIGS}`,
    )
    assert.equal(
      result.text,
      'services:\n  a:\n    image: x\n    configs:\n      - other\n    secrets:\n      - source: ini\n        target: /etc/a.ini\n' +
        '  b:\n    image: x\n    secrets:\n      - source: ini\n        target: /ini\nconfigs:\n  other:\n    content: plain\nsecrets:\n  ini:\n    file: ./secrets/ini\n',
    )
    assert.deepEqual(result.values, { ini: CONTENT })
    const put = result.plan.steps.find((step) => step.do === 'put')
    assert.equal(put?.do === 'put' ? put.access?.mode : undefined, 0o444)
    assert.match(result.plan.notes.join('\n'), /configs\.ini: a secret instead of a config.*read-only/)
  })

  it('bits that only let read stay; an owner, or bits to write or run, are explained with the edit', async () => {
    const text = (more: string) =>
      `services:\n  a:\n    image: x\n    configs:\n      - source: ini\n        target: /etc/a.ini\n        ${more}\n${CONFIGS}`
    const tight = await planned(text('mode: 0440'))
    // Compose ignores a file's mode, with a warning: the host's file has it.
    assert.doesNotMatch(tight.text, /mode/)
    const swarm = await gathered(text('mode: 0440'), undefined, {}, detected(text('mode: 0440')))
    const store = {
      kind: 'swarm',
      options: {},
      entryOf: (name: string) => ({ external: true as const, name }),
    } as const
    assert.match(fileOf(makePlan({ ...swarm, store })), /mode: 0o440\n/)
    const put = tight.plan.steps.find((step) => step.do === 'put')
    assert.equal(put?.do === 'put' ? put.access?.mode : undefined, 0o440)
    for (const more of ['mode: 0555', 'mode: 0644', 'uid: "33"']) {
      const result = await planned(text(more))
      assert.match(reasonsOf(result), /source: ini, target: \/etc\/a\.ini/, more)
      assert.equal(result.text, '')
    }
  })

  it('a config that no active service uses, or one in another profile does, stays', async () => {
    assert.match(
      reasonsOf(await planned(`services:\n  a:\n    image: x\n${CONFIGS}`)),
      /no active service uses the config ini/,
    )
    const profile = `services:\n  a:\n    image: x\n    configs: [ini]\n  b:\n    image: x\n    profiles: [more]\n    configs: [ini]\n${CONFIGS}`
    assert.match(reasonsOf(await planned(profile)), /b is in no active profile/)
  })
})

describe('migrate: a value inside a word of a script', () => {
  /** As Elastic's own Compose file writes it. */
  const script = `services:
  setup:
    image: busybox
    command: >
      sh -c 'if [ x\${KIBANA_PASSWORD} == x ]; then exit 1; fi; curl -d "{\\"password\\":\\"\${KIBANA_PASSWORD}\\"}" es:9200'
  kibana: {image: busybox, environment: {ELASTICSEARCH_PASSWORD: "\${KIBANA_PASSWORD}"}}
`

  it('is read again where it stands behind a letter, and is one secret with what another service has of the same line', async () => {
    const { values } = await planned(script, { '.env': 'KIBANA_PASSWORD=granite-77\n' })
    assert.deepEqual(Object.values(values), ['granite-77'])
  })

  it('is not read again where another one stands there now', async () => {
    const compared = script.replace(/curl .* es:9200/, 'curl es:9200')
    const before = await gathered(compared, undefined, { '.env': 'KIBANA_PASSWORD=granite-77\n' })
    const { load } = await gathered(compared, undefined, { '.env': 'KIBANA_PASSWORD=granite-770\n' })
    const puts = makePlan(before).plan.steps.flatMap((step) => (step.do === 'put' ? [step] : []))
    const read = await openValues(load)
    for (const { from } of puts) await assert.rejects(read(from), /no longer where it was/)
  })
})
