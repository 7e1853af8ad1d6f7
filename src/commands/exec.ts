// secretscan exec -- COMMAND...
import { EXEC_EXIT, resolveReferences, runCommand } from '../migrate/exec.js'
import { readReferences } from '../migrate/references.js'
import { SecretscanError, UsageError } from '../support/errors.js'
import { BaseCommand } from './base.js'
import { projectFlags, projectFolder } from './shared/migrate-request.js'

export default class Exec extends BaseCommand {
  static override summary = 'Run a command with the migrated secrets in its environment'
  static override description =
    'Reads the values that .secretscan/secrets.yaml refers to (Vault, files) and hands them to the command as variables; nothing stands in its arguments or on the disk. Refuses to start when one is missing. Exits with the code of the command; 125 to 127 as docker run does.'
  static override examples = [
    {
      description: 'Deploy a project whose secrets are in Vault',
      command: '<%= config.bin %> <%= command.id %> -- docker compose up -d',
    },
    { description: 'Any other command', command: '<%= config.bin %> <%= command.id %> -- ./backup.sh --now' },
  ]
  static override strict = false
  static override flags = { 'project-directory': projectFlags['project-directory'] }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Exec)
    this.resolve(flags)
    const command = argv.map(String)
    if (command.length === 0)
      throw new UsageError('There is no command to run.', { hint: 'Write: secretscan exec -- docker compose up -d' })
    const folder = projectFolder(flags)
    let environment: Readonly<Record<string, string>>
    try {
      environment = await resolveReferences(await readReferences(folder), folder)
    } catch (error) {
      if (!(error instanceof SecretscanError)) throw error
      this.logToStderr(`Error: ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`)
      this.exit(EXEC_EXIT.failed)
    }
    const code = await runCommand(command, environment)
    if (code === EXEC_EXIT.notFound) this.logToStderr(`Error: There is no program ${command[0]}.`)
    this.exit(code)
  }
}
