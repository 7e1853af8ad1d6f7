// Names that a project's secrets have already, and those that would stand where something else is mounted.
import type { ComposeProject } from '../compose/types.js'
import { asList, asTree, type Tree } from '../support/tree.js'
import { volumeFor } from './agent/options.js'
import type { Blocked } from './build-use.js'
import { serviceModel } from './service-model.js'

const FOLDER = '/run/secrets/'

/** Of declared secrets, and of what services have below /run/secrets by another name; each once. */
export const namesIn = (projects: readonly ComposeProject[]): readonly string[] => [
  ...new Set(
    projects.flatMap(({ model }) => [
      ...Object.keys(asTree(model['secrets'])),
      ...Object.values(asTree(model['services'])).flatMap((service) => mountedIn(asTree(service))),
    ]),
  ),
]

function mountedIn({ secrets, configs, volumes }: Tree): readonly string[] {
  const targets = (list: unknown) => asList(list).map((each) => String(asTree(each)['target'] ?? ''))
  const whole = [...targets(configs), ...targets(volumes)].filter((target) => target.startsWith(FOLDER))
  return [...targets(secrets), ...whole]
    .map((target) => (target.startsWith(FOLDER) ? target.slice(FOLDER.length) : target))
    .filter((name) => name !== '' && !name.includes('/'))
}

/**
 * A volume on or above /run/secrets, which nothing can be put in: Docker does not start a service that has a secret, too. That of the agent of
 * Vault brings the secrets.
 */
export const isCovered = (project: ComposeProject, service: string): boolean =>
  asList(serviceModel(project, service)['volumes'])
    .map(asTree)
    .some(
      ({ target, source, read_only: isReadOnly }) =>
        isReadOnly === true &&
        source !== volumeFor(service) &&
        ['/run', '/run/secrets'].includes(String(target).replace(/\/+$/, '')),
    )

export function coveredObstacle(services: readonly string[], project: ComposeProject): Blocked | undefined {
  const covered = services.find((service) => isCovered(project, service))
  if (covered === undefined) return undefined
  return {
    reason: `${covered} has a read-only volume over /run/secrets, where Docker could put no secret.`,
    todo: 'Mount it in another place, and plan again.',
  }
}
