// The store's key: values are known again by an HMAC under it, and what must not be read until it is masked is sealed with it.
import { execFile } from 'node:child_process'
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makePrivateFolder, writeAtomic } from '../../support/atomic.js'
import { StoreError, UsageError } from '../../support/errors.js'
import type { KeySource, StoreLocation } from '../types.js'
import { told, toldFolderFailure } from './told-failure.js'

const KEY_BYTES = 32
const KEY_FORM = /^[0-9a-f]{64}$/
const COMMAND_TIMEOUT = 30_000

/** The key that the configuration names; that of a folder is made on first use. Throws UsageError, StoreError. */
export async function storeKey(store: StoreLocation): Promise<Uint8Array> {
  if (store.kind === 'folder') return told(folderKey(store.folder), (error) => toldFolderFailure(error, store.folder))
  if (store.key === undefined)
    throw new UsageError('A PostgreSQL store needs a key.', {
      hint: 'Make one with "openssl rand -hex 32", keep it in a file (0600), and name it as store.keyFile in sweep.yaml.',
    })
  return keyOf(store.key)
}

async function folderKey(folder: string): Promise<Uint8Array> {
  const file = join(folder, 'key')
  try {
    return parseKey(await readFile(file, 'utf8'), file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await makePrivateFolder(folder)
  await writeAtomic(file, Buffer.from(`${randomBytes(KEY_BYTES).toString('hex')}\n`), { mode: 0o600, exclusive: true })
  return parseKey(await readFile(file, 'utf8'), file)
}

async function keyOf(source: KeySource): Promise<Uint8Array> {
  if ('file' in source) {
    const text = await readFile(source.file, 'utf8').catch((cause: unknown) => {
      throw new UsageError(`The store's key ${source.file} cannot be read.`, { cause })
    })
    return parseKey(text, source.file)
  }
  const [program = '', ...parameters] = source.command
  const printed = await promisify(execFile)(program, parameters, { timeout: COMMAND_TIMEOUT, encoding: 'utf8' }).catch(
    () => {
      // What the command printed may be the key: nothing of it goes on.
      throw new StoreError(`The command ${program} for the store's key failed.`, { hint: 'Run it by hand to see why.' })
    },
  )
  return parseKey(printed.stdout, `what ${program} prints`)
}

function parseKey(text: string, from: string): Uint8Array {
  const trimmed = text.trim().toLowerCase()
  if (!KEY_FORM.test(trimmed))
    throw new UsageError(`The store's key in ${from} is not 64 hexadecimal digits.`, {
      hint: 'Restore it from a backup; with another key no known value is recognised.',
    })
  return Buffer.from(trimmed, 'hex')
}

/** A key of its own for a purpose, so that no two uses share one. */
export function derivedKey(key: Uint8Array, purpose: 'values' | 'descriptions' | 'check'): Uint8Array {
  return createHmac('sha256', key).update(`secretscan ${purpose}`).digest()
}

/** AES-256-GCM: 12 bytes nonce, 16 bytes tag, text. */
export function seal(key: Uint8Array, plain: Uint8Array): Uint8Array {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), text])
}

/** @throws where the key is another or the bytes are no longer what was sealed. */
export function unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
  decipher.setAuthTag(sealed.subarray(12, 28))
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()])
}
