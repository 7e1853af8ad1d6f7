// What builders say of an image (provenance), where a sweep is told to look at it.
import assert from 'node:assert/strict'
import type { Database } from '../../src/sweep/store/database.js'
import { memoryStore } from '../fixtures/memory-store.js'
import { type RegistryDouble, startRegistryDouble } from '../fixtures/registry-double.js'
import { WEAK_PASSWORD } from '../fixtures/sweep-corpus.js'
import { openTestSweep, registryConfig, singleFindings, storedFindings } from '../fixtures/sweep-setup.js'

const provenance = (password: string) => ({
  predicateType: 'https://slsa.dev/provenance/v0.2',
  predicate: { invocation: { parameters: { args: { 'build-arg:DB_PASSWORD': password } } } },
})

describe('attestations in a sweep', function () {
  this.timeout(120_000)
  let database: Database
  let registry: RegistryDouble
  const sweep = async (includeAttestations: boolean) => {
    const opened = await openTestSweep(database, [registryConfig(registry.host, { includeAttestations })])
    try {
      return (await opened.run()).counts
    } finally {
      await opened.close()
    }
  }

  before(async () => {
    database = await memoryStore()
    registry = await startRegistryDouble()
    const layers = [{ createdBy: 'COPY . /srv', files: { 'srv/a.txt': 'nothing\n' } }]
    await registry.push('team/app', ['1'], { layers, attestations: [provenance(WEAK_PASSWORD)] })
    // The same image with another attestation.
    await registry.push('team/app', ['2'], {
      layers,
      attestations: [provenance(`${WEAK_PASSWORD}-2`), { predicate: {} }],
    })
  })
  after(async () => {
    await registry.close()
    await database.close()
  })

  it('are passed over where nothing is said, and looked at once the key is set, as by a single scan', async () => {
    const without = await sweep(false)
    assert.deepEqual([without.images, without.layersScanned, without.findings], [1, 1, 0])
    const corpus = ['1', '2'].map((tag) => ({ repository: 'team/app', tag }))
    const withThem = await sweep(true)
    assert.deepEqual([withThem.images, withThem.layersScanned, withThem.findings], [1, 3, 1])
    const [single] = await singleFindings(registry.host, corpus.slice(0, 1), { includeAttestations: true })
    assert.ok(
      single !== undefined &&
        (await storedFindings(database)).some((line) => line.includes(single.split(' ')[1] ?? '-')),
    )
  })

  it('are asked for no more by the next sweep', async () => {
    registry.seen.length = 0
    const again = await sweep(true)
    assert.deepEqual([again.layersScanned, again.newFindings, again.findings], [0, 0, 1])
    assert.deepEqual(registry.asked(/^GET .*\/(?:manifests|blobs)\//), [])
  })
})
