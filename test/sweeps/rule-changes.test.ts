// Rules that changed between two sweeps: what the store says then, and that nothing is read for it.
import assert from 'node:assert/strict'
import type { Rule } from '../../src/detect/rule.js'
import { loadRuleSet, type RuleSet, ruleSetOf } from '../../src/detect/rule-set.js'
import { countFindings, listFindings } from '../../src/sweep/reading/findings.js'
import { reportTargets } from '../../src/sweep/reading/images.js'
import type { SweepOutcome } from '../../src/sweep/run-sweep.js'
import type { Database } from '../../src/sweep/store/database.js'
import { buildImage } from '../fixtures/image-builder.js'
import { type MemoryRegistry, serveImages } from '../fixtures/memory-registry.js'
import { memoryStore } from '../fixtures/memory-store.js'
import { type CorpusImage, sweepCorpus, token } from '../fixtures/sweep-corpus.js'
import { openTestSweep, registryConfig, singleFindings, storedFindings } from '../fixtures/sweep-setup.js'

/** It finds the made-up tokens. */
const TOKEN_RULE = 'generic-secret-assignment'
/** Made up. */
const VALUE = ['q7Vx2mZp', '9Lk4Tn8Rw3Yb'].join('')
const LAYER = {
  createdBy: 'COPY . /srv',
  files: {
    'srv/app.env': `DATABASE_URL=postgres://app:${VALUE}@db.example.com:5432/app\nGITHUB_TOKEN=${token(500)}\n`,
  },
}
const RESCAN = { rescanOnRuleChange: true }

