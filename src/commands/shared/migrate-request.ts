// What the flags of `secretscan migrate` (migrate-flags.ts) make together.
import { isAbsolute, relative, resolve } from 'node:path'
import { type LoadOptions, namedFolder } from '../../compose/load.js'
import type { ResolvedSettings } from '../../config/resolve.js'
import type { Settings } from '../../config/settings.js'
import { nearestProject } from '../../migrate/project-words.js'
import type { MigrateRequest } from '../../migrate/run.js'
import type { StoreKind } from '../../migrate/types.js'
import { trimSlashes } from '../../migrate/vault/mount.js'
import type { VaultAccess } from '../../migrate/vault/session.js'
import { UsageError } from '../../support/errors.js'
import { interruptSignal } from './interrupt.js'
import type { PlanFlagValues, ProjectFlagValues } from './migrate-flags.js'
import { rulesOf } from './rules.js'

/** Bytes; as `--max-manifest-size`'s default. */
const MANIFEST_SIZE = 4 * 1024 * 1024

/**
 * The folder that .secretscan lies in: that of the project, as loading finds it. Where no file is named it is looked for upwards, also by the
 * runs that lie there: what takes one back needs no Compose file.
 */
export async function projectFolder(flags: ProjectFlagValues): Promise<string> {
  if (flags['project-directory'] !== undefined) return resolve(flags['project-directory'])
  // What keeps an environment from being read is told by what needs it.
  const named = await namedFolder(loadOptions(flags)).catch(() => undefined)
  return named ?? (flags.file?.[0] === undefined ? nearestProject(process.cwd()) : resolve(flags.file[0], '..'))
}

/** The options of one store for the project of a folder, as plans hold them. */
export function storeOptionsFor(
  to: StoreKind,
  flags: PlanFlagValues,
  settings: Settings,
  projectDir: string,
): Readonly<Record<string, string>> {
  if (to === 'compose-file') {
    assertOwnFolder(projectDir, flags['secrets-dir'])
    return { 'secrets-dir': flags['secrets-dir'] }
  }
  if (to === 'swarm') return given({ 'swarm-prefix': flags['swarm-prefix'] || undefined })
  return { ...vaultStoreOptions(settings), ...deliveryOptions(flags, settings) }
}

/** @throws UsageError for a folder that is not for secrets alone: the project's own, or one above it. */
function assertOwnFolder(project: string, secretsDir: string): void {
  const below = relative(resolve(project, secretsDir), project)
  if (below.startsWith('..') || isAbsolute(below)) return
  throw new UsageError(`--secrets-dir ${secretsDir} is the folder of the project, or one above it.`, {
    hint: 'Secrets need a folder of their own, which only you may enter and which stays out of git: --secrets-dir ./secrets',
  })
}

/** @throws UsageError for what concerns an agent where there is none. */
function deliveryOptions(flags: PlanFlagValues, settings: Settings): Readonly<Record<string, string>> {
  const own = {
    'vault-agent-image': flags['vault-agent-image'],
    'vault-agent-auth': flags['vault-agent-auth'],
    'vault-agent-addr': flags['vault-agent-addr'],
  }
  const delivery = flags['vault-delivery']
  if (delivery !== 'agent') {
    const [flag] = Object.keys(given(own))
    if (flag === undefined)
      return given({
        'vault-delivery': delivery,
        'swarm-prefix': delivery === 'swarm' ? flags['swarm-prefix'] || undefined : undefined,
      })
    throw new UsageError(`--${flag} is about an agent, and none is asked for.`, { hint: 'Add --vault-delivery agent.' })
  }
  const ca = settings['vault-cacert']
  return given({
    'vault-delivery': delivery,
    ...own,
    'vault-agent-ca': ca === undefined ? undefined : resolve(ca),
    'vault-agent-tls-name': settings['vault-tls-server-name'],
  })
}

/** The address is written down so that a rollback finds out where it is not: it is compared, never followed. */
export function vaultStoreOptions(settings: Settings): Readonly<Record<string, string>> {
  return given({
    'vault-addr': settings['vault-addr'],
    'vault-mount': trimSlashes(settings['vault-mount']) || undefined,
    'vault-path': trimSlashes(settings['vault-path'] ?? '') || undefined,
    'vault-namespace': settings['vault-namespace'],
    'kv-version': settings['kv-version'],
    'vault-merge': settings['vault-merge'] ? 'true' : undefined,
  })
}

/** @throws UsageError where one is not VALUE=NAME. */
function namesOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=')
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)]
      throw new UsageError(`--name ${pair} names no value.`, { hint: 'Write it as SERVICE.VARIABLE=NAME.' })
    }),
  )
}

const given = (options: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

export function loadOptions(flags: ProjectFlagValues): LoadOptions {
  return {
    files: flags.file ?? [],
    envFiles: flags['env-file'] ?? [],
    profiles: flags.profile ?? [],
    env: process.env,
    ...(flags['project-directory'] === undefined ? {} : { projectDir: flags['project-directory'] }),
  }
}

/** `folder`: the project's, as projectFolder finds it. */
export async function migrateRequest(
  flags: PlanFlagValues,
  resolved: ResolvedSettings,
  {
    folder,
    version,
    vault,
    on,
  }: {
    readonly folder: string
    readonly version: string
    readonly vault: VaultAccess
    readonly on: (message: string) => void
  },
): Promise<MigrateRequest> {
  const { settings } = resolved
  if (flags['from-report'] === '-')
    throw new UsageError('A report is read again when its plan is applied, so --from-report takes a file.', {
      hint: 'Write one first: secretscan image … --report json=report.json',
    })
  let scan: Promise<string> | undefined
  return {
    load: loadOptions(flags),
    to: flags.to as StoreKind,
    storeOptions: storeOptionsFor(flags.to as StoreKind, flags, settings, folder),
    vault,
    select: flags.select ?? [],
    names: namesOf(flags.name ?? []),
    images: !flags['no-images'],
    ...(flags['from-report'] === undefined ? {} : { report: resolve(flags['from-report']) }),
    scanFirst: flags.images === true,
    // Loaded when needed: it brings the scanner along. A plan may be made more than once in a run, the scan is not.
    scanImages: (images) =>
      (scan ??= import('./project-images.js').then((loaded) => loaded.scanProjectImages(images, resolved, version))),
    rules: await rulesOf(settings),
    sourceOptions: {
      signal: interruptSignal,
      maxManifestSize: MANIFEST_SIZE,
      includeAttestations: false,
      allowForeignLayers: false,
      followLinks: false,
      insecureRegistries: [],
      offline: settings.offline,
    },
    on,
  }
}
