// The least that Vault must allow: to the migration, to whoever deploys with `secretscan exec`, and to each service. As HCL for people,
// as paths and capabilities for `secretscan doctor`.
import { basename, dirname, extname, join } from 'node:path'
import { writeAtomic } from '../../support/atomic.js'
import { printable } from '../../support/printable.js'
import type { KvPath, KvVersion } from './kv.js'
import { policyLine } from './status-failure.js'

export interface Rule {
  readonly path: string
  readonly capabilities: readonly string[]
}

export interface Policy {
  /** For `vault policy write NAME`. */
  readonly name: string
  /** One sentence: who gets it. */
  readonly purpose: string
  readonly rules: readonly Rule[]
}

export interface PolicyPlace {
  readonly mount: string
  /** Below the mount, in front of the secrets' names. */
  readonly path: string
  readonly version: KvVersion
  /** Paths of others are added to. */
  readonly merge?: boolean
}

const label = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')

/** e.g. "shop-agent" */
export const policyName = (path: string, whose: string): string => `${label(path)}-${label(whose)}`

/** Write once, read back, describe; on rollback remove what was made. Nothing that was there before can be written over with it. */
export function migrationPolicy({ mount, path, version, merge = false }: PolicyPlace): Policy {
  const rules: readonly Rule[] =
    version === 2
      ? [
          { path: `${mount}/data/${path}/*`, capabilities: ['create', ...(merge ? ['update'] : []), 'read'] },
          { path: `${mount}/metadata/${path}/*`, capabilities: ['create', 'update', 'read', 'delete'] },
          ...(merge ? [{ path: `${mount}/destroy/${path}/*`, capabilities: ['update'] }] : []),
        ]
      : [{ path: `${mount}/${path}/*`, capabilities: ['create', 'read', 'delete'] }]
  return {
    name: policyName(path, 'migrate'),
    purpose: 'For secretscan migrate: writes the secrets, reads them back, and removes its own on rollback.',
    rules,
  }
}

const readRule = ({ mount, path, version }: PolicyPlace, name: string): Rule => ({
  path: version === 2 ? `${mount}/data/${path}/${name}` : `${mount}/${path}/${name}`,
  capabilities: ['read'],
})

const sorted = (names: readonly string[]): readonly string[] => [...new Set(names)].sort()

/** Whoever starts the services reads everything that they need, and nothing else. */
const DEPLOYERS = {
  exec: 'For secretscan exec: reads what the services need when they are started.',
  swarm: 'For secretscan migrate sync: reads what the Swarm gets.',
} as const

export function deployPolicy(
  place: PolicyPlace,
  names: readonly string[],
  by: keyof typeof DEPLOYERS = 'exec',
): Policy {
  return {
    name: policyName(place.path, 'deploy'),
    purpose: DEPLOYERS[by],
    rules: sorted(names).map((name) => readRule(place, name)),
  }
}

/** For the Vault Agent beside the services: it reads for all of them. */
export function agentPolicy(place: PolicyPlace, names: readonly string[]): Policy {
  return {
    name: policyName(place.path, 'agent'),
    purpose: 'For the Vault Agent: reads what it brings to the services.',
    rules: sorted(names).map((name) => readRule(place, name)),
  }
}

/** For `secretscan migrate agent-login`: gives the agent a login, and has none itself. */
export function agentLoginPolicy({ path }: PolicyPlace): Policy {
  const role = policyName(path, 'agent')
  return {
    name: policyName(path, 'agent-login'),
    purpose: 'For secretscan migrate agent-login: makes what the Vault Agent logs in with.',
    rules: [
      { path: `auth/approle/role/${role}/role-id`, capabilities: ['read'] },
      { path: `auth/approle/role/${role}/secret-id`, capabilities: ['update'] },
    ],
  }
}

/** What `secretscan rotate`, its rollback and its --keep do to one path: no new path, no look at any other. */
export function rotationRules({ mount, path }: KvPath, version: KvVersion): readonly Rule[] {
  if (version === 1) return [{ path: `${mount}/${path}`, capabilities: ['read', 'update'] }]
  return [
    { path: `${mount}/data/${path}`, capabilities: ['read', 'update'] },
    { path: `${mount}/metadata/${path}`, capabilities: ['read'] },
    { path: `${mount}/destroy/${path}`, capabilities: ['update'] },
  ]
}

export function rotationPolicy(place: PolicyPlace, names: readonly string[]): Policy {
  const { mount, path, version } = place
  return {
    name: policyName(path, 'rotate'),
    purpose: 'For secretscan rotate: writes the next version, and destroys old ones.',
    rules: sorted(names).flatMap((name) => rotationRules({ mount, path: `${path}/${name}` }, version)),
  }
}

/** One for each service, for what reads Vault on its behalf (an agent). */
export function servicePolicies(
  place: PolicyPlace,
  services: ReadonlyMap<string, readonly string[]>,
): readonly Policy[] {
  return [...services]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([service, names]) => ({
      name: policyName(place.path, service),
      purpose: `For the service ${printable(service)}: reads its own secrets.`,
      rules: sorted(names).map((name) => readRule(place, name)),
    }))
}

/** HCL, as `vault policy write` takes it. */
export const hclOf = ({ purpose, rules }: Policy): string =>
  `# ${purpose}\n${rules.map(({ path, capabilities }) => policyLine(path, capabilities)).join('\n')}\n`

export interface WrittenPolicy {
  readonly name: string
  readonly file: string
}

/** The first policy goes to `file`, each other beside it under its own name. One file for all would give each what all may. */
export async function writePolicies(file: string, policies: readonly Policy[]): Promise<readonly WrittenPolicy[]> {
  const extension = extname(file)
  const written: WrittenPolicy[] = []
  for (const [index, policy] of policies.entries()) {
    const beside = `${basename(file, extension)}-${policy.name}${extension}`
    const path = index === 0 ? file : join(dirname(file), beside)
    await writeAtomic(path, Buffer.from(hclOf(policy)), { mode: 0o644 })
    written.push({ name: policy.name, file: path })
  }
  return written
}
