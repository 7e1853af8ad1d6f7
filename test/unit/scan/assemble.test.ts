import assert from 'node:assert/strict'
import { assemble } from '../../../src/scan/assemble.js'
import type { ConfigResult, LocalFinding } from '../../../src/scan/types.js'
import { byBlob, fileFinding, findingOf, imageOf, layerOf } from './fixtures.js'
import { placesOf } from './scan-fixture.js'

const config = (findings: readonly LocalFinding[]): ConfigResult => ({ findings, coverage: [], image: imageOf(1) })

describe('assemble', () => {
  it('chooses the main place: final first, then file, env, build argument, history, then the path', () => {
    const layers = [
      layerOf(['gone', 'b', 'a'], [fileFinding('gone', 't'), fileFinding('b', 't'), fileFinding('a', 't')]),
      layerOf(['!gone']),
    ]
    const env = findingOf({ place: { kind: 'env', key: 'K' }, tag: 't' })
    const argument = findingOf({ place: { kind: 'build-arg', key: 'K' }, tag: 't' })
    const history = findingOf({ place: { kind: 'history' }, tag: 't' })
    const { findings } = assemble(imageOf(2), byBlob(layers), config([history, argument, env]))
    assert.equal(findings.length, 1)
    const order = [findings[0]?.place, ...(findings[0]?.related ?? []).map(({ place }) => place)]
    assert.deepEqual(
      order.map((place) => place && [place.kind, 'path' in place ? place.path : place.key]),
      [
        ['file', 'a'],
        ['file', 'b'],
        ['file', 'gone'],
        ['env', 'K'],
        ['build-arg', 'K'],
        ['history', undefined],
      ],
    )
  })

  it('never chooses what a migration keeps for its rollback while a file of the project holds the value too', () => {
    const [kept, own] = ['.secretscan/migrations/2026-01-01-a1b2/originals/3', 'z/docker-compose.yaml']
    const findings = [kept, '.secretscan/migrations/2026-01-01-a1b2/originals/value-0', own]
    const merged = assemble(
      imageOf(1),
      byBlob([
        layerOf(
          findings,
          findings.map((path) => fileFinding(path, 't')),
        ),
      ]),
      undefined,
    )
    assert.deepEqual(placesOf(merged.findings), [`file ${own}`])
  })

  it('merges over rules by value, with the worst severity and the best confidence of all', () => {
    const weak = {
      ...findingOf({ place: { kind: 'file', path: 'a' }, tag: 't', ruleId: 'generic' }),
      severity: 'low',
      confidence: 'low',
    } as const
    const strong = {
      ...findingOf({ place: { kind: 'env', key: 'K' }, tag: 't', ruleId: 'format' }),
      severity: 'critical',
      confidence: 'high',
    } as const
    const { findings } = assemble(imageOf(1), byBlob([layerOf(['a'], [weak])]), config([strong]))
    assert.deepEqual(
      findings.map(({ ruleId, severity, confidence }) => [ruleId, severity, confidence]),
      [['generic', 'critical', 'high']],
    )
  })

  it('never compares guessable values across layers: only the very same place is one finding', () => {
    const layers = [layerOf(['a', 'b'], [fileFinding('a'), fileFinding('b')]), layerOf(['a'], [fileFinding('a')])]
    const { findings } = assemble(imageOf(2), byBlob(layers), undefined)
    assert.deepEqual(placesOf(findings), ['file a', 'file b'])
    assert.deepEqual(
      findings.find(({ place }) => 'path' in place && place.path === 'a')?.related.map(({ role }) => role),
      ['same-place'],
    )
  })

  it('is explained away only if all its places are', () => {
    const allowed = { ...fileFinding('a', 't'), allowed: 'stopword' }
    const one = assemble(imageOf(1), byBlob([layerOf(['a', 'b'], [allowed, fileFinding('b', 't')])]), undefined)
    assert.equal(one.findings[0]?.allowed, undefined)
    const all = assemble(
      imageOf(1),
      byBlob([layerOf(['a', 'b'], [allowed, { ...fileFinding('b', 't'), allowed: 'stopword' }])]),
      undefined,
    )
    assert.equal(all.findings[0]?.allowed, 'stopword')
  })

  it('is as grave and as sure as its places that are not explained away', () => {
    const allowed = { ...fileFinding('a', 't'), severity: 'critical' as const, allowed: 'stopword' }
    const other = { ...fileFinding('b', 't'), severity: 'medium' as const, confidence: 'low' as const }
    const { findings } = assemble(imageOf(1), byBlob([layerOf(['a', 'b'], [allowed, other])]), undefined)
    assert.deepEqual(placesOf(findings), ['file b'])
    assert.deepEqual([findings[0]?.severity, findings[0]?.confidence], ['medium', 'low'])
  })

  it('does not depend on the order in which blobs came', () => {
    const told = (code: string) => ({ coverage: [{ code, effect: 'partial' as const, detail: '' }] })
    const layers = [
      { ...layerOf(['a'], [fileFinding('a', 't')]), ...told('FIRST') },
      { ...layerOf(['b'], [fileFinding('b', 't'), fileFinding('c', 'u')]), ...told('SECOND') },
      { ...layerOf([]), ...told('UNNAMED') },
      { ...layerOf([]), ...told('UNNAMED TOO') },
    ]
    const forth = assemble(imageOf(2), byBlob(layers), undefined)
    assert.deepEqual(
      forth.coverage.map(({ code }) => code),
      ['FIRST', 'SECOND', 'UNNAMED', 'UNNAMED TOO'],
    )
    const back = assemble(imageOf(2), new Map([...byBlob(layers)].reverse()), undefined)
    assert.deepEqual(back, forth)
  })

  it('says once that a layer has other bytes than were claimed, whoever found it out', () => {
    const image = imageOf(1)
    const [entry] = image.layers
    assert.ok(entry !== undefined)
    const claimed = { ...image, layers: [{ ...entry, diffId: `sha256:${'a'.repeat(64)}` as const }] }
    const layer = { ...layerOf([]), diffId: `sha256:${'b'.repeat(64)}` as const }
    const mismatch = { code: 'DIGEST_MISMATCH', effect: 'partial' as const, detail: 'of the stored bytes' }
    const byWorker = { ...layer, coverage: [mismatch] }
    const bySource = [{ ...mismatch, blobId: entry.blobId }]
    const detailsOf = (...[layers, told]: [(typeof layer)[], typeof bySource?]) =>
      assemble(claimed, byBlob(layers), undefined, undefined, told).coverage.map(({ detail }) => detail)
    assert.match(String(detailsOf([layer])), /^Layer \d is not what the image's config says/)
    assert.deepEqual(detailsOf([byWorker]), ['of the stored bytes'])
    assert.deepEqual(detailsOf([layer], bySource), [])
    assert.equal(detailsOf([layer], [{ ...mismatch, blobId: 'another' }]).length, 1)
  })

  it('without an image keeps findings with no place in it', () => {
    const { findings } = assemble(undefined, byBlob([layerOf(['a'], [fileFinding('a')])]), undefined)
    assert.deepEqual(
      findings.map(({ layer, exposure, origin }) => [layer, exposure, origin]),
      [[undefined, undefined, 'unknown']],
    )
  })
})
