// Secrets as files for one command: in a folder of memory (tmpfs) that only this user may enter, gone when the command has ended,
// whatever ended it. A small shell stands by for the case that this process is killed.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError, UsageError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import type { ResolvedSecret } from './exec-values.js'

/** linux/magic.h */
const MEMORY = new Set([0x01021994, 0x858458f6])

export const FILES_VARIABLE = 'SECRETSCAN_SECRETS_DIR'

export interface SecretFiles {
  readonly folder: string
  /** The folder's variable, and NAME_FILE for each secret's variable. */
  readonly environment: Readonly<Record<string, string>>
  /** At once; never throws. */
  remove(): void
}

/** The first place that is memory and not disk. @throws StoreError where there is none */
export function memoryFolder(env: NodeJS.ProcessEnv, places: readonly string[] = ['/dev/shm', '/run/shm']): string {
  const candidates = [...(env['XDG_RUNTIME_DIR'] ? [env['XDG_RUNTIME_DIR']] : []), ...places]
  const found = candidates.find((place) => {
    try {
      return MEMORY.has(statfsSync(place).type)
    } catch {
      return false
    }
  })
  if (found !== undefined) return found
  throw new StoreError('There is no folder in memory (tmpfs) here, and secrets are not written to a disk.', {
    hint: `Looked at ${candidates.join(', ')}. Mount one and set XDG_RUNTIME_DIR to it, or leave out --files.`,
  })
}

/**
 * Waits for the end of its input, which this process holds open as long as it lives, then removes the folder. In a session of its own:
 * Ctrl-C of the terminal does not reach it.
 */
function standBy(folder: string): { dismiss(): void } {
  const script = 'trap "" HUP INT TERM QUIT; cat > /dev/null; rm -rf -- "$1"'
  const child = spawn('/bin/sh', ['-c', script, 'secretscan-files', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
  })
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  child.unref()
  return { dismiss: () => child.stdin.destroy() }
}

/** @throws UsageError for a name that is no file name; StoreError where there is no memory to write to */
export function writeSecretFiles(secrets: readonly ResolvedSecret[], env: NodeJS.ProcessEnv): SecretFiles {
  for (const { name } of secrets) {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name))
      throw new UsageError(`${printable(name)} cannot be a file's name.`, {
        hint: 'Give it another name in .secretscan/secrets.yaml.',
      })
  }
  const folder = mkdtempSync(join(memoryFolder(env), 'secretscan-'))
  const guard = standBy(folder)
  const remove = () => {
    rmSync(folder, { recursive: true, force: true })
    guard.dismiss()
  }
  try {
    const paths = secrets.map(({ name, env: variable, value }) => {
      const path = join(folder, name)
      writeFileSync(path, value.reveal(), { mode: 0o600, flag: 'wx' })
      return [`${variable}_FILE`, path]
    })
    return { folder, environment: { [FILES_VARIABLE]: folder, ...Object.fromEntries(paths) }, remove }
  } catch (error) {
    remove()
    throw new StoreError(`The secrets do not fit into ${folder} (${(error as NodeJS.ErrnoException).code}).`, {
      hint: 'Make room there, or name another folder in memory with XDG_RUNTIME_DIR.',
    })
  }
}
