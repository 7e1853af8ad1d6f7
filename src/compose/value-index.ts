// The values of a project by what they are asked for, so that a question about one of them does not look at all of them.
import type { ComposeProject, LocatedValue } from './types.js'

/** Each list in the order of the files. */
export interface ProjectValues {
  /** Values of a variable, label or argument. */
  withKey(key: string): readonly LocatedValue[]
  /** Those that something else overrides wherever they are named. */
  overridden(key: string): readonly LocatedValue[]
  /** Values into which the variable is interpolated. */
  interpolating(variable: string): readonly LocatedValue[]
  /** Values whose text as a service gets it is `text`. */
  resolvingTo(text: string): readonly LocatedValue[]
  /** Values that one of the services has, whoever shares them. */
  usedBy(...services: readonly string[]): readonly LocatedValue[]
  /** Values that stand where `value` does, one of this project or of another one with the same files. */
  at(value: Pick<LocatedValue, 'file' | 'start'>): readonly LocatedValue[]
  /** Values that stand in the block of one of the services. */
  written(...services: readonly string[]): readonly LocatedValue[]
  /** true where a service of that name has values. */
  hasService(name: string): boolean
}

type Lists = ReadonlyMap<string, readonly LocatedValue[]>

const built = new WeakMap<readonly LocatedValue[], ProjectValues>()

/** Made once for each project. */
export function valuesOf({ values }: Pick<ComposeProject, 'values'>): ProjectValues {
  const known = built.get(values)
  if (known !== undefined) return known
  const lists = (namesOf: (value: LocatedValue) => Iterable<string>): Lists => {
    const all = new Map<string, LocatedValue[]>()
    for (const value of values)
      for (const name of new Set(namesOf(value))) {
        const list = all.get(name)
        if (list === undefined) all.set(name, [value])
        else list.push(value)
      }
    return all
  }
  const byKey = lists(({ key }) => (key === undefined ? [] : [key]))
  const unused = lists(({ key, usedBy }) => (key === undefined || usedBy.length > 0 ? [] : [key]))
  const byVariable = lists(({ interpolates }) => interpolates)
  const byText = lists(({ resolved }) => [resolved])
  const byService = lists(({ usedBy }) => usedBy)
  const byBlock = lists(({ service }) => (service === undefined ? [] : [service]))
  const placeText = ({ file, start }: Pick<LocatedValue, 'file' | 'start'>) => `${file}\0${start}`
  const byPlace = lists((value) => [placeText(value)])
  const places = new Map(values.map((value, place) => [value, place]))
  const placeOf = (value: LocatedValue) => places.get(value) ?? 0
  const ofAny = (all: Lists, [first = '', ...more]: readonly string[]): readonly LocatedValue[] => {
    const own = all.get(first) ?? []
    if (more.length === 0) return own
    const found = new Set([...own, ...more.flatMap((name) => all.get(name) ?? [])])
    return [...found].sort((a, b) => placeOf(a) - placeOf(b))
  }
  const index: ProjectValues = {
    withKey: (key) => byKey.get(key) ?? [],
    overridden: (key) => unused.get(key) ?? [],
    interpolating: (variable) => byVariable.get(variable) ?? [],
    resolvingTo: (text) => byText.get(text) ?? [],
    usedBy: (...services) => ofAny(byService, services),
    at: (value) => byPlace.get(placeText(value)) ?? [],
    written: (...services) => ofAny(byBlock, services),
    hasService: (name) => byBlock.has(name),
  }
  built.set(values, index)
  return index
}
