// Labels by which another container starts a command in the service (backups, schedulers): like a health check, it does not see what an
// entrypoint exports.
import type { ComposeProject } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import { escaped } from '../support/regexp.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'

/** Why a variable stays that such a command expands. */
export function labelUse(
  { variable, services }: Pick<Candidate, 'variable' | 'services'>,
  project: ComposeProject,
): Blocked | undefined {
  const expanded = new RegExp(`\\$\\{?${escaped(variable)}(?!\\w)`)
  const label = valuesOf(project)
    .usedBy(...services)
    .find(({ section, resolved }) => (section === 'labels' || section === 'deploy.labels') && expanded.test(resolved))
  if (label === undefined) return undefined
  return {
    reason: `The label ${label.key ?? ''} takes ${variable} from the environment: a command that it starts in the container does not see what an entrypoint exports.`,
    todo: `Let that command read the secret's file ("$$(cat /run/secrets/NAME)"), and plan again.`,
  }
}
