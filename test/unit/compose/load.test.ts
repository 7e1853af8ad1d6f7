import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { ComposeFileError } from '../../../src/compose/errors.js'
import { hasProject, type LoadOptions, loadProject, namedFolder } from '../../../src/compose/load.js'
import type { ComposeProject, LocatedValue } from '../../../src/compose/types.js'
import { UsageError } from '../../../src/support/errors.js'
import { fixturesFolder, readFixture } from '../../fixtures/compose-fixtures.js'

let folder: string

function write(files: Record<string, string | Uint8Array>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

function load(files: Record<string, string | Uint8Array>, options: Partial<LoadOptions> = {}): Promise<ComposeProject> {
  write(files)
  return loadProject({ profiles: [], env: {}, cwd: folder, ...options })
}

function written(value: LocatedValue): string {
  return readFileSync(value.file).subarray(value.start, value.end).toString()
}

/** The runtime value by a YAML reader of its own; block scalars, env files, escapes and numbers in Go's form are left to other tests. */
function runtimeValue(value: LocatedValue): string {
  const bytes = written(value)
  const list = typeof value.path.at(-1) === 'number'
  const keyed = list && value.key !== undefined && ['environment', 'labels', 'build.args'].includes(value.section)
  const number = !keyed && /^[-+.\d]|^(?:true|false)$/i.test(bytes)
  if (/^[|>]/.test(bytes) || value.path.length === 0 || number || bytes.includes('\\')) return value.resolved
  return String(keyed ? bytes : (parse(bytes) ?? '')).replaceAll('$$', '$')
}

function find(project: ComposeProject, key: string, section?: string): LocatedValue {
  const found = project.values.filter(
    (value) => value.key === key && (section === undefined || value.section === section),
  )
  assert.equal(found.length, 1, `${key} is listed ${found.length} times`)
  const [value] = found
  assert.ok(value)
  return value
}

const service = (body: string) => `services:\n  app:\n    image: app\n${body}`

describe('loadProject', function () {
  this.timeout(60_000)

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'compose-load-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('says what to look at where a file may not be read', async () => {
    write({ 'compose.yaml': service('') })
    for (const [path, mode] of [
      ['compose.yaml', 0],
      ['.', 0o755],
    ] as const)
      chmodSync(join(folder, path), mode)
    const isRoot = process.geteuid?.() === 0
    // Root may read everything.
    if (isRoot) process.seteuid?.(65_534)
    try {
      await assert.rejects(load({}), {
        exitCode: 2,
        message: /compose\.yaml.*cannot be read \(EACCES\)/,
        hint: /permissions/,
      })
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  describe('values and their places', () => {
    it('has an env file once, whatever links to it are named', async () => {
      write({ 'top.env': 'DB_PASSWORD=granite-77\n', 'links/.keep': '' })
      symlinkSync('../top.env', join(folder, 'links', 'second.env'))
      symlinkSync('links/second.env', join(folder, '.env'))
      const project = await load({
        'compose.yaml':
          'services:\n  db: { image: postgres, environment: { PW: "${DB_PASSWORD}" } }\n  api: { image: app, env_file: links/second.env }\n',
      })
      const envFiles = project.files.filter(({ kind }) => kind !== 'compose').map(({ file }) => file)
      assert.deepEqual(envFiles, [join(folder, 'top.env')])
      assert.equal(find(project, 'PW').resolved, 'granite-77')
      assert.deepEqual(find(project, 'DB_PASSWORD', 'env-file-entry').usedBy, ['api'])
    })

    it('takes what a tag says is a string, or base64, for that', async () => {
      const values = {
        A: '!!str 00123',
        B: '!!str 0x1F',
        C: '!!str 123_456',
        D: '! 1e3',
        E: '!!binary aGVsbG8=',
        F: '00123',
      }
      const lines = Object.entries(values).map(([key, value]) => `      ${key}: ${value}\n`)
      const project = await load({
        'compose.yaml': `services:\n  app:\n    image: app\n    environment:\n${lines.join('')}`,
      })
      const expected = { A: '00123', B: '0x1F', C: '123_456', D: '1e3', E: 'hello', F: '83' }
      for (const [key, value] of Object.entries(expected)) assert.equal(find(project, key).resolved, value, key)
      const { app } = project.model['services'] as { readonly app: { readonly environment: unknown } }
      assert.deepEqual(app.environment, expected)
    })

    it('map entry: value as written, line, column, service, key', async () => {
      const project = await load({ 'compose.yaml': service('    environment:\n      PASSWORD: "a$$b"   # why\n') })
      const value = find(project, 'PASSWORD')
      assert.equal(written(value), '"a$$b"')
      assert.deepEqual(
        [value.line, value.column, value.service, value.section, value.form],
        [5, 17, 'app', 'environment', 'map'],
      )
      assert.deepEqual([value.resolved, value.literal, value.usedBy], ['a$b', true, ['app']])
    })

    it('list entry: only the part after the equals sign', async () => {
      const project = await load({
        'compose.yaml': service('    environment:\n      - PASSWORD=a=b\n      - "QUOTED=x y"\n      - IN="q"\n'),
      })
      assert.equal(written(find(project, 'PASSWORD')), 'a=b')
      assert.equal(written(find(project, 'QUOTED')), 'x y')
      assert.equal(find(project, 'IN').resolved, '"q"')
      assert.equal(find(project, 'PASSWORD').form, 'list')
    })

    it('byte offsets count UTF-8, the byte order mark and CRLF', async () => {
      const project = await load({
        'compose.yaml': `\ufeff# ünï\r\n${service('    environment: {ä: ö😀, KEY: näme}\r\n').replaceAll('\n', '\r\n').replaceAll('\r\r', '\r')}`,
      })
      assert.equal(written(find(project, 'KEY')), 'näme')
      assert.equal(written(find(project, 'ä')), 'ö😀')
    })

    it('pass-through entries are no literals: they have the variable of their name', async () => {
      const project = await load(
        { 'compose.yaml': service('    environment:\n      - SHELL_VALUE\n') },
        { env: { SHELL_VALUE: 'from shell' } },
      )
      const value = find(project, 'SHELL_VALUE')
      assert.deepEqual(
        [value.passThrough, value.resolved, value.literal, value.interpolates],
        [true, 'from shell', false, ['SHELL_VALUE']],
      )
      assert.deepEqual(project.model.services, {
        app: { image: 'app', networks: { default: null }, environment: { SHELL_VALUE: 'from shell' } },
      })
    })

    it('interpolation: names, resolved value, not literal', async () => {
      const project = await load({
        'compose.yaml': service('    command: run --pass ${PASS:-x}\n'),
        '.env': 'PASS=secret-part\n',
      })
      const command = project.values.find((value) => value.section === 'command')
      assert.deepEqual(
        [command?.key, command?.resolved, command?.literal, command?.interpolates],
        [undefined, 'run --pass secret-part', false, ['PASS']],
      )
      const dotenv = find(project, 'PASS', 'dotenv')
      assert.equal(written(dotenv), 'secret-part')
    })

    it('an anchored environment is listed once, with all its users and ways', async () => {
      const project = await load({
        'compose.yaml':
          'x-env: &env\n  PASSWORD: shared\nservices:\n  a: {image: a, environment: *env}\n  b:\n    image: b\n    environment:\n      <<: *env\n',
      })
      const value = find(project, 'PASSWORD')
      assert.deepEqual(
        [value.section, value.service, value.usedBy, [...value.via].sort()],
        ['environment', undefined, ['a', 'b'], ['alias', 'merge']],
      )
      assert.deepEqual(value.path, ['x-env', 'PASSWORD'])
    })

    it('extends: the base value belongs to both services', async () => {
      const project = await load({
        'compose.yaml': 'services:\n  base: {image: a, environment: {KEY: v}}\n  child: {extends: base}\n',
      })
      assert.deepEqual([find(project, 'KEY').usedBy, find(project, 'KEY').via], [['base', 'child'], ['extends']])
    })

    it('an overridden value is still listed, used by nobody', async () => {
      const project = await load({
        'compose.yaml': service('    environment: {KEY: first}\n'),
        'compose.override.yaml': 'services: {app: {environment: {KEY: second}}}\n',
      })
      const keys = project.values.filter((value) => value.key === 'KEY')
      assert.deepEqual(
        keys.map((value) => [value.resolved, value.usedBy]),
        [
          ['first', []],
          ['second', ['app']],
        ],
      )
    })

    it('env files: entries with their services; the model holds them beneath environment', async () => {
      const project = await load({
        'compose.yaml': service('    env_file: [a.env, {path: raw.env, format: raw}]\n    environment: {OVER: top}\n'),
        'a.env': 'TOKEN="t $$x"\nOVER=file\n',
        'raw.env': 'RAW="$NOT" #x\n',
      })
      assert.deepEqual([find(project, 'TOKEN').resolved, find(project, 'TOKEN').usedBy], ['t $x', ['app']])
      assert.equal(find(project, 'OVER', 'env-file-entry').resolved, 'file')
      const app = (project.model.services as Record<string, { environment: unknown }>).app
      assert.deepEqual(app?.environment, { TOKEN: 't $x', OVER: 'top', RAW: '"$NOT" #x' })
    })

    it('every located value of every fixture slices its file to something that holds it', async () => {
      for (const name of readdirSync(fixturesFolder)) {
        const root = join(fixturesFolder, name)
        const fixture = readFixture(root)
        const project = await loadProject({ ...fixture, cwd: root })
        assert.ok(project.values.length > 0, name)
        for (const value of project.values) {
          const text = readFileSync(value.file)
          const before = text
            .subarray(0, value.start)
            .toString()
            .split(/\r\n|\n/)
          assert.equal(before.length, value.line, `${name}: line of ${value.path.join('.')} ${value.key}`)
          if (value.literal && !value.passThrough)
            assert.equal(runtimeValue(value), value.resolved, `${name}: ${value.key}`)
        }
      }
    })
  })

  describe('files', () => {
    it('prefers compose.yaml, finds it in a parent, takes the override beside it', async () => {
      write({
        'compose.yaml': service(''),
        'docker-compose.yml': 'services: {other: {image: o}}',
        'compose.override.yml': 'services: {app: {user: "1"}}',
        'deep/er/x': '',
      })
      const project = await loadProject({ profiles: [], env: {}, cwd: join(folder, 'deep/er') })
      assert.deepEqual(
        project.files.map(({ file }) => file),
        [join(folder, 'compose.yaml'), join(folder, 'compose.override.yml')],
      )
    })

    for (const [name, dotenv, env] of [
      ['empty', '', { COMPOSE_FILE: '' }],
      ['empty in .env', 'COMPOSE_FILE=\n', {}],
      ['empty over .env', 'COMPOSE_FILE=compose.yaml\n', { COMPOSE_FILE: '' }],
      ['with a separator at its end', '', { COMPOSE_FILE: 'compose.yaml:' }],
      ['with a separator of its own', '', { COMPOSE_FILE: ';compose.yaml', COMPOSE_PATH_SEPARATOR: ';' }],
    ] as const)
      it(`refuses a COMPOSE_FILE that is ${name}, to find the project as to load it, and takes -f in its place`, async () => {
        write({ '.env': dotenv, 'compose.yaml': service('') })
        const options: LoadOptions = { profiles: [], env, cwd: folder }
        for (const use of [loadProject, hasProject, namedFolder])
          await assert.rejects(
            use(options),
            (error) =>
              error instanceof UsageError &&
              /^COMPOSE_FILE (?:is set, and names no file|has an empty name)/.test(error.message),
          )
        const { mainFiles } = await loadProject({ ...options, files: ['compose.yaml'] })
        assert.deepEqual(mainFiles, [join(folder, 'compose.yaml')])
      })

    it('reads only what the project names', async () => {
      const project = await load({
        'compose.yaml': service('    secrets: [s]\nsecrets: {s: {file: ./s.txt}}\n'),
        's.txt': 'plain',
        'other.env': 'A=1',
      })
      assert.deepEqual(
        project.files.map(({ file }) => file),
        [join(folder, 'compose.yaml')],
      )
    })

    it('a missing env_file is an issue, not the end', async () => {
      const project = await load({ 'compose.yaml': service('    env_file: absent.env\n') })
      assert.deepEqual(
        project.issues.map(({ code, effect, file }) => [code, effect, file]),
        [['COMPOSE_FILE_MISSING', 'skipped', join(folder, 'absent.env')]],
      )
    })

    it('a missing secret file is a note, a remote include is skipped without a look at the disk', async () => {
      const project = await load({
        'compose.yaml': `include: ["https://github.com/a/b.git"]\n${service('    secrets: [s]\nsecrets: {s: {file: ./gone}}\n')}`,
      })
      assert.deepEqual(
        project.issues.map(({ code, effect, file }) => [code, effect, file]),
        [
          ['COMPOSE_FILE_MISSING', 'skipped', 'https://github.com/a/b.git'],
          ['COMPOSE_FILE_MISSING', 'note', join(folder, 'gone')],
        ],
      )
      assert.match(project.issues[0]?.detail ?? '', /remote/)
    })

    it('missing includes and extended files are issues; the rest is loaded', async () => {
      const project = await load({
        'compose.yaml': `include: [gone.yaml]\n${service('    extends: {file: lost.yaml, service: x}\n')}`,
      })
      assert.equal(project.issues.length, 2)
      assert.ok(project.values.some((value) => value.resolved === 'app'))
    })

    it('no Compose file at all says what to do', async () => {
      await assert.rejects(
        loadProject({ profiles: [], env: {}, cwd: folder, files: [join(folder, 'none.yaml')] }),
        ComposeFileError,
      )
    })

    it('an inactive profile stays out of the model and in the values', async () => {
      const project = await load({
        'compose.yaml': 'services:\n  a: {image: a}\n  b: {image: b, profiles: [x], environment: {K: v}}\n',
      })
      assert.deepEqual([Object.keys(project.model.services ?? {}), project.inactiveServices], [['a'], ['b']])
      assert.deepEqual(find(project, 'K').usedBy, ['b'])
    })
  })

  describe('errors name file and line, and no value', () => {
    const table: readonly (readonly [string, string, number])[] = [
      ['tab as indentation', 'services:\n\ta: hunter2\n', 2],
      ['duplicate key', 'services:\n  a:\n    image: x\n    image: hunter2\n', 4],
      ['undefined anchor', 'services:\n  a:\n    image: x\n    environment: *hunter2\n', 4],
      ['anchor inside itself', 'services:\n  a: &a\n    image: x\n    environment: *a\n', 4],
      ['merge of a scalar', 'x: &s hunter2\nservices:\n  a:\n    <<: *s\n', 4],
      ['bad interpolation', 'services:\n  a:\n    image: x\n    environment:\n      P: hunter2${\n', 5],
      ['missing required variable', 'services:\n  a:\n    image: ${IMG:?hunter2}\n', 3],
      ['a list at the top', '- hunter2\n', 1],
      ['extends of nothing', 'services:\n  a:\n    extends: nobody\n', 3],
      ['unclosed quote', 'services:\n  a: "hunter2\n', 3],
    ]
    for (const [name, text, line] of table) {
      it(name, async () => {
        const error = await load({ 'compose.yaml': text }).then(
          () => assert.fail('it loaded'),
          (reason: unknown) => reason,
        )
        assert.ok(error instanceof ComposeFileError, String(error))
        assert.equal(error.file, join(folder, 'compose.yaml'))
        assert.equal(error.line, line)
        assert.ok(name === 'undefined anchor' || !error.message.includes('hunter2'), error.message)
      })
    }

    it('a variable that a name or a value demands, with what to do', async () => {
      for (const [text, place] of [
        ['name: ${NAME:?hunter2}\nservices:\n  a: {image: x}\n', 'compose.yaml: name'],
        ['services:\n  a:\n    image: ${NAME?hunter2}\n', 'compose.yaml:3: services.a.image'],
      ] as const)
        await assert.rejects(load({ 'compose.yaml': text }), (error: unknown) => {
          assert.ok(error instanceof ComposeFileError, String(error))
          assert.ok(error.message.endsWith(`${place}: required variable NAME is missing a value`), error.message)
          assert.match(error.hint ?? '', /^Set it in the shell or in \.env, or name the file .*: --env-file FILE\.$/)
          return true
        })
    })

    it('circular extends and includes', async () => {
      await assert.rejects(
        load({ 'compose.yaml': 'services:\n  a: {extends: b}\n  b: {extends: a}\n' }),
        ComposeFileError,
      )
      await assert.rejects(load({ 'compose.yaml': 'include: [compose.yaml]\n' }), ComposeFileError)
    })

    it('aliases that explode', async () => {
      const levels = Array.from(
        { length: 9 },
        (_, level) => `l${level + 1}: &l${level + 1} [${Array(10).fill(`*l${level}`).join(', ')}]`,
      )
      await assert.rejects(load({ 'compose.yaml': `l0: &l0 x\n${levels.join('\n')}\n` }), ComposeFileError)
    })

    describe('nesting without end', () => {
      const deep: Readonly<Record<string, string>> = {
        'open brackets': `a: ${'['.repeat(200_000)}\n`,
        'closed brackets': `a: ${'['.repeat(500)}${']'.repeat(500)}\n`,
        braces: `a: ${'{a: '.repeat(5000)}\n`,
        dashes: `${'- '.repeat(20_000)}x\n`,
        'explicit keys': `${'? '.repeat(20_000)}x\n`,
        indentation: Array.from({ length: 1500 }, (_, level) => `${' '.repeat(level)}a:\n`).join(''),
        'keys within limits of each line': Array.from({ length: 300 }, (_, level) => `${' '.repeat(level)}a:\n`).join(
          '',
        ),
      }
      for (const [name, text] of Object.entries(deep))
        it(name, () => assert.rejects(load({ 'compose.yaml': text }), ComposeFileError))
    })

    it('files of more than 8 MiB, not UTF-8, and folders', async () => {
      await assert.rejects(load({ 'compose.yaml': `#${' '.repeat(8 * 1024 * 1024)}\n` }), /8 MiB/)
      await assert.rejects(load({ 'compose.yaml': Uint8Array.of(0x61, 0x3a, 0xff) }), /UTF-8/)
      await assert.rejects(loadProject({ profiles: [], env: {}, files: [folder] }), ComposeFileError)
    })

    it('a named pipe, without waiting for a writer', async () => {
      execFileSync('mkfifo', [join(folder, 'pipe.yaml')])
      await assert.rejects(
        loadProject({ profiles: [], env: {}, files: [join(folder, 'pipe.yaml')] }),
        /not a regular file/,
      )
    })
  })
})
