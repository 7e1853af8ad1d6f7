import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Move } from '../../../src/migrate/plan-moves.js'
import { commandLine } from '../../../src/migrate/rewrites/command-line.js'

const flag = (variable: string, secret: string, name = 'pw') =>
  ({ candidate: { variable, secret }, name }) as unknown as Move

describe('migrate: passwords on command lines', () => {
  const cases: readonly (readonly [string, readonly string[], readonly Move[], string])[] = [
    [
      'a word of its own',
      ['redis-server', '--requirepass', 'x1'],
      [flag('--requirepass', 'x1')],
      'redis-server --requirepass "$(cat /run/secrets/pw)"',
    ],
    ['behind =', ['app', '--token=x1'], [flag('--token', 'x1')], 'app --token="$(cat /run/secrets/pw)"'],
    ['glued to -p', ['mysql', '-uroot', '-proot'], [flag('-p', 'root')], 'mysql -uroot -p"$(cat /run/secrets/pw)"'],
    [
      'the same text elsewhere stays',
      ['app', 'x1', '--token', 'x1', 'x1'],
      [flag('--token', 'x1')],
      'app x1 --token "$(cat /run/secrets/pw)" x1',
    ],
    [
      'a script reads the file itself, each time, and nowhere else',
      ['sh', '-c', 'mysql -uroot -proot && mysql -u root -proot app'],
      [flag('-p', 'root')],
      `sh -c 'mysql -uroot -p"$(cat /run/secrets/pw)" && mysql -u root -p"$(cat /run/secrets/pw)" app'`,
    ],
    [
      'in the quotes of the script',
      ['bash', '-ec', `a --password 'x1' --token "x2"`],
      [flag('--password', 'x1'), flag('--token', 'x2', 'tk')],
      `bash -ec 'a --password '\\'''\\''"$(cat /run/secrets/pw)"'\\'''\\'' --token "$(cat /run/secrets/tk)"'`,
    ],
    [
      'a word with spaces that is no script',
      ['java', '-x', 'a --token x1 b'],
      [flag('--token', 'x1')],
      `java -x 'a --token '"$(cat /run/secrets/pw)"' b'`,
    ],
  ]
  for (const [title, words, flags, expected] of cases)
    it(title, () => assert.equal(commandLine(words, flags), expected))

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
        const script = commandLine(words, [flag('--token', 'x1')]).replaceAll('/run/secrets', folder)
        assert.equal(execFileSync('/bin/sh', ['-c', `exec ${script}`]).toString(), `[--token][${value}]`)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
