// Reads the files that a project names, each once, within bounds. Nothing else is ever opened.
import { constants } from 'node:fs'
import { open, readlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { UsageError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import { type SourceText, sourceText } from '../support/source-text.js'
import { ComposeFileError } from './errors.js'
import type { ProjectFile, ProjectIssue } from './types.js'

/** Bytes; Compose files are read whole. */
const MAX_FILE_SIZE = 8 * 1024 * 1024
/** As Linux follows. */
const MOST_LINKS = 40

export interface ProjectReader {
  readonly files: readonly ProjectFile[]
  readonly issues: ProjectIssue[]
  /** Undefined where there is no such file; an env file is named by what its links lead to. Throws ComposeFileError for folders, devices, files that are too big or not UTF-8. */
  read(file: string, kind: ProjectFile['kind']): Promise<SourceText | undefined>
  /** As read(), but what cannot be read becomes an issue; `named` says who names the file, e.g. "services.web.env_file". */
  readNamed(file: string, kind: ProjectFile['kind'], named: string): Promise<SourceText | undefined>
  /** As readNamed() of a Compose file, for the sake of `extends`: its other services are none of the project's. */
  readExtended(file: string, named: string): Promise<SourceText | undefined>
}

/** Git references, OCI artifacts and URLs, which newer Compose versions can include. */
export function isRemote(path: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/)/i.test(path)
}

const ABSENT = ['ENOENT', 'ENOTDIR']

/** Opens without waiting, so that a named pipe is refused instead of read for ever. */
async function readBounded(file: string): Promise<Uint8Array | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    if (ABSENT.includes(error.code ?? '')) return undefined
    const isForbidden = error.code === 'EACCES' || error.code === 'EPERM'
    const hint = isForbidden ? 'Check its owner and permissions, and those of the folders above it.' : undefined
    throw new ComposeFileError(`cannot be read (${error.code ?? 'unknown error'})`, { file }, hint)
  })
  if (handle === undefined) return undefined
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new ComposeFileError('is not a regular file', { file })
    if (stat.size > MAX_FILE_SIZE) throw new ComposeFileError('is larger than 8 MiB', { file })
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

/** An env file that is a link is what it names: other projects have the same one by their own links. */
async function behindLinks(file: string, most = MOST_LINKS): Promise<string> {
  const target = most === 0 ? undefined : await readlink(file).catch(() => undefined)
  return target === undefined ? file : behindLinks(resolve(dirname(file), target), most - 1)
}

/** `overlay`: bytes that stand for what is on the disk, by absolute path: a project as it would be after an edit. */
export function projectReader(overlay: ReadonlyMap<string, Uint8Array> = new Map()): ProjectReader {
  const files: ProjectFile[] = []
  const issues: ProjectIssue[] = []
  const known = new Map<string, SourceText>()
  const extended = new Set<string>()
  const read: ProjectReader['read'] = async (named, kind) => {
    const file = kind === 'dotenv' || kind === 'env-file' ? await behindLinks(named) : named
    extended.delete(file)
    const before = known.get(file)
    if (before !== undefined) return before
    const bytes = overlay.get(file) ?? (await readBounded(file))
    if (bytes === undefined) return undefined
    const source = sourceText(file, bytes)
    known.set(file, source)
    files.push({ file, kind, bytes })
    return source
  }
  const readNamed: ProjectReader['readNamed'] = async (file, kind, named) => {
    let reason = isRemote(file) ? 'is remote; only local files are read' : 'is not there'
    try {
      const source = isRemote(file) ? undefined : await read(file, kind)
      if (source !== undefined) return source
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      reason = error.message.slice(error.message.lastIndexOf(': ') + 2)
    }
    issues.push({
      code: 'COMPOSE_FILE_MISSING',
      effect: 'skipped',
      file,
      detail: `${printable(file)}, named by ${printable(named)}, ${reason}`,
    })
    return undefined
  }
  const readExtended: ProjectReader['readExtended'] = async (file, named) => {
    const isOwn = known.has(file) && !extended.has(file)
    const source = await readNamed(file, 'compose', named)
    if (!isOwn) extended.add(file)
    return source
  }
  return {
    get files() {
      return files.map((file) => (extended.has(file.file) ? { ...file, extended: true as const } : file))
    },
    issues,
    read,
    readNamed,
    readExtended,
  }
}
