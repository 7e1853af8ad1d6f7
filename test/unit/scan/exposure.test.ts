import assert from 'node:assert/strict'
import { assemble } from '../../../src/scan/assemble.js'
import { byBlob, fileFinding, imageOf, layerOf } from './fixtures.js'

interface Case {
  readonly name: string
  /** Lowest first; entries as layerOf reads them. */
  readonly layers: readonly (readonly string[])[]
  /** The file that holds the secret, and the layer it is found in (default 0). */
  readonly path?: string
  readonly at?: number
  readonly expected: 'final' | 'deleted' | 'overwritten'
  readonly removedBy?: number
}

const CASES: readonly Case[] = [
  { name: 'T10: file whited out', layers: [['app/.env'], ['!app/.env']], expected: 'deleted', removedBy: 1 },
  { name: 'T10: folder whited out', layers: [['app/.env'], ['!app']], expected: 'deleted', removedBy: 1 },
  {
    name: 'T10: opaque folder',
    layers: [['app/.env'], ['app/', 'app/*', 'app/new']],
    expected: 'deleted',
    removedBy: 1,
  },
  { name: 'folder replaced by a file', layers: [['app/.env'], ['app']], expected: 'deleted', removedBy: 1 },
  {
    name: 'a parent turned into a symlink',
    layers: [['srv/app/.env'], ['srv -> /opt']],
    path: 'srv/app/.env',
    expected: 'deleted',
    removedBy: 1,
  },
  {
    name: 'file replaced by a folder',
    layers: [['app/.env'], ['app/', 'app/.env/', 'app/.env/x']],
    expected: 'overwritten',
    removedBy: 1,
  },
  {
    name: 'file replaced by a folder that is not listed',
    layers: [['app/.env'], ['app/.env/x']],
    expected: 'overwritten',
    removedBy: 1,
  },
  {
    name: 'file replaced by a symlink',
    layers: [['app/.env'], ['app/.env -> /dev/null']],
    expected: 'overwritten',
    removedBy: 1,
  },
  {
    name: 'deleted and added again without it',
    layers: [['app/.env'], ['!app/.env'], ['app/.env']],
    expected: 'overwritten',
    removedBy: 1,
  },
  {
    name: 'overwritten, then deleted',
    layers: [['app/.env'], ['app/.env'], ['!app/.env']],
    expected: 'deleted',
    removedBy: 1,
  },
  {
    name: 'hard link to the deleted file',
    layers: [['app/.env', 'etc/copy => app/.env'], ['!app/.env']],
    expected: 'final',
  },
  {
    name: 'hard link to a hard link',
    layers: [
      ['app/.env', 'a => app/.env', 'b => a'],
      ['!app/.env', '!a'],
    ],
    expected: 'final',
  },
  {
    name: 'hard link made by a later layer',
    layers: [['app/.env'], ['copy => app/.env'], ['!app/.env']],
    expected: 'final',
  },
  {
    name: 'both names deleted',
    layers: [
      ['app/.env', 'copy => app/.env'],
      ['!app/.env', '!copy'],
    ],
    expected: 'deleted',
    removedBy: 1,
  },
  {
    name: 'whiteout beside the file: the lower one',
    layers: [['app/.env'], ['!app/.env', 'app/.env']],
    expected: 'overwritten',
    removedBy: 1,
  },
  {
    name: 'whiteout beside the file: the same layer’s',
    layers: [['app/.env'], ['!app/.env', 'app/.env']],
    at: 1,
    expected: 'final',
  },
  { name: 'last layer', layers: [['other'], ['app/.env']], at: 1, expected: 'final' },
  {
    name: 'a sibling changes',
    layers: [
      ['app/', 'app/.env'],
      ['app/', 'app/other', '!app/gone'],
    ],
    expected: 'final',
  },
  { name: 'opaque root', layers: [['app/.env'], ['.wh..wh..opq']], expected: 'deleted', removedBy: 1 },
  { name: 'a name that only begins alike', layers: [['app/.env'], ['!app/.en', '!ap']], expected: 'final' },
]

describe('exposure', () => {
  for (const { name, layers, path = 'app/.env', at = 0, expected, removedBy } of CASES) {
    it(`${name}: ${expected}`, () => {
      const results = layers.map((entries, index) => layerOf(entries, index === at ? [fileFinding(path)] : []))
      const { findings } = assemble(imageOf(layers.length), byBlob(results), undefined)
      assert.equal(findings.length, 1)
      assert.equal(findings[0]?.exposure, expected)
      assert.equal(findings[0]?.removedBy?.index, removedBy)
    })
  }

  it('rewritten with the same bytes: one finding, final, with the lower place beside it', () => {
    const layers = [
      layerOf(['app/.env'], [fileFinding('app/.env', 'tag1')]),
      layerOf(['app/.env'], [fileFinding('app/.env', 'tag1')]),
    ]
    const { findings } = assemble(imageOf(2), byBlob(layers), undefined)
    assert.equal(findings.length, 1)
    assert.deepEqual([findings[0]?.exposure, findings[0]?.layer?.index], ['final', 1])
    assert.deepEqual(
      findings[0]?.related.map(({ role, exposure, layer }) => [role, exposure, layer?.index]),
      [['same-place', 'overwritten', 0]],
    )
  })

  it('a folder whose own name holds the secret stays when it is listed again, and goes with a whiteout', () => {
    const place = { kind: 'file-name', path: 'keys/tok' } as const
    const named = { ...fileFinding('keys/tok'), place }
    const lower = layerOf(['keys/', 'keys/tok/'], [named])
    const again = assemble(imageOf(2), byBlob([lower, layerOf(['keys/', 'keys/tok/', 'keys/tok/x'])]), undefined)
    assert.equal(again.findings[0]?.exposure, 'final')
    const gone = assemble(imageOf(2), byBlob([lower, layerOf(['!keys/tok'])]), undefined)
    assert.equal(gone.findings[0]?.exposure, 'deleted')
  })

  it('counts each of very many hard links to one file, whose secret stays until the last of them is gone', function () {
    // Where each link copied those before it this took minutes.
    this.timeout(20_000)
    const names = Array.from({ length: 200_000 }, (_, number) => `links/name-${number}`)
    const hardLinks = names.map((path) => ({ path, target: 'app/.env' }))
    const lower = { ...layerOf(['app/.env'], [fileFinding('app/.env'), fileFinding('app/.env')]), hardLinks }
    const all = assemble(imageOf(2), byBlob([lower, layerOf(['!app'])]), undefined)
    assert.deepEqual([...new Set(all.findings.map(({ exposure }) => exposure))], ['final'])
    const none = assemble(imageOf(2), byBlob([lower, layerOf(['!app', '!links'])]), undefined)
    assert.deepEqual([...new Set(none.findings.map(({ exposure }) => exposure))], ['deleted'])
  })
})
