// Generated projects of two files and env files: model and refusals are compose-go's.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { ComposeFileError } from '../../src/compose/errors.js'
import { loadProject } from '../../src/compose/load.js'
import { goOracle } from '../fixtures/go-oracle.js'

/** Projects a run makes; more by hand: RUNS=2000. */
const RUNS = Number(process.env.RUNS ?? 150)
let oracle: string
const environment = { HOME: '/home/example', SET: 'value', EMPTY: '', DIGITS: '42' }

const template = fc.constantFrom(
  '$SET',
  '${SET}',
  '$$',
  '$${SET}',
  '${UNSET}',
  '${UNSET:-d}',
  '${EMPTY:-d}',
  '${EMPTY-d}',
  '${SET:+x}',
  '${UNSET:-${SET}}',
  '${UNSET-a-b:-c}',
  '$5',
  '$',
  '${SET:?m}',
  '${EMPTY+y}',
  '${UNSET:-{"a":"b"}}',
  '$SET_X',
  '${DIGITS}',
)
const literal = fc.constantFrom(
  'a',
  'b c',
  '0123',
  '1_000',
  '1e3',
  '1.50',
  'true',
  'No',
  'null',
  '~',
  '2001-01-01',
  '12:30:45',
  '0x1F',
  '-1',
  '.5',
  'it is',
  '=x',
  'a=b',
  'ä😀',
  '-',
  '08',
  '1.',
  '+3',
  '0o7',
  '1e400',
  'a\\b',
  '%',
  '@x',
  '0.10',
  '1e-7',
  'x:y',
)
const value = fc.oneof(
  { weight: 3, arbitrary: literal },
  {
    weight: 2,
    arbitrary: fc.array(fc.oneof(literal, template), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
  },
)
const style = fc.constantFrom('plain', 'single', 'double')

function written(text: string, how: string): string {
  const plainUnsafe = /^[-=@%&*!|>'"{[\]},?:#]|: |:$| #|^$/.test(text)
  if (how === 'single' || (how === 'plain' && plainUnsafe)) return `'${text.replaceAll("'", "''")}'`
  return how === 'double' ? JSON.stringify(text) : text
}

const scalar = fc.tuple(value, style).map(([text, how]) => written(text, how))
const key = fc.constantFrom('A', 'B', 'C_D', 'SET', 'UNSET')
const entries = fc.uniqueArray(fc.tuple(key, fc.option(scalar)), {
  selector: ([name]) => name,
  minLength: 1,
  maxLength: 4,
})
const pairs = (name: string) =>
  fc.tuple(entries, fc.boolean()).map(([list, asMap]) => {
    const lines = list.map(([each, text]) =>
      asMap ? `      ${each}:${text === null ? '' : ` ${text}`}` : `      - ${listItem(each, text)}`,
    )
    return [`    ${name}:`, ...lines]
  })

function listItem(name: string, text: string | null): string {
  if (text === null) return name
  const quoted = /^(['"])(.*)\1$/s.exec(text)
  return quoted === null ? written(`${name}=${text}`, 'plain') : `${quoted[1]}${name}=${quoted[2]}${quoted[1]}`
}

const list = (name: string, items: readonly string[]) =>
  fc
    .uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 3 })
    .map((chosen) => [`    ${name}:`, ...chosen.map((item) => `      - ${item}`)])
const one = (name: string, values: readonly string[]) =>
  fc.constantFrom(...values).map((text) => [`    ${name}: ${text}`])

const section = fc.oneof(
  pairs('environment'),
  pairs('labels'),
  list('ports', [
    '"80:80"',
    '8080',
    '"127.0.0.1:9000-9001:90-91/udp"',
    '"[::1]:1:1"',
    '"5000-5010:5000"',
    '{target: 80, published: "8080"}',
    '"${DIGITS}:42"',
  ]),
  list('volumes', [
    './a:/a',
    './b:/a:ro',
    'data:/data',
    '/anon',
    '~/h:/h:z',
    '"${SET}:/v:ro,nocopy"',
    '{type: bind, source: ./x, target: /x/}',
  ]),
  list('secrets', ['s', '{source: s, target: /t, mode: 0440}', '{source: t, uid: "1"}']),
  list('cap_add', ['A', 'B', 'C']),
  list('networks', ['default', 'n']),
  list('depends_on', ['other']),
  list('extra_hosts', ['"a:1.1.1.1"', '"b=2.2.2.2"']),
  list('expose', ['"80"', '"81-82"']),
  one('networks', ['{n: {aliases: [x]}}', '[n]', '{n: }']),
  one('dns', ['1.1.1.1', '[1.1.1.1, 8.8.8.8]', '"$UNSET"']),
  one('command', [
    'run --a "b c" $$X',
    '[run, "$SET"]',
    '"a \\\\\\"b\\\\\\" && c"',
    '""',
    '[]',
    "sh -c 'echo $(date)'",
    'a;b',
    '${UNSET:-x y}',
  ]),
  one('entrypoint', ['"/e"', '[]', '["/e", "x y"]']),
  one('healthcheck', ['{test: "curl $SET", interval: 5s}', '{test: [CMD, a], retries: "$DIGITS"}', '{disable: true}']),
  one('build', [
    '.',
    '{context: ./b, args: [X, "Y=$SET", Z=]}',
    '{args: {SET: , N: 1.0}}',
    'https://example.org/x.git',
  ]),
  one('logging', ['{driver: a, options: {x: y}}', '{driver: b}', '{options: {z: "1"}}']),
  one('ulimits', ['{nofile: 1}', '{nofile: {soft: 1, hard: 2}}']),
  one('deploy', ['{replicas: 2, labels: [a=b]}', '{labels: {a: "$SET"}, resources: {limits: {memory: 50M}}}']),
  one('tmpfs', ['/t', '[/t, /u]']),
  one('privileged', ['true', '"${UNSET:-yes}"', 'false']),
  one('env_file', ['a.env', '[a.env, {path: b.env, required: false}]']),
  one('user', ['"1000"', 'root']),
  one('init', ['true']),
  one('pull_policy', ['if_not_present', 'always']),
)

const service = fc
  .uniqueArray(section, { selector: ([head]) => head?.split(':')[0]?.trim(), maxLength: 7 })
  .map((sections) => sections.flat())

function composeText(lines: readonly string[], image: boolean): string {
  const top = image
    ? [
        '  other: {image: o}',
        'volumes: {data: , value: }',
        'secrets: {s: {file: ./s}, t: {environment: SET}}',
        'networks: {n: }',
      ]
    : []
  return [
    'services:',
    '  app:',
    ...(image ? ['    image: app'] : []),
    ...lines,
    ...(lines.length === 0 && !image ? ['    tty: true'] : []),
    ...top,
    '',
  ].join('\n')
}

const envLine = fc.constantFrom(
  'A=1',
  'B="x $A ${UNSET:-d}"',
  "C='lit $A'",
  'export D=e # c',
  'E',
  'F=${A}${SET}',
  '# note',
  '',
  'G="a\\nb\\"c"',
  'SET=file',
  'H=a#b',
  'I=  sp  ',
  'J: y',
  'K="multi\nline"',
  'L=$$A',
  'M="\\$A"',
  "N='it'",
  'UNSET=now',
  'O=\\n',
  'P="\\0101\\t"',
)
const envText = fc.array(envLine, { maxLength: 8 }).map((lines) => `${lines.join('\n')}\n`)

describe('generated projects resolve as compose-go resolves them', () => {
  let folder: string
  before(function () {
    this.timeout(600_000)
    oracle = goOracle('compose-oracle')
    folder = mkdtempSync(join(tmpdir(), 'compose-generated-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('two files, .env and env_file', async () => {
    let taken = 0
    await fc.assert(
      fc.asyncProperty(service, service, envText, envText, envText, async (base, over, dotenv, a, b) => {
        const files = {
          'compose.yaml': composeText(base, true),
          'compose.override.yaml': composeText(over, false),
          '.env': dotenv,
          'a.env': a,
          'b.env': b,
        }
        for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
        const theirs = spawnSync(oracle, [], { cwd: folder, env: environment, maxBuffer: 64 * 1024 * 1024 })
        if (theirs.status !== 0) return
        taken++
        const ours = await loadProject({ profiles: [], env: environment, cwd: folder })
        assert.deepEqual(
          JSON.parse(JSON.stringify(ours.model)),
          JSON.parse(theirs.stdout.toString()),
          Object.entries(files)
            .map(([name, text]) => `--- ${name}\n${text}`)
            .join(''),
        )
      }),
      { numRuns: RUNS },
    )
    assert.ok(taken > RUNS / 3, `compose-go took only ${taken} of the projects`)
  }).timeout(600_000)

  it('templates: the same are refused', async () => {
    const piece = fc.constantFrom('$', '{', '}', 'SET', 'UNSET', ':', '-', '?', '+', 'x', '$$', '${', ' ', '.')
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 8 }), async (pieces) => {
        writeFileSync(
          join(folder, 'template.yaml'),
          `services: {app: {image: x, labels: {a: ${JSON.stringify(pieces.join(''))}}}}\n`,
        )
        const theirs = spawnSync(oracle, ['-f', 'template.yaml'], { cwd: folder, env: environment })
        const ours = await loadProject({ profiles: [], env: environment, cwd: folder, files: ['template.yaml'] }).catch(
          (error: unknown) => {
            assert.ok(error instanceof ComposeFileError)
            return undefined
          },
        )
        const model: unknown = theirs.status === 0 ? JSON.parse(theirs.stdout.toString()) : undefined
        assert.deepEqual(
          ours === undefined ? undefined : JSON.parse(JSON.stringify(ours.model)),
          model,
          pieces.join(''),
        )
      }),
      { numRuns: RUNS },
    )
  }).timeout(600_000)
})
