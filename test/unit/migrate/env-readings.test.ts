// What runs by exec sees no exported variable: health checks and hooks that read a moved one read its file, or the value stays.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import type { FactsOf } from '../../../src/migrate/image-facts.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { readsVariable, withReadings } from '../../../src/migrate/rewrites/env-readings.js'
import { gathered, SHELL } from './in-memory.js'

const PW = ['Granite', '17'].join('-')
const READ = '$$(cat /run/secrets/mysql_root_password)'

async function planOf(lines: readonly string[], factsOf?: FactsOf) {
  const text = `services:\n  db:\n    image: mysql:8\n    environment:\n      MYSQL_ROOT_PASSWORD: ${PW}\n${lines.map((line) => `    ${line}\n`).join('')}`
  const { moves, left, staged } = makePlan(await gathered(text, factsOf))
  const [bytes = new Uint8Array()] = [...staged.values()]
  return { moves, reason: left.map(({ reason }) => reason).join(), text: Buffer.from(bytes).toString() }
}

const check = async (test: string, factsOf?: FactsOf) => {
  const { text, reason } = await planOf(['healthcheck:', `  test: ${test}`], factsOf)
  const doc = parseDocument(text)
  const node = text === '' ? undefined : (doc.toJS() as { services: { db: { healthcheck: { test: unknown } } } })
  return node?.services.db.healthcheck.test ?? reason
}

