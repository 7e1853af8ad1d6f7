// The question how services get their secrets from Vault, in the guided migration.
import type { StoreKind } from '../../migrate/types.js'
import { prompt } from './ask.js'

export type Delivery = 'exec' | 'agent' | 'swarm'

const WAYS: readonly { readonly value: Delivery; readonly name: string; readonly description: string }[] = [
  {
    value: 'exec',
    name: 'when they are started, by secretscan exec -- docker compose up',
    description: '  Whoever deploys has a token; nothing else runs.',
  },
  {
    value: 'agent',
    name: 'from a Vault Agent that runs beside them',
    description: '  The agent has a login of its own, and brings new versions by itself.',
  },
  {
    value: 'swarm',
    name: 'from a Docker Swarm that secretscan migrate sync keeps up',
    description: '  For docker stack deploy.',
  },
]

/** Asked for Vault alone, and only where no flag says it. @throws DeclinedError on Ctrl-C. */
export async function askDelivery(
  to: StoreKind,
  said: string | undefined,
  offered: readonly Delivery[] = ['exec', 'agent', 'swarm'],
): Promise<Delivery | undefined> {
  if (to !== 'vault' || said !== undefined) return undefined
  const { select } = await import('@inquirer/prompts')
  return prompt(() =>
    select<Delivery>(
      { message: 'How do the services get them?', choices: WAYS.filter(({ value }) => offered.includes(value)) },
      { output: process.stderr },
    ),
  )
}
