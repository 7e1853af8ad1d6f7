// Lets docker itself read the staged files, where it is installed: its word is the last one before anything is swapped.
import { mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type LoadOptions, loadProject } from '../compose/load.js'
import { StoreError } from '../support/errors.js'
import { docker } from './docker-command.js'
import { type Mirrored, makeMirror } from './project-mirror.js'
import type { StoreKind } from './types.js'
import { workspaceOf } from './workspace.js'

export interface EngineCheck {
  readonly load: LoadOptions
  readonly projectDir: string
  /** Staged bytes by absolute path. */
  readonly overlay: ReadonlyMap<string, Uint8Array>
  readonly to: StoreKind
}

/**
 * @returns for people, which command read them, or why none did: there is none, or it refuses the files that are there already
 * @throws StoreError when docker refuses the staged files but takes the ones that are there
 */
export async function checkByEngine({ load, projectDir, overlay, to }: EngineCheck): Promise<string> {
  const { mainFiles, environment } = await loadProject({ ...load, overlay })
  const envFiles = (load.envFiles ?? []).map((file) => resolve(load.cwd ?? process.cwd(), file))
  const asked = { files: mainFiles, envFiles, environment, projectDir, to }
  const command = `docker ${to === 'swarm' ? 'stack' : 'compose'} config`
  // Beside the journal, not in a shared folder: what was not moved still stands in them.
  const folder = await mkdtemp(join(workspaceOf(projectDir).migrations, 'check-'))
  try {
    const read = await reads(asked, await makeMirror(folder, overlay))
    if (read === 'absent') return `! not read by ${command}, which is not installed here`
    if (read === 'read') return `✔ valid (${command})`
    if ((await reads(asked, asItIs)) === 'refused')
      return `! ${command} refuses these files, and did before: run it, it says why`
    throw new StoreError('Docker refuses the edited files.', {
      hint: 'Nothing was changed in your files; please report this.',
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Asked {
  readonly files: readonly string[]
  readonly envFiles: readonly string[]
  /** Given to docker for a stack, for which it reads no .env. */
  readonly environment: ReadonlyMap<string, string>
  readonly projectDir: string
  readonly to: StoreKind
}

const asItIs: Mirrored = (path) => path

/** Whether docker reads the files; `absent`: there is none to ask. Output is not read: it may hold values. */
async function reads(asked: Asked, at: Mirrored): Promise<'read' | 'refused' | 'absent'> {
  const cwd = at(asked.projectDir)
  const probe = asked.to === 'swarm' ? ['stack', 'config', '--help'] : ['compose', 'version']
  if ((await docker(probe, { cwd })).code !== 0) return 'absent'
  const given = asked.to === 'swarm' ? { environment: asked.environment } : {}
  return (await docker(parametersFor(asked, at), { cwd, ...given })).code === 0 ? 'read' : 'refused'
}

function parametersFor({ files, envFiles, projectDir, to }: Asked, at: Mirrored): readonly string[] {
  const each = (option: string, paths: readonly string[]) => paths.flatMap((path) => [option, at(path)])
  if (to === 'swarm') return ['stack', 'config', ...each('-c', files)]
  const where = [...each('--project-directory', [projectDir]), ...each('--env-file', envFiles), ...each('-f', files)]
  return ['compose', ...where, 'config', '--quiet']
}
