import assert from 'node:assert/strict'
import fc from 'fast-check'
import { inOrder } from '../../../../src/sweep/enumerate/in-order.js'
import { kindOf } from '../../../../src/sweep/enumerate/listers/index.js'
import { NewestHeap } from '../../../../src/sweep/enumerate/newest.js'
import { namespacesOf, selectRepositories } from '../../../../src/sweep/enumerate/repository-globs.js'
import { tagTest } from '../../../../src/sweep/enumerate/tag-selection.js'
import type { TagSelection } from '../../../../src/sweep/types.js'

describe('sweep/enumerate selections', () => {
  const taken = (patterns: readonly string[], names: readonly string[], host = 'r.example.com') =>
    names.filter(selectRepositories(patterns, host).takes)

  it('takes repositories by glob, and the last pattern that matches decides', () => {
    const names = ['team/app', 'team/sandbox-1', 'team/sub/app', 'other/app', 'top']
    assert.deepEqual(taken(['team/*', '!team/sandbox-*'], names), ['team/app'])
    assert.deepEqual(taken(['team/**', '!team/sandbox-*'], names), ['team/app', 'team/sub/app'])
    assert.deepEqual(taken(['**', '!team/**', 'team/app'], names), ['team/app', 'other/app', 'top'])
    assert.deepEqual(taken(['{team,other}/app'], names), ['team/app', 'other/app'])
    assert.deepEqual(taken(['!team/**'], names), ['other/app', 'top'], 'all but these')
    assert.deepEqual(taken([], names), [])
  })

  it('needs no listing for names, and knows whose repositories globs mean', () => {
    const { named, needsListing } = selectRepositories(['alpine', 'team/app', 'team/app', 'x/y', '!x/*'], 'docker.io')
    assert.deepEqual(named, ['library/alpine', 'team/app'])
    assert.equal(needsListing, false)
    assert.deepEqual(namespacesOf(selectRepositories(['team/*', 'team/sub/**', 'ops/a-*'], 'q').prefixes), [
      'team',
      'ops',
    ])
    assert.equal(namespacesOf(selectRepositories(['team-*/x', 'ops/*'], 'q').prefixes), undefined)
  })

  const tags = (selection: Partial<TagSelection>, names: readonly string[]) =>
    names.filter(tagTest({ include: ['*'], exclude: [], ...selection }))

  it('takes tags by glob and regular expression', () => {
    const names = ['latest', '1.2.3', 'v1.3.0', '1.2.3-dev', 'nightly-2026']
    assert.deepEqual(tags({ exclude: ['*-dev', 'latest'] }, names), ['1.2.3', 'v1.3.0', 'nightly-2026'])
    assert.deepEqual(tags({ include: ['/^v?\\d+\\.\\d+\\.\\d+$/'] }, names), ['1.2.3', 'v1.3.0'])
    assert.deepEqual(tags({ include: ['nightly-*', 'latest'] }, names), ['latest', 'nightly-2026'])
  })

  it('takes tags that are versions in a range: with v, short forms and variants, and nothing that is no version', () => {
    const names = [
      '1',
      '1.2',
      '1.2.3',
      'v2.0.0',
      '1.9.0-alpine',
      '2.0.0-rc.1',
      '3.0',
      'latest',
      '20260101',
      'sha-1a2b3c',
    ]
    assert.deepEqual(tags({ semver: '>=1.2 <2' }, names), ['1.2', '1.2.3', '1.9.0-alpine'])
    assert.deepEqual(tags({ semver: '^2.0.0' }, names), ['v2.0.0'])
    assert.deepEqual(tags({ semver: '>=1' }, ['20260101']), ['20260101'], 'a date is a number')
  })

  it('keeps the newest of any stream as sorting all of it would', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: 1, max: 10 }), (numbers, most) => {
        const heap = new NewestHeap<number>(most, (one, other) => one < other)
        const fallen = numbers.flatMap((number) => heap.offer(number) ?? [])
        const sorted = [...numbers].sort((one, other) => other - one)
        assert.deepEqual(heap.newestFirst(), sorted.slice(0, most))
        assert.deepEqual(
          fallen.sort((one, other) => other - one),
          sorted.slice(most),
        )
      }),
    )
  })

  it('has several under way and gives results in order, reading no further ahead', async () => {
    let read = 0
    async function* numbers() {
      for (; read < 1000; read++) yield read
    }
    let under = 0
    let most = 0
    const seen: number[] = []
    for await (const number of inOrder(numbers(), 3, async (value) => {
      most = Math.max(most, ++under)
      await new Promise((resolve) => setTimeout(resolve, value % 2 === 0 ? 4 : 1))
      under--
      return value
    })) {
      seen.push(number)
      if (seen.length === 10) break
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert.equal(most, 3)
    assert.ok(read < 15, String(read))
  })

  it('N04: tells whose API lists a registry by its exact host', () => {
    const kinds = {
      'docker.io': 'docker-hub',
      'ghcr.io': 'ghcr',
      'registry.gitlab.com': 'gitlab',
      'quay.io': 'quay',
      '123456789012.dkr.ecr.eu-central-1.amazonaws.com': 'ecr',
      'mine.azurecr.io': 'acr',
      'europe-west1-docker.pkg.dev': 'artifact-registry',
      'eu.gcr.io': 'artifact-registry',
      'evil-docker.io': 'distribution',
      'docker.io.evil.com': 'distribution',
      'ghcr.io:5000': 'distribution',
      'registry.example.com:5000': 'distribution',
    }
    for (const [host, kind] of Object.entries(kinds)) assert.equal(kindOf({ host, kind: 'auto' }), kind, host)
    assert.equal(kindOf({ host: 'registry.example.com', kind: 'harbor' }), 'harbor')
  })
})
