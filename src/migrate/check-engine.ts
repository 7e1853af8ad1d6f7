// Lets docker itself read the staged files, where it is installed: its word is the last one before anything is swapped.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type LoadOptions, loadProject } from '../compose/load.js'
import type { ProjectFile } from '../compose/types.js'
import { StoreError } from '../support/errors.js'
import type { StoreKind } from './types.js'
import { workspaceOf } from './workspace.js'

/** ms */
const TIME_LIMIT = 60_000

export interface EngineCheck {
  readonly load: LoadOptions
  readonly projectDir: string
  /** Staged bytes by absolute path. */
  readonly overlay: ReadonlyMap<string, Uint8Array>
  readonly to: StoreKind
}

/**
 * @returns for people, which command read them, or why none did: there is none, it refuses the files that are there already, or they name
 *   each other by place (extends, include), so that copies of them cannot be read
 * @throws StoreError when docker refuses the staged files but takes the ones that are there
 */
export async function checkByEngine({ load, projectDir, overlay, to }: EngineCheck): Promise<string> {
  const { files } = await loadProject({ ...load, overlay })
  const compose = files.filter(({ kind }) => kind === 'compose')
  const command = `docker ${to === 'swarm' ? 'stack' : 'compose'} config`
  if (namesOthers(compose) || ((load.files?.length ?? 0) > 0 && load.files?.length !== compose.length))
    return `! not read by ${command}: the files name each other (extends, include), which copies of them cannot; run it now`
  // Beside the journal, not in a shared folder: what was not moved still stands in them.
  const folder = await mkdtemp(join(workspaceOf(projectDir).migrations, 'check-'))
  try {
    const copies = await Promise.all(
      compose.map(async ({ file, bytes }, index) => {
        const copy = join(folder, `${index}-${basename(file)}`)
        await writeFile(copy, bytes, { mode: 0o600 })
        return copy
      }),
    )
    const read = await reads(copies, projectDir, to)
    if (read === 'absent') return `! not read by ${command}, which is not installed here`
    if (read === 'read') return `✔ valid (${command})`
    const originals = compose.map(({ file }) => file)
    if ((await reads(originals, projectDir, to)) === 'refused')
      return `! ${command} refuses these files, and did before: run it, it says why`
    throw new StoreError('Docker refuses the edited files.', {
      hint: 'Nothing was changed in your files; please report this.',
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function namesOthers(files: readonly ProjectFile[]): boolean {
  return files.some(({ bytes }) => /^\s*(?:extends|include)\s*:/m.test(Buffer.from(bytes).toString('utf8')))
}

/** Whether docker reads the files; `absent`: there is none to ask. Output is not read: it may hold values. */
async function reads(
  files: readonly string[],
  projectDir: string,
  to: StoreKind,
): Promise<'read' | 'refused' | 'absent'> {
  const probe = to === 'swarm' ? ['stack', 'config', '--help'] : ['compose', 'version']
  if ((await exitCode(probe, projectDir)) !== 0) return 'absent'
  return (await exitCode(parametersFor(files, projectDir, to), projectDir)) === 0 ? 'read' : 'refused'
}

function parametersFor(files: readonly string[], projectDir: string, to: StoreKind): readonly string[] {
  if (to === 'swarm') return ['stack', 'config', ...files.flatMap((file) => ['-c', file])]
  return ['compose', '--project-directory', projectDir, ...files.flatMap((file) => ['-f', file]), 'config', '--quiet']
}

function exitCode(parameters: readonly string[], cwd: string): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('docker', [...parameters], { stdio: 'ignore', cwd, timeout: TIME_LIMIT })
    child.on('error', () => resolve(-1))
    child.on('close', (code) => resolve(code ?? -1))
  })
}
