// Archives and compressed files inside a layer's files: opened in memory, within a budget, without ever writing to the disk.
import type { Issue } from '../support/issue.js'
import { readAr } from './ar.js'
import type { CellPlace } from './cell-text.js'
import { decompress, sniffCompression } from './compression.js'
import { readLoose, sniffGit } from './git-objects.js'
import { readPack } from './git-pack.js'
import type { NestedBudget } from './nested-budget.js'
import { isOfficeText, officeText } from './office-text.js'
import { isRedisDump, readRedis } from './redis/redis.js'
import { readSqlite, type SqliteKind, sniffSqlite } from './sqlite/sqlite.js'
import { readTar } from './tar.js'
import { isHeader } from './tar-header.js'
import { readZip } from './zip.js'

export { NestedBudget } from './nested-budget.js'

export type NestedKind =
  | 'zip'
  | 'tar'
  | 'gzip'
  | 'zstd'
  | 'xz'
  | 'bzip2'
  | 'ar'
  | 'git-pack'
  | 'git-loose'
  | 'redis'
  | 'office-text'
  | SqliteKind

export interface NestedEntry {
  /** As in the archive; of a compressed file its name without the ending. */
  readonly path: string
  /** Bytes, where known before reading. */
  readonly size?: number
  /** Can be read once, and only until the next entry is asked for. */
  readonly body: AsyncIterable<Uint8Array>
  /** The body cannot be read: it is empty, and an Issue says so. */
  readonly encrypted?: boolean
  /** Of a git object, whose `path` is its ID: its path in the history where that is known, else "". */
  readonly gitPath?: string
  /** Of a table's text: whose value stands at an offset of it, once that was read. */
  readonly at?: (offset: number) => CellPlace | undefined
}

export interface OpenNestedOptions {
  readonly on: (issue: Issue) => void
  /** One for each outermost file; shared by everything opened inside it. */
  readonly budget: NestedBudget
  /** Path of the file that is opened: a compressed file's entry is named after it. */
  readonly path?: string
}

/** Bytes of a file that sniffNested wants to see. */
const NESTED_HEAD = 512

const TAR_MAGIC_AT = 257
const COMPRESSED_ENDING = /\.(?:gz|xz|bz2|zst|zstd|tgz|txz|tbz2?|tzst)$/i
const TAR_ENDINGS: Readonly<Record<string, string>> = {
  tgz: '.tar',
  txz: '.tar',
  tbz: '.tar',
  tbz2: '.tar',
  tzst: '.tar',
}

/** What kind of archive or compressed file begins with `head`; the path counts only for a tar without a magic number. */
export function sniffNested(path: string, head: Uint8Array): NestedKind | undefined {
  const compression = sniffCompression(head)
  if (compression !== 'none') return compression
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, NESTED_HEAD)).toString('latin1')
  if (text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06') || text.startsWith('PK\x07\x08')) return 'zip'
  if (text.startsWith('!<arch>\n')) return 'ar'
  const database = sniffSqlite(path, head, text)
  if (database !== undefined) return database
  if (isRedisDump(text)) return 'redis'
  if (isOfficeText(path, text)) return 'office-text'
  const git = sniffGit(path, head)
  if (git !== undefined) return git
  if (text.startsWith('ustar', TAR_MAGIC_AT) && isHeader(head)) return 'tar'
  if (/\.tar$/i.test(path) && head.length >= NESTED_HEAD) return 'tar'
  // By its name too: bytes, such as a start script, may stand in front of a zip.
  return /\.(?:zip|jar|war|ear|whl|egg|apk|nupkg)$/i.test(path) && head.length > 0 ? 'zip' : undefined
}

/**
 * Yields what is inside. A file in it that is an archive itself is yielded as such: the caller opens it with the same budget, and
 * counts the depth. Never throws for bad input: Issues say what could not be read.
 */
export async function* openNested(
  kind: NestedKind,
  bytes: AsyncIterable<Uint8Array>,
  options: OpenNestedOptions,
): AsyncGenerator<NestedEntry> {
  const { budget, on } = options
  if (kind === 'git-pack' || kind === 'git-loose') return yield* gitEntries(kind, bytes, options)
  const compressed = budget.countInput(bytes)
  for await (const entry of entriesOf(kind, compressed.bytes, options)) {
    if (!budget.openEntry(on)) return
    yield { ...entry, body: budget.spend(entry.body, compressed.seen, on) }
    if (budget.exhausted) return
  }
}

/** Bounded by itself: thousands of versions of one file expand as no archive does. Trees hold names only. */
async function* gitEntries(
  kind: 'git-pack' | 'git-loose',
  bytes: AsyncIterable<Uint8Array>,
  { on, path = '' }: OpenNestedOptions,
): AsyncGenerator<NestedEntry> {
  const hash = /-[0-9a-f]{64}\.pack$/.test(path) ? 'sha256' : 'sha1'
  const objects = kind === 'git-pack' ? readPack(bytes, { on, hash }) : readLoose(bytes, { on, path })
  for await (const { id, type, bytes: content, path: gitPath = '' } of objects) {
    if (type !== 'tree' && content.length > 0) yield { path: id, size: content.length, body: once(content), gitPath }
  }
}

function entriesOf(
  kind: Exclude<NestedKind, 'git-pack' | 'git-loose'>,
  bytes: AsyncIterable<Uint8Array>,
  options: OpenNestedOptions,
): AsyncIterable<NestedEntry> {
  if (kind === 'zip') return readZip(bytes, options.on)
  if (kind === 'ar') return readAr(bytes, options.on)
  if (kind === 'sqlite' || kind === 'sqlite-log') return readSqlite(kind, bytes, options.on)
  if (kind === 'office-text') return one({ path: 'text.txt', body: officeText(bytes) })
  if (kind === 'redis') return readRedis(bytes, options.on)
  return kind === 'tar' ? tarEntries(bytes, options) : singleFile(bytes, options)
}

async function* one(entry: NestedEntry): AsyncGenerator<NestedEntry> {
  yield entry
}

async function* tarEntries(bytes: AsyncIterable<Uint8Array>, { on }: OpenNestedOptions): AsyncGenerator<NestedEntry> {
  for await (const { path, size, type, body, linkName, xattrs } of readTar(bytes, { on })) {
    if (linkName !== undefined) yield textEntry(`${path} (link target)`, Buffer.from(linkName))
    for (const [name, value] of xattrs) yield textEntry(`${path} (attribute ${name})`, value)
    if (type === 'salvage') yield { path, body }
    else if (size > 0) yield { path, size, body }
  }
}

async function* singleFile(
  bytes: AsyncIterable<Uint8Array>,
  { on, path = '' }: OpenNestedOptions,
): AsyncGenerator<NestedEntry> {
  yield { path: innerName(path), body: decompress(bytes, { on }) }
}

/** "a/app.tar.gz" holds "app.tar", "a/app.tgz" too. */
function innerName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name.replace(COMPRESSED_ENDING, (ending) => TAR_ENDINGS[ending.slice(1).toLowerCase()] ?? '')
}

function textEntry(path: string, value: Uint8Array): NestedEntry {
  return { path, size: value.length, body: once(value) }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
