// Files that hold more than people write: a plan takes a part of them, and all that it takes is right.
import assert from 'node:assert/strict'
import { findCandidates } from '../../../src/migrate/candidates.js'
import { FreeNames } from '../../../src/migrate/names.js'
import { decide } from '../../../src/migrate/plan-moves.js'
import { makeSafePlan } from '../../../src/migrate/safe-plan.js'
import { FOLDER, gathered } from './in-memory.js'

const times = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('')

describe('migrate: many values', () => {
  it('all of one service and of many move, each to a secret of its own', async () => {
    const text = `services:\n${times(20, (index) => `  s${index}:\n    image: shop/x\n    environment:\n      PASSWORD: Made-up-${index}\n`)}  all:\n    image: shop/y\n    environment:\n${times(20, (index) => `      PASSWORD_${index}: Made-up-${index + 100}\n`)}    command: [x${times(20, (index) => `, "--password=Made-up-${index + 200}"`)}]\n`
    const base = await gathered(text)
    const { moves, left, staged } = await makeSafePlan(base, base.load)
    assert.deepEqual([moves.length, left.length], [60, 0])
    assert.equal(new Set(moves.map(({ name }) => name)).size, 60)
    assert.doesNotMatch(Buffer.from(staged.get(`${FOLDER}/compose.yaml`) ?? '').toString(), /Made-up/)
  })

  it('more than a plan takes stay, and are told to be planned again', async () => {
    const text = `services:\n  s:\n    image: shop/x\n    environment:\n${times(320, (index) => `      PASSWORD_${index}: Made-up-${index}\n`)}`
    const base = await gathered(text)
    const { moves, left } = decide(base.candidates, { ...base, store: 'compose-file' })
    assert.deepEqual([moves.length, left.length], [300, 20])
    assert.match(`${left[0]?.reason} ${left[0]?.todo}`, /at most 300 values\. .* plan again/)
  })

  it('a command of thousands of words gives each of its passwords', async () => {
    const words = times(4000, (index) => `      - ${index % 8 === 0 ? `--password=Made-up-${index}` : `w${index}`}\n`)
    const { project } = await gathered(`services:\n  s:\n    image: shop/x\n    command:\n${words}`)
    const found = findCandidates(project, () => undefined)
    assert.equal(found.length, 500)
    assert.deepEqual([found[499]?.id, found[499]?.secret], ['s.--password#500', 'Made-up-3992'])
  })

  it('a name is given as often as it is wanted', () => {
    const names = new FreeNames(new Set(['pw', 'app_pw_3']))
    const given = Array.from({ length: 20_000 }, () => names.distinct('pw', 'app'))
    assert.equal(new Set(given).size, 20_000)
    assert.deepEqual(given.slice(0, 4), ['app_pw', 'app_pw_2', 'app_pw_4', 'app_pw_5'])
  })
})
