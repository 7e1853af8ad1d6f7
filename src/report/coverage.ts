// Tells apart what broke (`errors` in the report) from what a limit, an option or a missing ability left out (`skipped`).
import type { Issue } from '../support/issue.js'

/** Codes of omissions that nothing broken caused; every other code with an effect names something broken. */
const DELIBERATE =
  /^LIMIT_|_SKIPPED$|_DEADLINE$|^UNSUPPORTED_|^ENCRYPTED|^(FOREIGN_LAYER|ZIP_METHOD|NOT_A_CONTAINER_IMAGE|LINK_OUTSIDE)$/

/** True for an issue that belongs in the report's `errors`. */
export function brokeSomething(issue: Issue): boolean {
  return issue.effect !== 'note' && !DELIBERATE.test(issue.code)
}

/** True where something was not seen: such an issue makes the exit code 3. */
export function isIncomplete(issue: Issue): boolean {
  return issue.effect !== 'note'
}
