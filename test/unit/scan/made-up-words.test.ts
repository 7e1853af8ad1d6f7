import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { commandSecrets } from '../../../src/compose/command-secrets.js'
import { splitShellWords } from '../../../src/compose/shell-words.js'
import { madeUpWords } from '../../../src/scan/made-up-words.js'

const COMMANDS = readFileSync('test/unit/scan/cases/ordinary-commands.txt', 'utf8')
  .trim()
  .replaceAll('$$', '$')
  .split('\n')

describe('words of commands that look like passwords', () => {
  it(`are not seen in ${COMMANDS.length} ordinary commands, as words and as scripts`, () => {
    const noise = COMMANDS.flatMap((line) =>
      [splitShellWords(line) ?? [line], ['sh', '-c', line]].flatMap((words) =>
        [...madeUpWords(words), ...commandSecrets(words)].map(({ value }) => `${value} of ${line}`),
      ),
    )
    assert.deepEqual(noise, [])
  })

  /** What is made up, in pieces; the words before it. */
  const SEEN: readonly (readonly [string, string])[] = [
    ['app start', 'S3cr3t' + 'Pa55!x'],
    ['tool login admin', 'Winter' + '2024!'],
    ['app --key', '9f86d081884c7d65' + '9a2feaa0c55ad015'],
    ['netbird up --setup-key', '5E2F7A1C-9B3D-4C60' + '-A8D1-0F6B9E2D7C41'],
    ['someproxy -s 0.0.0.0 -k', 'ahTe1xoh' + '9aebohz2'],
    ['someproxy -p 6443 -m chacha20-ietf-poly1305 -k', 'granite' + '2017'],
    ['tool init', 'mysecret' + 'password'],
    ['tool -x', '5f4dcc3b5aa765d6' + '1d8327deb882cf99'],
    ['run', 'kT9vQ2mX' + 'z7LpR4sW'],
    ['app -p', 'Summer' + '2024'],
    ['app serve --license', '8f2K-93kd' + '-2KDk-29dk1'],
    ['app bob', 'gr4n1te' + '#Quarry'],
    ['app admin', 'passw' + '0rd'],
    ['app init', 'change' + 'me123'],
    ['app enc', '3q2+7wABAgMEBQYHCAkKCwwN' + 'Dg8QERITFBUWFxgZGhs='],
    ['app --seed-phrase-of', 'P@ssw' + '0rd!77'],
  ]
  for (const [before, value] of SEEN)
    it(`${before} …`, () => {
      const words = [...before.split(' '), value]
      assert.deepEqual(
        madeUpWords(words).map((found) => [found.word, found.start, found.value]),
        [[words.length - 1, 0, value]],
      )
      const script = `set -e; ${before} '${value}' && exit`
      assert.deepEqual(
        madeUpWords(['sh', '-c', script]).map(({ start }) => start),
        [script.indexOf(value)],
      )
    })

  it('are seen behind a user and in a setting', () => {
    const password = 'Gr4nite' + '!9'
    assert.deepEqual(
      madeUpWords(['app', `joe:${password}`, `--x=y=${password}`]).map(({ start, name }) => [start, name]),
      [
        [4, 'password'],
        [6, 'y'],
      ],
    )
  })

  /** Words of dictionaries: where programs take a password, the last word of each. */
  for (const words of [
    'app-ctl user add bob granite',
    'tool adduser bob sunshine',
    'srv set-password bob hunter',
    'app login root granite',
    'srv password granite',
    'x users create bob granite',
  ])
    it(`${words.replace(/\S+$/, '…')} takes whatever stands there`, () => {
      const all = words.split(' ')
      assert.deepEqual(
        madeUpWords([...all, '--role', 'admin']).map(({ word }) => word),
        [all.length - 1],
      )
    })
  it('are not seen where those places hold something else', () => {
    for (const words of [
      'vault auth enable userpass',
      'adduser app docker',
      'gh auth login',
      'wp user create bob bob@example.com',
      'x user add bob admin',
      'x user add bob --shell zsh',
      'echo password granite',
      'az login bob',
      'x auth bob ldap.example.com',
    ])
      assert.deepEqual(madeUpWords(words.split(' ')), [], words)
  })

  it('are seen where they are a password elsewhere in the project, and not behind a name of something else', () => {
    const known = new Set(['granite'])
    const found = (line: string) => madeUpWords(line.split(' '), [], known).map(({ word, start }) => [word, start])
    assert.deepEqual(found('app start granite'), [[2, 0]])
    assert.deepEqual(found('app --store=granite'), [[1, 8]])
    for (const line of ['app -U granite', 'app --name granite', 'mkdir granite', 'granite start', 'app granites'])
      assert.deepEqual(found(line), [], line)
  })

  it('are left to what explains them, and to names of what they are', () => {
    const random = 'kT9vQ2mX' + 'z7LpR4sW'
    for (const words of [
      ['app', '--password', random],
      ['app', '--cluster-id', random],
      ['app', '--image-tag', random],
      ['git', 'checkout', random],
      ['app', `$${random}`],
      ['sh', '-c', `app "$${random}" # ${random}`],
    ])
      assert.deepEqual(madeUpWords(words), [], words.join(' '))
  })
})
