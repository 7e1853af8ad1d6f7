// How a project is read again for a plan that was made of it, wherever that is carried out or taken back.
import { resolve } from 'node:path'
import type { LoadOptions } from '../compose/load.js'
import type { MigrationPlan } from './types.js'

/** `load` with the plan's files, in the project as it lies now. */
export function loadOf(
  { composeFiles, projectDir }: Pick<MigrationPlan, 'composeFiles' | 'projectDir'>,
  load: LoadOptions,
): LoadOptions {
  // Files that the environment names are relative to where the command is given.
  if (composeFiles.length === 0 && load.env['COMPOSE_FILE'] !== undefined) return { ...load, files: [] }
  const from = load.cwd ?? process.cwd()
  const envFiles = load.envFiles?.map((file) => resolve(from, file))
  return {
    ...load,
    files: composeFiles,
    ...(envFiles === undefined ? {} : { envFiles }),
    cwd: projectDir,
    projectDir,
  }
}
