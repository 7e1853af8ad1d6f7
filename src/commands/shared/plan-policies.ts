// The policies that go with a plan for Vault: made after it, written before it where Vault does not let the token look.
import { loadProject } from '../../compose/load.js'
import type { Move } from '../../migrate/plan-moves.js'
import { type MigrateRequest, type Prepared, prepare } from '../../migrate/run.js'
import { type PlannedSecret, planPolicies, policyBeforePlan } from '../../migrate/vault/plan-policies.js'
import { hclOf, type Policy, type WrittenPolicy, writePolicies } from '../../migrate/vault/policy.js'
import { UnauthorizedError } from '../../support/errors.js'

export interface PreparedWithPolicies {
  readonly prepared: Prepared
  /** None for other stores than Vault. */
  readonly policies: readonly Policy[]
}

const secretOf = ({ name, candidate, strategy }: Move): PlannedSecret => ({
  name,
  services: candidate.services,
  build: strategy.by === 'build',
})

/** @throws UnauthorizedError; where `file` is given, it then holds the policy that is missing. */
export async function withPolicies(request: MigrateRequest, file: string | undefined): Promise<PreparedWithPolicies> {
  if (request.to !== 'vault') return { prepared: await prepare(request), policies: [] }
  try {
    const prepared = await prepare(request)
    const { 'vault-addr': address, 'vault-namespace': namespace } = request.storeOptions
    const client = await request.vault.open({ address, namespace })
    const { plan, moves } = prepared.planned
    return { prepared, policies: await planPolicies(client, plan, moves.map(secretOf)) }
  } catch (error) {
    if (file === undefined || !(error instanceof UnauthorizedError)) throw error
    const policy = policyBeforePlan(request.storeOptions, (await loadProject(request.load)).directory)
    await writePolicies(file, [policy])
    throw new UnauthorizedError(error.message, {
      hint: `${file} now holds the policy that a migration needs: vault policy write ${policy.name} ${file}`,
    })
  }
}

/** For people: the policies themselves, or where they were written and what makes them known to Vault. */
export function policyLines(policies: readonly Policy[], written: readonly WrittenPolicy[]): readonly string[] {
  if (policies.length === 0) return []
  if (written.length > 0)
    return [
      '',
      'Policies for Vault, written (nothing was made known to Vault):',
      ...written.map(({ name, file }) => `  vault policy write ${name} ${file}`),
      '',
    ]
  return [
    '',
    'Policies for Vault, the least that is needed (--write-policy FILE saves them):',
    '',
    ...policies.map((policy) => `# ${policy.name}\n${hclOf(policy)}`),
  ]
}
