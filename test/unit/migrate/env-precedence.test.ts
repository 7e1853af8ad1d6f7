// Which entry of a variable counts (05-services.md "env_file": environment wins, the last file, its last line): that value moves, and
// the others go with it.
import assert from 'node:assert/strict'
import type { FactsOf } from '../../../src/migrate/image-facts.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { FOLDER, gathered, SHELL } from './in-memory.js'

type Files = Readonly<Record<string, string>>

async function planned(compose: string, files: Files, factsOf?: FactsOf) {
  const { moves, left, staged } = makePlan(await gathered(compose, factsOf, files))
  return {
    moved: moves.map(({ candidate }) => [candidate.services.join(), candidate.secret]),
    left: left.map(({ reason }) => reason),
    after: Object.fromEntries(
      Object.keys(files).map((name) => [name, Buffer.from(staged.get(`${FOLDER}/${name}`) ?? '').toString()]),
    ),
  }
}

const app = (name: string, files: string, more = '') =>
  `  ${name}:\n    image: shop/app\n    env_file: ${files}\n${more}`
const OWN = '    environment:\n      API_TOKEN: own-made-up\n'

describe('migrate: a variable with several entries', () => {
  it('of a file the last line counts, and all go', async () => {
    const files = { 'a.env': 'API_TOKEN=first-made-up\nA=1\nexport API_TOKEN="last-made-up" # now\n' }
    assert.deepEqual(await planned(`services:\n${app('s', 'a.env')}`, files), {
      moved: [['s', 'last-made-up']],
      left: [],
      after: { 'a.env': 'A=1\n# now\n' },
    })
  })

  it('of several files the last one counts, for each service by its own order', async () => {
    const files = { 'a.env': 'API_TOKEN=made-up-a\n', 'b.env': 'API_TOKEN=made-up-b\n' }
    const text = `services:\n${app('s', '[a.env, b.env]')}${app('t', '[b.env, a.env]')}`
    const { moved, after } = await planned(text, files)
    assert.deepEqual(moved.sort(), [
      ['s', 'made-up-b'],
      ['t', 'made-up-a'],
    ])
    assert.deepEqual(after, { 'a.env': '', 'b.env': '' })
  })

  it('the environment wins; a service without one has the file’s', async () => {
    const text = `services:\n${app('s', 'a.env', OWN)}${app('t', 'a.env')}`
    const { moved, after } = await planned(text, { 'a.env': 'API_TOKEN=made-up-a\n' })
    assert.deepEqual(moved, [
      ['s', 'own-made-up'],
      ['t', 'made-up-a'],
    ])
    assert.deepEqual(after, { 'a.env': '' })
  })

  it('what two services override goes once', async () => {
    const text = `services:\n${app('s', 'a.env', OWN)}${app('t', 'a.env', OWN)}`
    const { moved, left, after } = await planned(text, { 'a.env': 'API_TOKEN=made-up-a\nB=2\n' })
    assert.deepEqual(moved, [
      ['s', 'own-made-up'],
      ['t', 'own-made-up'],
    ])
    assert.deepEqual([left, after], [[], { 'a.env': 'B=2\n' }])
  })

  it('a line with another value that leaves with what overrides it is told, and never printed', async () => {
    const text = `services:\n${app('s', 'a.env', OWN)}`
    const { plan } = makePlan(await gathered(text, undefined, { 'a.env': 'B=2\nAPI_TOKEN=other-made-up\n' }))
    const [told = '', ...more] = plan.notes.filter((note) => note.includes('no secret keeps'))
    assert.match(told, /^a\.env:2 \(API_TOKEN\): leaves as well/)
    assert.ok(more.length === 0 && !told.includes('other-made-up'))
    const same = makePlan(await gathered(text, undefined, { 'a.env': 'API_TOKEN=own-made-up\n' }))
    assert.ok(!same.plan.notes.join().includes('no secret keeps'))
    assert.match(same.plan.notes.join('\n'), /^a\.env \(API_TOKEN\): this line leaves\./m)
  })

  it('what an empty entry overrides is said, since it stands in the file', async () => {
    const text = `services:\n${app('s', 'a.env', '    environment:\n      API_TOKEN: ""\n')}`
    const { moved, left } = await planned(text, { 'a.env': 'API_TOKEN=made-up-a\n' })
    assert.deepEqual([moved, left], [[], ['No service uses it.']])
  })

  it('a raw file is edited as one: quotes and dollars belong to the value', async () => {
    const text = `services:\n${app('s', '[{path: a.env, format: raw}]')}`
    const { moved, after } = await planned(text, { 'a.env': 'API_TOKEN="made $x # up\nB=\'\n' })
    assert.deepEqual([moved, after], [[['s', '"made $x # up']], { 'a.env': "B='\n" }])
  })

  it('an entry that stays keeps those of the services that have its file, and no other', async () => {
    const files = { 'a.env': 'API_TOKEN=made-up-a\n' }
    const closed = app('closed', 'a.env').replace('shop/app', 'shop/closed')
    const facts: FactsOf = (image) => ({ ...SHELL, hasShell: image !== 'shop/closed' })
    const apart = `services:\n${closed}  own:\n    image: shop/app\n${OWN}`
    const stays = await planned(apart, files, facts)
    assert.deepEqual(stays.moved, [['own', 'own-made-up']])
    assert.equal(stays.left.length, 1)
    // Without its own entry this one would have that of the file.
    const both = await planned(`services:\n${closed}${app('own', 'a.env', OWN)}`, files, facts)
    assert.deepEqual(both.moved, [])
    assert.match(both.left.join('\n'), /^It moves only together with \S+ \(\S+:\d+\), which stays: /m)
  })
})
