// The questions of the guided migration before anything is shown: which values, where to, under which names.
import type { Candidate } from '../../migrate/candidates.js'
import { isStoreName, NAME_RULE } from '../../migrate/names.js'
import type { Move } from '../../migrate/plan-moves.js'
import { storeName } from '../../migrate/print-plan.js'
import { type MigrateRequest, type Prepared, storeObstacle } from '../../migrate/run.js'
import { STORE_KINDS } from '../../migrate/stores/index.js'
import type { StoreKind } from '../../migrate/types.js'
import { printable, shorten } from '../../support/printable.js'
import { asked, choiceWidth, described, listShape, prompt } from './ask.js'
import { askDelivery, type Delivery } from './ask-vault.js'
import { proseFor } from './prose.js'

/** Columns of the variables' names, at most: behind them stands how each is read. */
const WIDEST_VARIABLE = 40
/** Prompts share the terminal with progress: standard output holds the result alone. */
const STREAM = { output: process.stderr }

export interface Guide {
  readonly request: MigrateRequest
  /** IDs of values that may be no secrets: not chosen before a person does. */
  readonly unsure: ReadonlySet<string>
  /** The options of each store, as given; `delivery`: as chosen. */
  readonly storeOptionsOf: (to: StoreKind, delivery?: Delivery) => Readonly<Record<string, string>>
  /** How services get secrets from Vault, where a flag says it. */
  readonly delivery?: string | undefined
  /** Asks where Vault is, if nothing has said it yet; `again`: or if a person did, in vain. */
  readonly askAddress: (again: boolean) => Promise<void>
  /** What was chosen the last time: offered first where a person chooses again. */
  readonly before: Remembered
  /** Says something between two questions. */
  readonly say: (text: string) => void
}

export interface Remembered {
  where?: StoreKind | 'each'
  /** By the name that the plan gives a secret. */
  readonly secrets: Map<string, { readonly to: StoreKind | 'leave'; readonly name?: string }>
}

/** What one secret, a name and all its uses, becomes. */
interface Destination {
  readonly to: StoreKind
  readonly ids: readonly string[]
  readonly names: Readonly<Record<string, string>>
}

/** Those that a person chooses among: what moves along with them is not. */
export const offeredMoves = ({ moves }: Prepared['planned']): readonly Move[] =>
  moves.filter(({ candidate }) => candidate.companion !== true)

/**
 * One request a store for the values `ids`, in the stores' order; [] where everything was left.
 * @throws DeclinedError on Ctrl-C.
 */
export async function chooseRequests(
  first: Prepared,
  ids: readonly string[],
  guide: Guide,
): Promise<readonly MigrateRequest[]> {
  const offered = offeredMoves(first.planned)
  const moves = offered.filter(({ candidate }) => ids.includes(candidate.id))
  const projectDir = first.gathered.project.directory
  const { before } = guide
  const where = await askUntilOpen(guide, projectDir, () => askStore(before.where ?? guide.request.to))
  before.where = where
  if (where !== 'each') {
    const all = moves.length === offered.length && first.planned.left.length === 0 && guide.unsure.size === 0
    const delivery = await askDelivery(where, guide.delivery)
    return [requestFor(guide, where, all ? [] : ids, guide.request.names ?? {}, delivery)]
  }
  const names = [...new Set(moves.map((move) => move.name))]
  /** Of the names so far; undefined: it is left. */
  const chosen: (Destination | undefined)[] = []
  for (let name = names[0]; name !== undefined; name = names[chosen.length]) {
    const own = moves.filter((move) => move.name === name)
    const uses = own.map(({ candidate }) => printable(candidate.id)).join(', ')
    guide.say(proseFor(process.stderr, `\n  ${name}: ${uses}`, 2))
    const last = before.secrets.get(name)
    const to = await askUntilOpen(guide, projectDir, () => askDestination(name, last?.to ?? guide.request.to))
    if (to === 'back' && chosen.length === 0) return chooseRequests(first, ids, guide)
    if (to === 'back') {
      chosen.pop()
      continue
    }
    before.secrets.set(name, { ...last, to })
    if (to === 'leave') {
      chosen.push(undefined)
      continue
    }
    const wish = await askName(
      last?.name ?? name,
      chosen.flatMap((each) => Object.values(each?.names ?? {})),
    )
    before.secrets.set(name, { to, name: wish })
    const using = own.map(({ candidate }) => candidate.id)
    chosen.push({ to, ids: using, names: Object.fromEntries(using.map((id) => [id, wish])) })
  }
  const destinations = chosen.filter((each) => each !== undefined)
  const delivery = destinations.some(({ to }) => to === 'vault')
    ? await askDelivery('vault', guide.delivery)
    : undefined
  return STORE_KINDS.flatMap((to) => {
    const own = destinations.filter((each) => each.to === to)
    if (own.length === 0) return []
    const names = Object.assign({}, ...own.map((each) => each.names)) as Record<string, string>
    return [
      requestFor(
        guide,
        to,
        own.flatMap((each) => each.ids),
        names,
        delivery,
      ),
    ]
  })
}

function requestFor(
  { request, storeOptionsOf }: Guide,
  to: StoreKind,
  select: readonly string[],
  names: Readonly<Record<string, string>>,
  delivery?: Delivery,
): MigrateRequest {
  return { ...request, to, storeOptions: storeOptionsOf(to, delivery), select, names }
}

