// The questions of the guided migration before anything is shown: which values, where to, under which names.
import type { Candidate } from '../../migrate/candidates.js'
import type { Move } from '../../migrate/plan-moves.js'
import { type MigrateRequest, type Prepared, storeObstacle } from '../../migrate/run.js'
import { STORE_KINDS } from '../../migrate/stores/index.js'
import type { StoreKind } from '../../migrate/types.js'
import { printable, shorten } from '../../support/printable.js'
import { choiceWidth, described, listShape, prompt } from './ask.js'
import { askDestination, askName, askStore, type Back } from './ask-places.js'
import { type AskAddress, askDelivery, type Delivery } from './ask-vault.js'
import { proseFor } from './prose.js'

/** Columns of the variables' names, at most: behind them stands how each is read. */
const WIDEST_VARIABLE = 40

export interface Guide {
  readonly request: MigrateRequest
  /** IDs of values that may be no secrets: not chosen before a person does. */
  readonly unsure: ReadonlySet<string>
  /** The options of each store, as given; `delivery`: as chosen. */
  readonly storeOptionsOf: (to: StoreKind, delivery?: Delivery) => Readonly<Record<string, string>>
  /** How services get secrets from Vault, where a flag says it. */
  readonly delivery?: string | undefined
  readonly askAddress: AskAddress
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
 * One request a store for the values `ids`, in the stores' order; [] where everything was left; 'back' to the question of values.
 * @throws DeclinedError on Ctrl-C.
 */
export async function chooseRequests(
  first: Prepared,
  ids: readonly string[],
  guide: Guide,
): Promise<readonly MigrateRequest[] | Back> {
  const offered = offeredMoves(first.planned)
  const moves = offered.filter(({ candidate }) => ids.includes(candidate.id))
  const projectDir = first.gathered.project.directory
  const { before } = guide
  for (;;) {
    const where = await askUntilOpen(guide, projectDir, () => askStore(before.where ?? guide.request.to))
    if (where === 'back') return 'back'
    before.where = where
    if (where === 'each') {
      const requests = await chooseForEach(moves, projectDir, guide)
      if (requests !== 'back') return requests
      continue
    }
    const all = moves.length === offered.length && first.planned.left.length === 0 && guide.unsure.size === 0
    const delivery = await askDelivery(where, guide.delivery)
    if (delivery !== 'back') return [requestFor(guide, where, all ? [] : ids, guide.request.names ?? {}, delivery)]
  }
}

/** 'back' to the question of one place for all. */
async function chooseForEach(
  moves: readonly Move[],
  projectDir: string,
  guide: Guide,
): Promise<readonly MigrateRequest[] | Back> {
  const chosen: (Destination | undefined)[] = []
  for (;;) {
    if ((await chooseDestinations(moves, projectDir, guide, chosen)) === 'back') return 'back'
    const destinations = chosen.filter((each) => each !== undefined)
    const isVault = destinations.some(({ to }) => to === 'vault')
    const delivery = isVault ? await askDelivery('vault', guide.delivery) : undefined
    if (delivery === 'back') {
      chosen.pop()
      continue
    }
    return STORE_KINDS.flatMap((to) => {
      const own = destinations.filter((each) => each.to === to)
      if (own.length === 0) return []
      const names = Object.assign({}, ...own.map((each) => each.names)) as Record<string, string>
      const ids = own.flatMap((each) => each.ids)
      return [requestFor(guide, to, ids, names, delivery)]
    })
  }
}

/** Of the names that `chosen` has none for yet; undefined there: it is left. 'back' from the first one. */
async function chooseDestinations(
  moves: readonly Move[],
  projectDir: string,
  guide: Guide,
  chosen: (Destination | undefined)[],
): Promise<Back | 'all'> {
  const { before } = guide
  const names = [...new Set(moves.map((move) => move.name))]
  for (let name = names[chosen.length]; name !== undefined; name = names[chosen.length]) {
    const own = moves.filter((move) => move.name === name)
    const uses = own.map(({ candidate }) => printable(candidate.id)).join(', ')
    guide.say(proseFor(process.stderr, `\n  ${name}: ${uses}`, 2))
    const last = before.secrets.get(name)
    const to = await askUntilOpen(guide, projectDir, () => askDestination(name, last?.to ?? guide.request.to))
    if (to === 'back' && chosen.length === 0) return 'back'
    if (to === 'back') {
      chosen.pop()
      continue
    }
    before.secrets.set(name, { ...last, to })
    if (to === 'leave') {
      chosen.push(undefined)
      continue
    }
    const others = chosen.flatMap((each) => Object.values(each?.names ?? {}))
    const wish = await askName(last?.name ?? name, others)
    before.secrets.set(name, { to, name: wish })
    const using = own.map(({ candidate }) => candidate.id)
    chosen.push({ to, ids: using, names: Object.fromEntries(using.map((id) => [id, wish])) })
  }
  return 'all'
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
    if (kind === 'vault' && (await guide.askAddress(inVain)) === 'back') continue
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
  return prompt((context) =>
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
      context,
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
