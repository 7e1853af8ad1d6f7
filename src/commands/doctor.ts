// secretscan doctor
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import pc from 'picocolors'
import type { Settings } from '../config/settings.js'
import { AGENT_CONFIG } from '../migrate/agent/options.js'
import { checkAgent } from '../migrate/doctor/agent.js'
import { checkCompose, checkEngine, checkLogins, checkMigrations, checkNode } from '../migrate/doctor/machine.js'
import { checkShims } from '../migrate/doctor/shims.js'
import type { Check, CheckState } from '../migrate/doctor/types.js'
import { checkVault } from '../migrate/doctor/vault.js'
import { readReferences, type SecretReference } from '../migrate/references.js'
import { projectPlace } from '../migrate/vault/place.js'
import { writeText } from '../report/write.js'
import { EXIT, NotFoundError } from '../support/errors.js'
import { BaseCommand } from './base.js'
import { flagsFor } from './shared/flags.js'
import { projectFlags } from './shared/migrate-flags.js'
import { projectFolder, vaultStoreOptions } from './shared/migrate-request.js'
import { proseFor } from './shared/prose.js'
import { withVault } from './shared/vault-access.js'

const MARK: Readonly<Record<CheckState, string>> = { ok: '✔ ok', note: '- note', failed: '✗ FAILED' }
const COLOR: Readonly<Record<CheckState, (text: string) => string>> = { ok: pc.green, note: pc.yellow, failed: pc.red }

export default class Doctor extends BaseCommand {
  static override summary = 'Check what scans, migrations and deployments stand on, and say how to mend it'
  static override description =
    'Looks at Vault (reachable, unsealed, the token, what its policies allow), the Docker Engine, docker compose, the logins of registries and migrations that stopped. Changes nothing. Exits with 4 where something that is needed fails; notes do not count.'
  static override examples = [
    { description: 'Everything', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'May this token migrate to and run from here?',
      command: '<%= config.bin %> <%= command.id %> --vault-mount secret --vault-path shop',
    },
    {
      description: 'What failed, for a script',
      command: `<%= config.bin %> <%= command.id %> --json | jq '.checks[] | select(.state == "failed")'`,
    },
  ]
  static override flags = {
    ...flagsFor('vault', 'vault-place'),
    'project-directory': projectFlags['project-directory'],
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor)
    const { settings } = this.resolve(flags)
    const projectDir = await projectFolder(flags)
    const checks = [
      checkNode(this.config.version),
      ...(await this.vault(projectDir, settings)),
      ...(await checkAgent(projectDir)),
      await checkEngine(),
      await checkCompose(),
      ...(await checkLogins()),
      ...(await checkMigrations(projectDir)),
      ...(await checkShims(projectDir, process.env)),
    ]
    await writeText(
      process.stdout,
      settings.json ? `${JSON.stringify({ schemaVersion: 1, checks }, null, 2)}\n` : textOf(checks),
    )
    if (checks.some(({ state }) => state === 'failed')) this.exit(EXIT.unreachable)
  }

  /** Vault is looked at where an address is set or the project has secrets there. */
  private async vault(projectDir: string, settings: Settings): Promise<readonly Check[]> {
    const references = await referencesOf(projectDir)
    if (settings['vault-addr'] === undefined && references.length === 0)
      return [{ what: 'Vault', state: 'note', says: 'Not set up here.', mend: 'Set VAULT_ADDR to have it checked.' }]
    return withVault(settings, (vault) =>
      checkVault({
        vault,
        place: projectPlace(vaultStoreOptions(settings), projectDir),
        references,
        agent: existsSync(join(projectDir, AGENT_CONFIG)),
      }),
    )
  }
}

async function referencesOf(projectDir: string): Promise<readonly SecretReference[]> {
  try {
    return (await readReferences(projectDir)).filter(({ ref }) => ref.startsWith('vault://'))
  } catch (error) {
    if (error instanceof NotFoundError) return []
    throw error
  }
}

const INDENT = ' '.repeat(10)

/** Sentences are broken where the terminal ends, lines of a policy never: they are copied. */
const shownLines = (text: string, first: string, others: string): string =>
  text
    .split('\n')
    .map((line, index) => {
      const lead = index === 0 ? first : others
      const hanging = others.length - (/^ */.exec(lead)?.[0] ?? '').length
      return line.trimStart().startsWith('path "') ? lead + line : proseFor(process.stdout, lead + line, hanging)
    })
    .join('\n')

/** One block a check: state and name, what is so, and what mends it. */
function textOf(checks: readonly Check[]): string {
  const blocks = checks.map(({ what, state, says, mend }) => {
    const head = `${COLOR[state](MARK[state].padEnd(8))}  ${what}\n${shownLines(says, INDENT, INDENT)}`
    return mend === undefined || state === 'ok' ? head : `${head}\n${shownLines(mend, `${INDENT}→ `, `${INDENT}  `)}`
  })
  const wrong = checks.filter(({ state }) => state === 'failed').length
  return `${blocks.join('\n')}\n\n${wrong === 0 ? 'Nothing failed.' : `${wrong} ${wrong === 1 ? 'check' : 'checks'} failed.`}\n`
}
