// The shim's script in the shells that images have: every value arrives as it was, and a missing file stops the start.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foldable, placeholder, shimScript } from '../../src/migrate/shim.js'
import { systemProgram } from './programs.js'

const VALUES: Readonly<Record<string, string>> = {
  plain: 'Summer24',
  quotes: `it's "x" \\ \`y\` $HOME $(id)`,
  lines: 'one\n two\n\nthree',
  ends: 'newline at the end\n\n',
  unicode: 'pä\u4e16\u{1f511}',
  percent: '%s %d 100%',
  glob: '* ? [a-z] ~',
}

const SHELLS: readonly (readonly [string, readonly string[]])[] = [
  ['dash', ['dash']],
  ['bash', ['bash']],
  ['bash --posix', ['bash', '--posix']],
  ['busybox sh', ['busybox', 'sh']],
]

describe('the shim', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-shim-'))
    for (const [name, value] of Object.entries(VALUES)) writeFileSync(join(folder, name), value)
  })
  after(() => rmSync(folder, { recursive: true }))

  const newlines = new Set(Object.entries(VALUES).flatMap(([name, value]) => (value.endsWith('\n') ? [name] : [])))
  const inFolder = (script: string) => script.replaceAll('/run/secrets', folder)
  const run = ([program = '', ...first]: readonly string[], script: string, parameters: readonly string[]) =>
    spawnSync(systemProgram(program), [...first, '-c', inFolder(script), 'shim', ...parameters], { encoding: 'utf8' })
  const printer = `process.stdout.write(JSON.stringify([process.argv.slice(1), process.env]))`

  for (const [title, shell] of SHELLS) {
    it(`${title}: exports every value and becomes the program with its own arguments`, () => {
      const variables = Object.keys(VALUES).map((secret) => ({ variable: `X_${secret}`, secret }))
      const { stdout, stderr, status } = run(shell, shimScript(variables, newlines), [
        process.execPath,
        '-e',
        printer,
        'a b',
        '$c',
        "d'e",
      ])
      assert.equal(status, 0, stderr)
      const [parameters, env] = JSON.parse(stdout) as [string[], Record<string, string>]
      assert.deepEqual(parameters, ['a b', '$c', "d'e"])
      for (const [name, value] of Object.entries(VALUES)) assert.equal(env[`X_${name}`], value)
    })

    it(`${title}: leaves what the container was given on purpose, but not what its image says`, () => {
      const variables = ['plain', 'ends'].flatMap((secret) => [
        { variable: `GIVEN_${secret}`, secret },
        { variable: `IMAGE_${secret}`, secret, overrides: true },
      ])
      const env = Object.fromEntries(variables.map(({ variable }) => [variable, 'mix'] as const))
      const [program = '', ...first] = shell
      const script = inFolder(shimScript(variables, newlines))
      const { stdout, stderr, status } = spawnSync(
        systemProgram(program),
        [...first, '-c', script, 'shim', process.execPath, '-e', printer],
        { encoding: 'utf8', env: { ...process.env, ...env, GIVEN_plain: '' } },
      )
      assert.equal(status, 0, stderr)
      const [, seen] = JSON.parse(stdout) as [string[], Record<string, string>]
      assert.deepEqual([seen['GIVEN_plain'], seen['GIVEN_ends']], ['', 'mix'])
      assert.deepEqual([seen['IMAGE_plain'], seen['IMAGE_ends']], [VALUES['plain'], VALUES['ends']])
    })

    it(`${title}: fills the values into the words, each once and nothing of a value again`, () => {
      writeFileSync(join(folder, 'nested'), `${inFolder(placeholder('plain'))}*`)
      const values = { ...VALUES, nested: `${inFolder(placeholder('plain'))}*` }
      const names = Object.keys(values)
      const script = shimScript([], newlines, { alsoRead: names, filled: names })
      const mark = (name: string) => inFolder(placeholder(name))
      const words = ['-e', printer, '--', 'a b', '', '* $x', ...names.map(mark), `u:${mark('quotes')}@${mark('ends')}/`]
      words.push(`x${mark('nested')}${mark('plain')}`, inFolder(placeholder('other')), '@')
      const filled = (word: string) =>
        word.replace(new RegExp(`@${folder}/(\\w+)@`, 'g'), (all, name: string) =>
          name in values ? values[name as keyof typeof values] : all,
        )
      for (const each of [script, foldable(script), foldable(script).replaceAll('\n', ' ')]) {
        const { stdout, stderr, status } = run(shell, each, [process.execPath, ...words])
        assert.equal(status, 0, stderr)
        const [parameters] = JSON.parse(stdout) as [string[]]
        assert.deepEqual(parameters, words.slice(3).map(filled))
      }
    })

    it(`${title}: fills a value into a variable with its placeholder, and leaves one that has none`, () => {
      const names = Object.keys(VALUES).filter((name) => !newlines.has(name))
      const variables = names.flatMap((secret) =>
        ['FILLED', 'GIVEN'].map((kind) => ({ variable: `${kind}_${secret}`, secret, filled: true })),
      )
      const around = (value: string) => `x://a*$b:${value}@h/?[c]#'"`
      const env = names.flatMap((name) => [
        [`FILLED_${name}`, around(inFolder(placeholder(name)))],
        [`GIVEN_${name}`, `x://y:${inFolder(placeholder('other'))}@z`],
      ])
      const [program = '', ...first] = shell
      const { stdout, stderr, status } = spawnSync(
        systemProgram(program),
        [...first, '-c', inFolder(shimScript(variables, newlines)), 'shim', process.execPath, '-e', printer],
        { encoding: 'utf8', env: { ...process.env, ...Object.fromEntries(env) } },
      )
      assert.equal(status, 0, stderr)
      const [, seen] = JSON.parse(stdout) as [string[], Record<string, string>]
      for (const name of names) {
        assert.equal(seen[`FILLED_${name}`], around(VALUES[name] ?? ''))
        assert.equal(seen[`GIVEN_${name}`], `x://y:${inFolder(placeholder('other'))}@z`)
      }
    })

    it(`${title}: brings variables whose names no shell can hold, and hands on others that the container has`, () => {
      const variables = Object.keys(VALUES).map((secret) => ({ variable: `app.${secret}`, secret }))
      const more = [
        { variable: 'given.here', secret: 'plain' },
        { variable: 'image:here', secret: 'plain', overrides: true },
        { variable: 'HELD', secret: 'quotes' },
      ]
      const others = {
        'spring.datasource.url': 'jdbc:x://db?a=b c',
        'Logging:LogLevel[0]': VALUES['glob'] ?? '',
        'x-y': '',
      }
      const script = shimScript([...variables, ...more], newlines, { handedOn: Object.keys(others) })
      const given = { ...others, 'given.here': 'mine', 'image:here': 'old' }
      const [program = '', ...first] = shell
      for (const each of [script, foldable(script).replaceAll('\n', ' ')]) {
        const { stdout, stderr, status } = spawnSync(
          systemProgram(program),
          [...first, '-c', inFolder(each), 'shim', process.execPath, '-e', printer, '* $x'],
          { encoding: 'utf8', env: { ...process.env, ...given } },
        )
        assert.equal(status, 0, stderr)
        const [parameters, seen] = JSON.parse(stdout) as [string[], Record<string, string>]
        assert.deepEqual(parameters, ['* $x'])
        for (const [name, value] of Object.entries(VALUES)) assert.equal(seen[`app.${name}`], value)
        for (const [name, value] of Object.entries(others)) assert.equal(seen[name], value)
        assert.deepEqual(
          [seen['given.here'], seen['image:here'], seen['HELD']],
          ['mine', VALUES['plain'], VALUES['quotes']],
        )
      }
    })

    it(`${title}: a secret that cannot be read stops the start and is named, also where it looks as if it could be`, () => {
      mkdirSync(join(folder, 'afolder'), { recursive: true })
      for (const secret of ['nowhere', 'afolder']) {
        const { stderr, status, stdout } = run(shell, shimScript([{ variable: 'X', secret }], new Set()), [
          'echo',
          'started',
        ])
        assert.equal(status, 78, secret)
        assert.equal(stdout, '')
        assert.match(stderr, new RegExp(`cannot read .*${secret}`))
      }
    })
  }

  it('a name that no shell can bring is refused', () => {
    assert.throws(() => shimScript([{ variable: "a'b", secret: 'x' }], new Set()), RangeError)
    assert.throws(() => shimScript([{ variable: 'a.b', secret: 'x', filled: true }], new Set()), RangeError)
    assert.throws(() => shimScript([{ variable: 'X; rm', secret: 'x' }], new Set()), RangeError)
    assert.throws(() => shimScript([{ variable: 'X', secret: 'x; rm' }], new Set()), RangeError)
  })
})
