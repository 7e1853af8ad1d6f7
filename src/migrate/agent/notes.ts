// What a person has to do before an agent can log in, and what its credential is worth.
import type { Gathered } from '../plan.js'
import type { Move } from '../plan-moves.js'
import { type AgentOptions, CREDENTIALS } from './options.js'

const WORTH: Readonly<Record<AgentOptions['auth'], string>> = {
  approle:
    'is now the secret that opens all others: 0600, never committed, never copied. Give the role a secret_id_ttl and secret_id_bound_cidrs. With --vault-agent-auth approle-wrapped what lies there opens it once, and is worth nothing once the agent runs.',
  'approle-wrapped':
    'holds a token that opens the secret ID once: the agent does it when it starts. Where the agent says that it cannot, someone else was first. Each start of the agent needs a new one.',
  'token-file':
    'is now the secret that opens all others: 0600, never committed, never copied. Give the token a short life and its one policy, and renew it.',
}

/** [] where no agent brings the secrets. Names may be chosen otherwise: nothing here is done by a migration. */
export function agentNotes({ agent, store }: Gathered, moves: readonly Move[]): readonly string[] {
  if (agent === undefined) return []
  const { options, exists } = agent
  const refs = [...new Set(moves.map(({ name }) => store.referenceOf?.(name).ref ?? ''))]
  const paths = refs.map((ref) => ref.replace(/^vault:\/\//, '').replace(/#.*$/, ''))
  const files = CREDENTIALS[options.auth].map(({ file }) => file.replace(/^\.\//, ''))
  const local = /^https?:\/\/(?:localhost|127\.|\[::1\])/.test(options.address ?? '')
  return [
    ...(exists ? [] : [loginNote(options, files)]),
    `The agent needs a policy that lets it read ${paths.join(', ')}, and nothing else: ${options.role} of those that migrate plan --write-policy writes.`,
    ...(local
      ? [
          `${options.address} is this machine, and inside the agent's container the container itself: say with --vault-agent-addr how it reaches Vault.`,
        ]
      : []),
    `${files.at(-1)} ${WORTH[options.auth]}`,
  ]
}

function loginNote({ auth, role }: AgentOptions, [file = '']: readonly string[]): string {
  if (auth === 'token-file')
    return `Before the first start: (umask 077; vault token create -policy=${role} -orphan -period=24h -field=token | tr -d '\\n' > ${file})`
  return `Before the first start: vault auth enable approle; vault write auth/approle/role/${role} token_policies=${role}; then secretscan migrate agent-login, which writes what the agent logs in with.`
}
