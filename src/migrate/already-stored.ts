// Secrets that are there before a plan, of an earlier one or of one that was taken back with its secrets kept: a value that one of them holds for
// the same account is that secret, not a second one. Values are compared by keyed hashes.
import { resolve } from 'node:path'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { Secret } from '../support/secret.js'
import { asTree, type Tree } from '../support/tree.js'
import type { Candidate } from './candidates.js'
import { isDatabase } from './databases.js'
import { isStoreName } from './names.js'
import type { Chosen, Move } from './plan-moves.js'
import { variablesFrom } from './rotate/database-note.js'
import { readersOf } from './rotate/find.js'
import type { ComposeEntry, PlanStep, PresentSecret, SecretStore } from './types.js'
import type { ValueHasher } from './workspace.js'

/** What the store holds of the project, by the names that a plan may give or the Compose file has. */
export interface Stored {
  readonly secrets: ReadonlyMap<string, PresentSecret>
  /** Those of them that the Compose file declares just as a plan would. */
  readonly declared: ReadonlySet<string>
  readonly hasher: ValueHasher
  /** By the IDs of candidates: the secret that is theirs, but for its file's bits. */
  readonly closed?: ReadonlyMap<string, ClosedSecret>
}

/** A secret's file that its new readers may not be able to read. */
interface ClosedSecret {
  /** Where it is, for people. */
  readonly at: string
  readonly mode: number
  /** The bits that its readers need. */
  readonly needed: number
}

/** `found`: what the store has under the names that a plan may give; those that the Compose file declares are looked for beside them. */
export async function storedIn(
  store: SecretStore,
  { model, directory }: ComposeProject,
  found: ReadonlyMap<string, PresentSecret>,
  hasher: ValueHasher,
): Promise<Stored> {
  const versions = new Map(
    Object.entries(asTree(model['secrets'])).flatMap(([name, declared]) => {
      // Stores refuse to be asked for names that no plan gives (DB_Pass): such a secret is someone else's.
      if (!isStoreName(name)) return []
      const version = Number(/_v(\d+)$/.exec(String(asTree(declared)['name']))?.[1] ?? 1)
      const entry = modelled(store.composeEntry({ name, version }), directory)
      const isSame = Object.entries(entry).every(([key, value]) => asTree(declared)[key] === value)
      return isSame ? [[name, version]] : []
    }),
  )
  const more = await store.inspect([...versions.keys()].filter((name) => !found.has(name)))
  const secrets = new Map([...found, ...more])
  const isCurrent = ([name, version]: readonly [string, number]) =>
    store.kind === 'swarm' ? secrets.get(name)?.version === version : secrets.has(name)
  return { secrets, declared: new Set([...versions].filter(isCurrent).map(([name]) => name)), hasher }
}

/** As the resolved model has it. */
const modelled = (entry: ComposeEntry, directory: string): Tree =>
  'file' in entry ? { file: resolve(directory, entry.file) } : { ...entry }

/** true where the store has this very value under the name, written by this tool. */
export function holds(stored: Stored | undefined, name: string, text: string): boolean {
  const there = stored?.secrets.get(name)
  if (stored === undefined || there?.hmac === undefined || there.hmac === '' || !there.ours) return false
  const value = Secret.of(Buffer.from(text))
  try {
    return stored.hasher.hmac(value) === there.hmac
  } finally {
    value.wipe()
  }
}

/** What the declared secrets already are, as if it moved: each variable that a service takes from one whose value `chosen` has, too. */
export function movedBefore(
  chosen: readonly Chosen[],
  { project, stored }: { readonly project: ComposeProject; readonly stored?: Stored | undefined },
): ReadonlyMap<Candidate, string> {
  const found = new Map<Candidate, string>()
  for (const text of new Set(chosen.map(({ candidate }) => candidate.secret)))
    for (const name of stored?.declared ?? [])
      if (holds(stored, name, text))
        for (const service of readersOf(project, name).users) {
          const variables = variablesFrom(project, service, name)
          for (const variable of variables) found.set(movedFrom(service, variable, 'environment', text), name)
          // A database that takes it on its command line.
          if (variables.length === 0 && isDatabase(service, project))
            found.set(movedFrom(service, '', 'flag', text), name)
        }
  return found
}

/** The bytes that its secret has, as text; another form of a value than itself or a line of settings is not known again. */
export const storedText = ({ candidate, strategy }: Chosen): string =>
  strategy.by === 'settings' ? `${strategy.line.replace('<value>', () => candidate.secret)}\n` : candidate.secret

/** A value that stands in no file any more. `flag`: in a command. */
function movedFrom(service: string, variable: string, what: 'environment' | 'flag', secret: string): Candidate {
  const value: LocatedValue = {
    file: '',
    start: 0,
    end: 0,
    line: 0,
    column: 0,
    path: [],
    section: what === 'flag' ? 'command' : 'environment',
    key: variable,
    form: 'map',
    resolved: secret,
    literal: true,
    passThrough: false,
    interpolates: [],
    via: [],
    usedBy: [service],
  }
  const place = { kind: 'compose', path: '' } as const
  const id = `${service}.${variable}`
  return { id, value, source: value, secret, variable, what, services: [service], shadowed: [], place, because: '' }
}

type Put = Pick<Extract<PlanStep, { readonly do: 'put' }>, 'name' | 'access'>

/** Secrets that are there with other bits than their new readers need: those get one of their own. */
export function unreadable(stored: Stored | undefined, { name, access }: Put): boolean {
  const { mode } = stored?.secrets.get(name) ?? {}
  return access !== undefined && mode !== undefined && (mode & access.mode) !== access.mode
}

/** As if the store did not have what `closed` puts; what of `moves` would have had it is told. */
export function withoutStored(stored: Stored, closed: readonly Put[], moves: readonly Move[]): Stored {
  const told = closed.flatMap(({ name, access }) => {
    const { id: at = name, mode = 0 } = stored.secrets.get(name) ?? {}
    const own = moves.filter((move) => move.name === name)
    return own.map(({ candidate }) => [candidate.id, { at, mode, needed: access?.mode ?? 0 }] as const)
  })
  const isClosed = (name: string) => closed.some((put) => put.name === name)
  return {
    ...stored,
    secrets: new Map([...stored.secrets].filter(([name]) => !isClosed(name))),
    closed: new Map([...(stored.closed ?? []), ...told]),
  }
}
