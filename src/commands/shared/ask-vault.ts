// The questions of the guided migration about Vault: where it is, and how services get their secrets from it.
import type { StoreKind } from '../../migrate/types.js'
import { assertAddress } from '../../migrate/vault/settings.js'
import { UsageError } from '../../support/errors.js'
import { shorten } from '../../support/printable.js'
import { choiceWidth, described, prompt } from './ask.js'
import { BACK, type Back } from './ask-places.js'

export type Delivery = 'exec' | 'agent' | 'swarm'

const WAYS: readonly { readonly value: Delivery; readonly name: string; readonly description: string }[] = [
  {
    value: 'exec',
    name: 'when they are started, by secretscan exec -- docker compose up',
    description: 'Whoever deploys has a token; nothing else runs.',
  },
  {
    value: 'agent',
    name: 'from a Vault Agent that runs beside them',
    description: 'The agent has a login of its own, and brings new versions by itself.',
  },
  {
    value: 'swarm',
    name: 'from a Docker Swarm that secretscan migrate sync keeps up',
    description: 'For docker stack deploy.',
  },
]

/** Asks where Vault is, if nothing has said it yet; `again`: or if a person did, in vain. */
export type AskAddress = (again: boolean) => Promise<Back | undefined>

/**
 * Asks for the address where neither a flag nor a variable says it, and writes it into `settings`. `mayLeave`: there is a question before,
 * to which an empty answer leads.
 * @throws DeclinedError on Ctrl-C
 */
export function addressQuestion(settings: { 'vault-addr'?: string | undefined }, mayLeave: boolean): AskAddress {
  const isGiven = settings['vault-addr'] !== undefined
  return async (again) => {
    const typed = settings['vault-addr']
    if (isGiven || (typed !== undefined && !again)) return undefined
    const { input } = await import('@inquirer/prompts')
    const address = await prompt((context) =>
      input(
        {
          message: `Address of Vault or OpenBao? (${mayLeave ? 'empty: back' : 'https://HOST:8200'})`,
          validate: (text) => (mayLeave && text.trim() === '' ? true : validate(text)),
          ...(typed === undefined ? {} : { default: typed, prefill: 'editable' }),
        },
        context,
      ),
    )
    settings['vault-addr'] = address.trim() === '' ? undefined : address.trim()
    return settings['vault-addr'] === undefined ? 'back' : undefined
  }
}

function validate(text: string): true | string {
  try {
    assertAddress(text.trim())
    return true
  } catch (error) {
    if (error instanceof UsageError) return error.hint ?? error.message
    throw error
  }
}

/** Asked for Vault alone, and only where no flag says it. @throws DeclinedError on Ctrl-C. */
export async function askDelivery(
  to: StoreKind,
  said: string | undefined,
  offered: readonly Delivery[] = ['exec', 'agent', 'swarm'],
): Promise<Delivery | Back | undefined> {
  if (to !== 'vault' || said !== undefined) return undefined
  const { select } = await import('@inquirer/prompts')
  const choices = WAYS.filter(({ value }) => offered.includes(value)).map((way) => ({
    ...way,
    name: shorten(way.name, choiceWidth()),
    description: described(way.description),
  }))
  return prompt((context) =>
    select<Delivery | Back>({ message: 'How do the services get them?', choices: [...choices, BACK] }, context),
  )
}
