// The configuration of a Vault Agent (HCL): how it logs in, and one template a secret and service. References only, no values.
import type { KvPath, KvVersion } from '../vault/kv.js'
import { AGENT_FOLDER, type AgentOptions, RENDERED } from './options.js'

/** HCL strings are JSON's, but for `${`, which would be read as an expression. */
const text = (value: string): string => JSON.stringify(value).replaceAll('${', () => '$${')

/**
 * The template of one secret: its exact bytes and nothing else. Values that are no text lie in Vault as base64 with a mark beside them.
 * Text goes through consul-template's language: https://github.com/hashicorp/consul-template/blob/main/docs/templating-language.md
 */
export function secretTemplate({ mount, path }: KvPath, version: KvVersion): string {
  const fields = version === 2 ? '.Data.data' : '.Data'
  const api = version === 2 ? `${mount}/data/${path}` : `${mount}/${path}`
  return `{{ with secret ${JSON.stringify(api)} }}{{ if index ${fields} "encoding" }}{{ base64Decode ${fields}.value }}{{ else }}{{ ${fields}.value }}{{ end }}{{ end }}`
}

export interface Rendered {
  readonly service: string
  readonly name: string
  readonly template: string
}

/** As the service finds it in /run/secrets. */
export const destinationOf = ({ service, name }: Pick<Rendered, 'service' | 'name'>): string =>
  `${RENDERED}/${service}/${name}`

/** Readable by every user of the one service that mounts the volume, as Docker's own secrets are (0444). */
function templateBlock(rendered: Rendered): string {
  return `
template {
  contents = ${text(rendered.template)}
  destination = ${text(destinationOf(rendered))}
  perms = "0444"
  error_on_missing_key = true
}
`
}

const WRAPPING = /^\s*secret_id_response_wrapping_path = "auth\/approle\/role\/([^"/]+)\/secret-id"/m

/** The agent opens its secret ID itself, once a start. */
export const isWrapped = (config: string): boolean => WRAPPING.test(config)

/** The role whose wrapped secret IDs it takes; undefined where it takes plain ones. */
export const wrappingRole = (config: string): string | undefined => WRAPPING.exec(config)?.[1]

const METHODS = {
  approle: ({ role, auth }: AgentOptions) => `  method "approle" {
    config = {
      role_id_file_path = "/run/secrets/vault_role_id"
      secret_id_file_path = "/run/secrets/vault_secret_id"
      # The file is mounted for reading only, and the agent needs it again when it starts anew.
      remove_secret_id_file_after_reading = false${
        auth === 'approle-wrapped'
          ? `
      # The file holds a token that opens a secret ID of this role, once.
      secret_id_response_wrapping_path = ${text(`auth/approle/role/${role}/secret-id`)}`
          : ''
      }
    }
  }`,
  'token-file': () => `  method "token_file" {
    config = {
      token_file_path = "/run/secrets/vault_token"
    }
  }`,
} as const

function head(options: AgentOptions): string {
  const { address, ca, serverName, auth } = options
  const reach = [
    ...(address === undefined ? [] : [`  address = ${text(address)}\n`]),
    ...(ca === undefined ? [] : [`  ca_cert = "${AGENT_FOLDER}/ca.pem"\n`]),
    ...(serverName === undefined ? [] : [`  tls_server_name = ${text(serverName)}\n`]),
  ]
  const method = auth === 'token-file' ? METHODS[auth]() : METHODS.approle(options)
  return `# Vault Agent: writes the secrets of this project's services to their volumes. References only, no values.
vault {
${reach.join('')}  retry {
    num_retries = 5
  }
}

auto_auth {
${method}
}

# Without these two a secret that is missing would be an empty file, or none, and nobody would notice.
template_config {
  exit_on_retry_failure = true
  # A new version in Vault is written within this time.
  static_secret_render_interval = "5m"
}
`
}

/** What has to be added to the configuration as it is ("" where there is none). */
export function agentConfig(before: string, options: AgentOptions, rendered: readonly Rendered[]): string {
  const missing = rendered.filter((each) => !before.includes(text(destinationOf(each))))
  const blocks = missing.map(templateBlock).join('')
  if (before === '') return head(options) + blocks
  return `${before.endsWith('\n') ? '' : '\n'}${blocks}`
}
