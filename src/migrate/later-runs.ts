// Runs that came after a migration and changed the same files: what was edited since is theirs, and goes back first.
import { MigrationStoppedError } from '../support/errors.js'
import { Journal } from './journal.js'
import { withProject } from './project-words.js'
import { workspaceOf } from './workspace.js'

const swapped = ({ plan }: Journal): readonly string[] =>
  plan.steps.flatMap((step) => (step.do === 'swap' ? step.paths : []))

/** Those that can be taken back, newest first. */
export async function laterRuns(journal: Journal): Promise<readonly Journal[]> {
  const own = new Set(swapped(journal))
  const all = await Journal.openAll(workspaceOf(journal.plan.projectDir))
  return all
    .filter(
      (each) =>
        each.begunAt > journal.begunAt &&
        each.state() !== 'rolled-back' &&
        !each.cleaned &&
        swapped(each).some((path) => own.has(path)),
    )
    .reverse()
}

/** `error`, a refusal for edits since, with what to do where these are of later runs. */
export function behindLaterRuns(later: readonly Journal[], error: unknown): unknown {
  const [newest] = later
  if (newest === undefined || !(error instanceof MigrationStoppedError)) return error
  const commands = later.map(({ id, plan }) => withProject(`secretscan migrate rollback ${id}`, plan.projectDir))
  const ids = later.map(({ id }) => id).join(', ')
  return new MigrationStoppedError(`${error.message} ${ids} changed the same files later.`, {
    hint: `Roll back what came later first: ${commands.join(', then ')}.`,
    cause: error,
  })
}
