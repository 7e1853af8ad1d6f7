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
      /mysql -p"\$\$\(cat \/run\/secrets\/s_password\)"; psql postgres:\/\/u:"\$\$\(cat \/run\/secrets\/s_password_2\)"@db; T_TOKEN="\$\$\(cat \/run\/secrets\/t_token\)" run/,
    )
  })

  it('what only looks like a secret is named after what stands before it', async () => {
    const [one, two, three, four] = ['xYz993kk1', 'qRs884mm2', 'tUv775nn3', 'wXy666pp4']
    const parts = [one, two, three, four].map((text = '') => ({
      text,
      key: 'generic_secret_assignment',
      title: 'Generic',
    }))
    const named = async (command: string) => {
      const { moves } = makePlan(
        await gathered(service(`    command: ${command}\n`), undefined, {}, () => ({ title: 'Generic', parts })),
      )
      return moves.map(({ candidate: { id }, name }) => [id, name])
    }
    assert.deepEqual(await named(`serve --db-pass=${one} --mail-pwd ${two} --port 80`), [
      ['s.--db-pass', 'db_pass'],
      ['s.--mail-pwd', 'mail_pwd'],
    ])
    assert.deepEqual(await named(`["sh", "-c", "DBPASS=${three} run --smtp-pw '${four}'"]`), [
      ['s.DBPASS', 'dbpass'],
      ['s.--smtp-pw', 'smtp_pw'],
    ])
    assert.deepEqual(await named(`serve ${one}`), [['s.generic_secret_assignment', 'generic_secret_assignment']])
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
