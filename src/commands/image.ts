// secretscan image
import { Args } from '@oclif/core'
import type { Settings } from '../config/settings.js'
import type { RuleSet } from '../detect/rule-set.js'
import { type ScanOptions, scanImage } from '../scan/scan-image.js'
import { openSession } from '../scan/session.js'
import type { ScanContext, TargetReport } from '../scan/types.js'
import { UsageError } from '../support/errors.js'
import { printable, shorten } from '../support/printable.js'
import { BaseCommand } from './base.js'
import { flagsFor } from './shared/flags.js'
import { runScan } from './shared/scan.js'

/** What scan/ needs to know of the settings. */
function scanOptions(settings: Settings, rules: RuleSet): ScanOptions {
  return {
    rules,
    maxDecodeDepth: settings['max-decode-depth'],
    maxArchiveDepth: settings['max-archive-depth'],
    showSecrets: settings['show-secrets'],
    cache: !settings['no-cache'],
    cacheMaxSize: settings['cache-max-size'],
    skipLayers: settings['skip-layers'],
    skipConfig: settings['skip-config'],
    ...(settings['max-file-size'] === undefined ? {} : { maxFileSize: settings['max-file-size'] }),
    ...(settings.source === undefined ? {} : { source: settings.source }),
    sourceOptions: {
      ...(settings.platform === undefined ? {} : { platform: settings.platform }),
      maxManifestSize: settings['max-manifest-size'],
      includeAttestations: settings['include-attestations'],
      allowForeignLayers: settings['allow-foreign-layers'],
      followLinks: settings.follow,
      insecureRegistries: settings['insecure-registry'],
      ...(settings['registry-ca'] === undefined ? {} : { registryCa: settings['registry-ca'] }),
      offline: settings.offline,
    },
  }
}

/** One after the other: each image uses all workers, and a layer that two share is scanned once. */
async function scanImages(
  inputs: readonly string[],
  options: ScanOptions,
  context: ScanContext,
): Promise<readonly TargetReport[]> {
  const session = await openSession(options, context.concurrency)
  try {
    const reports: TargetReport[] = []
    for (const input of inputs) reports.push(...(await scanImage(input, { ...options, session }, context)))
    return reports
  } finally {
    await session.close()
  }
}

function titleOf([first = '', ...others]: readonly string[]): string {
  if (others.length > 0) return `${others.length + 1} images`
  return first === '-' ? 'standard input' : shorten(printable(first), 40)
}

export default class Image extends BaseCommand {
  static override summary = 'Scan container images for secrets'
  static override description =
    `Looks into every layer (deleted and overwritten files too), the configuration and the history of each image.

An image is a name (from the Docker Engine, else the registry), an archive of "docker save" or "podman save" (a path that ends in .tar, .tar.gz, .tgz or .tar.zst, or archive:FILE), an OCI layout (oci:DIR[:TAG]), or "-" for an archive on standard input. docker:, podman: and registry: name the place.

Exit codes: 0 nothing found, 1 findings, 2 wrong usage, 3 not everything was scanned, 4 image not found or not reachable.`
  static override examples = [
    { description: 'An image of the engine', command: '<%= config.bin %> <%= command.id %> myapp:latest' },
    {
      description: 'What a pipe brings, for a script',
      command: 'docker save myapp:latest | <%= config.bin %> <%= command.id %> - --format json',
    },
    {
      description: 'In CI: only what is high or worse fails the job, and code scanning gets a SARIF file',
      command: '<%= config.bin %> <%= command.id %> app.tar --fail-on high --report sarif=secrets.sarif',
    },
  ]
  static override usage = 'image IMAGE... [FLAGS]'
  static override args = { images: Args.string({ description: 'Images to scan', multiple: true, ignoreStdin: true }) }
  static override flags = flagsFor('scan', 'image')

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Image)
    const resolved = this.resolve(flags)
    const images = args.images ?? []
    if (images.length === 0)
      throw new UsageError('Name at least one image', { hint: 'Example: secretscan image myapp:latest' })
    if (images.filter((image) => image === '-').length > 1)
      throw new UsageError('Standard input ("-") can be read only once')
    process.exitCode = await runScan({
      resolved,
      version: this.config.version,
      title: titleOf(images),
      scan: (rules, context) => scanImages(images, scanOptions(resolved.settings, rules), context),
    })
  }
}