/** Asks again while the chosen store cannot take secrets, and says why. */
export async function askUntilOpen<T extends string>(
  guide: Guide,
  projectDir: string,
  ask: () => Promise<T>,
): Promise<T> {
  let inVain = false
  for (;;) {
    const answer = await ask()
    const kind = STORE_KINDS.find((each) => each === answer)
    if (kind === undefined) return answer
    if (kind === 'vault') await guide.askAddress(inVain)
    const obstacle = await storeObstacle(requestFor(guide, kind, [], {}), projectDir)
    if (obstacle === undefined) return answer
    // Another token may be let in: the next time it is asked for again.
    if (kind === 'vault') await guide.request.vault.close()
    inVain ||= kind === 'vault'
    for (const text of [obstacle.message, obstacle.hint ?? ''])
      if (text !== '') guide.say(proseFor(process.stderr, `  ${text.charAt(0).toUpperCase()}${text.slice(1)}`, 2))
  }
}

/** By service, in the files' order; `before`: what was chosen the last time. @returns IDs, [] for none @throws DeclinedError on Ctrl-C */
export async function askValues(
  moves: readonly Move[],
  unsure: ReadonlySet<string>,
  before?: readonly string[],
): Promise<readonly string[]> {
  const { checkbox, Separator } = await import('@inquirer/prompts')
  const owners = [...new Set(moves.map(({ candidate }) => ownerOf(candidate)))]
  const width = Math.min(
    WIDEST_VARIABLE,
    Math.max(...moves.map(({ candidate }) => printable(candidate.variable).length)),
  )
  const choices = owners.flatMap((owner) => [
    new Separator(` ${shorten(printable(owner), choiceWidth())}`),
    ...moves
      .filter(({ candidate }) => ownerOf(candidate) === owner)
      .map((move) => choiceOf(move, width, unsure))
      .map((choice) => ({
        ...choice,
        checked: before?.includes(choice.value) ?? !unsure.has(choice.value),
      })),
  ])
  const { style, ...shape } = listShape(choices.length)
  return prompt(() =>
    checkbox(
      {
        message: 'Which values shall move?',
        ...shape,
        choices,
        theme: {
          style: {
            ...style,
            renderSelectedChoices: (chosen: readonly unknown[]) => `${chosen.length} of ${moves.length}`,
          },
        },
      },
      STREAM,
    ),
  )
}

const ownerOf = ({ id, variable, services }: Candidate): string =>
  id.endsWith(`.${variable}`) ? id.slice(0, -variable.length - 1) : services.join(', ')

function choiceOf({ candidate, strategy, name }: Move, width: number, unsure: ReadonlySet<string>) {
  const { id, variable, services, because } = candidate
  const why = unsure.has(id) ? 'Its name leaves open whether it is a secret' : because
  const users = services.length > 1 ? `, used by ${services.join(', ')}` : ''
  return {
    value: id,
    name: shorten(`${printable(variable).padEnd(width)}  ${wayOf(strategy)}`, choiceWidth()),
    description: described(printable(`${why}${users}. Its secret: ${name}.`)),
  }
}

function wayOf(strategy: Move['strategy']): string {
  if (strategy.by === 'file') return `reads ${strategy.entry.key}`
  if (strategy.by === 'build') return 'as a build secret'
  if (strategy.by === 'settings') return 'as a file of settings'
  if (strategy.by === 'label') return `as a file, read by ${strategy.reader}`
  if (strategy.by === 'config') return `as a secret at ${strategy.grants[0]?.target}`
  if (strategy.by === 'literal')
    return strategy.when === 'build' ? 'as a build secret' : 'as a file that the command reads'
  return strategy.by === 'mount' ? `mounted at ${strategy.targets.join(', ')}` : 'through an entrypoint shim'
}

/** Columns of the longest place, which stands behind the question when it is answered. */
const ANSWER = 29

/** What each place means for those who start the project. */
const STARTED: Readonly<Record<StoreKind, string>> = {
  'compose-file': 'Started as before; who starts it elsewhere needs the files.',
  swarm: 'For docker stack deploy: docker compose up starts it no more.',
  vault: 'Started by secretscan exec, a Vault Agent, or as a stack.',
}

const stores = () =>
  STORE_KINDS.map((kind) => ({ value: kind, name: storeName(kind), description: described(STARTED[kind]) }))

async function askStore(to: StoreKind | 'each'): Promise<StoreKind | 'each'> {
  const { select } = await import('@inquirer/prompts')
  const choices = [...stores(), { value: 'each' as const, name: 'decide for each secret: store, name, or leave it' }]
  return prompt(() => select<StoreKind | 'each'>({ message: 'Where to?', choices, default: to }, STREAM))
}

async function askDestination(name: string, to: StoreKind | 'leave'): Promise<StoreKind | 'leave' | 'back'> {
  const { select } = await import('@inquirer/prompts')
  const choices = [
    ...stores(),
    { value: 'leave' as const, name: 'leave it where it is' },
    { value: 'back' as const, name: 'back to the question before' },
  ]
  return prompt(() =>
    select<StoreKind | 'leave' | 'back'>(
      { message: asked(`Where shall ${name} go?`, ANSWER), choices, default: to },
      STREAM,
    ),
  )
}

async function askName(name: string, others: readonly string[]): Promise<string> {
  const { input } = await import('@inquirer/prompts')
  const validate = (text: string) => {
    if (!isStoreName(text)) return NAME_RULE
    return others.includes(text) ? `${text} is another secret's name.` : true
  }
  return prompt(() => input({ message: asked('Under which name?', name.length + 3), default: name, validate }, STREAM))
}
