// Whether the Compose project where a command runs builds an image that was scanned: only then does a migration of that project concern it.
import { loadProject } from '../../compose/load.js'
import type { ComposeProject } from '../../compose/types.js'
import { servicesRunning } from '../../migrate/from-report/match.js'
import { serviceModel } from '../../migrate/service-model.js'
import type { GivenProject } from '../../report/types.js'
import type { TargetReport } from '../../scan/types.js'

/** Those of `targets` that are images which the project builds, by their names; none where there is no project, or it cannot be read. */
export async function builtHere(
  targets: readonly TargetReport[],
  given: GivenProject,
): Promise<ReadonlySet<TargetReport>> {
  const images = targets.filter(({ kind, findings }) => kind === 'image' && findings.length > 0)
  if (images.length === 0) return new Set()
  // What keeps it from being read is told by the command that it is for.
  const project = await loadProject({ ...given, env: process.env }).catch(() => undefined)
  return new Set(project === undefined ? [] : images.filter((image) => isBuiltBy(project, image)))
}

function isBuiltBy(project: ComposeProject, { input, reference, names = [] }: TargetReport): boolean {
  const services = servicesRunning(project, { input, reference, names })
  return services.some((service) => serviceModel(project, service)['build'] !== undefined)
}
