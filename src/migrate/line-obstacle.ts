// Why a line of .env, or of an env file, cannot leave it: something beside the plan's services has it, or has another value there.
import type { Blocked } from './build-use.js'
import { secretWithin } from './candidate-base.js'
import type { Candidate } from './candidates.js'
import { entriesOf, envFileReader } from './env-file-readers.js'
import { takenWithEnvFile } from './given-env-file.js'
import type { DecideContext } from './plan-moves.js'
import { setByScript } from './script-uses.js'
import { borrowed, siblingUse } from './sibling-use.js'
import { otherStage } from './stage-files.js'

/** undefined where the lines that give the candidate its value, if any, may go. */
export function lineObstacle(candidate: Candidate, context: DecideContext): Blocked | undefined {
  const { project, builds, select, stages = [], siblings = [], scripts = [] } = context
  const lines = candidate.value.section === 'env-file-entry' ? [candidate.value] : entriesOf(candidate, project)
  // Moved as a whole it would be a second copy of what stays in the file.
  const part = lines.length > 0 ? undefined : secretWithin(project, candidate.value)
  const read = part?.section === 'dotenv' ? [part] : lines
  const isNamed = select.includes(candidate.id)
  const elsewhere = isNamed
    ? undefined
    : (takenWithEnvFile(candidate, project) ??
      otherStage(candidate, project, stages) ??
      setByScript(candidate, project, scripts) ??
      borrowed(candidate.id, read, siblings, project))
  return (
    elsewhere ??
    envFileReader(candidate, read, project, builds, select) ??
    siblingUse(candidate, isNamed ? lines : read, siblings, context)
  )
}
