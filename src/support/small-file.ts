// Files of a stranger's folder that are read because of their names: never a pipe, which would be waited for, nor gigabytes of a database.
import { readFile, stat } from 'node:fs/promises'

/** More than anybody writes by hand. */
const MOST_BYTES = 1_000_000

/** The bytes of a regular file of at most `most` bytes; undefined for all else, and where it cannot be read. */
export async function smallFile(path: string, most = MOST_BYTES): Promise<Buffer | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true || found.size > most) return undefined
  return readFile(path).catch(() => undefined)
}
