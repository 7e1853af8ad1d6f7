// secretscan container
import { Args } from '@oclif/core'
import { printable, shorten } from '../support/printable.js'
import { BaseCommand } from './base.js'
import { scanContainers } from './shared/container-scan.js'
import { flagsFor } from './shared/flags.js'
import { runScan } from './shared/scan.js'

function titleOf([first = '', ...others]: readonly string[]): string {
  if (first === '') return 'containers'
  return others.length > 0 ? `${others.length + 1} containers` : shorten(printable(first), 40)
}

export default class Container extends BaseCommand {
  static override summary = 'Scan running containers and Swarm services for secrets'
  static override description =
    `Looks into what each container was started with (environment, command, labels, names of mounts, options of drivers) and into the files that changed in it since its image. What the image's own configuration has brought is told apart. The image's layers are scanned by "image", and what is mounted (volumes, secrets) by "dir".

Containers of Compose projects and Swarm services are named by project and service. --services looks into what the services themselves are told, and into the contents of their configs; the values of Swarm secrets cannot be read.

Exit codes: 0 nothing found, 1 findings, 2 wrong usage, 3 not everything was scanned, 4 container not found or engine not reachable.`
  static override examples = [
    { description: 'One container', command: '<%= config.bin %> <%= command.id %> shop-db-1' },
    { description: 'Everything that runs here', command: '<%= config.bin %> <%= command.id %> --all' },
    { description: 'What a Swarm is told', command: '<%= config.bin %> <%= command.id %> --services' },
    {
      description: 'Everything on another machine, over ssh',
      command: 'DOCKER_HOST=ssh://deploy@example.org <%= config.bin %> <%= command.id %> --all --format json',
    },
  ]
  static override usage = 'container NAME... [FLAGS]'
  static override args = {
    containers: Args.string({ description: 'Names or IDs of containers', multiple: true, ignoreStdin: true }),
  }
  static override flags = flagsFor('scan', 'container')

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Container)
    const resolved = this.resolve(flags)
    const containers = args.containers ?? []
    process.exitCode = await runScan({
      resolved,
      version: this.config.version,
      title: titleOf(containers),
      scan: (rules, context) => scanContainers(containers, resolved.settings, rules, context),
    })
  }
}