describe('a sweep with other rules than the one before', function () {
  this.timeout(180_000)
  let database: Database
  let registry: MemoryRegistry
  let corpus: CorpusImage[]
  let all: RuleSet

  before(async () => {
    all = await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] })
    corpus = await sweepCorpus(6)
    // One value in two places that two rules find.
    const image = await buildImage(
      { layers: [LAYER], env: [`ADMIN_PASSWORD=${VALUE}`], platform: 'linux/amd64' },
      'gzip',
    )
    corpus.push({ repository: 'team-0/app-0', tag: 'both', image })
  })
  beforeEach(async () => {
    registry = await serveImages(corpus)
    database = await memoryStore()
    await sweep(all)
    registry.requests.length = 0
  })
  afterEach(async () => {
    await registry.close()
    await database.close()
  })

  const sweep = async (rules: RuleSet): Promise<SweepOutcome> => {
    const opened = await openTestSweep(database, [registryConfig(registry.host)], { rules, config: RESCAN })
    try {
      return await opened.run()
    } finally {
      await opened.close()
    }
  }
  const changed = (change: (rule: Rule) => Rule | undefined): RuleSet =>
    ruleSetOf(all.rules.flatMap((rule) => change(rule) ?? []))
  const read = () => registry.requests.filter((request) => /GET .*\/(?:manifests|blobs)\//.test(request))
  const severities = async (rule: string) => {
    const counts: Record<string, number> = {}
    for await (const { findings } of reportTargets(database, { all: true }))
      for (const { ruleId, severity } of findings) if (ruleId === rule) counts[severity] = (counts[severity] ?? 0) + 1
    return counts
  }

  it('reads nothing where titles and advice have changed', async () => {
    await sweep(changed((rule) => ({ ...rule, title: `${rule.title}!`, remediation: 'None.', references: [] })))
    assert.deepEqual(read(), [])
  })

  it('writes another severity where findings stand, in the list and in every image, and reads nothing', async () => {
    const before = await severities(TOKEN_RULE)
    const [was = ''] = Object.keys(before)
    assert.deepEqual(Object.keys(before), [was], 'one severity')
    const is = was === 'low' ? 'high' : 'low'
    const rules = changed((rule) => (rule.id === TOKEN_RULE ? { ...rule, severity: is } : rule))
    const outcome = await sweep(rules)
    assert.deepEqual(read(), [])
    assert.deepEqual([outcome.counts.newFindings, outcome.counts.newImages, outcome.counts.goneFindings], [0, 0, 0])
    assert.deepEqual(await severities(TOKEN_RULE), { [is]: before[was] })
    const rows = await listFindings(database, { rules: [TOKEN_RULE] }, { limit: 100 })
    assert.ok(rows.length > 5)
    for (const { severity, document } of rows) assert.deepEqual([severity, document.severity], [is, is])
    assert.deepEqual(await storedFindings(database), await singleFindings(registry.host, corpus, { rules }))
    await sweep(all)
    assert.deepEqual(await severities(TOKEN_RULE), before, 'and back')
  })

  it('gives a new image on known layers the new severity', async () => {
    const rules = changed((rule) => (rule.id === TOKEN_RULE ? { ...rule, severity: 'low' } : rule))
    await sweep(rules)
    const image = await buildImage({ layers: [LAYER], env: ['A=1'], platform: 'linux/amd64' }, 'gzip')
    registry.images.splice(0, registry.images.length, { repository: 'team-9/late', tag: '1', image })
    registry.requests.length = 0
    await sweep(rules)
    assert.equal(read().length, 2, 'its manifest and configuration')
    assert.deepEqual(await severities(TOKEN_RULE), { low: 1 })
  })

  it('keeps a severity that is not the rule’s own', async () => {
    await database.query(
      `UPDATE occurrence SET document = jsonb_set(document, '{severity}', '"critical"') WHERE id = (
         SELECT min(id) FROM occurrence WHERE document->>'ruleId' = $1)`,
      [TOKEN_RULE],
    )
    await sweep(changed((rule) => (rule.id === TOKEN_RULE ? { ...rule, severity: 'low' } : rule)))
    const found = await severities(TOKEN_RULE)
    assert.ok((found['critical'] ?? 0) > 0 && (found['low'] ?? 0) > 0)
  })

  it('lets the findings of a removed rule go with that reason; nothing is read', async () => {
    const open = await countFindings(database, { rules: [TOKEN_RULE] })
    assert.ok(open.total > 5)
    const rules = changed((rule) => (rule.id === TOKEN_RULE ? undefined : rule))
    const outcome = await sweep(rules)
    assert.deepEqual(read(), [])
    assert.equal(outcome.counts.goneFindings, 0, 'nobody has mended anything')
    assert.equal((await countFindings(database, { rules: [TOKEN_RULE] })).total, 0)
    const gone = await listFindings(database, { rules: [TOKEN_RULE], gone: true }, { limit: 100 })
    assert.equal(gone.length, open.total)
    for (const { goneBecause, goneAt } of gone) assert.ok(goneBecause === 'rule-removed' && goneAt !== null)
    assert.deepEqual(await severities(TOKEN_RULE), {})
  })

  it('shows by itself what another rule found of a value whose place of a removed rule stood for both', async () => {
    const both = async () => {
      for await (const target of reportTargets(database, { all: true }))
        if (target.reference.endsWith('/team-0/app-0:both')) return target.findings
      return []
    }
    const main = (await both()).find(({ related }) => related.length > 0)
    assert.ok(main !== undefined)
    const rules = changed((rule) => (rule.id === main.ruleId ? undefined : rule))
    const { counts } = await sweep(rules)
    assert.deepEqual(read(), [])
    assert.equal(counts.newFindings, 0, 'it was in the image all along, and told')
    const expected = await singleFindings(registry.host, corpus.slice(-1), { rules })
    const now = (await both()).map(({ fingerprint }) => fingerprint).sort()
    assert.deepEqual(now, expected.map((line) => line.split(' ')[1]).sort())
    assert.ok(now.length > 1 && !now.includes(main.fingerprint))
  })

  it('has everything back when the rule comes back, in images that came meanwhile too', async () => {
    const before = await storedFindings(database)
    const without = changed((rule) => (rule.id === TOKEN_RULE ? undefined : rule))
    await sweep(without)
    // On a layer that was scanned while the rule was there.
    const image = await buildImage({ layers: [LAYER], env: ['A=1'], platform: 'linux/amd64' }, 'gzip')
    const late = { repository: 'team-9/late', tag: '1', image }
    registry.images.push(late)
    await sweep(without)
    assert.ok(!read().some((request) => request.endsWith(image.layers[0]?.digest ?? '')))
    registry.requests.length = 0
    const outcome = await sweep(all)
    assert.deepEqual(
      read()
        .map((request) => request.slice(request.lastIndexOf('/') + 1))
        .sort(),
      [image.manifestDigest, image.configDigest].sort(),
      'of the image whose configuration was scanned without the rule',
    )
    assert.equal(outcome.counts.newFindings, 0)
    const after = await storedFindings(database)
    assert.deepEqual(after, [...before, ...(await singleFindings(registry.host, [late]))].sort())
  })

  it('reads everything again where a pattern has changed, and only where that is asked for', async () => {
    const rules = changed((rule) => (rule.id === TOKEN_RULE ? { ...rule, entropy: 0.5 } : rule))
    const { counts } = await sweep(rules)
    assert.equal(counts.otherRulesImages, 0)
    assert.ok(read().some((request) => request.includes('/blobs/')))
  })

  it('does all three at once: severities and removed rules are seen to where other patterns are new', async () => {
    const removed = (await listFindings(database, {}, { limit: 100 })).find(
      ({ ruleId }) => ruleId !== TOKEN_RULE,
    )?.ruleId
    assert.ok(removed !== undefined)
    const [fresh] = all.rules
    const rules = changed((rule) => {
      if (rule.id === removed) return undefined
      if (rule.id === fresh?.id) return { ...rule, entropy: 0.5 }
      return rule.id === TOKEN_RULE ? { ...rule, severity: 'low' } : rule
    })
    const opened = await openTestSweep(database, [registryConfig(registry.host)], { rules })
    const { counts } = await opened.run()
    await opened.close()
    assert.equal(counts.otherRulesImages, counts.images, 'nobody looked for the new pattern in them')
    assert.deepEqual(read(), [])
    assert.deepEqual(Object.keys(await severities(TOKEN_RULE)), ['low'])
    assert.equal((await countFindings(database, { rules: [removed] })).total, 0)
  })
})
