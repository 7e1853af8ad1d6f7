// The next version of a secret: files with owner and mode kept, Swarm's names in the Compose file, the way back, a crash in between.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { readNewValue } from '../../../src/commands/shared/new-value.js'
import { loadProject } from '../../../src/compose/load.js'
import { loadRuleSet } from '../../../src/detect/rule-set.js'
import { applyPlan, resumeMigration } from '../../../src/migrate/apply.js'
import { clean } from '../../../src/migrate/clean.js'
import { checkMigrations } from '../../../src/migrate/doctor/machine.js'
import { Journal } from '../../../src/migrate/journal.js'
import { rollback } from '../../../src/migrate/rollback.js'
import { adviceFor } from '../../../src/migrate/rotate/advice.js'
import { findSecret } from '../../../src/migrate/rotate/find.js'
import { generateValue } from '../../../src/migrate/rotate/generate.js'
import { makeRotationPlan } from '../../../src/migrate/rotate/plan.js'
import { prepareRotation, type RotateRequest, rotate, rotationContext } from '../../../src/migrate/rotate/run.js'
import type { VersionedSecret } from '../../../src/migrate/rotate/versioned.js'
import { takeBack } from '../../../src/migrate/run.js'
import { migrationStatus } from '../../../src/migrate/status.js'
import { openWorkspace, workspaceOf } from '../../../src/migrate/workspace.js'
import { Secret } from '../../../src/support/secret.js'
import { accessFor } from '../../fixtures/vault-options.js'
import { makeContext, makePlan, makeProject, modeOf } from './project.js'

const OLD = 'Summer24'
const NEW = 'Winter 25 \u00fc\n'
const COMPOSE = `services:
  db:
    image: postgres:16
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD_FILE: /run/secrets/db_password # keep
    secrets:
      - db_password
  web:
    image: shop/web
    secrets: [{source: db_password, target: pw}]
  mail:
    image: shop/mail
    secrets: [api_token]
secrets:
  db_password:
    file: ./secrets/db_password
  api_token:
    file: ./secrets/api_token
  shell:
    environment: FROM_SHELL
`

