// What keeps secrets that outlive a rollback out of git and out of images, once the lines that the migration wrote for that are gone; and its
// end, once none is left.
import { readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { basename, isAbsolute, join, normalize } from 'node:path'
import { writeAtomic } from '../support/atomic.js'
import { applyEdits } from '../support/byte-edits.js'
import { Journal } from './journal.js'
import { projectPath, readIfThere } from './project-files.js'
import { missingLines } from './rewrites/ignore-lines.js'
import type { MigrationPlan } from './types.js'
import type { Workspace } from './workspace.js'

/**
 * Files of secrets that stay, be they another migration's, must not get into git with the next "git add", nor into an image with the next
 * build. @param kept whether some of this migration's stay @param takenBack the files that are as before
 * @returns the files that keep them out now, where some were needed; relative to the project
 */
export async function keepOut(
  workspace: Workspace,
  journal: Journal,
  kept: boolean,
  takenBack: readonly string[],
): Promise<readonly string[]> {
  const { plan } = journal
  const folder = folderOf(plan)
  if (folder === undefined) return []
  const { ours, since, before } = await secretsIn(workspace, journal, folder)
  const holds = ours.length + since.length > 0
  const isOpen = holds && takenBack.some((path) => basename(path) === '.gitignore')
  // Beside files of the project a migration names its secrets one by one: what came since is the project's, too.
  const hidden = before.length > 0 ? ours : [...ours, ...since]
  const written = [
    ...((kept && holds) || isOpen ? await outOfGit(plan, folder, hidden) : []),
    ...(holds ? await outOfImages(plan, folder, takenBack) : []),
  ]
  for (const each of written) await journal.write({ type: 'kept-out', ...each })
  return written.map(({ path }) => path)
}

/** Where the secrets are, if that is a folder of the project. */
function folderOf({ to: { store, options } }: MigrationPlan): string | undefined {
  const folder = options['secrets-dir']
  return store !== 'compose-file' || folder === undefined || isAbsolute(folder) ? undefined : folder
}

/** Names of what lies there: what a run wrote, what came since this one began, what was there before and is the user's. */
async function secretsIn(
  workspace: Workspace,
  journal: Journal,
  folder: string,
): Promise<Readonly<Record<'ours' | 'since' | 'before', readonly string[]>>> {
  const names = await readdir(projectPath(journal.plan, folder)).catch(() => [])
  const left = names.filter((name) => name !== '.gitignore')
  const { journals } = await Journal.openReadable(workspace)
  const written = new Set(
    journals.flatMap((each) => each.stored().flatMap(({ id, createdByUs }) => (createdByUs ? [normalize(id)] : []))),
  )
  const ours = left.filter((name) => written.has(join(folder, name)))
  const others = left.filter((name) => !ours.includes(name))
  const wasThere = (name: string) => journal.foundThere.includes(name)
  return { ours, since: others.filter((name) => !wasThere(name)), before: others.filter(wasThere) }
}

interface WrittenLines {
  readonly path: string
  readonly insert: string
  readonly made: boolean
}

const NOTHING = '*\n'

/** Nothing where the lines of .gitignore, which another migration wrote, keep all of `names` out. */
async function outOfGit(
  plan: MigrationPlan,
  folder: string,
  names: readonly string[],
): Promise<readonly WrittenLines[]> {
  const lines = Buffer.from((await readIfThere(projectPath(plan, '.gitignore'))) ?? []).toString('utf8')
  const paths = names.map((name) => join(folder, name))
  if (missingLines(lines, paths).length === 0) return []
  const path = join(folder, '.gitignore')
  return writeAtomic(projectPath(plan, path), Buffer.from(NOTHING), { mode: 0o644, exclusive: true }).then(
    () => [{ path, insert: NOTHING, made: true }],
    () => [], // There is one already, or no folder any more.
  )
}

/** The line for the folder that the migration wrote into a .dockerignore stays there. */
async function outOfImages(plan: MigrationPlan, folder: string, takenBack: readonly string[]): Promise<WrittenLines[]> {
  const written: WrittenLines[] = []
  for (const step of plan.steps) {
    if (step.do !== 'stage' || !takenBack.includes(step.path) || !step.path.endsWith('.dockerignore')) continue
    const lines = step.edits.flatMap(({ insert }) => insert.split(/\r?\n/))
    const own = lines.filter((line) => `/${line}`.endsWith(`/${basename(folder)}/`))
    const path = projectPath(plan, step.path)
    const bytes = await readIfThere(path)
    const edits = missingLines(Buffer.from(bytes ?? []).toString('utf8'), own)
    if (edits.length === 0) continue
    await writeAtomic(path, applyEdits(bytes ?? new Uint8Array(), edits))
    const insert = edits.map((edit) => edit.insert).join('')
    written.push({ path: step.path, insert, made: bytes === undefined })
  }
  return written
}

/**
 * Once the folder of `journal` holds no secret of a run, what rollbacks wrote to keep it out goes, their .gitignore with the folder; what somebody edited
 * since stays. @returns files as they were before (`restored`), and such as were made for this (`deleted`); relative to the project
 */
export async function letIn(
  workspace: Workspace,
  journal: Journal,
): Promise<{ readonly restored: readonly string[]; readonly deleted: readonly string[] }> {
  const { plan } = journal
  const folder = folderOf(plan)
  const restored: string[] = []
  const deleted: string[] = []
  if (folder === undefined) return { restored, deleted }
  const { ours, since } = await secretsIn(workspace, journal, folder)
  if (ours.length + since.length > 0) return { restored, deleted }
  for (const each of await Journal.openAll(workspace))
    for (const lines of folderOf(each.plan) === folder ? each.keptOut() : []) {
      const outcome = await takeOut(projectPath(plan, lines.path), lines)
      if (outcome === undefined) continue
      ;(outcome === 'deleted' ? deleted : restored).push(lines.path)
      await each.write({ type: 'let-in', path: lines.path })
    }
  await rmdir(projectPath(plan, folder)).catch(() => undefined)
  return { restored, deleted }
}

/** undefined where the lines are no longer at the end, or a file that was made holds more. */
async function takeOut(path: string, { insert, made }: WrittenLines): Promise<'restored' | 'deleted' | undefined> {
  const bytes = await readFile(path).catch(() => undefined)
  const rest = bytes?.subarray(0, bytes.length - Buffer.byteLength(insert))
  if (bytes === undefined || rest === undefined || !Buffer.concat([rest, Buffer.from(insert)]).equals(bytes))
    return undefined
  if (rest.length === 0 && made) {
    await rm(path)
    return 'deleted'
  }
  if (made) return undefined
  await writeAtomic(path, rest)
  return 'restored'
}
