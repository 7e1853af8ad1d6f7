// What the Vault Agent of a project logs in with by AppRole: made by somebody who may, put where the agent finds it, and nowhere else.
import { join } from 'node:path'
import { writeAtomic } from '../../support/atomic.js'
import { NotFoundError, StoreError, UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { asTree } from '../../support/tree.js'
import { readIfThere } from '../project-files.js'
import type { VaultClient } from '../vault/client.js'
import type { VaultAccess } from '../vault/session.js'
import { openWorkspace } from '../workspace.js'
import { isWrapped, wrappingRole } from './config.js'
import { AGENT_CONFIG, CREDENTIALS } from './options.js'

export interface AgentLoginRequest {
  readonly projectDir: string
  readonly vault: VaultAccess
  /** Where the agent's configuration names none. */
  readonly role: string
  /** How long a wrapped secret ID can be opened, as Vault writes times: "5m". */
  readonly wrapTtl: string
}

export interface AgentLogin {
  readonly role: string
  /** Relative to the project. */
  readonly files: readonly string[]
  /** The file holds no secret ID but a token that opens one, once. */
  readonly wrapped: boolean
}

/** @throws NotFoundError where no agent is; UsageError where it logs in otherwise; StoreError where there is no such role */
export async function makeAgentLogin({
  projectDir,
  vault,
  role: own,
  wrapTtl,
}: AgentLoginRequest): Promise<AgentLogin> {
  const bytes = await readIfThere(join(projectDir, AGENT_CONFIG))
  if (bytes === undefined)
    throw new NotFoundError(`There is no ${AGENT_CONFIG} in ${projectDir}.`, {
      hint: 'secretscan migrate apply --to vault --vault-delivery agent writes it.',
    })
  const config = Buffer.from(bytes).toString('utf8')
  if (!/^\s*method "approle"/m.test(config))
    throw new UsageError('The agent of this project does not log in by AppRole.', {
      hint: 'With a token: vault token create -policy=NAME -orphan -period=24h -field=token, into .secretscan/vault-token',
    })
  const wrapped = isWrapped(config)
  const role = wrappingRole(config) ?? own
  const client = await vault.open()
  const roleId = await roleIdOf(client, role)
  const secret = await secretIdOf(client, role, wrapped ? wrapTtl : undefined)
  await openWorkspace(projectDir)
  const files = CREDENTIALS.approle.map(({ file }) => file.replace(/^\.\//, ''))
  // Without a line end: the agent takes the file as it is.
  for (const [index, text] of [roleId, secret].entries())
    await writeAtomic(join(projectDir, files[index] ?? ''), Buffer.from(text), { mode: 0o600 })
  return { role, files, wrapped }
}

async function roleIdOf(client: VaultClient, role: string): Promise<string> {
  const answer = await client.read(`auth/approle/role/${role}/role-id`)
  const id = asTree(answer?.['data'])['role_id']
  if (typeof id === 'string') return id
  const name = printable(role)
  throw new StoreError(`Vault has no role ${name} for AppRole.`, {
    hint: `Make it (vault auth enable approle; vault write auth/approle/role/${name} token_policies=${name}), or name another with --role.`,
  })
}

async function secretIdOf(client: VaultClient, role: string, wrapTtl: string | undefined): Promise<string> {
  const answer = await client.write(`auth/approle/role/${role}/secret-id`, {}, ['update'], wrapTtl)
  const secret = wrapTtl === undefined ? asTree(answer['data'])['secret_id'] : asTree(answer['wrap_info'])['token']
  if (typeof secret === 'string') return secret
  throw new StoreError('Vault has answered without a secret ID.', {
    hint: "Look at the role, and at the server's log.",
  })
}
