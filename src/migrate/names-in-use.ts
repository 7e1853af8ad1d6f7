// Names that a project's secrets have already, and those that would stand where something else is mounted.
import type { ComposeProject } from '../compose/types.js'
import { asList, asTree, type Tree } from './tree.js'

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
