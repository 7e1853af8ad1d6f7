import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandSecrets } from '../../../src/compose/command-secrets.js'
import { commandLine, type PasswordPlace } from '../../../src/migrate/rewrites/command-line.js'

/** Places of all secrets of a command; `names` by value. */
const placesIn = (words: readonly string[], names: Readonly<Record<string, string>>): readonly PasswordPlace[] =>
  commandSecrets(words).map(({ word, start, value }) => ({
    word,
    start,
    end: start + value.length,
    name: names[value] ?? 'pw',
  }))

describe('migrate: passwords on command lines', () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    [
      'a word of its own',
      ['redis-server', '--requirepass', 'x1'],
      'redis-server --requirepass "$(cat /run/secrets/pw)"',
    ],
    ['behind =', ['app', '--token=x1'], 'app --token="$(cat /run/secrets/pw)"'],
    ['glued to -p', ['mysql', '-uroot', '-proot'], 'mysql -uroot -p"$(cat /run/secrets/pw)"'],
    [
      'the same text elsewhere stays',
      ['app', 'x1', '--token', 'x1', 'x1'],
      'app x1 --token "$(cat /run/secrets/pw)" x1',
    ],
    [
      'a script reads the file itself, each time, and nowhere else',
      ['sh', '-c', 'mysql -uroot -proot && mysql -u root -proot app'],
      `sh -c 'mysql -uroot -p"$(cat /run/secrets/pw)" && mysql -u root -p"$(cat /run/secrets/pw)" app'`,
    ],
    [
      'in the quotes of the script',
      ['bash', '-ec', `a --password 'x1' --token "x2"`],
      `bash -ec 'a --password '\\'''\\''"$(cat /run/secrets/pw)"'\\'''\\'' --token "$(cat /run/secrets/tk)"'`,
    ],
    [
      'a word with spaces that is no script',
      ['java', '-x', 'a --token x1 b'],
      `java -x 'a --token '"$(cat /run/secrets/pw)"' b'`,
    ],
  ]
  for (const [title, words, expected] of cases)
    it(title, () => assert.equal(commandLine(words, placesIn(words, { x2: 'tk' })), expected))

  it('arrives to the byte, whatever the value is now', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secretscan-command-'))
    try {
      const value = `it's "a" $HOME \`id\` ; x`
      writeFileSync(join(folder, 'pw'), value)
      writeFileSync(join(folder, 'show'), '#!/bin/sh\nfor each; do printf "[%s]" "$each"; done\n')
      chmodSync(join(folder, 'show'), 0o755)
      const show = join(folder, 'show')
      for (const words of [
        [show, '--token', 'x1'],
        ['sh', '-c', `${show} --token x1`],
        ['sh', '-c', `${show} --token 'x1'`],
        ['sh', '-c', `${show} --token "x1"`],
      ]) {
        const script = commandLine(words, placesIn(words, {})).replaceAll('/run/secrets', folder)
        assert.equal(execFileSync('/bin/sh', ['-c', `exec ${script}`]).toString(), `[--token][${value}]`)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
