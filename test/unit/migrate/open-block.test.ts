// A file that ends within a block scalar, without a line end: lines may follow once its header says so, and its value stays.
import assert from 'node:assert/strict'
import { loadProject } from '../../../src/compose/load.js'
import { firstProblem } from '../../../src/migrate/check-model.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { FOLDER, gathered } from './in-memory.js'

const HEAD = 'services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: Made-up-1\n'
const MOVED = HEAD.replace('POSTGRES_PASSWORD: Made-up-1', 'POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password')
const DECLARED = 'secrets:\n  postgres_password:\n    file: ./secrets/postgres_password'
const GRANTED = '    secrets:\n      - postgres_password\n'

async function planned(text: string) {
  const base = await gathered(text)
  const { staged, moves, left } = makePlan(base)
  const after = await loadProject({ ...base.load, overlay: new Map([...(base.load.overlay ?? []), ...staged]) })
  assert.equal(firstProblem(base.project, after, moves), undefined)
  return {
    text: Buffer.from(staged.get(`${FOLDER}/compose.yaml`) ?? []).toString(),
    secrets: moves.map(({ candidate }) => candidate.secret),
    left: left.map(({ reason }) => reason),
  }
}

describe('migrate: a file that ends within a block', () => {
  for (const [header, after] of [
    ['|', '|-'],
    ['|+', '|-'],
    ['>', '>-'],
    ['>-', '>-'],
    ['|2', '|2-'],
    ['|+2', '|2-'],
    ['| # why', '|- # why'],
  ] as const)
    it(`${header}: its value stays, and all else to the byte`, async () => {
      for (const eol of ['\n', '\r\n']) {
        const own = `      NOTE: ${header}\n        some text\n        at the end`
        const result = await planned(`${HEAD}${own}`.replaceAll('\n', eol))
        const expected = `${MOVED}${own.replace(header, after)}\n${GRANTED}${DECLARED}`
        assert.deepEqual(result, { text: expected.replaceAll('\n', eol), secrets: ['Made-up-1'], left: [] })
      }
    })

  it('where the block is of another part of the file, too', async () => {
    const rest = 'x-note:\n  text: |\n    some text'
    const { text } = await planned(`${HEAD}${rest}`)
    assert.equal(text, `${MOVED}${GRANTED}${rest.replace('|', '|-')}\n${DECLARED}`)
  })

  it('a value in such a block has no line end either', async () => {
    const { secrets, text } = await planned(`${HEAD.replace('Made-up-1', '|')}        Made-up-1`)
    assert.deepEqual(secrets, ['Made-up-1'])
    assert.equal(text, `${MOVED}${GRANTED}${DECLARED}`)
  })
})
