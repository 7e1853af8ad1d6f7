// What `secretscan container` does between its settings and its reports: which containers and services of which engine.
import type { Settings } from '../../config/settings.js'
import type { RuleSet } from '../../detect/rule-set.js'
import { emptyReport, failureOf, scanContainer } from '../../scan/scan-container.js'
import { scanServices } from '../../scan/scan-services.js'
import { openSession, type ScanSession } from '../../scan/session.js'
import type { ScanContext, TargetReport } from '../../scan/types.js'
import { UsageError } from '../../support/errors.js'
import type { Issue } from '../../support/issue.js'
import { type ScanOutcome, sessionOptions } from './scan.js'

/** Loaded when needed: the engine's client is large. */
const engineClient = () => import('../../image/sources/engine-client.js')
const engineContainers = () => import('../../image/sources/engine-containers.js')

/** Flags that need or exclude each other. Throws UsageError. */
function engineKind(inputs: readonly string[], settings: Settings): 'docker' | 'podman' {
  const refuse = (message: string, hint: string): never => {
    throw new UsageError(message, { hint })
  }
  const { source = 'docker' } = settings
  if (source !== 'docker' && source !== 'podman')
    return refuse(`Containers are in an engine, not in --source ${source}`, 'Use --source docker or podman, or none.')
  if (settings.all && inputs.length > 0) refuse('--all and named containers exclude each other', 'Give one of them.')
  if (!settings.all && !settings.services && inputs.length === 0)
    refuse('Name at least one container', 'Example: secretscan container web; or all that run: --all')
  if (settings.services && source === 'podman') refuse('Podman has no services', 'Leave --services out.')
  return source
}

/** Nobody may read "no secrets found" where nothing was looked at. */
function nothingThere({ all, services }: Settings): Issue {
  const nothing = [...(all ? ['No container runs.'] : []), ...(services ? ['The Swarm has no service.'] : [])]
  const more = all ? ' A container that has stopped is scanned where it is named (docker ps --all lists them).' : ''
  return { code: 'NOTHING_THERE', effect: 'note', detail: `${nothing.join(' ')}${more}` }
}

/** Scans containers by name, or all that run. Throws UsageError; with --all an engine that does not answer too. */
export async function scanContainers(
  inputs: readonly string[],
  settings: Settings,
  rules: RuleSet,
  context: ScanContext,
): Promise<ScanOutcome> {
  const kind = engineKind(inputs, settings)
  // Files of a container are no layers: there is nothing to look up.
  const session = await openSession({ ...sessionOptions(settings, rules), cache: false }, context.concurrency)
  try {
    const worstFirst = settings.all || settings.services
    const targets = await scanEach(inputs, kind, settings, session, context)
    return { targets, worstFirst, ...(targets.length === 0 ? { notes: [nothingThere(settings)] } : {}) }
  } finally {
    await session.close()
  }
}

async function scanEach(
  inputs: readonly string[],
  kind: 'docker' | 'podman',
  settings: Settings,
  session: ScanSession,
  context: ScanContext,
): Promise<readonly TargetReport[]> {
  const client = await (await engineClient()).connectEngine(kind, undefined, context.signal).catch((error: unknown) => {
    if (inputs.length === 0) throw error
    return failureOf(error, context.signal)
  })
  if ('message' in client) return inputs.map((input) => ({ ...emptyReport(input), failed: client }))
  const names = settings.all ? await (await engineContainers()).runningContainers(client) : inputs
  const targets: TargetReport[] = []
  const distinct = [...new Set(names)]
  for (const [i, name] of distinct.entries()) {
    context.on({ type: 'target', index: i + 1, of: distinct.length })
    targets.push(await scanContainer(client, name, session, context))
  }
  if (settings.services) targets.push(...(await scanServices(client, session, context)))
  return targets
}
