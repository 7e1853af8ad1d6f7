// The least that Vault must allow: to the migration, to whoever deploys with `secretscan exec`, and to each service. As HCL for people,
// as paths and capabilities for `secretscan doctor`.
import { basename, dirname, extname, join } from 'node:path'
import { writeAtomic } from '../../support/atomic.js'
import { printable } from '../../support/printable.js'
import { policyLine } from './failure.js'
import type { KvVersion } from './kv.js'

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
    name: `${label(path)}-migrate`,
    purpose: 'For secretscan migrate: writes the secrets, reads them back, and removes its own on rollback.',
    rules,
  }
}

const readRule = ({ mount, path, version }: PolicyPlace, name: string): Rule => ({
  path: version === 2 ? `${mount}/data/${path}/${name}` : `${mount}/${path}/${name}`,
  capabilities: ['read'],
})

/** For `secretscan exec`: everything that the services read, and nothing else. */
export function deployPolicy(place: PolicyPlace, names: readonly string[]): Policy {
  return {
    name: `${label(place.path)}-deploy`,
    purpose: 'For secretscan exec: reads what the services need when they are started.',
    rules: [...new Set(names)].sort().map((name) => readRule(place, name)),
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
      name: `${label(place.path)}-${label(service)}`,
      purpose: `For the service ${printable(service)}: reads its own secrets.`,
      rules: [...new Set(names)].sort().map((name) => readRule(place, name)),
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
