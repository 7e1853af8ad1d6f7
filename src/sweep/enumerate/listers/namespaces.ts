// Registries that cannot list everything they have: the globs must say whose repositories are meant.
import { UsageError } from '../../../support/errors.js'
import type { SweepRegistry } from '../../types.js'
import { namespacesOf, selectRepositories } from '../repository-globs.js'

/** What each glob begins with up to its last slash: "team/sub" for "team/sub/*"; undefined where one leaves it open. */
export function fixedPaths({ repositories, host }: SweepRegistry): readonly string[] | undefined {
  const { prefixes } = selectRepositories(repositories, host)
  if (prefixes.some((prefix) => !prefix.includes('/'))) return undefined
  return [...new Set(prefixes.map((prefix) => prefix.slice(0, prefix.lastIndexOf('/'))))]
}

/** The first segment of each glob; undefined where one leaves it open. */
export function fixedNamespaces({ repositories, host }: SweepRegistry): readonly string[] | undefined {
  return namespacesOf(selectRepositories(repositories, host).prefixes)
}

/** @throws UsageError that says how to name `what` ("an organization"). */
export function mustName(host: string, what: string, example: string): never {
  throw new UsageError(`${host} cannot list all it has: each of its globs must begin with ${what}.`, {
    hint: `Write for example repositories: ["${example}"] for ${host}.`,
  })
}
