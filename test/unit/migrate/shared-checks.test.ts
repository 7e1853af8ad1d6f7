// A health check that several services have by an anchor, a merge key or `extends` is written once and must be right for all of them.
import assert from 'node:assert/strict'
import { isSameCheck } from '../../../src/migrate/check-healthcheck.js'
import { firstProblem } from '../../../src/migrate/check-model.js'
import { makePlan } from '../../../src/migrate/plan.js'
import type { Move } from '../../../src/migrate/plan-moves.js'
import { makeSafePlan } from '../../../src/migrate/safe-plan.js'
import { FOLDER, gathered, SHELL } from './in-memory.js'

const CHECK = 'mysqladmin ping -p$$MYSQL_ROOT_PASSWORD'
const ANCHOR = `x-check: &check\n  test: ["CMD-SHELL", "${CHECK}"]\n  interval: 5s\n`
const service = (name: string, password: string, check: string) =>
  `  ${name}:\n    image: mysql:8\n    environment:\n      MYSQL_ROOT_PASSWORD: ${password}\n${check}`

async function planned(text: string, extra: Readonly<Record<string, string>> = {}) {
  const base = await gathered(text, () => SHELL, extra)
  const result = await makeSafePlan(base, base.load)
  return {
    moved: result.moves.map(({ candidate: { id } }) => id),
    left: result.left.map(({ candidate: { id }, reason }) => [id, reason] as const),
    text: Buffer.from(result.staged.get(`${FOLDER}/compose.yaml`) ?? text).toString(),
  }
}

describe('migrate: health checks that services share', () => {
  it('with different passwords both stay, with the reason, and what does not read them moves', async () => {
    const shared = '    healthcheck: *check\n'
    const text =
      `${ANCHOR}services:\n${service('one', 'Made-up-1', shared)}${service('two', 'Made-up-2', shared)}      MYSQL_PASSWORD: Made-up-3\n`.replace(
        '    healthcheck: *check\n      MYSQL_PASSWORD: Made-up-3\n',
        '      MYSQL_PASSWORD: Made-up-3\n    healthcheck: *check\n',
      )
    const { moved, left, text: after } = await planned(text)
    assert.deepEqual(moved, ['two.MYSQL_PASSWORD'])
    assert.deepEqual(
      left.map(([id]) => id),
      ['one.MYSQL_ROOT_PASSWORD', 'two.MYSQL_ROOT_PASSWORD'],
    )
    for (const [index, [, reason]] of left.entries())
      assert.match(reason, new RegExp(`health check in compose\\.yaml:2 .* ${['two', 'one'][index]} too`))
    assert.ok(after.includes(CHECK))
  })

  it('a merge key and extends share one as an alias does', async () => {
    const merged = `x-base: &base\n  image: mysql:8\n  healthcheck:\n    test: ${CHECK}\nservices:\n  one:\n    <<: *base\n    environment: { MYSQL_ROOT_PASSWORD: Made-up-1 }\n  two:\n    <<: *base\n    environment: { MYSQL_ROOT_PASSWORD: Made-up-2 }\n`
    const extended = `services:\n  one:\n    image: mysql:8\n    environment: { MYSQL_ROOT_PASSWORD: Made-up-1 }\n    healthcheck:\n      test: ${CHECK}\n  two:\n    extends: one\n    environment: { MYSQL_ROOT_PASSWORD: Made-up-2 }\n`
    for (const text of [merged, extended]) {
      const { moved, left } = await planned(text)
      assert.deepEqual(moved, [])
      assert.equal(left.filter(([, reason]) => /health check/.test(reason)).length, 2)
    }
  })

  it('one service that keeps its value keeps that of the other, too', async () => {
    const shared = '    healthcheck: *check\n'
    const text = `${ANCHOR}services:\n${service('one', 'Made-up-1', shared)}${service('two', '"$' + '{FROM_THE_SHELL}"', shared)}`
    const { moved, left } = await planned(text)
    assert.deepEqual(moved, [])
    assert.match(left[0]?.[1] ?? '', /is that of two too/)
  })

  it('with the same secret for all it is rewritten once', async () => {
    const shared = '    healthcheck: *check\n'
    const text = `${ANCHOR}services:\n${service('one', 'Made-up-1', shared)}${service('two', 'Made-up-1', shared)}`
    const { moved, left, text: after } = await planned(text)
    assert.deepEqual(moved, ['one.MYSQL_ROOT_PASSWORD', 'two.MYSQL_ROOT_PASSWORD'])
    assert.deepEqual(left, [])
    assert.equal(after.split('$$(cat /run/secrets/mysql_root_password)').length, 2)
  })

  it('a service with a check of its own is not held by the anchor', async () => {
    const text = `${ANCHOR}services:\n${service('one', 'Made-up-1', '    healthcheck: *check\n')}${service('two', 'Made-up-2', `    healthcheck:\n      <<: *check\n      test: ${CHECK}\n`)}`
    const { moved, left, text: after } = await planned(text)
    assert.deepEqual(moved, ['one.MYSQL_ROOT_PASSWORD', 'two.MYSQL_ROOT_PASSWORD'])
    assert.deepEqual(left, [])
    assert.equal(after.split('$$(cat /run/secrets/').length, 3)
  })
})

describe('migrate: the check of the model looks at health checks', () => {
  const move = (variable: string, secret: string, name: string) =>
    ({ candidate: { variable, secret, services: ['db'] }, name, strategy: { by: 'file' } }) as unknown as Move
  const moves = [move('PW', 'Made-up-1', 'pw')]

  it('a value read from its file is the same, in a shell and in other quotes', () => {
    for (const [before, after] of [
      [
        ['CMD-SHELL', 'x -p$PW'],
        ['CMD-SHELL', 'x -p$(cat /run/secrets/pw)'],
      ],
      [
        ['CMD', 'x', '-pMade-up-1'],
        ['CMD-SHELL', 'x -p"$(cat /run/secrets/pw)"'],
      ],
      [
        ['CMD-SHELL', "x 'a Made-up-1 b'"],
        ['CMD-SHELL', `x 'a '"$(cat /run/secrets/pw)"' b'`],
      ],
    ])
      assert.ok(isSameCheck(before, after, moves), JSON.stringify([before, after]))
  })

  it('another secret, another command or a lost word is not', () => {
    const before = ['CMD-SHELL', 'x -p$PW']
    for (const after of ['x -p$(cat /run/secrets/other)', 'y -p$(cat /run/secrets/pw)', 'x'])
      assert.ok(!isSameCheck(before, ['CMD-SHELL', after], moves), after)
  })

  it('a plan whose edit would change what is checked does not pass', async () => {
    const base = await gathered(`services:\n${service('db', 'Made-up-1', `    healthcheck:\n      test: ${CHECK}\n`)}`)
    const { moves: planned, staged } = makePlan(base)
    const bytes = Buffer.from(
      Buffer.from(staged.get(`${FOLDER}/compose.yaml`) ?? '')
        .toString()
        .replace('ping', 'pong'),
    )
    const { loadProject } = await import('../../../src/compose/load.js')
    const after = await loadProject({ ...base.load, overlay: new Map([[`${FOLDER}/compose.yaml`, bytes]]) })
    assert.equal(firstProblem(base.project, after, planned), 'db.healthcheck changed')
  })
})
