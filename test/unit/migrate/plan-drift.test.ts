import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { planDrift } from '../../../src/migrate/plan-drift.js'
import type { MigrationPlan } from '../../../src/migrate/types.js'
import { gathered, SHELL } from './in-memory.js'

const TEXT =
  'services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: Summer24now\n  app:\n    image: shop/app\n    environment:\n      API_TOKEN: Winter25now\n'
const planOf = async (
  text = TEXT,
  options: Partial<Awaited<ReturnType<typeof gathered>>> = {},
): Promise<MigrationPlan> => makePlan({ ...(await gathered(text)), ...options }).plan

describe('migrate/plan-drift', () => {
  it('says nothing of a plan that would be made again, read from its file', async () => {
    assert.equal(planDrift(JSON.parse(JSON.stringify(await planOf())), await planOf()), undefined)
  })

  it('says nothing of what only people are told: as another commit since', async () => {
    const committed = new Map([['app.API_TOKEN', { file: 'compose.yaml', commits: 2, since: '2026-01-01' }]])
    assert.equal(planDrift(await planOf(), await planOf(TEXT, { history: { committed } })), undefined)
    const neverCommitted = new Set(['app.API_TOKEN', 'db.POSTGRES_PASSWORD'])
    const before = await planOf(TEXT, { history: { committed: new Map(), neverCommitted } })
    assert.ok(before.rotate?.some((each) => each.neverCommitted))
    assert.equal(
      planDrift(before, await planOf(TEXT, { history: { committed, neverCommitted: new Set() } })),
      undefined,
    )
  })

  it('tells of other secrets that are to be rotated, and of other providers', async () => {
    const old = await planOf()
    const [first, ...others] = old.rotate ?? []
    assert.ok(first !== undefined)
    const issuers = [{ title: 'A token of a shop', remediation: 'Take it back there.' }]
    for (const rotate of [others, [{ ...first, issuers }, ...others]]) assert.ok(planDrift(old, { ...old, rotate }))
  })

  it('names a value that has to stay, with the reason', async () => {
    const held = new Map([['app.API_TOKEN', { reason: 'compose.prod.yaml gives app another one.', todo: '' }]])
    assert.equal(
      planDrift(await planOf(), await planOf(TEXT, { held })),
      'app.API_TOKEN has to stay (compose.prod.yaml gives app another one)',
    )
  })

  it('names the file, the secrets that are taken, or the service whose image is another', async () => {
    const old = await planOf()
    assert.equal(planDrift(old, await planOf(TEXT.replace('shop/app', 'shop/app:2'))), 'compose.yaml has changed')
    assert.match(
      planDrift(old, await planOf(TEXT, { taken: new Set(['postgres_password']) })) ?? '',
      /^the store or the project has other secrets by now \(.*postgres_password/,
    )
    const gone = planDrift(old, await planOf(TEXT, { factsOf: () => ({ missing: 'not pulled' }) }))
    assert.match(gone ?? '', /api_token|\bapp\b/)
    const other = planDrift(old, await planOf(TEXT, { factsOf: () => ({ ...SHELL, cmd: ['other'] }) }))
    assert.match(other ?? '', /^the images/)
    assert.doesNotMatch([gone, other].join(), /Summer24now|Winter25now/)
  })
})
