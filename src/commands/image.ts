// secretscan image
import { Args } from '@oclif/core'
import { printable, shorten } from '../support/printable.js'
import { BaseCommand } from './base.js'
import { flagsFor } from './shared/flags.js'
import { scanImages } from './shared/image-scan.js'
import { runScan } from './shared/scan.js'

function titleOf([first = '', ...others]: readonly string[]): string {
  if (first === '') return 'all images'
  if (others.length > 0) return `${others.length + 1} images`
  return first === '-' ? 'standard input' : shorten(printable(first), 40)
}

export default class Image extends BaseCommand {
  static override summary = 'Scan container images for secrets'
  static override description =
    `Looks into every layer (deleted and overwritten files too), the configuration and the history of each image.

An image is a name (from the Docker Engine, else the registry), an archive of "docker save" or "podman save" (a path that ends in .tar, .tar.gz, .tgz or .tar.zst, or archive:FILE), an OCI layout (oci:DIR[:TAG]), or "-" for an archive on standard input. A glob such as 'team/*' stands for the images of the engine that it matches. docker:, podman: and registry: name the place.

Exit codes: 0 nothing found, 1 findings, 2 wrong usage, 3 not everything was scanned, 4 image not found or not reachable.`
  static override examples = [
    { description: 'An image of the engine', command: '<%= config.bin %> <%= command.id %> myapp:latest' },
    {
      description: 'All images of a team that the engine has, the worst first',
      command: "<%= config.bin %> <%= command.id %> 'team/*'",
    },
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
    process.exitCode = await runScan({
      resolved,
      version: this.config.version,
      title: titleOf(images),
      scan: (rules, context) => scanImages(images, resolved.settings, rules, context),
    })
  }
}
