// Lets docker compose itself read the staged files, where it is installed: its word is the last one before anything is swapped.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { LoadOptions } from '../compose/load.js'
import { loadProject } from '../compose/load.js'
import { StoreError } from '../support/errors.js'

/** ms */
const TIME_LIMIT = 60_000

/** @throws StoreError when docker compose refuses the staged files. Without docker compose, or where files name each other by place, nothing is checked. */
export async function checkByEngine(
  load: LoadOptions,
  projectDir: string,
  overlay: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const project = await loadProject({ ...load, overlay })
  const files = project.files.filter(({ kind }) => kind === 'compose')
  const named = load.files?.length ?? 0
  // Files that extend or include others name them relative to themselves: copies elsewhere would not find them.
  if (
    files.some(({ bytes }) => /^\s*(?:extends|include)\s*:/m.test(Buffer.from(bytes).toString('utf8'))) ||
    (named > 0 && named !== files.length)
  )
    return
  const folder = await mkdtemp(join(tmpdir(), 'secretscan-'))
  try {
    const copies: string[] = []
    for (const [index, { file, bytes }] of files.entries()) {
      const copy = join(folder, `${index}-${basename(file)}`)
      await writeFile(copy, bytes, { mode: 0o600 })
      copies.push('-f', copy)
    }
    const code = await composeConfig(
      ['compose', '--project-directory', projectDir, ...copies, 'config', '--quiet'],
      projectDir,
    )
    if (code === 'refused')
      throw new StoreError('docker compose refuses the edited files.', {
        hint: 'nothing was changed in your files; please report this',
      })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Its output is not read: it may hold values. */
function composeConfig(parameters: readonly string[], cwd: string): Promise<'fine' | 'refused' | 'absent'> {
  return new Promise((resolve) => {
    const probe = spawn('docker', ['compose', 'version'], { stdio: 'ignore' })
    probe.on('error', () => resolve('absent'))
    probe.on('close', (code) => {
      if (code !== 0) return resolve('absent')
      const child = spawn('docker', [...parameters], { stdio: 'ignore', cwd, timeout: TIME_LIMIT })
      child.on('error', () => resolve('absent'))
      child.on('close', (result) => resolve(result === 0 ? 'fine' : 'refused'))
    })
  })
}
