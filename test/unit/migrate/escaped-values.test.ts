// Values that stand in files in another form than services get them: escaped in a command, read raw from an env file by one service alone.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { maskedDiffs } from '../../../src/migrate/print-plan.js'
import { edited, gathered } from './in-memory.js'

const SECRET = ['Adm', "'in-9"].join('')
const command = (text: string) =>
  `services:\n  web:\n    image: shop/own\n    command: serve ${text} --token Plum-7-tree\n`

describe('migrate: values in another form', () => {
  for (const [what, text] of [
    ['a backslash', `--admin-password=Adm\\'in-9`],
    ['quotes', `--admin-password="Adm'in-9"`],
    ['quotes in the middle', `--admin-password=Ad"m'i"n-9`],
  ] as const) {
    it(`a password that a command writes with ${what} is found and moves`, async () => {
      const all = await gathered(command(text))
      const found = all.candidates.filter(({ secret }) => secret === SECRET)
      assert.deepEqual(
        found.map(({ id }) => id),
        ['web.--admin-password'],
      )
      const { plan, moves, staged } = makePlan(all)
      assert.deepEqual([plan.left, moves.length], [[], 2])
      const after = [...staged.values()].map((bytes) => Buffer.from(bytes).toString('utf8')).join()
      assert.doesNotMatch(after, /Adm|in-9/)
    })

    it(`one that stays is shown in no diff, as written with ${what} and as the shim writes it`, async () => {
      const all = await gathered(command(text))
      const candidates = all.candidates.filter(({ secret }) => secret !== SECRET)
      const planned = makePlan({ ...all, candidates })
      assert.equal(planned.moves.length, 1)
      const shown = maskedDiffs({ ...all, candidates }, planned).join('\n')
      assert.match(shown, /\*{4}/)
      assert.doesNotMatch(shown, /Adm|Ad"m|n-9/)
    })
  }

  for (const [what, text, expected] of [
    [
      'of a command only those are named of which something is in the secret',
      'command: serve --port ${PORT:-6379} --requirepass "${PW:-Plum-7-tree}"',
      /--requirepass: PW of the shell no longer reaches it/,
    ],
    [
      'a default is told as one that the shell may set',
      'environment: {API_KEY: "${API_KEY:-Plum-7-tree}"}',
      /API_KEY: API_KEY of the shell no longer reaches it/,
    ],
    [
      'text around a variable makes a whole',
      'environment: {DB_URL: "https://u:Plum-7-tree@${HOST:-db}/x"}',
      /DB_URL: put together with HOST\./,
    ],
  ] as const)
    it(`variables that no longer reach a secret: ${what}`, async () => {
      const { plan, moves } = makePlan(await gathered(`services:\n  web:\n    image: shop/own\n    ${text}\n`))
      assert.equal(moves.length, 1)
      const told = plan.notes.filter((note) => /no longer reaches it/.test(note))
      assert.equal(told.length, 1)
      assert.match(told[0] ?? '', expected)
    })

  const COMPOSE = `services:
  a:
    image: shop/own
    env_file: [two.env]
  b:
    image: shop/own
    env_file: [{path: two.env, format: raw}]
`
  it('a line that one service reads raw and another not stays where that makes two values of it', async () => {
    const files = { 'two.env': `API_KEY='two-Key-2'\nA_TOKEN=Plum-7-tree\n` }
    const after = await edited(COMPOSE, undefined, files)
    assert.equal(after['two.env'], `API_KEY='two-Key-2'\n`)
    const { plan, moves } = makePlan(await gathered(COMPOSE, undefined, files))
    assert.deepEqual(
      moves.map(({ candidate: { variable, services } }) => [variable, services]),
      [['A_TOKEN', ['a', 'b']]],
    )
    assert.match(plan.left[0]?.reason ?? '', /^a, b read two\.env in two ways/)
  })
})
