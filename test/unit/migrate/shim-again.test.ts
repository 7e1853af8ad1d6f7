// A service that is migrated a second time: the shim that it has gets the new variables, and stays one.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { modelWords } from '../../../src/compose/started-words.js'
import { modelProblems } from '../../../src/migrate/check-model.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered, SHELL } from './in-memory.js'

const PW = ['granite', '17'].join('-')
const FACTS = () => ({ ...SHELL, entrypoint: ['/usr/bin/env'], cmd: [], env: ['IN_IMAGE_TOKEN=x'] })

const service = (lines: readonly string[]) =>
  `services:\n  s:\n    image: shop/own\n${lines.map((line) => `    ${line}\n`).join('')}`

describe('migrate: a service that has a shim', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-again-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  /** The file after a migration of `text`, with its secrets in the folder. */
  async function migrated(text: string): Promise<string> {
    const all = await gathered(text, FACTS)
    const { moves, staged, left } = makePlan(all)
    assert.deepEqual(
      left.map(({ reason }) => reason),
      [],
    )
    assert.ok(moves.length > 0)
    for (const { name, candidate } of moves) writeFileSync(join(folder, name), candidate.secret)
    const { model } = await loadProject({ ...all.load, overlay: new Map([...(all.load.overlay ?? []), ...staged]) })
    assert.deepEqual(modelProblems(all.project.model, model, moves), [])
    return Buffer.from([...staged.values()][0] ?? []).toString()
  }

  /** What a container of the service prints. */
  async function started(text: string): Promise<string> {
    const { project } = await gathered(text, FACTS)
    const services = project.model['services'] as Readonly<Record<string, { environment?: Record<string, string> }>>
    const words = ['entrypoint', 'command'] as const
    const [program = '', ...rest] = words
      .flatMap((key) => modelWords(project, 's', key) ?? (key === 'entrypoint' ? FACTS().entrypoint : []))
      .map((word) => word.replaceAll('/run/secrets', folder))
    const env = Object.entries(services['s']?.environment ?? {}).map(
      ([name, value]) => [name, value.replaceAll('/run/secrets', folder)] as const,
    )
    const { stdout, stderr, status } = spawnSync(program, rest, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...Object.fromEntries(env) },
    })
    assert.equal(status, 0, stderr)
    return stdout
      .split('\n')
      .filter((line) => !/^(?:_|PWD|PATH|SHLVL|OLDPWD)/.test(line))
      .sort()
      .join('\n')
  }

  const NEW = [
    `B_TOKEN: "${PW}-b"`,
    `my.password: "${PW}-c"`,
    `C_PASSWORD: "${PW}-d"`,
    `DATABASE_URL: "postgres://app:${PW}-e@db.example.com/x"`,
    `IN_IMAGE_TOKEN: "${PW}-f"`,
    `LINES_TOKEN: "${PW}-g\\n"`,
    `E_TOKEN: "${PW}-h"`,
  ]
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['as a list with lines', ['command: [env]']],
    ['with comments in its list', ['entrypoint:', '  - /usr/bin/env', '  # ours', '  - -u', '  - HOME']],
    ['whose command is filled', ['command: ["A=${PORT:-1}", "P=1"]', `entrypoint: [/usr/bin/env, "Q_PASSWORD=${PW}"]`]],
    ['with a script that reads a password', [`command: [/bin/sh, -c, "env PGPASSWORD=${PW}-p env"]`]],
    ['that ends in the program', [`command: [/bin/sh, -c, "echo $$2; env", name, --requirepass, "${PW}-p"]`]],
    ['before a text', ['entrypoint: >-', '  sh -c "', '  env;', '  true" name']],
    ['before a text of one line', ['entrypoint: sh -c "env ${PORT:-}"']],
  ]
  for (const [what, lines] of cases)
    it(`keeps it, ${what}`, async () => {
      let plain = service([...lines, 'environment:', `  A_TOKEN: "${PW}-a"`])
      let text = await migrated(plain)
      for (const entry of NEW) {
        const before = text
        plain = plain.replace('environment:\n', `environment:\n      ${entry}\n`)
        text = text.includes('    environment:\n')
          ? text.replace('environment:\n', `environment:\n      ${entry}\n`)
          : text.replace('image: shop/own\n', `image: shop/own\n    environment:\n      ${entry}\n`)
        text = await migrated(text)
        assert.ok(!text.includes(PW), text)
        assert.equal(text.match(/cannot read/g)?.length, 1, text)
        assert.equal(await started(text), await started(plain), `${before}\n${text}`)
      }
    })

  for (const [what, words, more] of [
    ['a list', '[env, KEEP=1]', `[env, KEEP=1, "P_PASSWORD=${PW}$$(id)", env]`],
    ['a text', 'env KEEP=1', `env KEEP="\${PORT:-1}" P_PASSWORD=${PW} env`],
    ['a script', '[sh, -c, env]', `[sh, -c, "env 'P_PASSWORD=${PW}' env"]`],
  ] as const)
    it(`fills a password that the command got later: ${what}`, async () => {
      const plain = service([`command: ${words}`, 'environment:', '  LOG: x', `  A_TOKEN: "${PW}-a"`])
      const later = (text: string) => text.replace(`command: ${words}`, () => `command: ${more}`)
      const second = await migrated(later(await migrated(plain)))
      assert.equal(second.match(/cannot read/g)?.length, 1, second)
      assert.ok(!second.includes(PW), second)
      assert.equal(await started(second), await started(later(plain)), second)
    })

  it('adds lines to it and changes no other', async () => {
    const first = await migrated(service(['command: [env]', 'environment:', '  LOG: x', `  A_TOKEN: "${PW}-a"`]))
    const second = await migrated(first.replace('LOG: x\n', `LOG: x\n      B_TOKEN: "${PW}-b"\n`))
    const third = await migrated(second.replace('LOG: x\n', `LOG: x\n      C_TOKEN: "${PW}-c"\n`))
    const added = third.split('\n').filter((line) => !second.split('\n').includes(line))
    assert.deepEqual(added, [
      '        for _s in a_token b_token c_token; do',
      '        [ -n "$${C_TOKEN+x}" ] || export C_TOKEN="$$(cat /run/secrets/c_token)"',
      '      - c_token',
      '  c_token:',
      '    file: ./secrets/c_token',
    ])
  })

  it('reads a variable from its new secret that got a value again', async () => {
    const first = await migrated(service(['command: [env]', 'environment:', '  LOG: x', `  A_TOKEN: "${PW}-a"`]))
    const again = first.replace('LOG: x\n', `LOG: x\n      A_TOKEN: "${PW}-new"\n`)
    const second = await migrated(again)
    assert.equal(second.match(/export A_TOKEN/g)?.length, 1)
    assert.match(await started(second), new RegExp(`^A_TOKEN=${PW}-new$`, 'm'))
  })

  it('goes before one that was edited by hand', async () => {
    const first = await migrated(service(['command: [env]', 'environment:', '  LOG: x', `  A_TOKEN: "${PW}-a"`]))
    const byHand = first.replace('exec', 'cd /; exec')
    assert.notEqual(byHand, first)
    const second = await migrated(byHand.replace('LOG: x\n', `LOG: x\n      B_TOKEN: "${PW}-b"\n`))
    assert.equal(second.match(/secretscan-shim/g)?.length, 2)
    assert.match(second, /cd \/; exec "\$\$@"/)
    assert.match(await started(second), new RegExp(`^A_TOKEN=${PW}-a\nB_TOKEN=${PW}-b$`, 'm'))
  })
})
