// Looks at Vault as a migration and a deployment would need it: reachable, unsealed, a token that is good, and what it may do.
import { SecretscanError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { parseVaultReference, type SecretReference } from '../references.js'
import { asMap } from '../vault/body.js'
import type { VaultClient } from '../vault/client.js'
import { policyLine } from '../vault/failure.js'
import { type KvVersion, locateKv } from '../vault/kv.js'
import { migrationPolicy, type Rule } from '../vault/policy.js'
import type { VaultAccess } from '../vault/session.js'
import type { Check } from './types.js'

export interface VaultCheckOptions {
  readonly vault: VaultAccess
  readonly mount: string
  /** Below the mount. */
  readonly path: string
  readonly kvVersion?: KvVersion
  /** What `secretscan exec` reads here. */
  readonly references: readonly SecretReference[]
}

const WHAT = 'Vault'

export function failed(what: string, error: unknown): Check {
  if (!(error instanceof SecretscanError)) throw error
  return { what, state: 'failed', says: error.message, ...(error.hint === undefined ? {} : { mend: error.hint }) }
}

/** Stops at what makes all further questions useless. */
export async function checkVault(options: VaultCheckOptions): Promise<readonly Check[]> {
  let client: VaultClient
  try {
    client = await options.vault.open()
  } catch (error) {
    return [failed(WHAT, error)]
  }
  const checks: Check[] = []
  try {
    checks.push(await checkServer(client))
    checks.push(await checkToken(client))
    checks.push(...(await checkReading(client, options)))
    checks.push(await checkMigrating(client, options))
  } catch (error) {
    checks.push(failed(WHAT, error))
  }
  return checks
}

async function checkServer(client: VaultClient): Promise<Check> {
  const health = asMap(await client.read('sys/health'))
  const version = typeof health['version'] === 'string' ? ` version ${printable(health['version'])},` : ''
  return { what: WHAT, state: 'ok', says: `${client.address} answers:${version} unsealed.` }
}

/** Days, hours or minutes, whichever is the largest that fits. */
function lasting(seconds: number): string {
  const [size, unit] = seconds >= 172_800 ? [86_400, 'days'] : seconds >= 7200 ? [3600, 'hours'] : [60, 'minutes']
  return `${Math.floor(seconds / size)} ${unit}`
}

async function checkToken(client: VaultClient): Promise<Check> {
  const what = 'Vault token'
  const found = asMap(asMap(await client.read('auth/token/lookup-self'))['data'])
  const policies = Array.isArray(found['policies']) ? found['policies'].map(String) : []
  const ttl = Number(found['ttl'] ?? 0)
  const life = ttl === 0 ? 'it does not end' : `${lasting(ttl)} left${found['renewable'] === true ? ', renewable' : ''}`
  const says = `Good: ${life}; policies: ${printable(policies.join(', '))}.`
  if (policies.includes('root'))
    return {
      what,
      state: 'note',
      says: `${says} A root token may do everything.`,
      mend: 'Use one with the policies of: secretscan migrate plan --to vault',
    }
  return { what, state: 'ok', says }
}

/** Rules of which a capability is missing (sys/capabilities-self). */
async function missingOf(client: VaultClient, rules: readonly Rule[]): Promise<readonly Rule[]> {
  if (rules.length === 0) return []
  // A path with a glob is asked for by one that it stands for.
  const asked = (path: string): string => path.replace(/\*$/, 'secretscan-doctor')
  const body = { paths: rules.map(({ path }) => asked(path)) }
  const answer = asMap(asMap(await client.write('sys/capabilities-self', body))['data'])
  return rules.flatMap(({ path, capabilities }) => {
    const given = answer[asked(path)]
    const list = Array.isArray(given) ? given.map(String) : []
    const missing = list.includes('root') ? [] : capabilities.filter((each) => !list.includes(each))
    return missing.length === 0 ? [] : [{ path, capabilities: missing }]
  })
}

const linesOf = (rules: readonly Rule[]): string =>
  rules.map(({ path, capabilities }) => policyLine(path, capabilities)).join('\n')

async function checkReading(client: VaultClient, options: VaultCheckOptions): Promise<readonly Check[]> {
  const what = 'Running services (secretscan exec)'
  const paths = options.references.flatMap(({ ref }) => parseVaultReference(ref)?.whole ?? [])
  if (paths.length === 0) return []
  const rules: Rule[] = []
  for (const whole of new Set(paths)) {
    try {
      const { at, version } = await locateKv(client, whole, options.kvVersion)
      rules.push({ path: version === 2 ? `${at.mount}/data/${at.path}` : whole, capabilities: ['read'] })
    } catch (error) {
      return [failed(what, error)]
    }
  }
  const missing = await missingOf(client, rules)
  if (missing.length === 0)
    return [{ what, state: 'ok', says: `May read every secret that .secretscan/secrets.yaml names (${rules.length}).` }]
  return [
    {
      what,
      state: 'failed',
      says: `May not read ${missing.length} of ${rules.length} secrets that .secretscan/secrets.yaml names.`,
      mend: `Its policy needs:\n${linesOf(missing)}`,
    },
  ]
}

/** A failure only where nothing was migrated yet: a token for running services need not be able to write. */
async function checkMigrating(client: VaultClient, options: VaultCheckOptions): Promise<Check> {
  const what = 'Migrating (secretscan migrate)'
  const { mount, path, kvVersion, references } = options
  const state = references.length > 0 ? 'note' : 'failed'
  try {
    const { version } = await locateKv(client, `${mount}/${path}/x`, kvVersion)
    const missing = await missingOf(client, migrationPolicy({ mount, path, version }).rules)
    if (missing.length === 0)
      return {
        what,
        state: 'ok',
        says: `May write below ${printable(`${mount}/${path}`)} (key-value engine, version ${version}).`,
      }
    return {
      what,
      state,
      says: `May not migrate to ${printable(`${mount}/${path}`)} (key-value engine, version ${version}).`,
      mend: `Its policy needs:\n${linesOf(missing)}`,
    }
  } catch (error) {
    return { ...failed(what, error), state }
  }
}
