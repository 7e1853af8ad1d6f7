// Git objects as .git folders hold them, loose ones here and packs in git-pack.ts. Knows the forms, and follows no reference.
import { createHash } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import type { Issue } from '../support/issue.js'

export type GitType = 'commit' | 'tree' | 'blob' | 'tag'

export interface GitObject {
  /** Hexadecimal; "delta-OFFSET" for the new bytes of a delta whose base is missing. */
  readonly id: string
  readonly type: GitType
  readonly bytes: Uint8Array
  /** Where a tree of the same pack has it. */
  readonly path?: string
}

export type GitHash = 'sha1' | 'sha256'

/** Bytes of one object; larger ones are left out and named. */
export const MOST_OBJECT_BYTES = 64 * 1024 * 1024

const LOOSE = /(?:^|\/)objects\/([0-9a-f]{2})\/([0-9a-f]{38}|[0-9a-f]{62})$/
const HEADER = /^(commit|tree|blob|tag) ([0-9]{1,15})\0/

/** Whether a file is a loose object (by its path and zlib's header) or a pack (by its magic number). */
export function sniffGit(path: string, head: Uint8Array): 'git-loose' | 'git-pack' | undefined {
  const [first = 0, second = 0] = head
  if (LOOSE.test(path) && (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0) return 'git-loose'
  const version = head[7]
  const isPack = head[0] === 0x50 && head[1] === 0x41 && head[2] === 0x43 && head[3] === 0x4b
  return isPack && head[4] === 0 && head[5] === 0 && head[6] === 0 && (version === 2 || version === 3)
    ? 'git-pack'
    : undefined
}

/** The .git folder that an object file belongs to: "app/.git" for "app/.git/objects/ab/cd…"; the pack's own path where it lies elsewhere. */
export function gitFolder(path: string): string {
  return path.replace(/(?:^|\/)objects\/(?:pack\/[^/]+|[0-9a-f]{2}\/[0-9a-f]+)$/, '')
}

/** The ID in a loose object's path. */
function looseId(path: string): string | undefined {
  const match = LOOSE.exec(path)
  return match === null ? undefined : `${match[1]}${match[2]}`
}

/** The ID of an object (gitformat: the hash over "type size\0" and the content). */
export function objectId(type: GitType, bytes: Uint8Array, hash: GitHash): string {
  return createHash(hash).update(`${type} ${bytes.length}\0`).update(bytes).digest('hex')
}

/** Inflates a zlib stream of at most `limit` bytes that `packed` begins with; undefined where it is broken, cut off or larger. */
export function inflateObject(
  packed: Uint8Array,
  limit: number,
): { readonly plain: Uint8Array; readonly used: number } | undefined {
  try {
    const chunkSize = Math.max(64, Math.min(limit + 1, 64 * 1024))
    // With `info` the result also holds the engine, which counts the input it used; the type does not say so.
    const { buffer, engine } = inflateSync(packed, {
      info: true,
      maxOutputLength: Math.max(1, limit),
      chunkSize,
    }) as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } }
    return { plain: buffer, used: engine.bytesWritten }
  } catch {
    return undefined
  }
}

/** The object in a loose object file. Bad input becomes an issue. */
export async function* readLoose(
  bytes: AsyncIterable<Uint8Array>,
  options: { readonly path: string; readonly on: (issue: Issue) => void },
): AsyncGenerator<GitObject> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of bytes) {
    length += chunk.length
    if (length <= MOST_OBJECT_BYTES) parts.push(Uint8Array.from(chunk))
  }
  const plain = inflateObject(Buffer.concat(parts), MOST_OBJECT_BYTES)?.plain
  const header = HEADER.exec(Buffer.from(plain?.subarray(0, 32) ?? []).toString('latin1'))
  if (plain === undefined || header === null) {
    options.on({
      code: 'GIT_OBJECT',
      effect: 'partial',
      detail: 'A git object is damaged or too large; it was not read.',
    })
    return
  }
  const content = plain.subarray(header[0].length)
  yield { id: looseId(options.path) ?? '', type: header[1] as GitType, bytes: content }
}
