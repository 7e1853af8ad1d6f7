// The use case of `secretscan container`: what one container was started with and what changed in it, to one report. Its image's layers
// are the image scan's task.

import { changedPaths } from '../image/sources/engine-changes.js'
import type { EngineClient } from '../image/sources/engine-client.js'
import { type EngineContainer, imageConfigOf, inspectContainer } from '../image/sources/engine-containers.js'
import { EXIT, SecretscanError } from '../support/errors.js'
import { mergeFindings } from './assemble.js'
import { changedFiles } from './container-files.js'
import { belongingOf, heldByImage } from './container-pieces.js'
import { scanFiles } from './scan-files.js'
import { scanRunSettings } from './scan-run-settings.js'
import type { ScanSession } from './session.js'
import type { Coverage, Finding, LocalFinding, ScanContext, TargetReport } from './types.js'

/**
 * Scans a container by name or ID. Findings that the image's config has brought have the origin 'own', everything else 'container'.
 * One that is not there becomes a report with `failed`; one that goes away meanwhile too, with what was found before. Throws
 * UsageError, bugs, and the signal's reason.
 */
export async function scanContainer(
  client: EngineClient,
  input: string,
  session: ScanSession,
  context: ScanContext,
): Promise<TargetReport> {
  try {
    const container = await inspectContainer(client, input, context.signal)
    return await scanInspected(client, container, input, session, context)
  } catch (error) {
    return { ...emptyReport(input), failed: failureOf(error, context.signal) }
  }
}

export function emptyReport(input: string): TargetReport {
  const stats = { layers: 0, files: 0, bytes: 0 }
  return { kind: 'container', input, reference: input, cachedLayers: [], findings: [], coverage: [], stats }
}

/** Failures that are about this target; anything else is thrown. */
export function failureOf(error: unknown, signal: AbortSignal): NonNullable<TargetReport['failed']> {
  signal.throwIfAborted()
  if (!(error instanceof SecretscanError) || error.exitCode !== EXIT.unreachable) throw error
  const { code, exitCode, hint } = error
  return { code, exitCode, message: hint === undefined ? error.message : `${error.message} ${hint}` }
}

async function scanInspected(
  client: EngineClient,
  container: EngineContainer,
  input: string,
  session: ScanSession,
  context: ScanContext,
): Promise<TargetReport> {
  const belonging = belongingOf(container.config.labels)
  const settings = await scanRunSettings(container, container.name, belonging, session)
  const coverage: Coverage[] = [...settings.coverage, ...(container.running ? [] : [NOT_RUNNING])]
  const findings: LocalFinding[] = [...settings.findings]
  let stats: TargetReport['stats'] = { layers: 0, files: 0, bytes: 0 }
  let failed: TargetReport['failed']
  let origin: (finding: LocalFinding) => Finding['origin'] = ({ place }) => ('path' in place ? 'container' : 'unknown')
  try {
    const image = await imageConfigOf(client, container.imageId)
    if (image === undefined) coverage.push(IMAGE_GONE)
    else origin = originBy(heldByImage(settings.pieces, image))
    const changed = changedFiles(
      client,
      container,
      await changedPaths(client, container, context.signal),
      context.signal,
    )
    const service = settings.service === undefined ? {} : { service: settings.service }
    const files = await scanFiles(changed.files, session, context, service)
    findings.push(...files.findings)
    coverage.push(...changed.coverage, ...files.coverage)
    stats = files.stats
    if (changed.failure() !== undefined) throw changed.failure()
  } catch (error) {
    failed = failureOf(error, context.signal)
  }
  return {
    ...emptyReport(input),
    reference: settings.reference,
    source: client.kind,
    findings: mergeFindings(findings, origin),
    coverage,
    stats,
    ...(failed === undefined ? {} : { failed }),
  }
}

const NOT_RUNNING: Coverage = {
  code: 'CONTAINER_NOT_RUNNING',
  effect: 'note',
  detail: 'The container does not run; it was scanned as it stopped.',
}

const IMAGE_GONE: Coverage = {
  code: 'CONTAINER_IMAGE_GONE',
  effect: 'note',
  detail: 'The engine has the image of the container no more; what it had brought is not told apart.',
}

/** A changed file is the container's by being listed. */
function originBy(isHeld: ReturnType<typeof heldByImage>): (finding: LocalFinding) => Finding['origin'] {
  return ({ place }) => (!('path' in place) && isHeld(place) ? 'own' : 'container')
}
