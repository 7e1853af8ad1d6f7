// The guided migration of a project that moved before: which of its secrets shall move on, and where to.

import { type Settled, settledIn } from '../../migrate/move-on/plan.js'
import { type MoveOnRequest, type PreparedMoveOn, prepareMoveOn } from '../../migrate/move-on/run.js'
import { storeName } from '../../migrate/print-plan.js'
import type { Prepared } from '../../migrate/run.js'
import { STORE_KINDS } from '../../migrate/stores/index.js'
import type { StoreKind } from '../../migrate/types.js'
import { count } from '../../report/wording.js'
import { printable } from '../../support/printable.js'
import { described, listShape, prompt } from './ask.js'
import { BACK, type Back } from './ask-places.js'
import { askDelivery } from './ask-vault.js'
import { askUntilOpen, type Guide } from './migrate-choices.js'

export interface SettledSecrets {
  readonly from: StoreKind
  readonly secrets: readonly Settled[]
}

/** Where an earlier migration put secrets of the project; `only`: as a flag says. */
export function settledSecrets({ gathered }: Prepared, only: string | undefined): readonly SettledSecrets[] {
  return (['compose-file', 'swarm'] as const)
    .filter((from) => only === undefined || only === from)
    .map((from) => ({ from, secrets: settledIn(gathered.project, from) }))
    .filter(({ secrets }) => secrets.length > 0)
}

/** Hard-coded values, or secrets that moved before. Not asked where there is one answer. @throws DeclinedError on Ctrl-C. */
export async function askWhatMoves(
  hardCoded: number,
  settled: readonly SettledSecrets[],
): Promise<SettledSecrets | 'values' | 'nothing'> {
  const values = { value: 'values' as const, name: count(hardCoded, 'hard-coded value') }
  const choices = [
    ...(hardCoded === 0 ? [] : [values]),
    ...settled.map((each) => ({
      value: each,
      name: `${count(each.secrets.length, 'secret')} ${each.from === 'swarm' ? 'of a Docker Swarm' : 'in files'}, on to another place`,
      description: described(printable(each.secrets.map(({ name }) => name).join(', '))),
    })),
    { value: 'nothing' as const, name: 'nothing' },
  ]
  if (settled.length === 0) return 'values'
  const { select } = await import('@inquirer/prompts')
  return prompt((context) =>
    select<SettledSecrets | 'values' | 'nothing'>({ message: 'What shall move?', choices }, context),
  )
}

/** Which secrets, and where to. @throws DeclinedError on Ctrl-C. */
export async function chooseMoveOn(
  { from, secrets }: SettledSecrets,
  projectDir: string,
  guide: Guide,
): Promise<{ readonly request: MoveOnRequest; readonly prepared: PreparedMoveOn }> {
  const all = secrets.map(({ name }) => name)
  let names: readonly string[] | undefined
  for (;;) {
    names ??= await askSecrets(all)
    const to = await askUntilOpen(guide, projectDir, () => askOnward(from, guide.request.to))
    if (to === 'back') {
      names = undefined
      continue
    }
    const delivery = await askDelivery(to, guide.delivery, ['exec', 'swarm'])
    if (delivery === 'back') continue
    const { load, vault } = guide.request
    const storeOptions = guide.storeOptionsOf(to, delivery)
    const request = { load, from, to, storeOptions, select: names.length === all.length ? [] : names, vault }
    return { request, prepared: await prepareMoveOn(request) }
  }
}

async function askSecrets(all: readonly string[]): Promise<readonly string[]> {
  const { checkbox } = await import('@inquirer/prompts')
  const { style, ...shape } = listShape(all.length)
  return prompt((context) =>
    checkbox(
      {
        message: 'Which secrets shall move on?',
        required: true,
        ...shape,
        choices: all.map((name) => ({ value: name, name: printable(name), checked: true })),
        theme: {
          style: {
            ...style,
            renderSelectedChoices: (chosen: readonly unknown[]) => `${chosen.length} of ${all.length}`,
          },
        },
      },
      context,
    ),
  )
}

async function askOnward(from: StoreKind, to: StoreKind): Promise<StoreKind | Back> {
  const { select } = await import('@inquirer/prompts')
  const stores = STORE_KINDS.filter((kind) => kind !== from).map((kind) => ({ value: kind, name: storeName(kind) }))
  const choices = [...stores, BACK]
  return prompt((context) => select<StoreKind | Back>({ message: 'Where to?', choices, default: to }, context))
}
