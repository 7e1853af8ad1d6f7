// Runs the built command on an image, as a user does, and reads its report.
import { tmpdir } from 'node:os'
import { type Report, reportIn } from '../fixtures/report.js'
import { type CommandOptions, runCommand } from '../fixtures/run-command.js'

type Finding = Report['findings'][number]

/** `secretscan image PARAMETERS`, outside the repository with its ignore file. The cache is the test run's own; --no-cache leaves it alone. */
export async function scanned(
  parameters: readonly string[],
  options: Pick<CommandOptions, 'env' | 'input'>,
): Promise<{ readonly report: Report; readonly code: number | null }> {
  const { code, stdout } = await runCommand(['image', ...parameters, '--format', 'json', '--no-progress'], {
    cwd: tmpdir(),
    ...options,
  })
  return { report: reportIn(stdout), code }
}

/** The kind of place, and the path or key where the place has one that a Dockerfile names. */
function placeOf({ location: { kind, key, path } }: Finding): string {
  const name = kind === 'file' ? path : kind === 'cmd' || kind === 'healthcheck' ? undefined : key
  return name === undefined ? kind : `${kind} ${name}`
}

/** Exposure by place. */
export const placesAndExposure = ({ findings }: Report): Record<string, string | undefined> =>
  Object.fromEntries(findings.map((finding) => [placeOf(finding), finding.exposure]))

export const fingerprints = ({ findings }: Report): string[] => findings.map(({ fingerprint }) => fingerprint).sort()

/** What is more than a note. */
export const missed = ({ skipped, errors }: Report) => [...skipped, ...errors].filter(({ effect }) => effect !== 'note')