describe('migrate/rotate', () => {
  let project: string
  let request: RotateRequest
  const vault = accessFor({})
  const path = () => join(project, 'secrets', 'db_password')
  const options = { signal: new AbortController().signal, onStep: () => undefined }
  const secret = (text: string) => Secret.of(Buffer.from(text))

  before(async () => {
    const rules = await loadRuleSet({ packs: [], defaults: true, only: ['gitlab-personal-access-token'], skip: [] })
    request = {
      load: { profiles: [], env: {} },
      name: 'db_password',
      storeOptions: {},
      vault,
      rules,
      bin: 'secretscan',
    }
  })
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-rotate-'))
    request = { ...request, load: { profiles: [], env: {}, cwd: project } }
    mkdirSync(join(project, 'secrets'), { mode: 0o700 })
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
    writeFileSync(path(), OLD, { mode: 0o600 })
    writeFileSync(join(project, 'secrets', 'api_token'), `glpat-${'Ab3dE6gH9jK2mN5pQ8sT'}`)
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))

  const run = async (value = NEW, more: Partial<RotateRequest> = {}) => {
    const whole = { ...request, ...more }
    return rotate(whole, await prepareRotation(whole), secret(value), options)
  }

  it('writes the exact bytes with the mode of before, keeps the old value privately, and takes all of it back', async () => {
    chmodSync(path(), 0o444)
    const { id } = await run()
    assert.equal(readFileSync(path(), 'utf8'), NEW)
    assert.equal(modeOf(path()), '444')
    const kept = join(project, '.secretscan', 'migrations', id, 'originals')
    assert.deepEqual(
      readdirSync(kept).map((name) => [readFileSync(join(kept, name), 'utf8'), modeOf(join(kept, name))]),
      [[OLD, '600']],
    )
    for (const name of ['plan.json', 'journal.jsonl'])
      assert.doesNotMatch(readFileSync(join(kept, '..', name), 'utf8'), /Summer|Winter/)
    const [status] = await migrationStatus(project)
    assert.equal(status?.kind, 'rotation')
    assert.equal(status?.state, 'applied')
    await takeBack(project, undefined, false, vault)
    assert.equal(readFileSync(path(), 'utf8'), OLD)
    assert.equal(modeOf(path()), '444')
  })

  it('rollback takes the newest run, whatever its ID, and no older one before it', async () => {
    const first = await run('first new value')
    const second = await run('second new value')
    await assert.rejects(takeBack(project, first.id, false, vault), {
      exitCode: 5,
      message: new RegExp(`db_password was rotated since \\(${second.id}\\).*Nothing was taken back`),
      hint: new RegExp(`secretscan migrate rollback ${second.id}\\.`),
    })
    assert.equal((await takeBack(project, undefined, false, vault)).id, second.id)
    assert.equal(readFileSync(path(), 'utf8'), 'first new value')
    assert.equal((await takeBack(project, undefined, false, vault)).id, first.id)
    assert.equal(readFileSync(path(), 'utf8'), OLD)
  })

  it('a value changed since is left alone, and the rotation is not taken back but where it is to stay', async () => {
    const { id } = await run()
    writeFileSync(path(), 'by hand')
    const state = async () => (await migrationStatus(project))[0]?.state
    await assert.rejects(takeBack(project, undefined, false, vault), {
      exitCode: 5,
      message: /secrets\/db_password has changed since .*: nothing was taken back/,
      hint: new RegExp(`secretscan migrate rollback ${id} --keep-secrets`),
    })
    assert.equal(await state(), 'applied')
    await takeBack(project, undefined, true, vault)
    assert.equal(await state(), 'rolled-back')
    assert.equal(readFileSync(path(), 'utf8'), 'by hand')
  })

  it('a rollback that finds the value changed under its hands ends as one that stopped, and goes on when it is mended', async () => {
    const { id } = await run()
    const write = Journal.prototype.write
    Journal.prototype.write = async function (record) {
      await write.call(this, record)
      if (record.type === 'rolling-back') writeFileSync(path(), 'by hand')
    }
    await assert
      .rejects(takeBack(project, id, false, vault), { exitCode: 5, message: /^Rotation .* in part: .*changed since/ })
      .finally(() => {
        Journal.prototype.write = write
      })
    assert.equal((await migrationStatus(project))[0]?.state, 'rolling-back')
    writeFileSync(path(), NEW)
    await takeBack(project, id, false, vault)
    assert.equal(readFileSync(path(), 'utf8'), OLD)
  })

  it('--keep leaves the old values of so many rotations; without one there is no way back', async () => {
    const first = await run('first new value')
    const second = await run('second new value', { keep: 1 })
    const originals = (id: string) => readdirSync(join(project, '.secretscan', 'migrations', id, 'originals'))
    assert.deepEqual([originals(first.id).length, originals(second.id).length], [0, 1])
    await run('third new value', { keep: 0 })
    await assert.rejects(takeBack(project, undefined, false, vault), /The value that .* had before .* is gone/)
    assert.equal(readFileSync(path(), 'utf8'), 'third new value')
  })

  it('clean removes the value that was kept', async () => {
    const { id } = await run()
    assert.deepEqual(await clean(project, id), [id])
    assert.throws(() => readdirSync(join(project, '.secretscan', 'migrations', id, 'originals')))
  })

  it('refuses the value that is there already, an empty one, and an unknown name', async () => {
    await assert.rejects(run(OLD), /is the one that it has/)
    await assert.rejects(run(''), /empty/)
    await assert.rejects(run(NEW, { name: 'db_pasword' }), (error: Error & { exitCode: number; hint: string }) => {
      assert.equal(error.exitCode, 4)
      assert.match(error.hint, /db_password/)
      return true
    })
    await assert.rejects(run(NEW, { name: 'shell' }), /variable FROM_SHELL/)
    assert.equal(readFileSync(path(), 'utf8'), OLD)
  })

  it('a name that the project has not is that of a migration that has not ended, where there is one', async () => {
    const other = makeProject()
    const plan = { ...makePlan(other), projectDir: project }
    rmSync(other, { recursive: true })
    const { id } = await Journal.create(await openWorkspace(project), plan, new Date())
    for (const name of ['pw', ''])
      await assert.rejects(run(NEW, { name }), {
        exitCode: 5,
        message: new RegExp(`Migration ${id} was begun and has not ended`),
        hint: new RegExp(`secretscan migrate apply --resume ${id}`),
      })
    await run()
    const [check] = await checkMigrations(project)
    assert.equal(check?.mend, `secretscan migrate apply --resume ${id}, or secretscan migrate rollback ${id}`)
  })

  it('a run killed behind the write is finished or taken back; one killed before it has lost its value and says so', async () => {
    const prepared = await prepareRotation(request)
    const killed = (after: 'offered' | 'put') => {
      const write = Journal.prototype.write
      Journal.prototype.write = async function (record) {
        if (record.type === after && after === 'put') throw new Error('killed')
        await write.call(this, record)
        if (record.type === after) throw new Error('killed')
      }
      return () => {
        Journal.prototype.write = write
      }
    }
    for (const end of ['resume', 'rollback'] as const) {
      const heal = killed('put')
      await assert.rejects(rotate(request, prepared, secret(NEW), options), { exitCode: 5 }).finally(heal)
      assert.equal(readFileSync(path(), 'utf8'), NEW)
      const id = (await migrationStatus(project)).at(-1)?.id ?? ''
      const context = rotationContext(request, prepared.plan, options)
      if (end === 'resume') await resumeMigration(project, id, context)
      assert.equal(readFileSync(path(), 'utf8'), NEW)
      await takeBack(project, id, false, vault)
      assert.equal(readFileSync(path(), 'utf8'), OLD)
    }
    const heal = killed('offered')
    await assert.rejects(rotate(request, prepared, secret(NEW), options)).finally(heal)
    const id = (await migrationStatus(project)).at(-1)?.id ?? ''
    const context = rotationContext(request, prepared.plan, options)
    await assert.rejects(resumeMigration(project, id, context), /kept nowhere/)
    await takeBack(project, id, false, vault)
    assert.equal(readFileSync(path(), 'utf8'), OLD)
  })

  it('a run killed in the write leaves half a copy beside the file: rollback removes it', async () => {
    const write = Journal.prototype.write
    Journal.prototype.write = async function (record) {
      await write.call(this, record)
      if (record.type === 'offered') throw new Error('killed')
    }
    await assert.rejects(run()).finally(() => {
      Journal.prototype.write = write
    })
    const folder = join(project, 'secrets')
    writeFileSync(join(folder, '.db_password.0123456789ab.tmp'), NEW.slice(0, 6))
    await takeBack(project, undefined, false, vault)
    assert.deepEqual(readdirSync(folder).sort(), ['api_token', 'db_password'])
    assert.equal(readFileSync(path(), 'utf8'), OLD)
  })

  it('tells who issued the old value, what reads it, and that a database has to be told', async () => {
    const { issuer } = await prepareRotation({ ...request, name: 'api_token' })
    assert.match(issuer?.remediation ?? '', /https:\/\/gitlab\.com\//)
    const { issuer: none, place, advice } = await prepareRotation(request)
    assert.equal(none, undefined)
    assert.deepEqual(place.users, ['db', 'web'])
    assert.deepEqual(advice.commands, ['docker compose up -d --force-recreate --no-deps db web'])
    assert.match(
      advice.notes.join(),
      /db uses POSTGRES_PASSWORD only when its data is first initialised.*\\password shop/,
    )
  })

  it('tells of a database in a Swarm that its clients start anew at once', async () => {
    const { place, project: loaded } = await prepareRotation(request)
    const context = { project: loaded, given: { composeFiles: [] }, bin: 'secretscan', cwd: project }
    const [inSwarm] = adviceFor({ ...place, store: 'swarm' }, context).notes
    assert.match(inSwarm ?? '', /right before the rotation or at once after it/)
    assert.match(adviceFor(place, context).notes.join(), /before its clients start anew/)
  })

  it('tells it by variable, also of images whose own script shows their file form', async () => {
    const told = async (image: string, variable: string) => {
      writeFileSync(
        join(project, 'compose.yaml'),
        `services:\n  db:\n    image: ${image}\n    environment: { ${variable}: /run/secrets/db_password }\n    secrets: [db_password]\nsecrets:\n  db_password: { file: ./secrets/db_password }\n`,
      )
      return (await prepareRotation(request)).advice.notes.join()
    }
    assert.match(
      await told('grafana/grafana', 'GF_SECURITY_ADMIN_PASSWORD__FILE'),
      /^db uses GF_SECURITY_ADMIN_PASSWORD/,
    )
    assert.match(await told('nextcloud:apache', 'NEXTCLOUD_ADMIN_PASSWORD_FILE'), /^db uses NEXTCLOUD_ADMIN_PASSWORD/)
    assert.equal(await told('nextcloud:apache', 'REDIS_HOST_PASSWORD_FILE'), '')
    assert.equal(await told('grafana/grafana', 'GF_SMTP_PASSWORD__FILE'), '')
  })

  it('names another secret that had the same value', async () => {
    writeFileSync(join(project, 'secrets', 'api_token'), 'something else here')
    await run('one value for both')
    await run('one value for both', { name: 'api_token' })
    assert.deepEqual((await prepareRotation(request)).sameValue, ['api_token'])
  })

  it('names what else in the project holds the old value, by place and never by value', async () => {
    const more = `  cron:\n    image: shop/cron\n    environment:\n      PGPASSWORD: ${OLD}\n      DB_URL: postgres://shop:\${PW}@db/shop\n      OTHER: a\n`
    writeFileSync(
      join(project, 'compose.yaml'),
      COMPOSE.replace('secrets:\n  db_password:\n', `${more}secrets:\n  db_password:\n`),
    )
    writeFileSync(join(project, '.env'), `PW=${OLD}\n`)
    const { stillHeldBy } = await prepareRotation(request)
    assert.deepEqual([...stillHeldBy].map((place) => place.replace(/:\d+/, '')).sort(), [
      '.env (PW, read by cron)',
      'compose.yaml (cron.PGPASSWORD)',
    ])
    assert.doesNotMatch(stillHeldBy.join(), new RegExp(OLD))
  })

  it('names the line of .env that a reference takes the old value from, also one that may be a name', async () => {
    const more = `  cron:\n    image: shop/cron\n    environment:\n      PGPASSWORD: \${PW:-other}\n      MAIL_PASSWORD: \${FROM_SHELL}\n`
    writeFileSync(
      join(project, 'compose.yaml'),
      COMPOSE.replace('secrets:\n  db_password:\n', `${more}secrets:\n  db_password:\n`),
    )
    writeFileSync(path(), 'shop')
    writeFileSync(join(project, '.env'), '# ours\nPW=shop\n')
    const env = { FROM_SHELL: 'shop' }
    const { stillHeldBy } = await prepareRotation({ ...request, load: { ...request.load, env } })
    assert.deepEqual([...stillHeldBy].sort(), ['.env:2 (PW, read by cron)', 'compose.yaml:19 (cron.MAIL_PASSWORD)'])
  })

  it('names files of other secrets and configs that hold a copy, as a whole env file does', async () => {
    writeFileSync(
      join(project, 'compose.yaml'),
      `${COMPOSE}  dotenv:\n    file: ./secrets/app_env\nconfigs:\n  settings:\n    file: ./settings.ini\n  none:\n    file: ./missing\n`,
    )
    writeFileSync(join(project, 'secrets', 'app_env'), `TZ=UTC\nPW=${OLD}\n`)
    writeFileSync(join(project, 'settings.ini'), `password = "${OLD}"\n`)
    assert.deepEqual((await prepareRotation(request)).stillHeldBy, [
      'secrets/app_env:2 (secret dotenv)',
      'settings.ini:1 (config settings)',
    ])
    writeFileSync(path(), 'shop')
    writeFileSync(join(project, 'secrets', 'app_env'), 'DB_USER=shop\r\nNAME=shopping\r\nPW="shop"\r\n')
    assert.deepEqual((await prepareRotation(request)).stillHeldBy, ['secrets/app_env:3 (secret dotenv)'])
    for (const [value, url] of [
      ['Shop_Db#2021', 'postgres://shop:Shop_Db%232021@db/shop'],
      ['shop', 'postgres://shop:shop@db/shop'],
    ] as const) {
      writeFileSync(path(), value)
      writeFileSync(join(project, 'secrets', 'app_env'), url)
      assert.deepEqual((await prepareRotation(request)).stillHeldBy, ['secrets/app_env:1 (secret dotenv)'])
    }
  })

  it('the name of the next Swarm version is one edit of the Compose file, and nothing else of it is hashed', async () => {
    const text = `# ours\nservices:\n  db:\n    image: x\n    environment: {OTHER_PASSWORD: ${OLD}}\n    secrets: [a, b, c]\nsecrets:\n  a:\n    external: true\n    name: "shop_a_v3" # keep\n  b: {external: {name: b}}\n  c:\n    external: true\n`
    writeFileSync(join(project, 'compose.yaml'), text)
    const loaded = await loadProject(request.load)
    const place = findSecret(loaded, [], 'a')
    assert.deepEqual([place.ref, place.swarmName], ['swarm://shop_a', 'shop_a_v3'])
    const versions = [
      { name: 'a', ref: place.ref, over: { version: 3 }, swarmName: { from: 'shop_a_v3', to: 'shop_a_v4' } },
      { name: 'b', ref: 'swarm://b', over: { version: 1 }, swarmName: { from: 'b', to: 'b_v2' } },
      { name: 'c', ref: 'swarm://c', over: { version: 1 }, swarmName: { from: 'c', to: 'c_v2' } },
    ]
    const base = { kind: 'rotation', project: loaded, composeFiles: [], store: 'swarm', storeOptions: {} } as const
    const { plan, staged } = makeRotationPlan({ ...base, versions, services: [], keep: 2 })
    const after = [...staged.values()].map((bytes) => Buffer.from(bytes).toString('utf8'))
    const expected = text
      .replace('shop_a_v3', 'shop_a_v4')
      .replace('{name: b}', '{name: b_v2}')
      .replace(/true\n$/, 'true\n    name: c_v2\n')
    assert.deepEqual(after, [expected])
    assert.deepEqual(
      plan.steps.map((step) => step.do),
      [
        ...['replace', 'replace', 'replace', 'verify', 'verify', 'verify', 'stage', 'check', 'check', 'swap'],
        ...['roll', 'roll', 'roll', 'prune', 'prune', 'prune'],
      ],
    )
    const [input] = plan.inputs
    const at = text.indexOf(OLD)
    assert.ok(input?.cut.some(({ start, end }) => start <= at && end >= at + OLD.length))
  })

  it('each file that declares the secret alike names the next version', async () => {
    const declared = 'secrets:\n  a:\n    external: true\n    name: a_v3\n'
    const texts = [
      `services:\n  db:\n    image: x\n    secrets: [a]\n${declared}`,
      `services:\n  jobs:\n    image: x\n    secrets: [a]\n${declared}`,
    ]
    const files = ['compose.yaml', 'jobs.yaml'].map((name) => join(project, name))
    for (const [index, file] of files.entries()) writeFileSync(file, texts[index] ?? '')
    const loaded = await loadProject({ ...request.load, files })
    const versions = [{ name: 'a', ref: 'swarm://a', over: { version: 3 }, swarmName: { from: 'a_v3', to: 'a_v4' } }]
    const base = { kind: 'rotation', project: loaded, composeFiles: files, store: 'swarm', storeOptions: {} } as const
    const { staged } = makeRotationPlan({ ...base, versions, services: [], keep: 2 })
    assert.deepEqual(
      files.map((file) => Buffer.from(staged.get(file) ?? '').toString()),
      texts.map((text) => text.replace('a_v3', 'a_v4')),
    )
  })

  it('a way back to a version that is gone is refused before a file names it again', async () => {
    const text =
      'services:\n  db:\n    image: x\n    secrets: [a]\nsecrets:\n  a:\n    external: true\n    name: a_v3\n'
    writeFileSync(join(project, 'compose.yaml'), text)
    const loaded = await loadProject(request.load)
    const versions = [{ name: 'a', ref: 'swarm://a', over: { version: 3 }, swarmName: { from: 'a_v3', to: 'a_v4' } }]
    const base = { kind: 'rotation', project: loaded, composeFiles: [], store: 'swarm', storeOptions: {} } as const
    const { plan } = makeRotationPlan({ ...base, versions, services: ['db'], keep: 2 })
    const there = [3]
    const made = { store: 'swarm', name: 'a', id: 'new', version: 4, previousVersion: 3, createdByUs: true } as const
    let hmac = ''
    const swarm: VersionedSecret = {
      store: 'swarm',
      current: async () => ({ id: 'new', version: hmac === '' ? 3 : 4, ours: true, hmac }),
      read: async () => undefined,
      check: () => undefined,
      replace: async () => {
        hmac = 'h'
        return { ...made, hmac }
      },
      wayBack: async ({ previousVersion }) => (there.includes(previousVersion ?? 0) ? 'open' : 'gone'),
      restore: async () => undefined,
      prune: async () => [],
      roll: async () => ['db'],
    }
    const context = rotationContext(request, plan, options, async () => secret(NEW))
    const { id } = await applyPlan(plan, {
      ...context,
      rotation: { newValue: async () => secret(NEW), open: async () => swarm },
    })
    const after = readFileSync(join(project, 'compose.yaml'), 'utf8')
    assert.equal(after, text.replace('a_v3', 'a_v4'))
    const openVersioned = async () => swarm
    const back = () => rollback(project, id, { keepSecrets: false, openStore: makeContext().openStore, openVersioned })
    there.pop()
    await assert.rejects(back(), {
      exitCode: 5,
      message: /value that a had before .* is gone/,
      hint: /secretscan rotate a\./,
    })
    assert.equal(readFileSync(join(project, 'compose.yaml'), 'utf8'), after)
    there.push(3)
    await back()
    assert.equal(readFileSync(join(project, 'compose.yaml'), 'utf8'), text)
  })

  it('a name put together of variables is refused before anything is written', async () => {
    writeFileSync(
      join(project, 'compose.yaml'),
      'services: {db: {image: x, secrets: [a]}}\nsecrets:\n  a:\n    external: true\n    name: a_${V:-1}\n',
    )
    const loaded = await loadProject(request.load)
    const versions = [{ name: 'a', ref: 'swarm://a', swarmName: { from: 'a_1', to: 'a_v2' } }]
    const base = { kind: 'rotation', project: loaded, composeFiles: [], store: 'swarm', storeOptions: {} } as const
    assert.throws(() => makeRotationPlan({ ...base, versions, services: [] }), /variables/)
  })

  it('a plan of another kind of step is refused where nothing can carry it out', async () => {
    const { plan } = await prepareRotation(request)
    const context = { ...rotationContext(request, plan, options, async () => secret(NEW)) }
    delete context.rotation
    await assert.rejects(applyPlan(plan, context), /rotates/)
    assert.deepEqual((await Journal.openAll(workspaceOf(project))).length, 1)
  })

  it('a file of a stack is deployed under another name', async () => {
    const { place, project: loaded } = await prepareRotation(request)
    const given = { composeFiles: [] }
    const context = { project: loaded, given, cwd: project, bin: 'secretscan', deployed: true }
    const { commands, notes } = adviceFor(place, context)
    assert.deepEqual(commands, ['docker stack deploy -c compose.yaml STACK'])
    assert.match(notes[0] ?? '', /db_password: with name: db_password_v2/)
    assert.doesNotMatch(adviceFor(place, { ...context, deployed: false }).commands.join(), /stack deploy/)
  })

  it('Vault with exec and with an agent have their own commands', async () => {
    const loaded = await loadProject(request.load)
    const given = { composeFiles: ['a.yaml'], envFiles: ['prod.env'], profiles: ['debug'] }
    const context = { project: loaded, given, cwd: project, bin: 'secretscan' }
    const base = { name: 'x', ref: 'vault://secret/x#value', store: 'vault', users: ['web'], builds: ['web'] } as const
    assert.deepEqual(adviceFor({ ...base, byAgent: false }, context).commands, [
      'secretscan exec -- docker compose --env-file prod.env -f a.yaml build web',
      'secretscan exec -- docker compose --env-file prod.env -f a.yaml up -d --force-recreate --no-deps web',
    ])
    assert.deepEqual(adviceFor({ ...base, builds: [], byAgent: true }, context).commands, [
      'docker compose --env-file prod.env -f a.yaml up -d --force-recreate vault-agent web',
    ])
    assert.deepEqual(adviceFor({ ...base, byAgent: false, swarmName: 'x_v1' }, context).commands, [
      'secretscan migrate sync --env-file prod.env -f a.yaml --profile debug',
    ])
  })

  it('one line end is left out of standard input, and generated values are letters and digits of the length asked for', async () => {
    const read = async (text: string) =>
      Buffer.from((await readNewValue(Readable.from([Buffer.from(text)]))).reveal()).toString()
    assert.deepEqual(await Promise.all(['a\n', 'a\r\n', 'a\n\n', ' a ', 'a\r'].map(read)), [
      'a',
      'a',
      'a\n',
      ' a ',
      'a\r',
    ])
    await assert.rejects(read('\n'), /no value/)
    const [one, two] = [generateValue(40), generateValue(40)].map((value) => Buffer.from(value.reveal()).toString())
    assert.match(one ?? '', /^[A-Za-z0-9]{40}$/)
    assert.notEqual(one, two)
  })
})
