// Differential test: what our reader sees in odd archives against what Docker's reader (Go's archive/tar) sees. It may see more, never less.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/support/package-root.js'
import { readTar } from '../../src/unpack/tar.js'
import { inPieces } from '../fixtures/streams.js'
import { archive, END, entry, gnuLong, header, padded, pax } from '../fixtures/tar-builder.js'

interface OracleEntry {
  readonly name: string
  readonly type: string
  readonly size: number
  readonly linkname: string
  readonly sha256: string
}

const TYPES: Readonly<Record<string, string>> = {
  '0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
}

/** Odd archives, made byte by byte. */
const ODD: Readonly<Record<string, Buffer>> = {
  'v7 headers': archive(
    entry({ name: 'old', format: 'v7' }, 'one'),
    entry({ name: 'dir/', type: '\0', format: 'v7' }),
    entry({ name: 'older', type: '\0' }, 'two'),
  ),
  'links with sizes': archive(header({ name: 'l', type: '1', size: 512, linkName: 'x' }), entry({ name: 'a' }, 'one')),
  'a file that ends in a slash': archive(entry({ name: 'odd/' }, 'x'.repeat(600)), entry({ name: 'b' }, 'two')),
  'GNU magic with a prefix': archive(entry({ name: 'b', format: 'gnu', prefix: 'some/folder' }, 'one')),
  'GNU magic with times': archive(entry({ name: 'b', format: 'gnu', raw: { 345: '00000000001\0' } }, 'one')),
  'a star prefix': archive(
    entry({ name: 'b', prefix: 'p'.repeat(131), raw: { 476: '00000000001\0', 508: 'tar\0' } }, 'one'),
  ),
  'global headers with path and size': archive(
    pax(
      [
        ['path', 'g'],
        ['size', '1'],
      ],
      'g',
    ),
    entry({ name: 'a' }, 'one'),
  ),
  'long names over pax over ustar': archive(
    gnuLong('L', 'l/'.repeat(90)),
    pax([
      ['path', 'p'],
      ['linkpath', 't'],
    ]),
    entry({ name: 'a', type: '2', linkName: 'x' }),
  ),
  'two pax headers': archive(
    pax([
      ['path', 'first'],
      ['linkpath', 'lost'],
    ]),
    pax([['path', 'second']]),
    entry({ name: 'a' }, 'one'),
  ),
  'pax size': archive(
    pax([['size', '+600']]),
    header({ name: 'a', size: 3 }),
    padded(Buffer.alloc(600, 'x')),
    entry({ name: 'b' }, 'two'),
  ),
  'empty pax values': archive(
    pax([
      ['path', ''],
      ['size', ''],
    ]),
    entry({ name: 'a' }, 'one'),
  ),
  'sizes in odd octal': archive(
    entry({ name: 'a', raw: { 124: '\0         3\0' } }, 'one'),
    entry({ name: 'b', raw: { 124: '   3\0junk   ' } }, 'two'),
  ),
  'a size in base 256': archive(
    entry({ name: 'a', raw: { 124: Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]) } }, 'one'),
  ),
  'a signed checksum': archive(entry({ name: 'caf\u00e9', checksum: 'signed' }, 'one')),
  'padding that is not zero': Buffer.concat([
    header({ name: 'a', size: 3 }),
    Buffer.alloc(512, 'x'),
    entry({ name: 'b' }, 'two'),
    END,
  ]),
  'type X and letters': archive(
    entry({ name: 'a', type: 'X' }, 'one'),
    entry({ name: 'b', type: 'Z' }, 'two'),
    entry({ name: 'c', type: '7' }, 'three'),
  ),
  'two archives in one': Buffer.concat([archive(entry({ name: 'a' }, 'one')), archive(entry({ name: 'b' }, 'two'))]),
  'no end marker': entry({ name: 'a' }, 'one'),
  'one entry twice': archive(entry({ name: 'a' }, 'one'), entry({ name: 'a' }, 'two')),
}

async function ours(bytes: Uint8Array): Promise<string[]> {
  const seen: string[] = []
  for await (const { path, type, linkName, body } of readTar(inPieces(bytes, 4096), { on: () => {} })) {
    const sum = createHash('sha256')
    for await (const chunk of body) sum.update(chunk)
    seen.push(JSON.stringify([path, type, linkName ?? '', sum.digest('hex')]))
  }
  return seen
}

