// How a project is read again for a plan that was made of it, wherever that is carried out or taken back.
import { resolve } from 'node:path'
import type { LoadOptions } from '../compose/load.js'
import type { AsGiven } from './project-words.js'
import type { MigrateRequest } from './run.js'
import type { MigrationPlan } from './types.js'

/** `load` with the plan's files and profiles, in the project as it lies now. */
export function loadOf(
  { composeFiles, envFiles: planned, profiles: chosen = [], projectDir }: AsGiven & Pick<MigrationPlan, 'projectDir'>,
  load: LoadOptions,
): LoadOptions {
  const from = load.cwd ?? process.cwd()
  const given = load.envFiles?.map((file) => resolve(from, file)) ?? []
  const envFiles = given.length > 0 ? given : (planned ?? []).map((file) => resolve(projectDir, file))
  const profiles = load.profiles.length > 0 ? load.profiles : chosen
  // Files that the environment names are relative to where the command is given.
  if (composeFiles.length === 0 && load.env['COMPOSE_FILE'] !== undefined)
    return { ...load, files: [], envFiles, profiles }
  return { ...load, files: composeFiles, envFiles, profiles, cwd: projectDir, projectDir }
}

/** What `plan` was made from: the answers that it holds, with the rest of `request`. */
export function requestOf(
  plan: MigrationPlan,
  request: Omit<MigrateRequest, 'to' | 'storeOptions' | 'select' | 'names'>,
): MigrateRequest {
  return {
    ...request,
    load: loadOf(plan, request.load),
    typedIn: request.load.cwd ?? process.cwd(),
    to: plan.to.store,
    storeOptions: plan.to.options,
    select: plan.select,
    names: plan.names ?? {},
    ...(plan.report === undefined ? {} : { report: plan.report }),
    scanFirst: plan.scanned === true,
    images: plan.images,
  }
}
