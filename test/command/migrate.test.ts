// The migration's commands as a script uses them.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { interruptAt } from '../fixtures/interrupt-at.js'
import { runCommand } from '../fixtures/run-command.js'

const PASSWORD = 'Summer24-db'
const COMPOSE = `services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: ${PASSWORD}   # since 2021
  api:
    image: shop/api
    labels:
      app.secret_key: k9-made-up-label
`

interface ComposePlace {
  readonly fingerprint: string
  readonly location: { readonly path: string; readonly line?: number }
}
interface ComposeFinding extends ComposePlace {
  readonly related: readonly ComposePlace[]
}

describe('secretscan migrate', function () {
  this.timeout(120_000)
  let project: string

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-migrate-'))
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
  })
  afterEach(() => rmSync(project, { recursive: true, force: true }))

  const migrate = async (...parameters: string[]) => {
    const result = await runCommand(['migrate', ...parameters], { cwd: project })
    assert.ok(!`${result.stdout}${result.stderr}`.includes(PASSWORD), 'no value is ever printed')
    return result
  }
  const compose = () => readFileSync(join(project, 'compose.yaml'), 'utf8')

  it('plan changes nothing, masks values, says what is left, and exits with 0', async () => {
    const { code, stdout } = await migrate('plan', '--no-images')
    assert.equal(code, 0)
    assert.match(stdout, /-\s+POSTGRES_PASSWORD: \*\*\*\*/)
    assert.match(stdout, /\+\s+POSTGRES_PASSWORD_FILE: \/run\/secrets\/postgres_password {3}# since 2021/)
    assert.match(stdout, /api\.app\.secret_key/)
    assert.equal(compose(), COMPOSE)
  })

  it('where no engine answers, the plan says to start it before an image is pulled or built', async () => {
    const service = (name: string) =>
      `  ${name}:\n    image: shop/${name}:1\n    environment:\n      DB_PASSWORD: made-up\n`
    writeFileSync(join(project, 'compose.yaml'), `services:\n${service('own')}${service('api')}    build: .\n`)
    const { stdout } = await runCommand(['migrate', 'plan', '--json'], {
      cwd: project,
      env: { DOCKER_HOST: 'unix:///nowhere/docker.sock', SECRETSCAN_OFFLINE: '1' },
    })
    const { left } = JSON.parse(stdout) as { readonly left: readonly { readonly todo: string }[] }
    const start = 'Start Docker, or set DOCKER_HOST. Then run '
    assert.deepEqual(
      new Set(left.map(({ todo }) => todo)),
      new Set([
        `${start}docker pull shop/own:1 and plan again, or plan again where its registry can be reached.`,
        `${start}docker compose build api and plan again.`,
      ]),
    )
  })

  it('shows nothing that the scan would mask: comments, words of commands and labels of Dockerfiles beside a change', async () => {
    const token = ['glpat-', 'Aq9WsXcDeRfVbGtYhNm2'].join('')
    const word = ['Plum', 'Init-9'].join('-')
    const file = `services:
  db:
    image: mysql:8
    # MYSQL_ROOT_PASSWORD: Lemon-Prev-44
    command: ["--init-connect=SET PASSWORD='${word}'"] # made with ${token}
    environment:
      MYSQL_ROOT_PASSWORD: ${PASSWORD}
  app:
    build: .
`
    writeFileSync(join(project, 'compose.yaml'), file)
    writeFileSync(
      join(project, 'Dockerfile'),
      `FROM alpine\nLABEL deploy.token=${token}\nENV API_PASSWORD=Quiet-Harbour-31\nCMD ["sh"]\n`,
    )
    const scanned = await runCommand(['compose', '--show-secrets', '--json'], { cwd: project })
    for (const value of [token, word, 'Lemon-Prev-44', PASSWORD]) assert.ok(scanned.stdout.includes(value), value)
    const { stdout, code } = await migrate('plan', '--no-images')
    assert.equal(code, 0)
    assert.match(stdout, /# made with \*{4}$/m)
    for (const value of [token, word, 'Lemon-Prev-44', 'Quiet-Harbour-31']) assert.ok(!stdout.includes(value), value)
  })

  it('rollback says which files have their old bytes, which are gone, and which secrets', async () => {
    writeFileSync(join(project, '.gitignore'), 'node_modules\n')
    writeFileSync(join(project, 'compose.yaml'), COMPOSE.replace('image: shop/api', 'build: .'))
    writeFileSync(join(project, 'Dockerfile'), 'FROM alpine\n')
    assert.equal((await migrate('apply', '--no-images', '--yes')).code, 0)
    const { stdout } = await migrate('rollback', '--yes')
    const lines = stdout.trimEnd().split('\n').slice(1)
    assert.deepEqual(lines, [
      '  restored: .gitignore, compose.yaml',
      '  deleted:  .dockerignore (made by the migration)',
      '  removed:  postgres_password',
      '  next:     docker compose up -d db   (where they run: containers that were made with the secrets do not start again without them)',
    ])
  })

  it('of several runs the later ones go back first, which is said', async () => {
    const services = ['a', 'b', 'c'].map(
      (name) => `  ${name}:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: ${PASSWORD}-${name}\n`,
    )
    const before = `services:\n${services.join('')}`
    writeFileSync(join(project, 'compose.yaml'), before)
    const ids: string[] = []
    for (const name of ['a', 'b', 'c']) {
      const { stdout } = await migrate(
        'apply',
        '--no-images',
        '--yes',
        '--json',
        '--select',
        `${name}.POSTGRES_PASSWORD`,
      )
      ids.push((JSON.parse(stdout) as { id: string }).id)
    }
    const [first = '', second = '', third = ''] = ids
    const { code, stderr } = await migrate('rollback', first, '--yes')
    assert.equal(code, 5, stderr)
    const said = `Roll back what came later first: secretscan migrate rollback ${third}, then secretscan migrate rollback ${second}.`
    assert.ok(stderr.replace(/\s+/g, ' ').includes(said), stderr)
    for (const id of [third, second, first]) assert.equal((await migrate('rollback', id, '--yes')).code, 0)
    assert.equal(compose(), before)
  })

  it('--select takes fingerprints of "secretscan compose": all places of the value, or the one that is named', async () => {
    const token = ['k9', 'made', 'up77'].join('-')
    const other = ['Plum', 'Init-9'].join('-')
    const file = `services:
  db:
    image: postgres:16
    # ADMIN_PASSWORD: Lemon-Prev-44
    environment:
      POSTGRES_PASSWORD: ${PASSWORD}
  copy:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: ${PASSWORD}
  own:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: ${other}
  tool:
    image: mysql:8
    environment:
      MYSQL_ROOT_PASSWORD: \${TOOL_SECRET}
`
    writeFileSync(join(project, 'compose.yaml'), file)
    writeFileSync(join(project, '.env'), `TOOL_SECRET=${token}\n`)
    const { stdout } = await runCommand(['compose', '--json', '--fail-on', 'never'], { cwd: project })
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly ComposeFinding[] }
    const of = (path: string, line: number) => {
      const places = findings.flatMap((finding) => [finding, ...finding.related])
      return places.find(({ location }) => location.path === path && location.line === line)?.fingerprint ?? ''
    }
    const selected = async (...fingerprints: string[]) => {
      const select = fingerprints.flatMap((fingerprint) => ['--select', fingerprint])
      const planned = await migrate('plan', '--no-images', '--json', ...select)
      assert.equal(planned.code, 0, planned.stderr)
      return (JSON.parse(planned.stdout) as { readonly select: readonly string[] }).select
    }
    const [first, second] = [of('compose.yaml', 6), of('compose.yaml', 10)]
    const main = findings.find(({ fingerprint }) => [first, second].includes(fingerprint))?.fingerprint ?? ''
    assert.deepEqual(await selected(main), ['db.POSTGRES_PASSWORD', 'copy.POSTGRES_PASSWORD'])
    const related = main === first ? 'copy' : 'db'
    assert.deepEqual(await selected(main === first ? second : first, of('.env', 1), 'own.POSTGRES_PASSWORD'), [
      `${related}.POSTGRES_PASSWORD`,
      'tool.MYSQL_ROOT_PASSWORD',
      'own.POSTGRES_PASSWORD',
    ])
    for (const [fingerprint, message] of [
      ['v1:nothing', /There is no finding v1:nothing to select\.[\s\S]*secretscan compose/],
      [of('compose.yaml', 4), /cannot move: it is no value of a service or a build\.[\s\S]*compose\.yaml:4/],
    ] as const) {
      const refused = await migrate('plan', '--no-images', '--select', fingerprint)
      assert.equal(refused.code, 2, refused.stdout)
      assert.match(refused.stderr.replace(/\s+/g, ' '), message)
    }
  })

  it('from a folder of the project the way back is found, and from elsewhere it is printed with the folder', async () => {
    const below = join(project, 'deep', 'er')
    mkdirSync(below, { recursive: true })
    const at = (cwd: string, ...args: string[]) => runCommand(['migrate', ...args], { cwd })
    const applied = await at(below, 'apply', '--no-images', '--yes')
    const [, undo = ''] = /Undo: +secretscan migrate (rollback \S+)$/m.exec(applied.stdout) ?? []
    assert.match((await at(below, 'status')).stdout, /applied/)
    assert.equal((await at(below, ...undo.split(' '), '--yes')).code, 0)
    assert.equal(readFileSync(join(project, 'compose.yaml'), 'utf8'), COMPOSE)

    renameSync(join(project, 'compose.yaml'), join(project, 'base.yml'))
    rmSync(join(project, '.secretscan'), { recursive: true })
    const named = await at(below, 'apply', '--no-images', '--yes', '-f', '../../base.yml')
    assert.match(named.stdout, /Redeploy: +docker compose -f \.\.\/\.\.\/base\.yml up -d/)
    const elsewhere = mkdtempSync(join(tmpdir(), 'secretscan-elsewhere-'))
    const seen = await at(elsewhere, 'status', '--project-directory', project)
    assert.match(seen.stdout, /applied/)
    const back = await at(below, 'rollback', '--yes')
    assert.match(back.stdout, /next: +docker compose -f \.\.\/\.\.\/base\.yml up -d/)
    const again = await at(elsewhere, 'apply', '--no-images', '--yes', '-f', join(project, 'base.yml'))
    const [, folder] = /Undo: +secretscan migrate rollback \S+ --project-directory (\S+)$/m.exec(again.stdout) ?? []
    assert.equal(resolve(elsewhere, folder ?? ''), project)
    rmSync(elsewhere, { recursive: true })
  })

  it('where nobody can be asked, that is said before a plan is shown', async () => {
    const { code, stdout, stderr } = await migrate('apply', '--no-images', '--no-input')
    assert.deepEqual([code, stdout, compose()], [2, '', COMPOSE])
    assert.match(stderr.replace(/\s+/g, ' '), /nobody to ask.*Give --yes/)
  })

  it('--yes --quiet says what was done and how to undo it, and nothing else', async () => {
    const { code, stdout, stderr } = await migrate('apply', '--no-images', '--yes', '--quiet')
    assert.equal(code, 0)
    assert.equal(stderr, '')
    assert.match(
      stdout,
      /^\n✔ 1 secret written to files[^\n]*\n✔ compose\.yaml rewritten\n\n {2}Undo: {6}secretscan migrate rollback \S+\n$/,
    )
  })

  it('secrets that a rollback kept are used again, and stay when that is taken back', async () => {
    const secret = () => readFileSync(join(project, 'secrets/postgres_password'), 'utf8')
    assert.equal((await migrate('apply', '--no-images', '--yes')).code, 0)
    const migrated = compose()
    assert.equal((await migrate('rollback', '--yes', '--keep-secrets')).code, 0)
    const again = await migrate('apply', '--no-images', '--yes')
    assert.equal(again.code, 0, again.stderr)
    assert.match(again.stdout, /✔ 1 secret found in files beside the Compose file and read back/)
    assert.deepEqual([compose(), secret()], [migrated, PASSWORD])
    const back = await migrate('rollback', '--yes')
    assert.match(back.stdout, /kept: +postgres_password \(it was there before\)/)
    assert.deepEqual([compose(), secret()], [COMPOSE, PASSWORD])
  })

  it('a plan in a file is carried out from any folder, with the commands for that folder behind it', async () => {
    renameSync(join(project, 'compose.yaml'), join(project, 'shop.yml'))
    writeFileSync(
      join(project, 'shop.yml'),
      `services:\n  app:\n    image: shop/app\n    build: { context: ., args: { NPM_TOKEN: ${PASSWORD} } }\n`,
    )
    writeFileSync(join(project, 'Dockerfile'), 'FROM node:20\nARG NPM_TOKEN\nRUN npm ci --token $NPM_TOKEN\n')
    const below = join(project, 'below')
    mkdirSync(below)
    const at = (cwd: string, ...args: string[]) => runCommand(['migrate', ...args], { cwd })
    const made = await at(below, 'plan', '--no-images', '-f', '../shop.yml', '--out', 'plan.json')
    assert.match(made.stdout, /docker compose -f \.\.\/shop\.yml build app/)
    for (const [folder, options] of [
      [below, '-f ../shop.yml'],
      [project, '-f shop.yml'],
    ] as const) {
      const { code, stdout, stderr } = await at(folder, 'apply', join(below, 'plan.json'), '--yes')
      assert.equal(code, 0, stderr)
      assert.ok(stdout.includes(`docker compose ${options} up -d app`), stdout)
      assert.equal((await at(project, 'rollback', '--yes')).code, 0)
    }
  })

  it('takes a plan from a pipe, which nobody can be asked over', async () => {
    const { stdout: plan } = await migrate('plan', '--no-images', '--json')
    const piped = (input: string, ...more: string[]) =>
      runCommand(['migrate', 'apply', '-', ...more], { cwd: project, input: Buffer.from(input) })
    const before = compose()
    const unasked = await piped(plan)
    assert.equal(unasked.code, 2)
    assert.match(unasked.stderr, /--yes/)
    const wrong = await piped('no plan', '--yes')
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /Standard input cannot be read as a plan/)
    assert.equal(compose(), before)
    const { code, stderr } = await piped(plan, '--yes')
    assert.equal(code, 0, stderr)
    assert.match(compose(), /POSTGRES_PASSWORD_FILE/)
  })

  it('a plan in a file knows the profiles that it was made with, and so does what takes it back', async () => {
    const path = join(project, 'compose.yaml')
    writeFileSync(
      path,
      `services:\n  db:\n    image: postgres:16\n    profiles: [data]\n    environment:\n      POSTGRES_PASSWORD: ${PASSWORD}\n`,
    )
    const before = readFileSync(path, 'utf8')
    assert.equal((await migrate('plan', '--no-images', '--profile', 'data', '--out', 'plan.json')).code, 0)
    const { code, stderr } = await migrate('apply', 'plan.json', '--yes')
    assert.equal(code, 0, stderr)
    assert.match(readFileSync(path, 'utf8'), /POSTGRES_PASSWORD_FILE/)
    assert.equal((await migrate('rollback', '--yes')).code, 0)
    assert.equal(readFileSync(path, 'utf8'), before)
  })

  it('starts no service of a profile that was only chosen for the plan, which may be a job', async () => {
    const job = '    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: '
    const text = (profiles: string) => `services:\n  db:\n${job}${PASSWORD}\n  restore:\n${profiles}${job}${PASSWORD}\n`
    const end = async (...more: string[]) => {
      const { code, stdout, stderr } = await migrate('apply', '--no-images', '--yes', ...more)
      assert.equal(code, 0, stderr)
      assert.equal((await migrate('rollback', '--yes')).code, 0)
      return stdout
    }
    writeFileSync(join(project, 'compose.yaml'), text('    profiles: [tools]\n'))
    const chosen = await end('--profile', 'tools')
    assert.match(chosen, /Redeploy: +docker compose up -d db\n? +\(not restore, of a profile: start anew what of it/)
    writeFileSync(join(project, 'compose.yaml'), text(''))
    assert.match(await end(), /Redeploy: +docker compose up -d db restore\n/)
  })

  it('a plan in a file is private, and apply takes exactly that plan', async () => {
    assert.equal((await migrate('plan', '--no-images', '--out', 'plan.json')).code, 0)
    assert.equal((statSync(join(project, 'plan.json')).mode & 0o777).toString(8), '600')
    const { code, stdout } = await migrate('apply', 'plan.json', '--no-images', '--yes', '--json')
    assert.equal(code, 0)
    const applied = JSON.parse(stdout) as { id: string; stored: { name: string }[] }
    assert.deepEqual(
      applied.stored.map(({ name }) => name),
      ['postgres_password'],
    )
    assert.equal(readFileSync(join(project, 'secrets', 'postgres_password'), 'utf8'), PASSWORD)
    const status = JSON.parse((await migrate('status', '--json')).stdout) as {
      migrations: { id: string; state: string }[]
    }
    assert.deepEqual(
      status.migrations.map(({ id, state }) => [id, state]),
      [[applied.id, 'applied']],
    )
    assert.equal((await migrate('rollback', applied.id, '--yes')).code, 0)
    assert.equal(compose(), COMPOSE)
    assert.equal((await migrate('clean', '--yes')).code, 0)
  })

  it('a file that changed since the plan is exit code 2, and nothing is written', async () => {
    await migrate('plan', '--no-images', '--out', 'plan.json')
    writeFileSync(join(project, 'compose.yaml'), `# new\n${COMPOSE}`)
    const { code, stderr } = await migrate('apply', 'plan.json', '--no-images', '--yes')
    assert.equal(code, 2)
    assert.match(stderr, /make the plan again/i)
    assert.throws(() => statSync(join(project, 'secrets')))
  })

  it('--dry-run writes nothing', async () => {
    assert.equal((await migrate('apply', '--no-images', '--yes', '--dry-run')).code, 0)
    assert.equal(compose(), COMPOSE)
    assert.throws(() => statSync(join(project, '.secretscan')))
  })

  it('a folder outside of the project with other files in it is told before secrets are written between them', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'secretscan-outside-'))
    const dry = () => migrate('apply', '--no-images', '--dry-run', '--secrets-dir', outside)
    assert.doesNotMatch((await dry()).stdout, /lies outside/)
    for (const name of ['passwd', 'hosts', 'fstab', 'group']) writeFileSync(join(outside, name), '')
    assert.match(
      (await dry()).stdout,
      /lies outside of the project and holds something else \(fstab, group, hosts, 1 more\)/,
    )
    rmSync(outside, { recursive: true })
  })

  it('without a terminal a question is an error that names the flag', async () => {
    const { code, stderr } = await migrate('apply', '--no-images')
    assert.equal(code, 2)
    assert.match(stderr, /--yes/)
    await migrate('apply', '--no-images', '--yes')
    for (const command of ['rollback', 'clean']) {
      const asked = await migrate(command)
      assert.equal(asked.code, 2, command)
      assert.match(asked.stderr, /--yes/)
    }
    const guided = await migrate()
    assert.equal(guided.code, 2)
    assert.match(
      guided.stderr.replace(/\s+/g, ' '),
      /needs a terminal.*migrate plan shows.*migrate apply --yes does it/,
    )
  })

  it('wrong input is exit code 2 with what to do', async () => {
    writeFileSync(join(project, 'bad.json'), '{"schemaVersion": 9}')
    writeFileSync(join(project, 'bad.yaml'), 'services:\n\tdb: x\n')
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['plan', '--select', 'db.NOPE'], /db\.NOPE[\s\S]*db\.POSTGRES_PASSWORD/],
      [['plan', '-f', 'bad.yaml'], /bad\.yaml:2/],
      [['apply', 'bad.json', '--yes'], /no plan of this version/],
      [['apply', '--resume', 'x', '--yes'], /no migration ID/],
      [['plan', '--secrets-dir', '.'], /--secrets-dir \. is the folder of the project/],
      [['plan', '--secrets-dir', '..'], /or one above it/],
      [['rollback', '--yes'], /no migration to roll back/],
      [['plan', '--to', 'nowhere'], /compose-file/],
    ]
    for (const [parameters, message] of cases) {
      const { code, stderr } = await migrate(...parameters, ...(parameters[0] === 'plan' ? ['--no-images'] : []))
      assert.equal(code, 2, parameters.join(' '))
      assert.match(stderr, message)
    }
  })

  it('what a plan file has decided is not decided again, and what cannot be written is no bug', async () => {
    await migrate('plan', '--no-images', '--out', 'plan.json')
    for (const [parameters, expected] of [
      [['apply', 'plan.json', '--to', 'vault', '--yes'], /--to says what to plan, and plan\.json has been planned\./],
      [['apply', 'plan.json', '--from-report', 'r.json', '--yes'], /--from-report says what to plan/],
      [['apply', 'plan.json', '--images', '--yes'], /--images says what to plan/],
      [
        ['plan', '--from-report', '-'],
        /A report is read again when its plan is applied, so --from-report takes a file/,
      ],
      [
        ['plan', '--no-images', '--out', 'nowhere/plan.json'],
        /nowhere\/plan\.json cannot be written \(no such folder\)\./,
      ],
      [['plan', '--from-report', 'r.json', '--images'], /--images and --from-report cannot be given together\./],
    ] as const) {
      const { code, stderr } = await migrate(...parameters)
      assert.equal(code, 2, parameters.join(' '))
      assert.match(stderr.replace(/\s+/g, ' '), expected)
    }
    assert.equal(compose(), COMPOSE)
  })

  it('status has the time and the way back of a run, and a line alone for one that was cleaned', async () => {
    await migrate('apply', '--no-images', '--yes')
    const { stdout } = await migrate('status')
    const [{ id = '', begunAt = '' } = {}] = JSON.parse((await migrate('status', '--json')).stdout).migrations as {
      id: string
      begunAt: string
    }[]
    assert.ok(Math.abs(Date.parse(begunAt) - Date.now()) < 3_600_000, begunAt)
    assert.ok(stdout.startsWith(`${id}  ${begunAt.slice(11, 16)} UTC  applied  `), stdout)
    assert.match(stdout, new RegExp(`^  undo: +secretscan migrate rollback ${id}$`, 'm'))
    assert.equal((await migrate('clean', '--yes')).code, 0)
    const after = (await migrate('status')).stdout
    assert.match(after, new RegExp(`^${id} .*applied.*\\(cannot be taken back\\)  postgres_password\n$`))
    assert.match((await migrate('status', id)).stdout, /\n {2}files: +.*compose\.yaml/)
  })

  it('there is nothing to clean where nothing was migrated, and nothing to resume of what was taken back', async () => {
    const clean = await migrate('clean', '--yes')
    assert.deepEqual([clean.code, clean.stdout], [0, 'Nothing to clean.\n'])
    await migrate('apply', '--no-images', '--yes')
    const { stdout } = await migrate('rollback', '--yes')
    const id = /migration (\S+) taken back/.exec(stdout)?.[1] ?? ''
    assert.match((await migrate('status')).stdout, new RegExp(`^${id}  \\d\\d:\\d\\d UTC  rolled-back\n`))
    const resumed = await migrate('apply', '--resume', id)
    assert.equal(resumed.code, 2)
    assert.match(resumed.stderr, /is rolled-back: there is nothing to resume/)
  })

  it('a scan of the folder tells where a migration put values, and what it only keeps', async () => {
    await migrate('apply', '--no-images', '--yes')
    const { stdout } = await runCommand(['dir', '.'], { cwd: project })
    const put = stdout.split('\n').findIndex((line) => / {3}secrets\/|secrets\/\w+:1:1/.test(line))
    assert.match(stdout.split('\n')[put + 1] ?? '', /a migration put it here, where it belongs/)
    assert.doesNotMatch(stdout, /plan\.json/)
    const [first = ''] = stdout.split('\n').filter((line) => line.startsWith(' file  '))
    assert.doesNotMatch(first, /\.secretscan/)
  })

  it('says how many values stay where none can move', async () => {
    writeFileSync(join(project, 'compose.yaml'), COMPOSE.replace(/ {2}db:[\s\S]*(?= {2}api:)/, ''))
    const { code, stdout } = await migrate('plan', '--no-images')
    assert.equal(code, 0)
    assert.match(stdout, /^Nothing moves; 1 value stays for the reasons below\./)
  })

  it('tells of a token in .env that no service has, whatever its name', async () => {
    writeFileSync(join(project, '.env'), `UPLOADS=${['glpat-', 'Aq9WsXcDeRfVbGtYhNm2'].join('')}\n`)
    const { stdout } = await migrate('plan', '--no-images')
    assert.match(stdout, /\.env\.UPLOADS\n\s+GitLab [\w, ]+: no service of this project has it\./)
  })

  it('shows no value of .env that a command takes by a name that does not say secret', async () => {
    writeFileSync(join(project, '.env'), `A=1\nCACHE_AUTHVAL=${PASSWORD}\nB=2\n`)
    writeFileSync(
      join(project, 'compose.yaml'),
      'services:\n  cache:\n    image: redis:7\n    command: redis-server --requirepass $' + '{CACHE_AUTHVAL}\n',
    )
    const { stdout } = await migrate('plan', '--no-images')
    assert.match(stdout, /-CACHE_AUTHVAL=\*\*\*\*/)
    await migrate('plan', '--no-images', '--out', 'plan.json')
    assert.ok(!readFileSync(join(project, 'plan.json'), 'utf8').includes(PASSWORD))
  })

  it('writes no variable of .env out beside a password of the same command', async () => {
    const other = ['zz99', 'Lantern'].join('')
    const command = 'redis-server --requirepass $' + '{PW} --tls-key-file $' + '{OTHER}'
    writeFileSync(join(project, '.env'), `PW=${PASSWORD}\nOTHER=${other}\n`)
    writeFileSync(
      join(project, 'compose.yaml'),
      `services:\n  cache:\n    image: redis:7\n    command: ${command}\n  two:\n    image: redis:7\n    command: redis-server --requirepass ${PASSWORD}\n`,
    )
    const { code } = await migrate('apply', '--no-images', '--yes')
    assert.equal(code, 0)
    assert.ok(!compose().includes(other) && !compose().includes(PASSWORD))
    assert.match(compose(), /command: redis-server --requirepass \S+ --tls-key-file \$\{OTHER\}\n/)
    assert.equal(readFileSync(join(project, '.env'), 'utf8'), `OTHER=${other}\n`)
  })

  it('Ctrl-C says which run stands half-way and how to go on; the next one names it and writes nothing', async () => {
    const preload = interruptAt(project, 2)
    const stopped = await runCommand(['migrate', 'apply', '--no-images', '--yes'], { cwd: project, preload })
    const [, id = ''] = /Migration (\S+) was interrupted: \d of \d+ steps are done/.exec(stopped.stderr) ?? []
    const wayOn = new RegExp(`migrate apply --resume ${id}, or take it back with secretscan migrate rollback ${id}`)
    assert.equal(stopped.code, 130, stopped.stderr)
    assert.match(stopped.stderr.replace(/\s+/g, ' '), wayOn)
    const files = readdirSync(join(project, 'secrets'))
    for (const command of [['apply', '--yes'], ['apply', '--yes', '--dry-run'], ['plan']]) {
      const { code, stderr } = await migrate(...command, '--no-images')
      assert.equal(code, 5)
      assert.match(stderr.replace(/\s+/g, ' '), new RegExp(`${id} was begun and has not ended.*${wayOn.source}`))
    }
    assert.deepEqual([readdirSync(join(project, 'secrets')), compose()], [files, COMPOSE])
    const resumed = await migrate('apply', '--resume', id)
    assert.equal(resumed.code, 0)
    assert.match(resumed.stdout, /Redeploy: +docker compose up -d db$/m)
    assert.equal((await migrate('apply', '--no-images', '--yes')).code, 0)
  })

  it('a plan that is not there, and a folder that cannot be written, are told as such', async () => {
    const missing = await migrate('apply', 'nope.json', '--yes')
    assert.deepEqual([missing.code, /There is no file nope\.json\./.test(missing.stderr)], [4, true])
    writeFileSync(join(project, '.secretscan'), 'in the way')
    const refused = await migrate('apply', '--no-images', '--yes')
    assert.equal(refused.code, 2)
    assert.match(refused.stderr.replace(/\s+/g, ' '), /\.secretscan cannot be written \(\w+\)\./)
    assert.equal(compose(), COMPOSE)
  })

  it('status shows the other runs beside a damaged one, which it names with the way on (exit code 3)', async () => {
    const runs = join(project, '.secretscan', 'migrations')
    assert.equal((await migrate('apply', '--no-images', '--yes')).code, 0)
    const [damaged = ''] = readdirSync(runs)
    assert.equal((await migrate('rollback', '--yes')).code, 0)
    assert.equal((await migrate('apply', '--no-images', '--yes')).code, 0)
    const whole = readdirSync(runs).find((id) => id !== damaged) ?? ''
    writeFileSync(join(runs, damaged, 'journal.jsonl'), '')
    const { code, stdout } = await migrate('status')
    assert.equal(code, 3)
    assert.match(stdout, new RegExp(`^${whole}  \\d\\d:\\d\\d UTC  applied`, 'm'))
    assert.match(stdout, new RegExp(`^${damaged}  damaged$`, 'm'))
    assert.match(stdout.replace(/\s+/g, ' '), new RegExp(`then move \\S+${damaged} away\\.`))
    const json = await migrate('status', '--json')
    assert.equal(json.code, 3)
    const told = JSON.parse(json.stdout) as Readonly<Record<'migrations' | 'damaged', { id: string; hint?: string }[]>>
    assert.deepEqual(
      told.migrations.map(({ id }) => id),
      [whole],
    )
    assert.deepEqual(
      told.damaged.map(({ id, hint }) => [id, hint?.endsWith(' away.')]),
      [[damaged, true]],
    )
    assert.equal((await migrate('status', damaged)).code, 2)
    rmSync(join(runs, damaged), { recursive: true })
    assert.equal((await migrate('status')).code, 0)
  })

  it('an unknown migration is exit code 4', async () => {
    const { code } = await migrate('status', '2026-01-01-abcd')
    assert.equal(code, 4)
  })

  it('moves only what was selected', async () => {
    writeFileSync(
      join(project, 'compose.yaml'),
      `${COMPOSE}  other:\n    image: mariadb\n    environment:\n      MARIADB_ROOT_PASSWORD: Winter-made-up-9\n`,
    )
    const { stdout } = await migrate('plan', '--no-images', '--json', '--select', 'db.POSTGRES_PASSWORD')
    const plan = JSON.parse(stdout) as { steps: { do: string; name?: string }[] }
    assert.deepEqual(
      plan.steps.filter((step) => step.do === 'put').map(({ name }) => name),
      ['postgres_password'],
    )
  })
})
