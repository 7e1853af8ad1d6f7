// An SQLite database, or its write-ahead log, as an archive whose members are the tables.
import type { Issue } from '../../support/issue.js'
import { inPieces } from '../cell-text.js'
import type { NestedEntry } from '../nested.js'
import { MOST_BYTES, readPages, SQLITE_MAGIC, type SqlitePages } from './pages.js'
import { tableTexts } from './tables.js'
import { isWriteAhead, readWriteAhead } from './write-ahead.js'

export type SqliteKind = 'sqlite' | 'sqlite-log'

/** What package managers list in it is public; every image of theirs has it. */
const OF_PACKAGES = /(?:^|\/)(?:rpm\/rpmdb\.sqlite|dnf\/history\.sqlite)(?:-wal)?$/

/** What a file is by its first bytes, given as latin1 too. */
export function sniffSqlite(path: string, head: Uint8Array, text: string): SqliteKind | undefined {
  const kind = text.startsWith(SQLITE_MAGIC) ? 'sqlite' : isWriteAhead(head) ? 'sqlite-log' : undefined
  return kind === undefined || OF_PACKAGES.test(path) ? undefined : kind
}

/** The tables. Never throws for bad input: an issue says that something could not be read. */
export async function* readSqlite(
  kind: SqliteKind,
  bytes: AsyncIterable<Uint8Array>,
  on: (issue: Issue) => void,
): AsyncGenerator<NestedEntry> {
  const pages = kind === 'sqlite' ? await readPages(bytes) : await readWriteAhead(bytes)
  if (pages === undefined) return
  for (const { name, lines, at } of tableTexts(pages)) yield { path: name, body: inPieces(lines), at }
  // A log holds what was written last; the rest is in its database.
  if (pages.missing > 0 && (kind === 'sqlite' || pages.isCut)) on(missingPages(pages))
}

/** What is too large is scanned nonetheless, as bytes: a scan is whole with it. */
function missingPages({ isCut }: SqlitePages): Issue {
  const rest = 'pages of its tables could not be read and were scanned as they lie.'
  return isCut
    ? { code: 'LIMIT_DATABASE_SIZE', effect: 'note', detail: `A database is larger than ${MOST_BYTES} bytes: ${rest}` }
    : { code: 'SQLITE_PARTIAL', effect: 'partial', detail: `A database is damaged: ${rest}` }
}
