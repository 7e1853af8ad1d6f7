// What keeps secrets that outlive a rollback out of git and out of images, once the lines that the migration wrote for that are gone.
import { readdir, writeFile } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { writeAtomic } from '../support/atomic.js'
import { applyEdits } from '../support/byte-edits.js'
import type { Journal } from './journal.js'
import { projectPath, readIfThere } from './project-files.js'
import { missingLines } from './rewrites/ignore-lines.js'
import type { MigrationPlan } from './types.js'

/**
 * Files of secrets that stay, be they another migration's, must not get into git with the next "git add", nor into an image with the next
 * build. @param kept whether some of this migration's stay @param takenBack the files that are as before
 * @returns the files that keep them out now, where some were needed; relative to the project
 */
export async function keepOut(
  { plan }: Journal,
  kept: boolean,
  takenBack: readonly string[],
): Promise<readonly string[]> {
  const folder = plan.to.options['secrets-dir']
  if (plan.to.store !== 'compose-file' || folder === undefined || isAbsolute(folder)) return []
  const left = await readdir(projectPath(plan, folder)).catch(() => [])
  const isOpen = left.length > 0 && takenBack.some((path) => basename(path) === '.gitignore')
  return [
    ...(kept || isOpen ? await outOfGit(plan, folder) : []),
    ...(left.some((name) => name !== '.gitignore') ? await outOfImages(plan, folder, takenBack) : []),
  ]
}

function outOfGit(plan: MigrationPlan, folder: string): Promise<readonly string[]> {
  const path = join(folder, '.gitignore')
  return writeFile(projectPath(plan, path), '*\n', { flag: 'wx' }).then(
    () => [path],
    () => [], // There is one already, or no folder any more.
  )
}

/** The line for the folder that the migration wrote into a .dockerignore stays there. */
async function outOfImages(plan: MigrationPlan, folder: string, takenBack: readonly string[]): Promise<string[]> {
  const written: string[] = []
  for (const step of plan.steps) {
    if (step.do !== 'stage' || !takenBack.includes(step.path) || !step.path.endsWith('.dockerignore')) continue
    const lines = step.edits.flatMap(({ insert }) => insert.split(/\r?\n/))
    const own = lines.filter((line) => `/${line}`.endsWith(`/${basename(folder)}/`))
    const path = projectPath(plan, step.path)
    const bytes = (await readIfThere(path)) ?? new Uint8Array()
    const edits = missingLines(Buffer.from(bytes).toString('utf8'), own)
    if (edits.length === 0) continue
    await writeAtomic(path, applyEdits(bytes, edits))
    written.push(step.path)
  }
  return written
}
