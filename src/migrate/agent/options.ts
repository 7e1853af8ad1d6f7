// What a plan says of the Vault Agent that brings secrets to the services, and where its parts lie.
import { projectPlace, type StoreOptions } from '../vault/place.js'
import { policyName } from '../vault/policy.js'

export interface AgentOptions {
  readonly image: string
  readonly auth: AgentAuth
  /** Of AppRole; its policy has the same name. */
  readonly role: string
  /** As the agent's container reaches it. */
  readonly address?: string
  readonly namespace?: string
  /** Path of an authority's certificate on the host. */
  readonly ca?: string
  /** The name that Vault's certificate is for, where that is another one than the address's. */
  readonly serverName?: string
}

/** approle-wrapped: what lies on the disk opens the secret ID once, and is worth nothing once the agent runs. */
export type AgentAuth = 'approle' | 'approle-wrapped' | 'token-file'
export const AGENT_AUTHS: readonly AgentAuth[] = ['approle', 'approle-wrapped', 'token-file']
export const DEFAULT_AGENT_IMAGE = 'hashicorp/vault:1.20'

export const AGENT_SERVICE = 'vault-agent'
/** Relative to the project; references only, committed like secrets.yaml. */
export const AGENT_CONFIG = '.secretscan/agent.hcl'
/** In the agent's container. */
export const AGENT_FOLDER = '/etc/vault-agent'
export const RENDERED = '/vault-secrets'

/** The volume that carries one service's secrets: no service sees those of another. */
export const volumeFor = (service: string): string => `vault-secrets-${service}`

/** What the agent logs in with: a Compose secret, and the file of it, which git never sees. */
const APPROLE = [
  { name: 'vault_role_id', file: './.secretscan/vault-role-id' },
  { name: 'vault_secret_id', file: './.secretscan/vault-secret-id' },
]
export const CREDENTIALS: Readonly<Record<AgentAuth, readonly { readonly name: string; readonly file: string }[]>> = {
  approle: APPROLE,
  'approle-wrapped': APPROLE,
  'token-file': [{ name: 'vault_token', file: './.secretscan/vault-token' }],
}

/** undefined where the plan delivers in another way. */
export function agentOptions(options: StoreOptions, projectDir: string): AgentOptions | undefined {
  if (options['vault-delivery'] !== 'agent') return undefined
  const { 'vault-namespace': namespace, 'vault-agent-ca': ca, 'vault-agent-tls-name': serverName } = options
  const address = options['vault-agent-addr'] ?? options['vault-addr']
  return {
    image: options['vault-agent-image'] ?? DEFAULT_AGENT_IMAGE,
    auth: AGENT_AUTHS.find((auth) => auth === options['vault-agent-auth']) ?? 'approle',
    role: policyName(projectPlace(options, projectDir).path, 'agent'),
    ...(address === undefined ? {} : { address }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
  }
}
