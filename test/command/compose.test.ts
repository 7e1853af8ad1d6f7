// secretscan compose, on the built program.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { MOUNT_LIMITS } from '../../src/compose/project-mounts.js'
import { serveImage } from '../fixtures/image-server.js'
import { type Report, reportIn } from '../fixtures/report.js'
import { runCommand } from '../fixtures/run-command.js'

const TOKEN = ['ghp_', 'Q1XXhLdCkfOMPwHJ0u', 'EZTiIp72hxGL3tkx9s'].join('')
/** No engine of the machine that runs the tests. */
const ALONE = { DOCKER_HOST: 'unix:///nowhere/docker.sock', CONTAINER_HOST: '', XDG_RUNTIME_DIR: '/nowhere' }

describe('secretscan compose', function () {
  this.timeout(60_000)
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-compose-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
  }
  const scan = async (...flags: string[]): Promise<{ code: number | null; report: Report }> => {
    const { code, stdout, stderr } = await runCommand(['compose', ...flags, '--format', 'json'], {
      cwd: folder,
      env: ALONE,
    })
    assert.notEqual(stdout, '', stderr)
    return { code, report: reportIn(stdout) }
  }
  /** Every place that holds a finding's value: "kind path:line:column service key". */
  const places = (report: Report): string[] =>
    report.findings
      .flatMap(({ location, related }) => [location, ...related.map((other) => other.location)])
      .map(
        ({ kind, path, line, column, service = '-', key = '-' }) =>
          `${kind} ${path}:${line}:${column} ${service} ${key}`,
      )
      .sort()

  it('finds what a name calls secret whatever it looks like, and says where, in which service', async () => {
    write({
      'compose.yaml': `services:
  db:
    image: mysql:8
    environment:
      MYSQL_DATABASE: wordpress
      MYSQL_PASSWORD: wordpress
  blog:
    image: wordpress
    environment:
      - "WORDPRESS_DB_PASSWORD=wordpress"
    env_file: blog.env
`,
      'blog.env': '# the blog\nexport AUTH_SALT="pepper and salt"\n',
    })
    const { code, report } = await scan()
    assert.equal(code, 1)
    assert.deepEqual(
      report.targets.map(({ kind }) => kind),
      ['compose'],
    )
    assert.deepEqual(places(report), [
      'compose compose.yaml:10:32 blog WORDPRESS_DB_PASSWORD',
      'compose compose.yaml:6:23 db MYSQL_PASSWORD',
      'env-file blog.env:2:19 - AUTH_SALT',
    ])
    assert.ok(report.findings.every(({ secret, location }) => secret.redacted === '****' && !location.endColumn))
  })

  for (const format of ['table', 'json', 'sarif'])
    it(`names addresses in its remarks without their logins, as ${format}`, async () => {
      const password = ['Blue', 'Heron', '42'].join('-')
      const login = `bob:${password}`
      write({
        'compose.yaml': `include: ["https://${login}@one.example/compose.yaml"]
services:
  a: {build: "https://${login}@two.example/x.git"}
  b: {build: "https://${TOKEN}@three.example/x.git"}
  c: {image: "${login}@four.example/x"}
  d: {image: x, env_file: "https://${login}@five.example/x.env"}
secrets:
  s: {file: "https://${login}@six.example/s"}
`,
      })
      const { stdout, stderr } = await runCommand(['compose', '--images', '--offline', '--format', format], {
        cwd: folder,
        env: ALONE,
      })
      const text = `${stdout}${stderr}`
      for (const secret of [password, TOKEN]) assert.equal(text.includes(secret), false)
      for (const host of ['one', 'two', 'three', 'four', 'five', 'six'])
        assert.ok(text.includes(`****@${host}.example`), `${host} is told`)
    })

  for (const flags of [[], ['--json']])
    it(`a plan names no login of an image's address: ${flags.join('') || 'as text'}`, async () => {
      const password = ['changeme', 'Q'].join('')
      write({
        'compose.yaml': `services:\n  c: {image: "bob:${password}@reg.example/x", environment: {DB_PASSWORD: Made-up-db-1}}\n`,
      })
      const { stdout, stderr } = await runCommand(['migrate', 'plan', ...flags], { cwd: folder, env: ALONE })
      assert.equal(`${stdout}${stderr}`.includes(password), false)
      assert.match(stdout, /docker pull \*\*\*\*@reg\.example\/x/)
    })

  it('looks into files that services mount from the project, and says where it does not', async () => {
    write({
      'compose.yaml': `services:
  db:
    image: mysql:8
    volumes: [./init:/docker-entrypoint-initdb.d:ro, data:/var/lib/mysql, ./large.cnf:/etc/large.cnf]
  cache:
    image: redis
    volumes: [./redis.conf:/redis.conf, ./keys/pw:/run/secrets/pw, ../outside.conf:/o]
  app:
    build: .
    volumes: ['.:/app']
    env_file: app.env
    secrets: [own]
    configs: [app]
secrets:
  own: { file: ./keys/own.conf }
configs:
  app: { file: ./app.conf }
volumes:
  data:
`,
      Dockerfile: 'FROM scratch\n',
      'init/users.sql': "CREATE USER 'app' IDENTIFIED BY 'wordpress';\n",
      'init/deep/more.sql': "\nALTER USER app IDENTIFIED BY 'marble';\n",
      'redis.conf': `port 6379\n${'require' + 'pass'} slate42\n`,
      'app.conf': `password = ${'gra' + 'nite77'}\ntoken = ${TOKEN}\n`,
      'app.env': `DB_TOKEN=${TOKEN}\n`,
      'keys/pw': `password = ${'gra' + 'nite78'}\n`,
      'keys/own.conf': `password = ${'gra' + 'nite79'}\n`,
      'beside.conf': `password = ${'gra' + 'nite80'}\n`,
      'large.cnf': `${'#'.repeat(1024 * 1024)}\n`,
    })
    const { code, report } = await scan()
    assert.equal(code, 1)
    assert.deepEqual(places(report), [
      'env-file app.env:1:10 - DB_TOKEN',
      'file app.conf:1:12 - password',
      'file app.conf:2:9 - -',
      'file init/deep/more.sql:2:31 - -',
      'file init/users.sql:1:34 - -',
      'file redis.conf:2:13 - -',
    ])
    // The project's own entry is the main place: it names the variable.
    assert.equal(report.findings.find(({ secret }) => secret.redacted !== '****')?.location.path, 'app.env')
    const notes = report.skipped.filter(({ code: each }) => each === 'MOUNT_IN_PART')
    assert.deepEqual(
      notes.map(({ message }) => /secretscan dir .* scans/.exec(message)?.[0]),
      ['secretscan dir large.cnf scans', 'secretscan dir . scans'],
    )
  })

  /** What a note says of a mount that was not looked at as a whole: "name service". */
  const inPart = (report: Report): string[] =>
    report.skipped
      .filter(({ code }) => code === 'MOUNT_IN_PART')
      .map(({ message }) => /^(\S+), which (\S+) mounts/.exec(message)?.slice(1, 3).join(' ') ?? message)

  it('names the command for what is left of a mount as it is right where the scan runs', async () => {
    write({
      'shop/compose.yaml': "services:\n  app:\n    image: app\n    volumes: ['./my conf:/conf']\n",
      'shop/my conf/large.cnf': `${'#'.repeat(1024 * 1024)}\n`,
    })
    const { report } = await scan('-f', 'shop/compose.yaml')
    assert.match(
      report.skipped[0]?.message ?? '',
      /^my conf, which app mounts, .*: secretscan dir 'shop\/my conf' scans/,
    )
  })

  it('reads hidden folders of a mounted one, but neither packages nor what git keeps', async () => {
    const secret = (name: string) => `password = ${'gra' + 'nite'}${name}\n`
    write({
      'compose.yaml': 'services:\n  app:\n    image: app\n    volumes: [./home:/home/app]\n',
      'home/.config/tool/login.conf': secret('71'),
      'home/.tool.conf': secret('72'),
      'home/venv.conf': secret('73'),
      ...Object.fromEntries(
        ['node_modules', 'vendor', 'venv', '.venv', 'site-packages', '__pycache__', '.git'].map((name, index) => [
          `home/lib/${name}/own.conf`,
          secret(`8${index}`),
        ]),
      ),
    })
    const { report } = await scan()
    assert.deepEqual(places(report), [
      'file home/.config/tool/login.conf:1:12 - password',
      'file home/.tool.conf:1:12 - password',
      'file home/venv.conf:1:12 - password',
    ])
    assert.deepEqual(inPart(report), [])
  })

  it('follows no link of a mounted folder, and says so', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'secretscan-outside-'))
    try {
      writeFileSync(join(outside, 'login.conf'), `password = ${'gra' + 'nite70'}\n`)
      const service = (name: string) => `  ${name}:\n    image: app\n    volumes: [./${name}:/conf]\n`
      write({
        'compose.yaml': `services:\n${['folder', 'file', 'itself', 'plain'].map(service).join('')}`,
        'folder/own.conf': `password = ${'gra' + 'nite71'}\n`,
        'file/own.conf': 'port = 1\n',
        'plain/own.conf': 'port = 1\n',
      })
      symlinkSync(outside, join(folder, 'folder', 'linked'))
      symlinkSync(join(outside, 'login.conf'), join(folder, 'file', 'login.conf'))
      symlinkSync(outside, join(folder, 'itself'))
      const { report } = await scan()
      assert.deepEqual(places(report), ['file folder/own.conf:1:12 - password'])
      assert.deepEqual(inPart(report), ['folder folder', 'file file', 'itself itself'])
    } finally {
      rmSync(outside, { recursive: true })
    }
  })

  it('follows a link on the way to a mount within the project, and none that leads out of it', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'secretscan-outside-'))
    try {
      writeFileSync(join(outside, 'login.conf'), `password = ${'gra' + 'nite70'}\n`)
      const mounts = ['away/login.conf', 'near/own.conf', 'real/own.conf', 'alias.conf', 'way/out/login.conf']
      write({
        'compose.yaml': `services:\n  app:\n    image: app\n    volumes:\n${mounts.map((path, at) => `      - ./${path}:/conf${at}\n`).join('')}`,
        'real/own.conf': `password = ${'gra' + 'nite71'}\n`,
        'real/other.conf': `password = ${'gra' + 'nite72'}\n`,
        'way/plain.conf': 'port = 1\n',
      })
      symlinkSync(outside, join(folder, 'away'))
      symlinkSync(outside, join(folder, 'way', 'out'))
      symlinkSync('real', join(folder, 'near'))
      symlinkSync('near/other.conf', join(folder, 'alias.conf'))
      const { report } = await scan()
      assert.deepEqual(places(report), ['file real/other.conf:1:12 - password', 'file real/own.conf:1:12 - password'])
      assert.deepEqual(inPart(report), ['away/login.conf app', 'way/out/login.conf app'])
      assert.match(report.skipped[0]?.message ?? '', /not looked at, since a link leads out of the project/)
    } finally {
      rmSync(outside, { recursive: true })
    }
  })

  it('looks at no more than so many files and levels of a mounted folder, and says so only where there are more', async () => {
    const { files: most, levels } = MOUNT_LIMITS
    const many = (name: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`${name}/${String(at).padStart(4, '0')}`, 'x\n']))
    const deep = (name: string, count: number) => `${name}/${'a/'.repeat(count)}own.conf`
    const names = ['full', 'over', 'deepest', 'deeper']
    const secret = (number: number) => `password = ${'gra' + 'nite'}${number}\n`
    write({
      'compose.yaml': `services:\n${names.map((name) => `  ${name}:\n    image: app\n    volumes: [./${name}:/in]\n`).join('')}`,
      ...many('full', most - 1),
      'full/last.conf': secret(71),
      ...many('over', most),
      'over/last.conf': secret(72),
      [deep('deepest', levels)]: secret(73),
      [deep('deeper', levels + 1)]: secret(74),
    })
    const { report } = await scan()
    assert.deepEqual(places(report), [
      `file ${deep('deepest', levels)}:1:12 - password`,
      'file full/last.conf:1:12 - password',
    ])
    assert.deepEqual(inPart(report), ['over over', 'deeper deeper'])
    assert.match(report.skipped[0]?.message ?? '', /300 files of at most 1 MB, 3 levels of folders, no links/)
  })

  it('says so where the file has no services: it may be no Compose file at all', async () => {
    write({ 'compose.yaml': 'hello: 1\n' })
    const { report } = await scan()
    assert.deepEqual(
      report.skipped.map(({ code }) => code),
      ['NO_SERVICES'],
    )
    write({ 'compose.yaml': 'services:\n  app: { image: app, profiles: [tools] }\n' })
    assert.deepEqual(
      (await scan()).report.skipped.map(({ code }) => code),
      ['SERVICE_INACTIVE'],
    )
  })

  it('names what stands under services and is none, and scans it as text', async () => {
    for (const [text, names] of [
      [`services: {db: [1, ${TOKEN}], web: {image: x}}`, 'db under "services" is no service'],
      [
        `services:\n  db:\n  image: postgres\n  environment: [ "T=${TOKEN}" ]`,
        'image, environment under "services" are',
      ],
    ] as const) {
      write({ 'compose.yaml': text })
      const { code, report } = await scan()
      assert.equal(code, 1, 'the token is found')
      const [note, ...others] = report.skipped
      assert.deepEqual([note?.code, note?.effect, others], ['NOT_A_SERVICE', 'note', []])
      assert.ok(note?.message.startsWith(names), note?.message)
    }
    write({ 'compose.yaml': 'services:\n  db:\n' })
    assert.deepEqual((await scan()).report.skipped, [], 'an empty one is one that another file fills')
  })

  it('names only Compose files where no service is', async () => {
    for (const text of ['foo: 1', 'services: [db]', 'services: {}']) {
      write({ 'bad.yaml': text, '.env': 'A=1\n' })
      const { report } = await scan('-f', 'bad.yaml')
      assert.match(report.skipped[0]?.message ?? '', /^The file bad\.yaml has no services/)
    }
  })

  it('takes references for no secrets, but their defaults and what .env gives them', async () => {
    write({
      'compose.yaml': `services:
  app:
    image: app
    environment:
      A_PASSWORD: \${FROM_SHELL}
      B_PASSWORD:
      C_PASSWORD: \${FROM_DOTENV_SECRET:?needed}
      D_PASSWORD: \${OTHER:-fallback}
      E_PASSWORD_FILE: /run/secrets/e
      F_PASSWORD: \${FROM_SHELL}-\${FROM_SHELL}
      G_PASSWORD: \${OTHER:+instead}
`,
      '.env': 'FROM_DOTENV_SECRET=sunshine\n',
    })
    const { report } = await scan()
    assert.deepEqual(places(report), [
      'compose compose.yaml:11:28 app G_PASSWORD',
      'compose compose.yaml:8:28 app D_PASSWORD',
      'env-file .env:1:20 - FROM_DOTENV_SECRET',
    ])
  })

  it('takes anchors and tags for no part of a value, and aliases for none', async () => {
    write({
      'compose.yaml': `services:
  app:
    image: app
    environment:
      APP_SECRET: &app some-secret
      WORKER_TOKEN: *app
      API_TOKEN: &api !!str "basalt" # *app
      LONG_TOKEN: &long |
        *granite
      SHORT_TOKEN: '*pumice'
`,
    })
    assert.deepEqual(places((await scan()).report), [
      'compose compose.yaml:10:21 app SHORT_TOKEN',
      'compose compose.yaml:5:24 app APP_SECRET',
      'compose compose.yaml:7:30 app API_TOKEN',
      'compose compose.yaml:9:9 app LONG_TOKEN',
    ])
  })

  it('takes a variable of the container’s shell for no value', async () => {
    write({
      'compose.yaml': `services:
  app:
    image: app
    command: ["sh", "-c", "report --password=$$DB_PASSWORD --token $\${API_TOKEN} --secret=$$(cat /x)"]
    healthcheck:
      test: ["CMD-SHELL", "MYSQL_PWD=\\"$\${MYSQL_ROOT_PASSWORD}\\" mysqladmin ping || PGPASSWORD='$$DB_PASSWORD' psql"]
    environment:
      API_SECRET: granite-17
`,
    })
    assert.deepEqual(places((await scan()).report), ['compose compose.yaml:8:19 app API_SECRET'])
  })

  it('sees URLs, command lines, health checks, labels, build arguments, configs and comments', async () => {
    write({
      'compose.yaml': `# left from a test: ${TOKEN}
services:
  app:
    image: app
    command: ["redis-server", "--requirepass", "violet"]
    healthcheck:
      test: redis-cli --pass violet ping
    labels:
      backup.password: "marble"
    environment:
      DATABASE_URL: postgres://app:granite@db/app
    build:
      context: https://github.com/acme/app.git
      args:
        NPM_TOKEN: basalt
    configs: [proxy]
configs:
  proxy:
    content: |
      # the proxy
      upstream http://user:pumice@backend/
`,
    })
    const { report } = await scan()
    assert.deepEqual(
      places(report).map((place) => place.split(' ')[1]),
      [
        'compose.yaml:11:36',
        'compose.yaml:15:20',
        'compose.yaml:1:21',
        'compose.yaml:21:28',
        'compose.yaml:5:49',
        'compose.yaml:7:30',
        'compose.yaml:9:25',
      ],
    )
    assert.deepEqual(
      report.skipped.map(({ code }) => code),
      ['BUILD_CONTEXT_REMOTE'],
    )
  })

  it('looks into the Dockerfiles that services are built from, and into telling files that they copy', async () => {
    write({
      'compose.yaml': 'services:\n  app:\n    build: ./app\n',
      'app/Dockerfile': `FROM alpine
ARG DB_PASSWORD=granite
ENV NAME=app API_TOKEN="basalt"
RUN mysqladmin --password=violet status
RUN <<DONE
  curl -H "Authorization: token ${TOKEN}" https://api.example.com
DONE
COPY . /app
COPY ./deploy_key /root/.ssh/id_rsa
`,
      'app/.dockerignore': 'private\n',
      'app/.env': 'SESSION_SECRET=marble\n',
      'app/private/.env': 'SESSION_SECRET=pumice\n',
      'app/main.txt': `TOKEN=${TOKEN}\n`,
    })
    for (const name of ['id_ed25519', 'deploy_key'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'app', name)])
    const { report } = await scan()
    assert.deepEqual(places(report), [
      'dockerfile app/Dockerfile:2:17 app DB_PASSWORD',
      'dockerfile app/Dockerfile:3:25 app API_TOKEN',
      'dockerfile app/Dockerfile:4:27 app -',
      'dockerfile app/Dockerfile:6:33 app -',
      'env-file app/.env:1:16 - SESSION_SECRET',
      'file app/deploy_key:1:1 - -',
      'file app/id_ed25519:1:1 - -',
    ])
  })

  it("the table names service and variable; a variable's own entry comes before the check that repeats it", async () => {
    const password = ['pgpw', 'Zk39dqLw'].join('-')
    write({
      'compose.yaml': `services:
  db:
    image: postgres
    healthcheck:
      test: PGPASSWORD=${password} pg_isready
    environment:
      POSTGRES_PASSWORD: ${password}
`,
    })
    const { stdout } = await runCommand(['compose'], { cwd: folder, env: ALONE })
    assert.match(
      stdout,
      /compose\.yaml:7:26 {2}db\.POSTGRES_PASSWORD {2}\*{4}\n +the same value in compose\.yaml:5:24 \(db\.test\)/,
    )
  })

  it('finds nothing in a project that reads its secrets from files', async () => {
    write({
      'compose.yaml': `services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password
    healthcheck:
      test: ["CMD-SHELL", "PGPASSWORD=$$(cat /run/secrets/postgres_password) pg_isready -U postgres"]
  cache:
    image: redis
    entrypoint: ["/bin/sh", "-c", "exec redis-server --requirepass \\"$$(cat /run/secrets/cache_password)\\""]
  app:
    image: app
    entrypoint:
      - /bin/sh
      - -c
      - |-
        for _s in api_token db_password; do
          cat /run/secrets/$$_s >/dev/null || { echo "cannot read /run/secrets/$$_s" >&2; exit 78; }
        done
        [ -n "$$\{API_TOKEN+x}" ] || export API_TOKEN="$$(cat /run/secrets/api_token)"
        { DB_PASSWORD="$$(cat /run/secrets/db_password; echo x)"; DB_PASSWORD=$$\{DB_PASSWORD%x}; export DB_PASSWORD; }
        exec "$$@"
      - secretscan-shim
      - docker-entrypoint.sh
    secrets: [api_token]
secrets:
  cache_password: {file: ./secrets/cache_password}
  api_token: &token { file: "./secrets/api_token" }
  app_token: {external: true, name: app_token_v1}
`,
    })
    const { code, report } = await scan()
    assert.deepEqual(places(report), [])
    assert.equal(code, 0)
  })

  it('finds a value inside of braces', async () => {
    write({
      'compose.yaml': `services:\n  web: {image: web, environment: {API_TOKEN: ${['Qm7', 'Lx2vKd93Tz'].join('-')}}}\n`,
    })
    const { report } = await scan()
    assert.equal(places(report).length, 1)
  })

  it('says nothing twice, and lets a comment on the line silence a value', async () => {
    write({
      'compose.yaml': `services:
  app:
    image: app
    environment:
      GITHUB_TOKEN: ${TOKEN}
      DB_PASSWORD: granite # secretscan:ignore
`,
    })
    const { report } = await scan()
    assert.deepEqual(places(report), ['compose compose.yaml:5:21 app GITHUB_TOKEN'])
    assert.equal(report.findings[0]?.location.endColumn, 21 + TOKEN.length)
    assert.equal(report.suppressed['inline'], 1)
  })

  it('reads another env file in place of .env when asked, and finds a token that is the whole query of a URL', async () => {
    const token = ['b24zWGdmOGpM', 'bXZhcmFCOVZH'].join('')
    write({
      'compose.yaml': 'services:\n  app:\n    image: app\n    environment:\n      DDNS: "${DDNS}"\n',
      '.env': 'DB_PASSWORD=granite\n',
      'prod.env': `DDNS=https://dns.example.org/update.php?${token}\n`,
    })
    const { report } = await scan('--env-file', 'prod.env')
    assert.deepEqual(
      report.findings.map(({ ruleId, location }) => [ruleId, location.path, location.line, location.column]),
      [['project-token-in-url', 'prod.env', 1, 41]],
    )
    assert.deepEqual(places((await scan()).report), ['env-file .env:1:13 - DB_PASSWORD'])
  })

  it('merges several files, and takes in a profile when asked', async () => {
    write({
      'base.yaml': 'services:\n  app:\n    image: app\n    environment:\n      A_PASSWORD: granite\n',
      'more.yaml': 'services:\n  tool:\n    profiles: [debug]\n    build: ./tool\n',
      'tool/Dockerfile': 'FROM alpine\nENV B_PASSWORD=basalt\n',
    })
    const without = await scan('-f', 'base.yaml', '-f', 'more.yaml')
    assert.deepEqual(places(without.report), ['compose base.yaml:5:19 app A_PASSWORD'])
    assert.deepEqual(
      without.report.skipped.map(({ code, effect }) => [code, effect]),
      [['SERVICE_INACTIVE', 'note']],
    )
    const withProfile = await scan('-f', 'base.yaml', '-f', 'more.yaml', '--profile', 'debug')
    assert.deepEqual(places(withProfile.report), [
      'compose base.yaml:5:19 app A_PASSWORD',
      'dockerfile tool/Dockerfile:2:16 tool B_PASSWORD',
    ])
  })

  it('ends with the command that moves the values of the project that was named', async () => {
    write({
      'my stack.yaml':
        'services:\n  app:\n    image: app\n    environment:\n      A_PASSWORD: ${PW}\n    profiles: [debug]\n',
      'prod.env': 'PW=granite\n',
    })
    const flags = ['-f', 'my stack.yaml', '--env-file', 'prod.env', '--profile', 'debug']
    const { stdout } = await runCommand(['compose', ...flags], { cwd: folder, env: ALONE })
    assert.match(stdout, /^ +secretscan migrate -f 'my stack\.yaml' --env-file prod\.env --profile debug$/m)
  })

  it('names Compose files beside those that are started by themselves, unless files are named', async () => {
    const service = 'services:\n  app:\n    image: app\n'
    write({ 'compose.yaml': service, 'compose.prod.yaml': service, 'compose.override.yaml': service })
    const { code, report } = await scan()
    assert.equal(code, 0)
    assert.deepEqual(
      report.skipped.map((entry) => [entry.code, entry.effect]),
      [['COMPOSE_FILE_BESIDE', 'note']],
    )
    assert.match(
      (await runCommand(['compose'], { cwd: folder, env: ALONE })).stdout,
      /^ +compose\.prod\.yaml is no part/m,
    )
    assert.deepEqual((await scan('-f', 'compose.yaml')).report.skipped, [])
  })

  it('scans the images too with --images, each a target', async () => {
    const server = await serveImage({ layers: [{ files: { 'app/.env': `GITHUB_TOKEN=${TOKEN}\n` } }] })
    try {
      write({
        'compose.yaml': `services:
  a:
    image: ${server.host}/team/app:1
  b:
    image: ${server.host}/team/app:1
  c:
    build: .
    image: ${server.host}/team/own:2
  d:
    image: archive:./app.tar
`,
        Dockerfile: 'FROM scratch\n',
      })
      assert.deepEqual((await scan()).code, 0)
      const { code, report } = await scan('--images')
      assert.equal(code, 1)
      assert.deepEqual(
        report.targets.map(({ kind }) => kind),
        ['compose', 'image'],
      )
      assert.deepEqual(
        report.findings.map(({ location: { target, path } }) => [target, path]),
        [[1, 'app/.env']],
      )
      assert.deepEqual([...report.skipped, ...report.errors].map((entry) => entry.code).sort(), [
        'IMAGE_NAME',
        'IMAGE_NOT_BUILT',
      ])
      const { report: ofRegistry } = await scan(
        '--images',
        '--source=registry',
        '--platform=all',
        `--insecure-registry=${server.host}`,
      )
      assert.equal(ofRegistry.targets[1]?.source, 'registry')
    } finally {
      await server.close()
    }
  })

  it('ends with 2 for files that are none, 4 where there is no project, 3 where a file of it is missing', async () => {
    write({ 'broken.yaml': 'services: [\n', 'gone.yaml': 'services:\n  a:\n    image: a\n    env_file: none.env\n' })
    const run = async (...flags: string[]) =>
      (await runCommand(['compose', ...flags], { cwd: folder, env: ALONE })).code
    assert.equal(await run('-f', 'broken.yaml'), 2)
    assert.equal(await run(), 4)
    assert.equal(await run('-f', 'gone.yaml'), 3)
  })

  it('prints no plain value in any format', async () => {
    write({
      'compose.yaml': `services:\n  a:\n    image: a\n    command: run --password violet-marble\n    environment:\n      A_PASSWORD: granite-basalt\n`,
    })
    for (const format of ['table', 'json', 'sarif']) {
      const { stdout, stderr } = await runCommand(['compose', '--format', format], { cwd: folder })
      for (const value of ['violet-marble', 'granite-basalt']) assert.ok(!(stdout + stderr).includes(value))
    }
  })
})
