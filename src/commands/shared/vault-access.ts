// How a command comes into Vault: by the settings, the variables and files of Vault's own client, and a prompt where somebody can be asked.
import { homedir } from 'node:os'
import type { Settings } from '../../config/settings.js'
import { type VaultAccess, vaultAccess } from '../../migrate/vault/session.js'
import { askSecret } from './ask.js'
import { proseFor } from './prose.js'

/** Opens nothing before it is used. The caller closes it, whatever happens. */
export function vaultFor(settings: Settings): VaultAccess {
  const somebody =
    !settings['no-input'] && !settings.json && process.stdin.isTTY === true && process.stderr.isTTY === true
  return vaultAccess({
    options: settings,
    env: process.env,
    home: homedir(),
    warn: (message) => process.stderr.write(`${proseFor(process.stderr, message)}\n`),
    ...(somebody ? { ask: (question: string) => askSecret(question) } : {}),
  })
}

/** Runs `work` with a way into Vault that is closed afterwards. */
export async function withVault<T>(settings: Settings, work: (vault: VaultAccess) => Promise<T>): Promise<T> {
  const vault = vaultFor(settings)
  try {
    return await work(vault)
  } finally {
    await vault.close()
  }
}
