// The cache's folder: who may use it, how big it gets, what goes first. Knows nothing of what the files hold.
import { lstat, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import envPaths from 'env-paths'
import { writeAtomic } from '../support/atomic.js'

/** Kinds of entries, a subfolder each. */
const KINDS = ['layers', 'blobs', 'configs'] as const
export type EntryKind = (typeof KINDS)[number]

const NAME = /^[0-9a-f]{64}$/
/** Leftovers of processes that were killed while writing. */
const TEMPORARY = /\.tmp$/
const LEFTOVER_MS = 60 * 60 * 1000
/** Pruned down to this share of the limit, so that not every run prunes. */
const PRUNE_TO = 0.9

/** XDG's cache folder, or the system's own. */
export function cacheFolder(): string {
  return envPaths('secretscan', { suffix: '' }).cache
}

export class CacheFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** Makes the folder where it is missing (0700). Undefined where it cannot be used or could be written by somebody else. */
  static async open(path: string): Promise<CacheFolder | undefined> {
    try {
      for (const folder of [path, ...KINDS.map((kind) => join(path, kind))]) {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        if (!(await isOurs(folder))) return undefined
      }
      return new CacheFolder(path)
    } catch {
      return undefined
    }
  }

  /** `name`: 64 hex digits. Reading is a use: what was not used for longest goes first. */
  async read(kind: EntryKind, name: string): Promise<Uint8Array | undefined> {
    const file = join(this.path, kind, name)
    try {
      const bytes = await readFile(file)
      const now = new Date()
      await utimes(file, now, now).catch(() => {})
      return bytes
    } catch {
      return undefined
    }
  }

  /** Replaces the file in one step (0600). A full disk costs the entry, not the scan. */
  async write(kind: EntryKind, name: string, bytes: Uint8Array): Promise<void> {
    await writeAtomic(join(this.path, kind, name), bytes, { mode: 0o600 }).catch(() => {})
  }

  /** Removes what was not used for longest until the rest fits into `maxBytes`. Other processes may do the same at the same time. */
  async prune(maxBytes: number): Promise<void> {
    const entries = await this.entries()
    let total = entries.reduce((sum, entry) => sum + entry.bytes, 0)
    if (total <= maxBytes) return
    for (const entry of entries.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= maxBytes * PRUNE_TO) return
      await rm(entry.file, { force: true })
      total -= entry.bytes
    }
  }

  async entries(): Promise<{ readonly file: string; readonly bytes: number; readonly usedAt: number }[]> {
    const found = []
    for (const kind of KINDS) {
      for (const name of await readdir(join(this.path, kind))) {
        const file = join(this.path, kind, name)
        const entry = await stat(file).catch(() => undefined)
        if (entry === undefined) continue
        if (NAME.test(name)) found.push({ file, bytes: entry.size, usedAt: entry.mtimeMs })
        else if (TEMPORARY.test(name) && Date.now() - entry.mtimeMs > LEFTOVER_MS) await rm(file, { force: true })
      }
    }
    return found
  }
}

/** A folder, no link, that belongs to this user and that nobody else may enter. */
async function isOurs(folder: string): Promise<boolean> {
  const entry = await lstat(folder)
  if (!entry.isDirectory()) return false
  const uid = process.getuid?.()
  return uid === undefined || (entry.uid === uid && (entry.mode & 0o077) === 0)
}
