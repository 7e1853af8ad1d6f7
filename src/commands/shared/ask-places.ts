// The questions of the guided migration about places: where all goes, or one secret, and under which name.
import { isStoreName, NAME_RULE } from '../../migrate/names.js'
import { storeName } from '../../migrate/print-plan.js'
import { STORE_KINDS } from '../../migrate/stores/index.js'
import type { StoreKind } from '../../migrate/types.js'
import { asked, described, prompt } from './ask.js'

/** Columns of the longest place, which stands behind the question when it is answered. */
const ANSWER = 29

/** What each place means for those who start the project. */
const STARTED: Readonly<Record<StoreKind, string>> = {
  'compose-file': 'Started as before; who starts it elsewhere needs the files.',
  swarm: 'For docker stack deploy: docker compose up starts it no more.',
  vault: 'Started by secretscan exec, a Vault Agent, or as a stack.',
}

/** The answer that leads to the question before. */
export type Back = 'back'

export const BACK = { value: 'back', name: 'back to the question before' } as const

const stores = () =>
  STORE_KINDS.map((kind) => ({ value: kind, name: storeName(kind), description: described(STARTED[kind]) }))

export async function askStore(to: StoreKind | 'each'): Promise<StoreKind | 'each' | Back> {
  const { select } = await import('@inquirer/prompts')
  const each = { value: 'each', name: 'decide for each secret: store, name, or leave it' } as const
  const choices = [...stores(), each, BACK]
  return prompt((context) => select<StoreKind | 'each' | Back>({ message: 'Where to?', choices, default: to }, context))
}

export async function askDestination(name: string, to: StoreKind | 'leave'): Promise<StoreKind | 'leave' | Back> {
  const { select } = await import('@inquirer/prompts')
  const choices = [...stores(), { value: 'leave' as const, name: 'leave it where it is' }, BACK]
  return prompt((context) =>
    select<StoreKind | 'leave' | Back>(
      { message: asked(`Where shall ${name} go?`, ANSWER), choices, default: to },
      context,
    ),
  )
}

export async function askName(name: string, others: readonly string[]): Promise<string> {
  const { input } = await import('@inquirer/prompts')
  const validate = (text: string) => {
    if (!isStoreName(text)) return NAME_RULE
    return others.includes(text) ? `${text} is another secret's name.` : true
  }
  return prompt((context) =>
    input({ message: asked('Under which name?', name.length + 3), default: name, validate }, context),
  )
}
