// Where a project's secret is and who reads it: from the Compose file's own declarations and .secretscan/secrets.yaml.
import type { ComposeProject } from '../../compose/types.js'
import { NotFoundError, UsageError } from '../../support/errors.js'
import { nearest } from '../../support/nearest.js'
import { asTree, type Tree } from '../../support/tree.js'
import type { SecretReference } from '../references.js'
import { baseOf } from '../swarm/engine.js'
import type { StoreKind } from '../types.js'

export interface SecretPlace {
  readonly name: string
  readonly store: StoreKind
  /** file://PATH, swarm://NAME (without its version) or vault://MOUNT/PATH#KEY. */
  readonly ref: string
  /** As Swarm names it, version and all, where the Compose file says `external`. */
  readonly swarmName?: string
  /** Services that read it, sorted. */
  readonly users: readonly string[]
  /** Services whose build reads it, sorted. */
  readonly builds: readonly string[]
  /** It comes out of a Vault Agent's volume: no service is granted it by Compose. */
  readonly byAgent: boolean
}

/** @throws NotFoundError for a name that neither file has; UsageError for a secret that is nowhere to be rotated. */
export function findSecret(project: ComposeProject, references: readonly SecretReference[], name: string): SecretPlace {
  const declared = asTree(project.model['secrets'])
  const reference = references.find((each) => each.name === name)
  const secret = declared[name]
  if (secret === undefined && reference === undefined)
    throw unknown(name, [...Object.keys(declared), ...references.map((each) => each.name)])
  const readers = readersOf(project, name)
  const base = { name, ...readers, byAgent: secret === undefined && readers.users.length > 0 }
  const { file, external, environment, name: full } = asTree(secret)
  const swarmName = external === true ? String(full ?? name) : undefined
  if (reference !== undefined)
    return {
      ...base,
      store: reference.ref.startsWith('vault://') ? 'vault' : 'compose-file',
      ref: reference.ref,
      ...(swarmName === undefined ? {} : { swarmName }),
    }
  if (typeof file === 'string') return { ...base, store: 'compose-file', ref: `file://${relativeTo(project, file)}` }
  if (swarmName !== undefined) return { ...base, store: 'swarm', ref: `swarm://${baseOf(swarmName)}`, swarmName }
  throw new UsageError(
    `The secret ${name} comes from ${typeof environment === 'string' ? `the variable ${environment}` : 'a place that is not known'}, which nothing here can change.`,
    { hint: 'Change it where the variable is set, or migrate it to a store first.' },
  )
}

/** `name`: "" where none was given. */
function unknown(name: string, known: readonly string[]): NotFoundError | UsageError {
  const all =
    known.length === 0 ? 'secretscan migrate makes some.' : `The project has ${[...new Set(known)].sort().join(', ')}.`
  if (name === '') return new UsageError('NAME (name of the secret in the Compose file) must be given.', { hint: all })
  const near = nearest(name, known)
  const hint = near === undefined ? all : `Did you mean "${near}"?`
  return new NotFoundError(`The project has no secret "${name}".`, { hint })
}

/** Relative paths make plans that mean the same in another checkout. */
const relativeTo = (project: ComposeProject, file: string): string =>
  file.startsWith(`${project.directory}/`) ? `./${file.slice(project.directory.length + 1)}` : file

/** Services that are granted the secret, or that name its file: those that read it from an agent's volume. */
export function readersOf(
  project: ComposeProject,
  name: string,
): { readonly users: readonly string[]; readonly builds: readonly string[] } {
  const services = Object.entries(asTree(project.model['services']))
  const granted = (list: unknown) =>
    Array.isArray(list) && list.some((grant) => grant === name || asTree(grant)['source'] === name)
  const path = new RegExp(`/run/secrets/${name.replaceAll('.', '\\.')}(?![A-Za-z0-9_.-])`)
  const pick = (fits: (service: Tree) => boolean) =>
    services.flatMap(([service, model]) => (fits(asTree(model)) ? [service] : [])).sort()
  return {
    users: pick((service) => granted(service['secrets']) || path.test(JSON.stringify(service))),
    builds: pick((service) => granted(asTree(service['build'])['secrets'])),
  }
}
