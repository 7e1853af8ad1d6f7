// secretscan migrate agent-login
import { Flags } from '@oclif/core'
import { makeAgentLogin } from '../../migrate/agent/login.js'
import { projectPlace } from '../../migrate/vault/place.js'
import { policyName } from '../../migrate/vault/policy.js'
import { UsageError } from '../../support/errors.js'
import { BaseCommand } from '../base.js'
import { flagsFor } from '../shared/flags.js'
import { projectFlags } from '../shared/migrate-flags.js'
import { projectFolder, vaultStoreOptions } from '../shared/migrate-request.js'
import { withVault } from '../shared/vault-access.js'

export default class MigrateAgentLogin extends BaseCommand {
  static override summary = 'Give the Vault Agent of a project what it logs in with (AppRole)'
  static override description =
    'Reads the role ID, has Vault make a secret ID, and writes both to .secretscan (0600). Where the agent was set up with --vault-agent-auth approle-wrapped, the secret ID stays in Vault: what is written opens it once, for the agent. Nothing of it is printed.'
  static override examples = [
    { description: 'Before the first start', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Of another role, to be opened within two minutes',
      command: '<%= config.bin %> <%= command.id %> --role shop-prod --wrap-ttl 2m',
    },
  ]
  static override flags = {
    ...flagsFor('vault', 'vault-place'),
    'project-directory': projectFlags['project-directory'],
    role: Flags.string({
      summary: 'Role of AppRole (default: the one of agent.hcl, else PATH-agent)',
      helpValue: 'NAME',
    }),
    'wrap-ttl': Flags.string({
      summary: 'How long a wrapped secret ID can be opened',
      helpValue: 'TIME',
      default: '5m',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(MigrateAgentLogin)
    const { settings } = this.resolve(flags)
    const projectDir = await projectFolder(flags)
    const { path } = projectPlace(vaultStoreOptions(settings), projectDir)
    const wrapTtl = flags['wrap-ttl']
    if (!/^\d+[smh]?$/.test(wrapTtl))
      throw new UsageError('--wrap-ttl is no time.', { hint: 'Write seconds, or for example 90s or 5m.' })
    if (flags.role !== undefined && !/^[\w.-]+$/.test(flags.role))
      throw new UsageError('--role is no name of a role.', { hint: 'Use letters, digits, _ . and -.' })
    const login = await withVault(settings, (vault) =>
      makeAgentLogin({ projectDir, vault, role: flags.role ?? policyName(path, 'agent'), wrapTtl }),
    )
    if (settings.json) return this.log(JSON.stringify({ schemaVersion: 1, ...login }))
    this.log(`✔ ${login.files.join(', ')} written (role ${login.role})`)
    if (login.wrapped) this.log(`  The agent can open its secret ID once, within ${wrapTtl}.`)
    this.log('  Next: docker compose up -d --force-recreate vault-agent')
  }
}
