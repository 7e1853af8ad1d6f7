// Files of a git checkout in an order that lets each content be scanned once: the files first, then the git objects that none of them is.
import { createHash } from 'node:crypto'
import type { ListedFile } from './scan-files.js'

/** An object file, loose or a pack, below a .git folder. */
const OBJECT_FILE = /(?:^|\/)objects\/(?:[0-9a-f]{2}\/([0-9a-f]{38})|pack\/[^/]+\.pack)$/
const IN_GIT = /(?:^|\/)\.git\//

/** `files` with the git objects last, and without those whose content is a file's. Bytes are hashed as they are scanned. */
export async function* withoutKnownObjects(files: AsyncIterable<ListedFile>): AsyncGenerator<ListedFile> {
  const objects: ListedFile[] = []
  const known = new Set<string>()
  for await (const file of files) {
    if (OBJECT_FILE.test(file.path)) objects.push(file)
    else if (objects.length > 0 && file.size !== undefined && file.link === undefined && !IN_GIT.test(file.path))
      yield { ...file, body: hashed(file.body, file.size, known) }
    else yield file
  }
  for (const object of objects) {
    const match = OBJECT_FILE.exec(object.path)
    const loose = match?.[1]
    if (loose === undefined) yield { ...object, known }
    else if (!known.has(`${match?.[0].slice(-41, -39)}${loose}`)) yield object
  }
}

/** `body`; once it has been read to its end, the ID that git gives it is added to `ids`. */
async function* hashed(body: AsyncIterable<Uint8Array>, size: number, ids: Set<string>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha1').update(`blob ${size}\0`)
  let read = 0
  for await (const chunk of body) {
    hash.update(chunk)
    read += chunk.length
    yield chunk
  }
  if (read === size) ids.add(hash.digest('hex'))
}
