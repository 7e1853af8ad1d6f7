// The exit code of a scan (docs/exit-codes.md).
import type { Settings } from '../../config/settings.js'
import { isIncomplete } from '../../report/coverage.js'
import type { TargetReport } from '../../scan/types.js'
import { EXIT } from '../../support/errors.js'
import { isAtLeast } from '../../suppress/filter.js'

/** Over all targets the first of 1, 4, 3, 0 that applies. Suppressed findings do not count. */
export function scanExitCode(
  targets: readonly TargetReport[],
  settings: Pick<Settings, 'fail-on' | 'allow-incomplete'>,
): number {
  const failOn = settings['fail-on']
  const counts = targets.flatMap(({ findings }) => findings).filter(({ suppressed }) => suppressed === undefined)
  if (failOn !== 'never' && counts.some(({ severity }) => isAtLeast(severity, failOn))) return EXIT.findings
  const failures = targets.flatMap(({ failed }) => failed ?? [])
  const failed = failures.find(({ exitCode }) => exitCode !== EXIT.incomplete)
  if (failed !== undefined) return failed.exitCode
  const incomplete = failures.length > 0 || targets.some(({ coverage }) => coverage.some(isIncomplete))
  return incomplete && !settings['allow-incomplete'] ? EXIT.incomplete : EXIT.ok
}
