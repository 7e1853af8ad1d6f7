import assert from 'node:assert/strict'
import { baseOf } from '../../../src/scan/base-image.js'
import { placeName, scanOne } from './scan-fixture.js'

describe('a base image’s config', () => {
  it('brought the entries that are whole the same, not a weak password that was changed in place', async () => {
    const base = await scanOne({
      env: ['SAME_PASSWORD=one-and-only', 'CHANGED_PASSWORD=old-one'],
      layers: [{ files: { a: 'password=lower1' } }],
    })
    const own = await scanOne(
      {
        env: ['SAME_PASSWORD=one-and-only', 'CHANGED_PASSWORD=new-one', 'OWN_PASSWORD=third-one'],
        layers: [{ files: { a: 'password=lower1' } }, { files: { b: 'password=upper2' } }],
      },
      { base: async () => baseOf(base) },
    )
    assert.deepEqual(
      own.findings.map(({ place, origin }) => [placeName(place), origin]),
      [
        ['file a password', 'base'],
        ['file b password', 'own'],
        ['env SAME_PASSWORD', 'base'],
        ['env CHANGED_PASSWORD', 'own'],
        ['env OWN_PASSWORD', 'own'],
      ],
    )
    const fingerprints = (report: typeof own) =>
      report.findings.find(({ place }) => place.key === 'CHANGED_PASSWORD')?.fingerprint
    assert.equal(fingerprints(own), fingerprints(base))
  })
})
