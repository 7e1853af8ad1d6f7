// The use case of `secretscan container --services`: what each Swarm service is told, and the configs it is given, to one report each.
import type { EngineClient } from '../image/sources/engine-client.js'
import { type EngineConfig, type EngineService, listConfigs, listServices } from '../image/sources/engine-services.js'
import { mergeFindings } from './assemble.js'
import { stackService } from './container-pieces.js'
import { emptyReport, failureOf } from './scan-container.js'
import { type ListedFile, scanFiles } from './scan-files.js'
import { scanRunSettings } from './scan-run-settings.js'
import type { ScanSession } from './session.js'
import type { ScanContext, TargetReport } from './types.js'

const ALL = 'Swarm services'
const UNUSED = 'Swarm configs that no service uses'

/**
 * One report a service, by name, and one for configs that no service uses. An engine that manages no Swarm, or goes away, becomes one
 * with `failed`. Throws UsageError, bugs, and the signal's reason.
 */
export async function scanServices(
  client: EngineClient,
  session: ScanSession,
  context: ScanContext,
): Promise<readonly TargetReport[]> {
  try {
    const services = await listServices(client)
    const configs = await listConfigs(client)
    const reports: TargetReport[] = []
    for (const service of services) reports.push(await scanService(client, service, configs, session, context))
    const used = new Set(services.flatMap((service) => service.configs.map(({ id }) => id)))
    const unused = configs.filter(({ id }) => !used.has(id))
    if (unused.length > 0) reports.push(await scanUnused(client, unused, session, context))
    return reports
  } catch (error) {
    return [{ ...emptyReport(ALL), failed: failureOf(error, context.signal) }]
  }
}

async function scanService(
  client: EngineClient,
  service: EngineService,
  configs: readonly EngineConfig[],
  session: ScanSession,
  context: ScanContext,
): Promise<TargetReport> {
  const settings = await scanRunSettings(service, service.name, stackService(service.name, service.labels), session)
  const given = new Set(service.configs.map(({ id }) => id))
  const own = configs.filter(({ id }) => given.has(id))
  const label = settings.service === undefined ? {} : { service: settings.service }
  const files = await scanFiles(filesOf(own), session, context, label)
  return {
    ...emptyReport(service.name),
    reference: settings.reference,
    input: settings.reference,
    source: client.kind,
    findings: mergeFindings([...settings.findings, ...files.findings], 'container'),
    coverage: [...settings.coverage, ...files.coverage],
    stats: files.stats,
  }
}

async function scanUnused(
  client: EngineClient,
  configs: readonly EngineConfig[],
  session: ScanSession,
  context: ScanContext,
): Promise<TargetReport> {
  const { findings, coverage, stats } = await scanFiles(filesOf(configs), session, context)
  return {
    ...emptyReport(UNUSED),
    source: client.kind,
    findings: mergeFindings(findings, 'container'),
    coverage,
    stats,
  }
}

/** A config is found by its name: where services mount it differs. */
async function* filesOf(configs: readonly EngineConfig[]): AsyncGenerator<ListedFile> {
  for (const { name, bytes } of configs) yield { path: name, size: bytes.length, body: once(bytes) }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