describe("reading tar archives as Docker's reader does", function () {
  this.timeout(120_000)
  let folder = ''
  let oracle = ''

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-oracle-'))
    oracle = join(folder, 'oracle')
    const built = spawnSync('go', ['build', '-o', oracle, '.'], {
      cwd: join(packageRoot(), 'test/fixtures/tar-oracle'),
      encoding: 'utf8',
    })
    assert.equal(
      built.status,
      0,
      `this test needs Go (Debian: apt-get install golang-go): ${built.error?.message ?? built.stderr}`,
    )
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  /** Go's global headers are entries to it and "other" to us; their contents are not a file's. */
  function theirs(bytes: Uint8Array): string[] {
    const run = spawnSync(oracle, { input: bytes, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    assert.equal(run.status, 0, run.stderr)
    const entries = run.stdout
      .split('\n')
      .filter(Boolean)
      .map((line): OracleEntry => JSON.parse(line))
    return entries
      .filter(({ type }) => type !== 'g')
      .map(({ name, type, linkname, sha256 }) => JSON.stringify([name, TYPES[type] ?? 'other', linkname, sha256]))
  }

  for (const [name, bytes] of Object.entries(ODD)) {
    it(name, async () => {
      const expected = theirs(bytes)
      assert.ok(expected.length > 0)
      const seen = await ours(bytes)
      for (const wanted of expected) assert.ok(seen.includes(wanted), `${wanted} is not among\n${seen.join('\n')}`)
    })
  }

  const WRITERS: Readonly<Record<string, readonly string[]>> = {
    'GNU format': ['--format=gnu'],
    'old GNU format': ['--format=oldgnu'],
    'pax format': ['--format=pax'],
    'ustar format': ['--format=ustar', '--exclude=long*', '--exclude=caf*'],
    'v7 format': ['--format=v7', '--exclude=long*', '--exclude=caf*', '--exclude=fifo'],
    'sparse, GNU format': ['--sparse', '--format=gnu'],
    'sparse, pax 0.0': ['--sparse', '--format=pax', '--sparse-version=0.0'],
    'sparse, pax 0.1': ['--sparse', '--format=pax', '--sparse-version=0.1'],
    'sparse, pax 1.0': ['--sparse', '--format=pax', '--sparse-version=1.0'],
  }
  for (const [name, flags] of Object.entries(WRITERS)) {
    it(`what GNU tar writes: ${name}`, async () => {
      const tree = makeTree(join(folder, 'tree'))
      const bytes = execFileSync('tar', [...flags, '-cf', '-', '-C', tree, '.'], { maxBuffer: 64 * 1024 * 1024 })
      assert.deepEqual(await ours(bytes), theirs(bytes))
    })
  }
})

/** A few files of each kind; one with 40 holes, so that a GNU header needs extension blocks. */
function makeTree(tree: string): string {
  rmSync(tree, { recursive: true, force: true })
  mkdirSync(join(tree, 'folder'), { recursive: true })
  writeFileSync(join(tree, 'folder/plain'), 'plain')
  writeFileSync(join(tree, `long-${'n'.repeat(150)}`), 'long name')
  writeFileSync(join(tree, 'caf\u00e9'), 'not ascii')
  symlinkSync('folder/plain', join(tree, 'link'))
  symlinkSync(`folder/${'t'.repeat(150)}`, join(tree, 'long-link'))
  execFileSync('mkfifo', [join(tree, 'fifo')])
  const sparse = Buffer.alloc(40 * 16_384)
  for (let at = 8192; at < sparse.length; at += 16_384) sparse.write(`data at ${at}`, at)
  writeFileSync(join(tree, 'sparse'), sparse)
  execFileSync('cp', ['--sparse=always', join(tree, 'sparse'), join(tree, 'sparse-holes')])
  rmSync(join(tree, 'sparse'))
  writeFileSync(join(tree, 'hole-at-end'), 'start')
  truncateSync(join(tree, 'hole-at-end'), 500_000)
  return tree
}
