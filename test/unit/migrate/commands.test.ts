// All secrets of a command leave it in one run, and no text that a plan holds names one.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { edited, gathered } from './in-memory.js'

const service = (lines: string) => `services:\n  s:\n    image: shop/app\n${lines}`

describe('migrate: secrets of commands', () => {
  it('several in one script, each by its own secret', async () => {
    const text = service(
      '    command: ["sh", "-c", "mysql -pgranite-1; psql postgres://u:basalt-2@db; T_TOKEN=slate-3 run"]\n',
    )
    const { moves, left, plan } = makePlan(await gathered(text))
    assert.deepEqual(
      moves.map(({ candidate, name }) => [candidate.id, candidate.secret, name]),
      [
        ['s.-p', 'granite-1', 's_password'],
        ['s.postgres://', 'basalt-2', 's_password_2'],
        ['s.T_TOKEN', 'slate-3', 't_token'],
      ],
    )
    assert.deepEqual(left, [])
    assert.doesNotMatch(JSON.stringify(plan), /granite|basalt|slate/)
    assert.match(
      (await edited(text))['compose.yaml'] ?? '',
      /mysql -p\\"\$\$\(cat \/run\/secrets\/s_password\)\\"; psql postgres:\/\/u:\\"\$\$\(cat \/run\/secrets\/s_password_2\)\\"@db; T_TOKEN=\\"\$\$\(cat \/run\/secrets\/t_token\)\\" run/,
    )
  })

  it('what a rule finds in a word, and what is a secret elsewhere', async () => {
    const text = service(
      '    command: [run, --gh, made-up-gh-token-1, "x=db-value-22"]\n    environment:\n      DB_PASSWORD: db-value-22\n',
    )
    const detected = await gathered(text, undefined, {}, (_, start) =>
      text.slice(start).startsWith('made-up')
        ? { title: 'Made up', parts: [{ text: 'made-up-gh-token-1', key: 'made_up', title: 'Made up' }] }
        : undefined,
    )
    const { moves, plan } = makePlan(detected)
    assert.deepEqual(
      moves.map(({ candidate, name }) => [candidate.id, candidate.because, name]).sort(),
      [
        ['s.DB_PASSWORD', 'Secret by its name', 'db_password'],
        ['s.command', 'The value of s.DB_PASSWORD', 'db_password'],
        ['s.made_up', 'Made up', 'made_up'],
      ].sort(),
    )
    assert.doesNotMatch(JSON.stringify(plan), /made-up-gh|db-value/)
  })

  it('one that is not chosen keeps the others of its command: the new text would hold it', async () => {
    const text = service('    command: [redis-server, --requirepass, granite-1, --masterauth, basalt-2]\n')
    const all = await gathered(text)
    const candidates = all.candidates.filter(({ id }) => id === 's.--requirepass')
    const { moves, left, plan } = makePlan({ ...all, candidates })
    assert.deepEqual(moves, [])
    assert.match(left[0]?.reason ?? '', /would hold s\.--masterauth, which stays/)
    assert.doesNotMatch(JSON.stringify(plan), /granite|basalt/)
  })
})
