// The folder of secret files that was there before: a secret that all users may read is private only in a folder that its owner alone may enter.
import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { isAbsolute, relative } from 'node:path'
import { UsageError } from '../support/errors.js'
import { shellWord } from '../support/shell-word.js'
import { Journal } from './journal.js'
import { projectPath } from './project-files.js'
import type { MigrationPlan } from './types.js'
import { type Workspace, workspaceOf } from './workspace.js'

const PRIVATE = 0o700
/** Bits of those who are not the owner. */
const OTHERS = 0o077
/** Of no use to anybody in a folder that is closed. */
const MARKERS: readonly string[] = ['.gitignore', '.gitkeep', '.keep']

export interface OpenFolder {
  /** As the plan's options have it. */
  readonly path: string
  readonly mode: number
  /** Files and folders beside secrets, which somebody may need it open for; sorted. */
  readonly holds: readonly string[]
}

/** The folder, where others may enter it; undefined where they may not, or none is there. `own`: secrets of the run that asks. */
export async function openFolder(
  { projectDir, to }: Pick<MigrationPlan, 'projectDir' | 'to'>,
  own: readonly string[],
): Promise<OpenFolder | undefined> {
  const path = to.options['secrets-dir']
  if (to.store !== 'compose-file' || path === undefined) return undefined
  const folder = projectPath({ projectDir }, path)
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() !== true || (found.mode & OTHERS) === 0) return undefined
  return { path, mode: found.mode & 0o777, holds: await othersIn(folder, projectDir, own) }
}

/** A folder outside of the project with something else in it: perhaps none for secrets, as /etc. undefined: it is none. */
export async function foreignFolder(
  { projectDir, to }: Pick<MigrationPlan, 'projectDir' | 'to'>,
  own: readonly string[],
): Promise<Omit<OpenFolder, 'mode'> | undefined> {
  const path = to.options['secrets-dir']
  if (to.store !== 'compose-file' || path === undefined) return undefined
  const folder = projectPath({ projectDir }, path)
  const below = relative(projectDir, folder)
  if (!below.startsWith('..') && !isAbsolute(below) && below !== '') return undefined
  const holds = await othersIn(folder, projectDir, own)
  return holds.length === 0 ? undefined : { path, holds }
}

/** What is neither a secret of the project's runs nor a marker; sorted. Empty where there is no such folder. */
export async function othersIn(folder: string, projectDir: string, own: readonly string[]): Promise<readonly string[]> {
  const all = await Journal.openAll(workspaceOf(projectDir))
  const secrets = [...own, ...all.flatMap((each) => each.stored().map(({ name }) => name))]
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => !MARKERS.includes(name) && !secrets.includes(name)).sort()
}

/** Octal, as `chmod` takes it. */
export const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

/**
 * Before the first write of a run: closes the folder where a secret is to be readable by all in it.
 * @throws UsageError where something else in it may need it open, or it is not ours to close
 */
export async function closeFolder(journal: Journal): Promise<void> {
  const { plan } = journal
  const shared = plan.steps.flatMap((step) =>
    step.do === 'put' && ((step.access?.mode ?? 0) & OTHERS) !== 0 ? [step.name] : [],
  )
  if (shared.length === 0) return
  const names = plan.steps.flatMap((step) => (step.do === 'put' ? [step.name] : []))
  const open = await openFolder(plan, names)
  if (open === undefined) return
  const { path, mode, holds } = open
  const why = `${path} is open to other users (${octal(mode)}), and ${shared.join(', ')} would be readable by all of them there`
  const hint = `Give another --secrets-dir, or close this one where nothing else needs it open: chmod 700 ${shellWord(path)}`
  if (holds.length > 0) throw new UsageError(`${why}; it holds ${holds.join(', ')}, too.`, { hint })
  await journal.write({ type: 'closed', mode })
  await chmod(projectPath(plan, path), PRIVATE).catch((cause: unknown) => {
    throw new UsageError(`${why}; it cannot be closed.`, { hint, cause })
  })
}

/** Behind a rollback: as it was, where nothing of a migration is in it any more. */
export async function reopenFolder(workspace: Workspace, journal: Journal): Promise<void> {
  const path = journal.plan.to.options['secrets-dir']
  const all = await Journal.openAll(workspace)
  const closer = all.findLast((each) => each.plan.to.options['secrets-dir'] === path && each.closedMode !== undefined)
  const isUsed = all.some(
    (each) => each.stored().length > 0 && (each.id === journal.id || each.state() !== 'rolled-back'),
  )
  if (path === undefined || closer?.closedMode === undefined || isUsed) return
  const folder = projectPath(journal.plan, path)
  // It went with its last secret, and was there before the first.
  await mkdir(folder, { mode: PRIVATE }).catch(() => undefined)
  const found = await stat(folder)
  if ((found.mode & 0o777) === PRIVATE) await chmod(folder, closer.closedMode)
  await closer.write({ type: 'opened' })
}
