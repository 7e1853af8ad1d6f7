import assert from 'node:assert/strict'
import type { ImageDescription } from '../../../src/image/types.js'
import { type BaseCandidate, baseOf, namedBase, searchedBase } from '../../../src/scan/base-image.js'
import type { TargetReport } from '../../../src/scan/types.js'
import { digestOf, finding, fingerprintOf, target } from '../report/sample-report.js'

const imageOf = (letters: string, annotations: Record<string, string> = {}): ImageDescription => ({
  imageId: digestOf('f'),
  platform: 'linux/amd64',
  annotations,
  layers: [...letters].map((letter, index) => ({ index, blobId: letter, diffId: digestOf(letter) })),
})
const candidate = (name: string, letters: string): BaseCandidate => ({
  names: [name],
  diffIds: [...letters].map(digestOf),
})

/** Answers with an image that has the layers "ab"; remembers what it was asked for. */
function recorder(): { asked: string[]; scan: (reference: string) => Promise<readonly TargetReport[]> } {
  const asked: string[] = []
  const scan = async (reference: string) => {
    asked.push(reference)
    return [target({ image: imageOf('ab'), findings: [finding({ fingerprint: fingerprintOf('q') })] })]
  }
  return { asked, scan }
}

describe('the base of an image', () => {
  it('is its layers and the findings of its config', () => {
    const base = baseOf(target({ image: imageOf('ab'), findings: [finding()] }))
    assert.deepEqual(base.diffIds, [digestOf('a'), digestOf('b')])
    assert.deepEqual([...base.configEntries], [fingerprintOf('a')])
  })

  const searches: [string, ImageDescription, BaseCandidate[], string[]][] = [
    [
      'the longest beginning',
      imageOf('abcd'),
      [candidate('one:1', 'a'), candidate('two:1', 'ab'), candidate('other:1', 'ac')],
      ['docker:two:1'],
    ],
    ['no image with all its layers', imageOf('ab'), [candidate('same:1', 'ab'), candidate('more:1', 'abc')], []],
    ['no image without layers', imageOf('ab'), [candidate('empty:1', '')], []],
    [
      'the image that its annotations name',
      imageOf('abcd', { 'org.opencontainers.image.base.name': 'docker.io/library/one:1' }),
      [candidate('one:1', 'a'), candidate('two:1', 'ab')],
      ['docker:one:1'],
    ],
    [
      'nothing that only its annotations know',
      imageOf('abcd', { 'org.opencontainers.image.base.name': 'registry.attacker.example/x:1' }),
      [],
      [],
    ],
    [
      'nothing for an annotation that is no reference',
      imageOf('abcd', { 'org.opencontainers.image.base.name': 'archive:/etc/passwd' }),
      [candidate('one:1', 'z')],
      [],
    ],
  ]
  for (const [name, image, candidates, asked] of searches) {
    it(`is searched: ${name}`, async () => {
      const record = recorder()
      const base = await searchedBase(candidates, record.scan)(image)
      assert.deepEqual(record.asked, asked)
      assert.equal(base === undefined, asked.length === 0)
    })
  }

  it('must be readable where it is named', async () => {
    const failed = target({ failed: { code: 'NOT_FOUND', message: 'There is none.', exitCode: 4 } })
    await assert.rejects(
      namedBase('gone:1', async () => [failed]),
      /The base image cannot be read\. There is none\./,
    )
  })
})
