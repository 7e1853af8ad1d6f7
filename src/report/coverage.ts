// Tells apart what broke (`errors` in the report) from what a limit, an option or a missing ability left out (`skipped`).
import type { Issue } from '../support/issue.js'

/** Codes of deliberate omissions; a code that is not here and has an effect names something broken. */
const DELIBERATE = /^(LIMIT_|UNSUPPORTED_|SKIPPED_|NOT_|ENCRYPTED_|RULE_DEADLINE|FOREIGN_LAYER|ATTESTATION|LINK_)/

/** True for an issue that belongs in the report's `errors`. */
export function brokeSomething(issue: Issue): boolean {
  return issue.effect !== 'note' && !DELIBERATE.test(issue.code)
}

/** True where something was not seen: such an issue makes the exit code 3. */
export function isIncomplete(issue: Issue): boolean {
  return issue.effect !== 'note'
}
