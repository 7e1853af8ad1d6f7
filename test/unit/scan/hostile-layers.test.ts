// Layers that a stranger made to break out, to hide or to fill memory: what is in them is found, and nothing is written anywhere.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Entry, tarOf } from '../../fixtures/image-builder.js'
import { inFolder, scanOne, token } from './scan-fixture.js'

const file = (text: string): Entry => ({ bytes: Buffer.from(text) })
const secret = (name: string) => file(`key ${token(name)}\n`)

/** The ways out that containerd's and umoci's own tests try, as facts: what a layer holds, and how its path is told. */
const WAYS_OUT: readonly {
  readonly name: string
  readonly entries: readonly (readonly [string, Entry])[]
  readonly path: string
}[] = [
  { name: 'a path upwards', entries: [['../../way-out', secret('a')]], path: 'way-out' },
  { name: 'a path upwards in the middle', entries: [['a/../../../way-out', secret('b')]], path: 'way-out' },
  { name: 'an absolute path', entries: [['/etc/way-out', secret('c')]], path: 'etc/way-out' },
  {
    name: 'a file below a link to the root',
    entries: [
      ['root', { symlink: '/' }],
      ['root/way-out', secret('d')],
    ],
    path: 'root/way-out',
  },
  {
    name: 'a file below a link upwards',
    entries: [
      ['up', { symlink: '../../..' }],
      ['up/way-out', secret('e')],
    ],
    path: 'up/way-out',
  },
  {
    name: 'a file through two links',
    entries: [
      ['one', { symlink: 'two' }],
      ['two', { symlink: '../..' }],
      ['one/way-out', secret('f')],
    ],
    path: 'one/way-out',
  },
  {
    name: 'a hard link to a file outside, then written through',
    entries: [
      ['way-out', { hardlink: '../../way-out' }],
      ['way-out', secret('g')],
    ],
    path: 'way-out',
  },
  {
    name: 'a link in place of a folder that was there',
    entries: [
      ['dir/x', file('plain')],
      ['dir', { symlink: '/tmp' }],
      ['dir/way-out', secret('h')],
    ],
    path: 'dir/way-out',
  },
  {
    name: 'a whiteout with a path upwards',
    entries: [
      ['.wh...', file('')],
      ['../.wh.way-out', file('')],
      ['way-out', secret('i')],
    ],
    path: 'way-out',
  },
]

describe('hostile layers', () => {
  for (const { name, entries, path } of WAYS_OUT)
    it(`T09: ${name}: found, told by a path inside, written nowhere`, () =>
      inFolder(async (folder) => {
        const before = new Set(readdirSync(tmpdir()))
        const report = await scanOne({ layers: [{ raw: await tarOf(entries) }] })
        assert.deepEqual(
          report.findings.map(({ place }) => 'path' in place && place.path),
          [path],
        )
        for (const outside of [tmpdir(), process.cwd(), '/', '/etc', join(folder, '..')])
          assert.ok(!readdirSync(outside).includes('way-out'), outside)
        assert.deepEqual(
          readdirSync(tmpdir()).filter((entry) => entry.includes('way-out') && !before.has(entry)),
          [],
        )
      }))

  it('T01: a file of zeros that is a thousand times its packed size hides nothing before or behind it', async () => {
    const files = {
      first: `key ${token('first')}\n`,
      zeros: Buffer.alloc(64 * 1024 * 1024),
      last: `key ${token('last')}\n`,
    }
    const report = await scanOne({ layers: [{ files, compression: 'gzip' }] })
    assert.deepEqual(report.findings.map(({ place }) => 'path' in place && place.path).sort(), ['first', 'last'])
    assert.deepEqual(
      report.coverage.filter(({ effect }) => effect !== 'note'),
      [],
    )
  }).timeout(60_000)
})
