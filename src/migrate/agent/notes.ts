// What a person has to do before an agent can log in, and what its credential is worth.
import { basename } from 'node:path'
import type { Gathered } from '../plan.js'
import type { Move } from '../plan-moves.js'
import { CREDENTIALS } from './options.js'

/** [] where no agent brings the secrets. Names may be chosen otherwise: nothing here is done by this tool. */
export function agentNotes({ agent, project, store }: Gathered, moves: readonly Move[]): readonly string[] {
  if (agent === undefined) return []
  const { options, exists } = agent
  const role = basename(project.directory)
  const refs = [...new Set(moves.map(({ name }) => store.referenceOf?.(name).ref ?? ''))]
  const paths = refs.map((ref) => ref.replace(/^vault:\/\//, '').replace(/#.*$/, ''))
  const files = CREDENTIALS[options.auth].map(({ file }) => file.replace(/^\.\//, ''))
  const local = /^https?:\/\/(?:localhost|127\.|\[::1\])/.test(options.address ?? '')
  return [
    ...(exists ? [] : [loginNote(options.auth, role, files)]),
    `The agent needs a policy that lets it read ${paths.join(', ')}, and nothing else.`,
    ...(local
      ? [
          `${options.address} is this machine, and inside the agent's container the container itself: say with --vault-agent-addr how it reaches Vault.`,
        ]
      : []),
    `${files.at(-1)} is now the secret that opens all others: 0600, never committed, never copied. ${
      options.auth === 'approle'
        ? 'Give the role a secret_id_ttl and secret_id_bound_cidrs, and hand the secret ID over wrapped (vault write -wrap-ttl=5m …, then vault unwrap on the host): if the unwrapping fails, someone else has read it.'
        : 'Give the token a short life and its one policy, and renew it.'
    }`,
  ]
}

function loginNote(auth: 'approle' | 'token-file', role: string, files: readonly string[]): string {
  const [first = '', second = ''] = files
  if (auth === 'token-file')
    return `Before the first start: (umask 077; vault token create -policy=${role} -orphan -period=24h -field=token | tr -d '\\n' > ${first})`
  return `Before the first start: vault write auth/approle/role/${role} token_policies=${role}; (umask 077; vault read -field=role_id auth/approle/role/${role}/role-id > ${first}; vault write -f -field=secret_id auth/approle/role/${role}/secret-id > ${second})`
}
