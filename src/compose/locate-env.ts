// Lists every value of env files and of .env, with its place and its runtime value.
import type { SourceText } from '../support/source-text.js'
import { type EnvEntry, entryValue, envFileValues, parseEnvFile } from './env-file.js'
import { type Lookup, templateVariables } from './interpolate.js'
import { placed } from './locate.js'
import type { ServiceEnvFile } from './service-files.js'
import type { LocatedValue, Section } from './types.js'

function envValue(
  entry: EnvEntry,
  source: SourceText,
  lookup: Lookup,
  section: Section,
  usedBy: readonly string[],
): LocatedValue {
  const interpolates = entry.interpolated && entry.template !== undefined ? templateVariables(entry.template) : []
  let resolved = entry.template ?? ''
  try {
    resolved = entryValue(entry, source, lookup) ?? ''
  } catch {
    resolved = entry.template ?? ''
  }
  return {
    ...placed(source, entry.value.start, entry.value.end),
    path: [],
    section,
    key: entry.key,
    form: 'map',
    resolved: entry.template === undefined ? '' : resolved,
    literal: interpolates.length === 0,
    passThrough: entry.template === undefined,
    interpolates,
    via: [],
    usedBy,
  }
}

/** What an entry is interpolated with: `lookup`, then the entries above it in its file. */
function withEntriesAbove(above: readonly EnvEntry[], source: SourceText, lookup: Lookup): Lookup {
  let values: ReadonlyMap<string, string> | undefined
  return (name) => {
    values ??= valuesAbove(above, source, lookup)
    return lookup(name) ?? values.get(name)
  }
}

function valuesAbove(above: readonly EnvEntry[], source: SourceText, lookup: Lookup): ReadonlyMap<string, string> {
  try {
    return envFileValues(above, source, lookup)
  } catch {
    return new Map()
  }
}

/** Values of the services' env files; a file that several services name comes once. */
export function envFileEntries(envFiles: readonly ServiceEnvFile[]): readonly LocatedValue[] {
  const byFile = new Map<string, ServiceEnvFile[]>()
  for (const envFile of envFiles) byFile.set(envFile.source.file, [...(byFile.get(envFile.source.file) ?? []), envFile])
  return [...byFile.values()].flatMap((uses) => {
    const [first] = uses
    const values = entriesAs(uses.filter(({ raw }) => raw === first?.raw))
    const others = entriesAs(uses.filter(({ raw }) => raw !== first?.raw))
    return others.length === 0 ? values : joined(values, others)
  })
}

/** `uses`: of one file in one format. */
function entriesAs(uses: readonly ServiceEnvFile[]): readonly LocatedValue[] {
  const [first] = uses
  if (first === undefined) return []
  const services = (some: readonly ServiceEnvFile[]) => sortedOnce(some.map(({ service }) => service))
  return first.entries.map((entry, index) => ({
    ...envValue(
      entry,
      first.source,
      withEntriesAbove(first.entries.slice(0, index), first.source, first.lookup),
      'env-file-entry',
      services(uses.filter(({ overridden }) => !overridden.has(index))),
    ),
    namedBy: services(uses),
    ...(first.raw ? { raw: true as const } : {}),
  }))
}

/** The entries of a file that is read in both formats, each place once. */
function joined(values: readonly LocatedValue[], others: readonly LocatedValue[]): readonly LocatedValue[] {
  const idOf = ({ start, key }: LocatedValue) => `${start}\0${key}`
  const left = new Map(others.map((other) => [idOf(other), other]))
  const both = values.map((value) => {
    const other = left.get(idOf(value))
    if (other === undefined) return value
    left.delete(idOf(value))
    return {
      ...value,
      usedBy: sortedOnce([...value.usedBy, ...other.usedBy]),
      namedBy: sortedOnce([...(value.namedBy ?? []), ...(other.namedBy ?? [])]),
      ...(other.resolved === value.resolved ? {} : { mixed: true as const }),
    }
  })
  return [...both, ...left.values()]
}

const sortedOnce = (names: readonly string[]): readonly string[] => [...new Set(names)].sort()

/** Values of a .env file that interpolation reads. */
export function dotenvValues(source: SourceText, lookup: Lookup): readonly LocatedValue[] {
  const entries = parseEnvFile(source)
  return entries.map((entry, index) =>
    envValue(entry, source, withEntriesAbove(entries.slice(0, index), source, lookup), 'dotenv', []),
  )
}