describe('migrate: readings of the environment without an entrypoint', () => {
  it('every form of a reference in a script becomes a reading', async () => {
    for (const form of [
      '$${MYSQL_ROOT_PASSWORD}',
      '$${MYSQL_ROOT_PASSWORD:-}',
      '$${MYSQL_ROOT_PASSWORD-none}',
      '$${MYSQL_ROOT_PASSWORD:-$${OTHER}}',
      '$${MYSQL_ROOT_PASSWORD:?is missing}',
      '$$(printenv MYSQL_ROOT_PASSWORD)',
    ])
      assert.deepEqual(
        await check(`["CMD-SHELL", "mysqladmin ping -p\\"${form}\\""]`),
        ['CMD-SHELL', `mysqladmin ping -p"${READ}"`],
        form,
      )
    assert.equal(
      await check('mysqladmin $${MYSQL_ROOT_PASSWORD:+-p$$MYSQL_ROOT_PASSWORD} ping'),
      `mysqladmin -p"${READ}" ping`,
    )
  })

  it('behind a backslash, only what another shell expands inside double quotes is read', async () => {
    const escaped = (quote: string) => `"echo ${quote}costs \\\\$$MYSQL_ROOT_PASSWORD${quote}"`
    assert.match(String(await check(`["CMD-SHELL", ${escaped('')}]`)), /not known how to read from a file/)
    assert.match(
      String(await check(`["CMD-SHELL", "sh -c 'echo \\\\$$MYSQL_ROOT_PASSWORD'"]`)),
      /not known how to read/,
    )
    assert.deepEqual(await check(`["CMD-SHELL", "sh -c \\"mysql -p\\\\$$MYSQL_ROOT_PASSWORD\\""]`), [
      'CMD-SHELL',
      `sh -c "mysql -p\\${READ}"`,
    ])
  })

  it('many readings, and references that are never closed, are as any others', () => {
    const many = (text: string) => Array.from({ length: 30_000 }, () => text).join(' ')
    assert.equal(withReadings(many('"$$X"'), 'X', 'x', true), many('"$$(cat /run/secrets/x)"'))
    const unclosed = `$\${X:+${'$${A}'.repeat(60)}`
    assert.equal(withReadings(unclosed, 'X', 'x', true), unclosed)
  })

  it('a reading gives the bytes that the variable gave', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secretscan-readings-'))
    try {
      const value = `it's "a" $HOME  x`
      writeFileSync(join(folder, 'pw'), value)
      for (const script of [
        'printf %s "$${X}"',
        'printf %s "$${X:-none}"',
        'printf %s "$${X:+<$$X>}"',
        'printenv X | od -c',
        'bash -c \'printf %s "$$X"\'',
        'sh -c "printf %s \\"\\$$X\\""',
      ]) {
        const run = (text: string, env: NodeJS.ProcessEnv) =>
          execFileSync('sh', ['-c', text.replaceAll('$$', () => '$').replaceAll('/run/secrets', folder)], {
            env: { PATH: process.env['PATH'], ...env },
          }).toString()
        for (const quoted of [false, true]) {
          const after = withReadings(script, 'X', 'pw', quoted)
          assert.ok(!readsVariable(after, 'X'), after)
          assert.equal(run(after, {}), run(script, { X: value }), after)
        }
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('a reading that stood without quotes gives one word, whatever the next value is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secretscan-readings-'))
    const inShell = (script: string, env: NodeJS.ProcessEnv) =>
      execFileSync('sh', ['-c', script.replaceAll('$$', () => '$').replaceAll('/run/secrets', folder)], {
        env: { PATH: process.env['PATH'], ...env },
      }).toString()
    try {
      for (const [script, given] of [
        ['printf "<%s>" -p$$X b', '<-pVALUE><b>'],
        ['printf "<%s>" $${X:+-p$$X} "c $$X"', '<-pVALUE><c VALUE>'],
        [`bash -c 'printf "<%s>" "a $$X" -p$$X $$(printf %s $$X | wc -c)'`, '<a VALUE><-pVALUE><COUNT>'],
        [`Y=$$X; printf "<%s>" 'it is' "$$Y" # not $$X's`, '<it is><VALUE>'],
        [`printf '<%s>' "$$(printf %s "$$X")"`, '<VALUE>'],
      ] as const) {
        for (const value of ['Granite-17', 'two  words * "a" \\ it\'s']) {
          writeFileSync(join(folder, 'pw'), value)
          const after = withReadings(script, 'X', 'pw', true)
          const expected = given.replaceAll('VALUE', () => value).replace('COUNT', `${value.length}`)
          assert.equal(inShell(after, {}), expected, after)
        }
        writeFileSync(join(folder, 'pw'), 'Granite-17')
        assert.equal(inShell(withReadings(script, 'X', 'pw', true), {}), inShell(script, { X: 'Granite-17' }), script)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('where quotes are not certain, and where the value is several words, none are added', async () => {
    const here = 'mysql <<E\npassword $$X\nE'
    assert.equal(
      withReadings(here, 'X', 'x', true),
      here.replace('$$X', () => '$$(cat /run/secrets/x)'),
    )
    const text = `services:\n  db:\n    image: mysql:8\n    environment: {MYSQL_ROOT_PASSWORD: a b}\n    healthcheck: {test: mysqladmin -p$$MYSQL_ROOT_PASSWORD}\n`
    const { staged } = makePlan(await gathered(text))
    const [bytes = new Uint8Array()] = [...staged.values()]
    assert.ok(Buffer.from(bytes).includes(`test: mysqladmin -p${READ}}`), Buffer.from(bytes).toString())
  })

  it('what is not known how to read from a file keeps its variable', async () => {
    for (const test of [
      'env | grep MYSQL_ROOT_PASSWORD',
      'env | grep -q ^MYSQL_ROOT_PASSWORD=',
      'test $${#MYSQL_ROOT_PASSWORD} -gt 3',
      'test -n "$${MYSQL_ROOT_PASSWORD%x}"',
      '["CMD", "printenv", "MYSQL_ROOT_PASSWORD"]',
      '["CMD", "check", "--password-env", "MYSQL_ROOT_PASSWORD"]',
    ])
      assert.match(String(await check(test)), /takes MYSQL_ROOT_PASSWORD from its environment/, test)
  })

  it('a reference among words that no shell expands is text, and stays', async () => {
    for (const form of ['$$MYSQL_ROOT_PASSWORD', '$${MYSQL_ROOT_PASSWORD}']) {
      const words = ['CMD', 'mysqladmin', 'ping', `-p${form}`]
      const { moves, text } = await planOf(['healthcheck:', `  test: ${JSON.stringify(words)}`])
      assert.equal(moves.length, 1, form)
      assert.ok(text.includes(JSON.stringify(words)), text)
    }
    for (const words of [
      '"env", "x", "$$MYSQL_ROOT_PASSWORD"',
      '"timeout", "5", "bash", "run", "$$MYSQL_ROOT_PASSWORD"',
    ])
      assert.match(String(await check(`["CMD", ${words}]`)), /takes MYSQL_ROOT_PASSWORD from its environment/, words)
  })

  it('to set the variable is not to read it', async () => {
    assert.equal(await check('MYSQL_ROOT_PASSWORD=x mysqladmin ping'), 'MYSQL_ROOT_PASSWORD=x mysqladmin ping')
  })

  it('the script is the word behind -c, whatever follows it', async () => {
    assert.deepEqual(await check('["CMD", "sh", "-c", "mysqladmin ping -p$$MYSQL_ROOT_PASSWORD", "x"]'), [
      'CMD',
      'sh',
      '-c',
      `mysqladmin ping -p"${READ}"`,
      'x',
    ])
    assert.deepEqual(await check(`["CMD", "bash", "-o", "pipefail", "-c", "mysqladmin ping -p'${PW}'", "x"]`), [
      'CMD',
      'bash',
      '-o',
      'pipefail',
      '-c',
      `mysqladmin ping -p"${READ}"`,
      'x',
    ])
  })

  it('words that no shell expanded are not expanded by the one that they get', async () => {
    assert.deepEqual(await check(`["CMD", "mysqladmin", "ping", "-p${PW}", "-e", "$$HOME 'a' $$(id)"]`), [
      'CMD-SHELL',
      `mysqladmin ping "-p${READ}" -e '$$HOME '\\''a'\\'' $$(id)'`,
    ])
    assert.deepEqual(await check(`["CMD", "mysqladmin", "ping", "--password=${PW}", "--url=\\"$$HOME\\":${PW}"]`), [
      'CMD-SHELL',
      `mysqladmin ping "--password=${READ}" '--url="$$HOME":'"${READ}"`,
    ])
  })

  it('an image without a shell gets none for its health check', async () => {
    const facts: FactsOf = () => ({ ...SHELL, hasShell: false })
    assert.match(String(await check(`["CMD", "mysqladmin", "ping", "-p${PW}"]`, facts)), /would need a shell/)
  })

  it("an image's own health check is not rewritten: what it reads stays", async () => {
    const facts: FactsOf = () => ({ ...SHELL, healthcheck: ['CMD-SHELL', 'mysqladmin ping -p$MYSQL_ROOT_PASSWORD'] })
    assert.match((await planOf([], facts)).reason, /health check of the image of db takes MYSQL_ROOT_PASSWORD/)
    assert.equal((await planOf(['healthcheck: {disable: true}'], facts)).moves.length, 1)
  })

  it('hooks read the file: a list, a text, and only where a shell expands', async () => {
    const { text, reason } = await planOf([
      'post_start:',
      '  - command: ["sh", "-c", "mysql -p\\"$${MYSQL_ROOT_PASSWORD}\\" -e \'select 1\'"]',
      '  - command: sh -c "mysql -p$$MYSQL_ROOT_PASSWORD"',
      'pre_stop:',
      "  - command: bash -c 'mysqladmin -p$${MYSQL_ROOT_PASSWORD:-x} shutdown'",
      '    environment: [A=b]',
      '  - command: ["sh", "-c", "echo $$MYSQL_ROOT_PASSWORD"]',
      '    environment: [MYSQL_ROOT_PASSWORD=own]',
    ])
    assert.match(reason, /^Secret by its name, MYSQL_ROOT_PASSWORD .*: a pre_stop hook holds it\.$/, 'its own is told')
    const { db } = (
      parseDocument(text).toJS() as { services: { db: Record<string, { command: unknown }[] | undefined> } }
    ).services
    assert.deepEqual(
      [...(db?.['post_start'] ?? []), ...(db?.['pre_stop'] ?? [])].map(({ command }) => command),
      [
        ['sh', '-c', `mysql -p"${READ}" -e 'select 1'`],
        `sh -c "mysql -p${READ}"`,
        `bash -c 'mysqladmin -p${READ} shutdown'`,
        ['sh', '-c', 'echo $$MYSQL_ROOT_PASSWORD'],
      ],
    )
  })

  it('hooks that read it otherwise keep the variable', async () => {
    for (const hook of [
      'command: ["printenv", "MYSQL_ROOT_PASSWORD"]',
      'command: sh -c "env | grep MYSQL_ROOT_PASSWORD"',
      'command: ["sh", "-c", "x $$1", "x", "$$MYSQL_ROOT_PASSWORD"]',
      '{command: ["true"], environment: [MYSQL_ROOT_PASSWORD]}',
    ]) {
      const { moves, reason } = await planOf(['post_start:', `  - ${hook}`])
      assert.deepEqual(moves, [], hook)
      assert.match(reason, /post_start of db takes MYSQL_ROOT_PASSWORD from its environment/)
    }
  })

  it('a hook before the start, which inherits the environment in a container of its own, keeps it', async () => {
    const { moves, reason } = await planOf(['pre_start:', '  - command: [init-db]'])
    assert.deepEqual(moves, [])
    assert.match(reason, /pre_start of db starts other containers/)
  })

  it('a command that lists its environment gets the variable through the shim', async () => {
    const { moves } = await planOf(['command: [sh, -c, "printenv MYSQL_ROOT_PASSWORD > /x; exec mysqld"]'])
    assert.deepEqual(
      moves.map(({ strategy }) => strategy.by),
      ['shim'],
    )
  })
})
