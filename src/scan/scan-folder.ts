// The use case of `secretscan dir`: one folder or file of the user's to one report.
import { EXIT, SecretscanError } from '../support/errors.js'
import { mergeFindings } from './assemble.js'
import { withoutKnownObjects } from './git-checkout.js'
import { historyFiles } from './git-history.js'
import { listFolder } from './list-folder.js'
import { type ListedFile, scanFiles } from './scan-files.js'
import type { ScanSession } from './session.js'
import type { Coverage, ScanContext, TargetReport } from './types.js'

export interface FolderOptions {
  /** Only what `docker build` would send. */
  readonly asBuildContext: boolean
  /** All objects of the checkout's history, wherever they lie. */
  readonly gitHistory: boolean
}

/** Scans everything below `path`. A path that is not there becomes a report with `failed`; UsageError, bugs and the signal's reason are thrown. */
export async function scanFolder(
  path: string,
  options: FolderOptions,
  session: ScanSession,
  context: ScanContext,
): Promise<TargetReport> {
  const about = { kind: 'dir', input: path, reference: path, cachedLayers: [] } as const
  const listing: Coverage[] = []
  try {
    const files = withoutKnownObjects(filesOf(path, options, (coverage) => listing.push(coverage)))
    const { findings, coverage, stats } = await scanFiles(files, session, context)
    return { ...about, findings: mergeFindings(findings, 'own'), coverage: [...listing, ...coverage], stats }
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof SecretscanError) || error.exitCode !== EXIT.unreachable) throw error
    const { code, message, exitCode } = error
    return {
      ...about,
      findings: [],
      coverage: listing,
      stats: { layers: 0, files: 0, bytes: 0 },
      failed: { code, message, exitCode },
    }
  }
}

/** The history's objects come first, so that it is known that there are any when the files come. */
async function* filesOf(
  path: string,
  options: FolderOptions,
  on: (coverage: Coverage) => void,
): AsyncGenerator<ListedFile> {
  if (options.gitHistory) yield* historyFiles(path, { listed: !options.asBuildContext, on })
  yield* listFolder(path, { asBuildContext: options.asBuildContext, on })
}
