// The next version of a secret that is a file beside the Compose file: written over it with the same owner and bits, the value before
// kept in the run's folder.
import { lstat, readFile } from 'node:fs/promises'
import { removeTemporaries, writeAtomic } from '../../support/atomic.js'
import { StoreError } from '../../support/errors.js'
import { Secret } from '../../support/secret.js'
import { readIfThere } from '../project-files.js'
import { fileOfReference } from '../references.js'
import type { StoredSecret } from '../types.js'
import type { ValueHasher } from '../workspace.js'
import type { VersionedSecret, WayBack } from './versioned.js'

/** `ref`: file://PATH, relative to the project or absolute. */
export function fileVersion(ref: string, projectDir: string, hasher: ValueHasher): VersionedSecret {
  const path = fileOfReference(ref, projectDir)
  const id = ref.slice('file://'.length)

  async function read(): Promise<Secret | undefined> {
    const found = await lstat(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined
      throw new StoreError(`${id} cannot be looked at (${cause.code}).`, { cause })
    })
    if (found === undefined) return undefined
    if (!found.isFile())
      throw new StoreError(`${id} is no plain file.`, { hint: 'Secrets are not written through links.' })
    return Secret.of(
      await readFile(path).catch((cause: NodeJS.ErrnoException) => {
        throw new StoreError(`${id} cannot be read (${cause.code}).`, { cause })
      }),
    )
  }

  async function write(value: Uint8Array): Promise<void> {
    await writeAtomic(path, value).catch((cause: NodeJS.ErrnoException) => {
      throw new StoreError(`${id} cannot be written (${cause.code}).`, { hint: 'Check its folder.', cause })
    })
  }

  async function wayBack(stored: StoredSecret, keep: string): Promise<WayBack> {
    const [before, now] = [await readIfThere(keep), await read()]
    if (before === undefined) return 'gone'
    const isKnown = now === undefined || [stored.hmac, hasher.hmac(Secret.of(before))].includes(hasher.hmac(now))
    return isKnown ? 'open' : 'changed'
  }

  return {
    store: 'compose-file',
    async current() {
      const value = await read()
      return value === undefined ? undefined : { id, ours: true, hmac: hasher.hmac(value) }
    },
    read,
    check(value) {
      if (value.reveal().length === 0) throw new StoreError('The new value is empty.')
    },
    async replace(value, { name, keep }) {
      const before = await read()
      if (before === undefined) throw new StoreError(`${id} is gone.`, { hint: 'Bring it back, or migrate again.' })
      await removeTemporaries(path)
      await writeAtomic(keep, before.reveal(), { mode: 0o600 })
      await write(value.reveal())
      return { store: 'compose-file', name, id, createdByUs: true, hmac: hasher.hmac(value) }
    },
    tidy: () => removeTemporaries(path),
    wayBack,
    async restore(stored, keep) {
      const before = await readIfThere(keep)
      if (before === undefined)
        throw new StoreError(`The value that ${id} had before is no longer kept.`, {
          hint: 'Rotate again with that value.',
        })
      if ((await wayBack(stored, keep)) === 'changed')
        throw new StoreError(`${id} has changed since it was written.`, { hint: 'Look at it; nothing was taken back.' })
      await write(before)
      return undefined
    },
    // Values before are kept by the runs, not beside the file.
    prune: async () => [],
  }
}
