// Looks at Vault as a migration and a deployment would need it: reachable, unsealed, a token that is good, and what it may do.
import { SecretscanError, UnauthorizedError, UnreachableError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { asTree } from '../../support/tree.js'
import { parseVaultReference, type SecretReference } from '../references.js'
import type { VaultClient } from '../vault/client.js'
import { type KvPlace, kvVersion, locateKv } from '../vault/mount.js'
import type { ProjectPlace } from '../vault/place.js'
import { migrationPolicy, type Rule, rotationRules } from '../vault/policy.js'
import type { VaultAccess } from '../vault/session.js'
import { policyLine, UnknownTokenError } from '../vault/status-failure.js'
import type { Check } from './types.js'

export interface VaultCheckOptions {
  readonly vault: VaultAccess
  readonly place: ProjectPlace
  /** What `secretscan exec` reads here. */
  readonly references: readonly SecretReference[]
  /** A Vault Agent with a login of its own reads them for the services. */
  readonly agent?: boolean
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
    checks.push(...(await checkReferences(client, options)))
    checks.push(await checkMigrating(client, options))
  } catch (error) {
    checks.push(failed(WHAT, error))
  }
  return checks
}

async function checkServer(client: VaultClient): Promise<Check> {
  const { version, sealed } = asTree(await client.read('sys/seal-status'))
  const words = typeof version === 'string' ? ` version ${printable(version)},` : ''
  if (sealed === false) return { what: WHAT, state: 'ok', says: `${client.address} answers:${words} unsealed.` }
  if (sealed !== true)
    throw new UnreachableError(`What answers at ${client.address} is not Vault.`, {
      hint: 'Check VAULT_ADDR, with its port, or --vault-addr.',
    })
  return { what: WHAT, state: 'failed', says: `${client.address} is sealed.`, mend: 'vault operator unseal' }
}

/** Days, hours or minutes, whichever is the largest that fits. */
function lasting(seconds: number): string {
  const [size, unit] = seconds >= 172_800 ? [86_400, 'days'] : seconds >= 7200 ? [3600, 'hours'] : [60, 'minutes']
  return `${Math.floor(seconds / size)} ${unit}`
}

async function checkToken(client: VaultClient): Promise<Check> {
  const what = 'Vault token'
  const found = asTree(asTree(await client.read('auth/token/lookup-self'))['data'])
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
  const answer = asTree(asTree(await client.write('sys/capabilities-self', body))['data'])
  return rules.flatMap(({ path, capabilities }) => {
    const given = answer[asked(path)]
    const list = Array.isArray(given) ? given.map(String) : []
    const missing = list.includes('root') ? [] : capabilities.filter((each) => !list.includes(each))
    return missing.length === 0 ? [] : [{ path, capabilities: missing }]
  })
}

/** A path of the project's, and its place: where Vault does not tell, as most have it, so that the lines of a policy can be named. */
interface Sought extends KvPlace {
  readonly assumed: boolean
}

async function seek(client: VaultClient, whole: string, { mount, kvVersion: said }: ProjectPlace): Promise<Sought> {
  try {
    return { ...(await locateKv(client, whole, said)), assumed: false }
  } catch (error) {
    if (!(error instanceof UnauthorizedError) || error instanceof UnknownTokenError) throw error
    const first = whole.startsWith(`${mount}/`) ? mount : (whole.split('/')[0] ?? '')
    return { at: { mount: first, path: whole.slice(first.length + 1) }, version: said ?? 2, assumed: true }
  }
}

function lacking(rules: readonly Rule[], sought: readonly Sought[]): string {
  const { at, version } = sought.find(({ assumed }) => assumed) ?? {}
  const taken = at === undefined ? '' : ` (if ${printable(at.mount)}/ is the mount, and of version ${version})`
  return `Its policy needs${taken}:\n${rules.map(({ path, capabilities }) => policyLine(path, capabilities)).join('\n')}`
}

/** Of the secrets that the project's references name: reading them, and writing their next version. */
async function checkReferences(client: VaultClient, options: VaultCheckOptions): Promise<readonly Check[]> {
  const { references, place, agent = false } = options
  const paths = [...new Set(references.flatMap(({ ref }) => parseVaultReference(ref)?.whole ?? []))]
  if (paths.length === 0) return []
  const reading = { what: 'Running services (secretscan exec)', may: 'read', not: 'read' }
  const rotating = { what: 'Rotating (secretscan rotate)', may: 'write the next version of', not: 'rotate' }
  const sought: Sought[] = []
  try {
    for (const whole of paths) sought.push(await seek(client, whole, place))
  } catch (error) {
    return [failed(reading.what, error)]
  }
  const check = async (
    { what, may, not }: typeof reading,
    rulesOf: (place: KvPlace) => readonly Rule[],
    bad: Check['state'],
  ) => {
    const missing = await missingOf(client, sought.flatMap(rulesOf))
    const lame = sought.filter((each) => rulesOf(each).some(({ path }) => missing.some((rule) => rule.path === path)))
    const count = `${paths.length} ${paths.length === 1 ? 'secret' : 'secrets'} that .secretscan/secrets.yaml names`
    if (missing.length === 0)
      return {
        what,
        state: 'ok' as const,
        says: `May ${may} every secret that .secretscan/secrets.yaml names (${paths.length}).`,
      }
    return { what, state: bad, says: `May not ${not} ${lame.length} of ${count}.`, mend: lacking(missing, lame) }
  }
  return [
    await check(reading, readingRules, agent ? 'note' : 'failed'),
    await check(rotating, ({ at, version }) => rotationRules(at, version), 'note'),
  ]
}

const readingRules = ({ at: { mount, path }, version }: KvPlace): readonly Rule[] => [
  { path: version === 2 ? `${mount}/data/${path}` : `${mount}/${path}`, capabilities: ['read'] },
]

/** A failure only where nothing was migrated yet: a token for running services need not be able to write. */
async function checkMigrating(client: VaultClient, { place, references }: VaultCheckOptions): Promise<Check> {
  const what = 'Migrating (secretscan migrate)'
  const { mount, path, merge } = place
  const state = references.length > 0 ? 'note' : 'failed'
  try {
    const sought = await seek(client, `${mount}/${path}/x`, place)
    if (sought.at.mount !== mount) await kvVersion(client, { mount, path: `${path}/x` })
    const { version } = sought
    const missing = await missingOf(client, migrationPolicy({ mount, path, version, merge }).rules)
    const where = `${printable(`${mount}/${path}`)}${sought.assumed ? '' : ` (key-value engine, version ${version})`}`
    if (missing.length === 0) return { what, state: 'ok', says: `May write below ${where}.` }
    return { what, state, says: `May not migrate to ${where}.`, mend: lacking(missing, [sought]) }
  } catch (error) {
    return { ...failed(what, error), state }
  }
}
