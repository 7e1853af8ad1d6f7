// The main use case: an argument in, reports out. Opens the source, scans each blob by itself, and assembles the images at the end.
import { parseTarget } from '../image/reference.js'
import { openSource } from '../image/sources/index.js'
import type { OpenSource, SourceKind, SourceOptions } from '../image/types.js'
import { InternalError, PlatformNotFoundError, SecretscanError, UsageError } from '../support/errors.js'
import { sentence } from '../support/sentence.js'
import type { BaseFinder } from './base-image.js'
import { imageReports } from './image-report.js'
import { keepKnown, readKnown } from './known-image.js'
import { readBlobs } from './read-blobs.js'
import { seenFile } from './seen-file.js'
import { openSession, type ScanSession, type SessionOptions } from './session.js'
import type { ScanContext, TargetFailure, TargetReport } from './types.js'

export interface ScanOptions extends SessionOptions {
  readonly source?: SourceKind
  readonly sourceOptions: Omit<SourceOptions, 'signal'>
  readonly skipLayers?: boolean
  readonly skipConfig?: boolean
  /** What the base image brought is marked. */
  readonly base?: BaseFinder
  /** Workers and layers shared with other targets of the run; without it the scan has its own. */
  readonly session?: ScanSession
}

/**
 * Scans what `input` names (an image, an archive with several, a layout, a pipe). A target that fails becomes a report with `failed`,
 * with the findings of what was read before. Throws UsageError, bugs, and the signal's reason.
 */
export async function scanImage(
  input: string,
  options: ScanOptions,
  context: ScanContext,
): Promise<readonly TargetReport[]> {
  const target = parseTarget(input, options.source)
  const session = options.session ?? (await openSession(options, context.concurrency))
  try {
    const onRead = (delta: number): void => context.on({ type: 'read', delta })
    const file = await seenFile(target, session.cache)
    const source = await openSource(target, {
      ...options.sourceOptions,
      signal: context.signal,
      onRead,
      onWait: (ms, why) => context.on({ type: 'waiting', ms, why }),
      ...(file.seen ? { hashFirst: true } : {}),
    })
    try {
      const reports = await scanSource(source, input, options, session, context)
      if (options.skipLayers !== true && reports.every(({ failed }) => failed === undefined)) await file.remember()
      return reports
    } finally {
      await source.close()
    }
  } catch (error) {
    return [failedReport(input, targetError(error, context.signal))]
  } finally {
    if (options.session === undefined) await session.close()
  }
}

/** Scans an opened source; where the source breaks off, what was read stays. */
export async function scanSource(
  source: OpenSource,
  input: string,
  options: ScanOptions,
  session: ScanSession,
  context: ScanContext,
): Promise<readonly TargetReport[]> {
  const described = await source.describe()
  context.on({
    type: 'opened',
    ...(described?.[0] === undefined ? {} : { layers: described[0].image.layers.length }),
    ...(source.size === undefined ? {} : { bytes: source.size }),
  })
  const known = await readKnown(source, options, session, context)
  const read = known ?? (await readBlobs(source, options, session, context, described ?? []))
  const error = read.error === undefined ? undefined : targetError(read.error, context.signal)
  // Where the choice was wrong, what else the source holds was not asked for.
  if (error instanceof PlatformNotFoundError || (error !== undefined && read.layers.size === 0)) throw error
  const reports = await imageReports({ source, input, read, options, session, described: described ?? [] })
  if (known === undefined) await keepKnown(source, read, reports, options, session)
  if (error === undefined) return reports
  return reports.map((report) => ({ ...report, failed: failure(error) }))
}

/** Errors that are about this target; anything else stops the run. */
export function targetError(error: unknown, signal: AbortSignal): SecretscanError {
  signal.throwIfAborted()
  if (error instanceof UsageError || error instanceof InternalError || !(error instanceof SecretscanError)) throw error
  return error
}

/** The report of an image that cannot be read at all. */
export function failedReport(input: string, error: SecretscanError): TargetReport {
  const nothing = { cachedLayers: [], findings: [], coverage: [], stats: { layers: 0, files: 0, bytes: 0 } }
  return { kind: 'image', input, reference: input, ...nothing, failed: failure(error) }
}

function failure({ code, exitCode, message, hint = '', detail }: SecretscanError): TargetFailure {
  return {
    code,
    exitCode,
    message: sentence(message),
    ...(hint === '' ? {} : { hint: sentence(hint) }),
    ...(detail === undefined ? {} : { detail }),
  }
}
