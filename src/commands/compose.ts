// secretscan compose
import { BaseCommand } from './base.js'
import { scanComposeProject } from './shared/compose-scan.js'
import { flagsFor } from './shared/flags.js'
import { runScan } from './shared/scan.js'

export default class Compose extends BaseCommand {
  static override summary = 'Scan a Compose project for secrets'
  static override description =
    `Looks into the project's Compose files (merged and interpolated as docker compose does), env files, .env, configs, files that services mount from the project, the Dockerfiles that its services are built from, and files such as .env and id_rsa that these copy. A variable whose name says secret is a finding whatever its value looks like; a reference to one is none.

With --images the images that the services name are scanned too, each a target of its own.`
  static override examples = [
    { description: 'The project in this folder', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Named files, merged in this order',
      command: '<%= config.bin %> <%= command.id %> -f compose.yaml -f compose.prod.yaml',
    },
    {
      description: 'As it is started with another env file in place of .env',
      command: '<%= config.bin %> <%= command.id %> --env-file prod.env',
    },
    {
      description: 'With the images of the services, those of a profile too',
      command: '<%= config.bin %> <%= command.id %> --images --profile debug',
    },
  ]
  static override flags = flagsFor('scan', 'compose')

  async run(): Promise<void> {
    const { flags } = await this.parse(Compose)
    const resolved = this.resolve(flags)
    process.exitCode = await runScan({
      resolved,
      version: this.config.version,
      title: 'Compose project',
      scan: (rules, context) => scanComposeProject(resolved.settings, rules, context),
    })
  }
}
