// secretscan exec -- COMMAND...
import { isUtf8 } from 'node:buffer'
import { Flags } from '@oclif/core'
import type { Settings } from '../config/settings.js'
import { EXEC_EXIT, runCommand } from '../migrate/exec.js'
import { FILES_VARIABLE, writeSecretFiles } from '../migrate/exec-files.js'
import { type ResolvedSecret, resolveReferences } from '../migrate/exec-values.js'
import { readReferences } from '../migrate/references.js'
import { SecretscanError, StoreError, UsageError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import { BaseCommand } from './base.js'
import { type Failure, failureOf, failureText } from './shared/failure.js'
import { flagsFor } from './shared/flags.js'
import { leaveSignals } from './shared/interrupt.js'
import { projectFlags } from './shared/migrate-flags.js'
import { projectFolder } from './shared/migrate-request.js'
import { withVault } from './shared/vault-access.js'

/** Whatever kept the command from starting: 125, so that it is told from a code of the command's own. */
class NotStartedError extends SecretscanError {
  readonly code: string
  readonly exitCode = EXEC_EXIT.failed

  constructor({ code, message, hint }: Failure, cause: unknown) {
    super(message, { cause, ...(hint === undefined ? {} : { hint }) })
    this.code = code
  }
}

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
    {
      description: 'As files, for a Compose file that says: file: ${SECRETSCAN_SECRETS_DIR}/db_password',
      command: '<%= config.bin %> <%= command.id %> --files -- docker compose up',
    },
  ]
  static override strict = false
  static override usage = '<%= command.id %> [FLAGS] -- COMMAND [ARGUMENT...]'
  static override flags = {
    ...flagsFor('vault'),
    'project-directory': projectFlags['project-directory'],
    files: Flags.boolean({
      summary: `Hand the values over as files in memory: ${FILES_VARIABLE} names their folder, NAME_FILE each of them`,
    }),
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Exec)
    const { settings } = this.resolve(flags)
    const command = argv.map(String)
    if (command.length === 0)
      throw new UsageError('There is no command to run.', { hint: 'Write: secretscan exec -- docker compose up -d' })
    const secrets = await this.secrets(await projectFolder(flags), settings)
    const files = flags.files ? writeSecretFiles(secrets, process.env) : undefined
    leaveSignals()
    try {
      const environment = files?.environment ?? environmentOf(secrets)
      const { code, notStarted } = await runCommand(command, environment, process.stdin.isTTY === true)
      if (notStarted !== undefined)
        this.logToStderr(failureText(whyNotStarted(command[0] ?? '', notStarted), false).trimEnd())
      this.exit(code)
    } finally {
      files?.remove()
    }
  }

  /** The way into Vault is closed before the command starts: it does not share the token that was obtained for it. */
  private async secrets(projectDir: string, settings: Settings): Promise<readonly ResolvedSecret[]> {
    const said = settings['kv-version']
    const references = await readReferences(projectDir)
    return withVault(settings, (vault) =>
      resolveReferences(references, {
        projectDir,
        vault,
        ...(said === undefined ? {} : { kvVersion: said === '1' ? 1 : 2 }),
      }),
    )
  }

  /** As with docker run, its own failures are 125; a bug stays one. */
  protected override async catch(error: Error): Promise<never> {
    const own = await super.catch(error).catch((thrown: unknown) => thrown)
    const failure = failureOf(own)
    throw failure.message === undefined || failure.code === 'INTERNAL' ? own : new NotStartedError(failure, own)
  }
}

function whyNotStarted(program: string, reason: string): Failure {
  const name = printable(program)
  const exitCode = EXEC_EXIT.failed
  if (reason === 'ENOENT')
    return {
      code: 'NOT_FOUND',
      exitCode,
      message: `There is no program ${name}.`,
      hint: 'Check its name and the PATH.',
    }
  if (reason === 'E2BIG')
    return {
      code: 'STORE',
      exitCode,
      message: 'The values are too large for an environment.',
      hint: 'Hand them over as files: secretscan exec --files -- COMMAND',
    }
  return {
    code: 'USAGE',
    exitCode,
    message: `${name} cannot be started (${reason}).`,
    hint: 'Is it a program, and may you run it?',
  }
}

/** @throws StoreError where a value cannot be one of a variable. */
function environmentOf(secrets: readonly ResolvedSecret[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    secrets.map(({ name, env, value }) => {
      const bytes = Buffer.from(value.reveal())
      if (!bytes.includes(0) && isUtf8(bytes)) return [env, bytes.toString('utf8')]
      throw new StoreError(`The value of ${printable(name)} is no text, and a variable can hold nothing else.`, {
        hint: 'Hand it over as a file: secretscan exec --files -- COMMAND',
      })
    }),
  )
}
