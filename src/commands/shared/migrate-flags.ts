// Flags that all commands of `secretscan migrate` share. What they make together: migrate-request.ts.
import { Flags, type Interfaces } from '@oclif/core'
import { AGENT_AUTHS, DEFAULT_AGENT_IMAGE } from '../../migrate/agent/options.js'
import { DEFAULT_SECRETS_DIR, STORE_KINDS } from '../../migrate/stores/index.js'

export const projectFlags = {
  file: Flags.string({
    char: 'f',
    summary: 'Compose file (repeatable; default: as docker compose finds it)',
    helpValue: 'FILE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'project-directory': Flags.string({
    summary: "The project's folder (default: that of the first Compose file)",
    helpValue: 'DIR',
  }),
  'env-file': Flags.string({
    summary: 'File instead of .env (repeatable)',
    helpValue: 'FILE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  profile: Flags.string({
    summary: 'Profile to take in (repeatable)',
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
} satisfies Interfaces.FlagInput

export const planFlags = {
  ...projectFlags,
  to: Flags.option({ summary: 'Where the secrets go', options: STORE_KINDS })({ default: 'compose-file' }),
  from: Flags.option({
    summary: 'Where an earlier migration put them: moves the secrets on from there (--select takes their names)',
    options: ['swarm', 'compose-file'] as const,
  })(),
  select: Flags.string({
    summary: 'Move only this value, named SERVICE.VARIABLE, or by the fingerprint of a finding (repeatable)',
    helpValue: 'VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  name: Flags.string({
    summary: 'Name of the secret for a value, instead of one made from its variable (repeatable)',
    helpValue: 'VALUE=NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'from-report': Flags.string({
    summary: "JSON report of the project's images: moves what they hold, too",
    helpValue: 'FILE',
    exclusive: ['images'],
  }),
  images: Flags.boolean({
    summary: 'Scan the images that the project builds first, and move what they hold, too',
    exclusive: ['no-images'],
  }),
  'no-images': Flags.boolean({ summary: 'Do not look into images: only the table of known images counts' }),
  'secrets-dir': Flags.string({
    summary: 'Folder of the secret files',
    helpValue: 'DIR',
    default: DEFAULT_SECRETS_DIR,
  }),
  'vault-delivery': Flags.option({
    summary:
      'How services get secrets from Vault: by a Vault Agent beside them, from "secretscan exec", or from a Swarm that "migrate sync" keeps up (default: exec)',
    options: ['agent', 'exec', 'swarm'] as const,
  })(),
  'vault-agent-image': Flags.string({
    summary: `Image of the agent, of Vault or OpenBao (default: ${DEFAULT_AGENT_IMAGE})`,
    helpValue: 'IMAGE',
  }),
  'vault-agent-auth': Flags.option({
    summary: 'How the agent logs in (default: approle)',
    options: AGENT_AUTHS,
  })(),
  'vault-agent-addr': Flags.string({
    summary: "Address of Vault as the agent's container reaches it (default: that of --vault-addr)",
    helpValue: 'URL',
  }),
  'swarm-prefix': Flags.string({ summary: "In front of the Swarm secrets' names", helpValue: 'TEXT', default: '' }),
} satisfies Interfaces.FlagInput

export interface ProjectFlagValues {
  readonly file?: string[] | undefined
  readonly 'project-directory'?: string | undefined
  readonly 'env-file'?: string[] | undefined
  readonly profile?: string[] | undefined
}

export interface PlanFlagValues extends ProjectFlagValues {
  readonly to: string
  readonly from?: string | undefined
  readonly select?: string[] | undefined
  readonly name?: string[] | undefined
  readonly 'from-report'?: string | undefined
  readonly images?: boolean
  readonly 'no-images': boolean
  readonly 'secrets-dir': string
  readonly 'swarm-prefix': string
  readonly 'vault-delivery'?: string | undefined
  readonly 'vault-agent-image'?: string | undefined
  readonly 'vault-agent-auth'?: string | undefined
  readonly 'vault-agent-addr'?: string | undefined
}
