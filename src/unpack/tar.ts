// A tar archive as a stream of entries. Reads what Docker's reader reads, and goes on where that one stops: nothing in a layer may
// hide behind an odd header. Nothing is ever written to the disk.
import type { Issue } from '../support/issue.js'
import { TarArchive } from './tar-archive.js'
import type { EntryBody, TarEntryType } from './tar-entry.js'

export { normalizePath } from './path.js'
export { TarArchive } from './tar-archive.js'
export type { EntryBody, TarEntryType } from './tar-entry.js'

export interface TarEntry {
  /** As in the archive, decoded; not normalised. */
  readonly path: string
  /** Only where the name is not valid UTF-8. */
  readonly pathBytes?: Uint8Array
  readonly type: TarEntryType
  /** Bytes that `body` gives. */
  readonly size: number
  readonly linkName?: string
  /** Extended attributes by name, and other pax records by their key. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>
  readonly uid: number
  readonly gid: number
  readonly mode: number
  /** Can be read once, and only until the next entry is asked for. */
  readonly body: EntryBody
}

export interface ReadTarOptions {
  readonly on: (issue: Issue) => void
  /** Entries read as such; the rest is given as one 'salvage' entry. Default 5,000,000. */
  readonly maxEntries?: number
}

/**
 * Yields every entry. A body that is not read is passed over. After bad data: an Issue TAR_PARTIAL, and one entry of type 'salvage'
 * whose body is the rest of the stream. What follows the end marker is read too. Throws only what the source throws.
 */
export async function* readTar(bytes: AsyncIterable<Uint8Array>, options: ReadTarOptions): AsyncGenerator<TarEntry> {
  const archive = new TarArchive(bytes, options)
  try {
    for (;;) {
      const entry = archive.atHand() ?? (await archive.next())
      if (entry === undefined) return
      yield entry
    }
  } finally {
    await archive.close()
  }
}
