// Secrets as files beside the Compose file (Compose's `secrets: NAME: file:`): exact bytes, no newline added, in a folder of 0700.
import { lstat, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { makePrivateFolder, removeTemporaries, writeAtomic } from '../../support/atomic.js'
import { StoreError, UsageError } from '../../support/errors.js'
import { Secret } from '../../support/secret.js'
import type { PresentSecret, SecretStore, StoredSecret } from '../types.js'
import type { ValueHasher } from '../workspace.js'

/** Names that are files everywhere and that Swarm would take too (swarmkit: at most 64 characters). */
const NAME = /^[a-z0-9](?:[a-z0-9_.-]{0,62}[a-z0-9])?$/

export interface ComposeFileStoreOptions {
  readonly projectDir: string
  /** Relative to the project folder, or absolute. */
  readonly secretsDir: string
  readonly hasher: ValueHasher
}

/** Keeps git away from the values from the first one on: the project's own .gitignore is written with the other files, at the end. */
const KEEP_OUT = '# Until the migration has ended and .gitignore says so.\n*\n'

export function openComposeFileStore(options: ComposeFileStoreOptions): SecretStore {
  const folder = isAbsolute(options.secretsDir) ? options.secretsDir : join(options.projectDir, options.secretsDir)
  const marker = join(folder, '.gitignore')
  const pathOf = (name: string): string => {
    if (!NAME.test(name))
      throw new StoreError(`"${name}" cannot be a secret's name.`, {
        hint: 'Use a-z, 0-9, _ . - and at most 64 characters.',
      })
    return join(folder, name)
  }

  /** @throws UsageError where something else has the folder's name. */
  async function assertFolder(): Promise<void> {
    const found = await stat(folder).catch(() => undefined)
    if (found === undefined || found.isDirectory()) return
    throw new UsageError(`${options.secretsDir} is no folder: secrets cannot be written there.`, {
      hint: 'Give another --secrets-dir, or move it away.',
    })
  }

  /** The folder, made where it is missing, and kept out of git before anything is in it; an own .gitignore in it stays. */
  async function makeFolder(): Promise<void> {
    await makePrivateFolder(folder)
    await removeTemporaries(marker)
    await writeAtomic(marker, Buffer.from(KEEP_OUT), { mode: 0o600, exclusive: true }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
  }

  async function settle(): Promise<void> {
    const text = await readFile(marker, 'utf8').catch(() => undefined)
    if (text === KEEP_OUT) await rm(marker)
  }

  /** The folder goes with its last secret; one that holds anything else stays. */
  async function removeEmpty(): Promise<void> {
    await removeTemporaries(marker)
    const names = await readdir(folder).catch(() => [])
    if (names.length === 1 && names[0] === '.gitignore') await settle()
    await rmdir(folder).catch(() => undefined)
  }

  /** The value there; a link or anything but a plain file is refused. */
  async function read(name: string): Promise<Secret | undefined> {
    const path = pathOf(name)
    const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
      throw new StoreError(`${path} cannot be looked at (${error.code}).`, { cause: error })
    })
    if (found === undefined) return undefined
    if (!found.isFile())
      throw new StoreError(`${path} is no plain file.`, {
        hint: 'Move it away: secrets are not written through links.',
      })
    return Secret.of(await readFile(path))
  }

  return {
    kind: 'compose-file',
    async inspect(names) {
      await assertFolder()
      const found = new Map<string, PresentSecret>()
      for (const name of names) {
        const value = await read(name)
        if (value !== undefined)
          found.set(name, {
            id: relative(options.projectDir, pathOf(name)),
            ours: true,
            hmac: options.hasher.hmac(value),
            mode: (await lstat(pathOf(name))).mode & 0o777,
          })
      }
      return found
    },
    check(name, value) {
      pathOf(name)
      if (value.reveal().length === 0)
        throw new StoreError(`The value for "${name}" is empty.`, { hint: 'Leave it where it is.' })
    },
    async put(name, value, { ifVersion, access }) {
      const path = pathOf(name)
      await makeFolder()
      await removeTemporaries(path)
      const owner = access?.uid === undefined ? {} : { owner: { uid: access.uid, gid: access.uid } }
      try {
        await writeAtomic(path, value.reveal(), { mode: access?.mode ?? 0o600, exclusive: ifVersion === 0, ...owner })
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException
        throw new StoreError(code === 'EEXIST' ? `${path} exists already.` : `${path} cannot be written (${code}).`, {
          hint: 'Choose another name or --secrets-dir.',
          cause,
        })
      }
      const id = relative(options.projectDir, path)
      return { store: 'compose-file', name, id, createdByUs: true, hmac: options.hasher.hmac(value) }
    },
    async verify(stored, value) {
      const there = await read(stored.name)
      if (there === undefined || !there.equals(value))
        throw new StoreError(`${stored.id} does not hold what was written to it.`)
      return 'read-back'
    },
    async remove(stored: StoredSecret) {
      await removeTemporaries(pathOf(stored.name))
      const there = await read(stored.name)
      if (there === undefined) return
      if (!stored.createdByUs) throw new StoreError(`${stored.id} was not made by this tool.`)
      if (options.hasher.hmac(there) !== stored.hmac)
        throw new StoreError(`${stored.id} has changed since it was written.`, {
          hint: 'Remove it by hand if it is no longer needed.',
        })
      await rm(pathOf(stored.name))
      await removeEmpty()
    },
    async tidy(name) {
      await removeTemporaries(pathOf(name))
      await removeEmpty()
    },
    settle,
    composeEntry({ name }) {
      const path = relative(options.projectDir, pathOf(name))
      return { file: isAbsolute(options.secretsDir) ? pathOf(name) : path.startsWith('..') ? path : `./${path}` }
    },
    close: async () => undefined,
  }
}
