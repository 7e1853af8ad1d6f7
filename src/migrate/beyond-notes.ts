// Files that the plan does not edit and that hold a moved value: those of other secrets and configs, what services mount, and scripts.
import { relative } from 'node:path'
import { printable } from '../support/printable.js'
import type { MountedFile } from './mounted-texts.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { listed } from './scripts.js'
import { lineHolding } from './value-in-file.js'

/** One note for each secret: the first line of each file that the plan has read, and what detection found in others (too large, mostly). */
export function beyondNotes(gathered: Gathered, moves: readonly Move[]): readonly string[] {
  const files = textsBeyond(gathered)
  const { mountedSecrets = [] } = gathered
  const secrets = new Map(moves.map(({ name, candidate }) => [name, candidate]))
  return [...secrets].flatMap(([name, { secret, companion }]) => {
    if (companion === true || secret === '') return []
    const read = new Map([...files].map(([file, { bytes }]) => [file, lineHolding(bytes, secret)]))
    const places = [...files].flatMap(([file, { as, secret: own }]) => {
      const line = read.get(file) ?? 0
      return line === 0 || own === name ? [] : [placeOf(file, line, as)]
    })
    const others = mountedSecrets.filter(({ path, text }) => text === secret && (read.get(path) ?? 0) === 0)
    const all = [...new Set([...places, ...others.map(({ path, line, as }) => placeOf(path, line, as))])]
    return all.length === 0
      ? []
      : [
          `${name}: the same value stands in ${listed(all)}, which nothing here changes. Who gives the secret a new value later (secretscan rotate) has to change it there, too, or let it be read from the secret's file there now.`,
        ]
  })
}

const placeOf = (file: string, line: number, as: string | undefined): string =>
  printable(as === undefined ? `${file}:${line}` : `${file}:${line} (${as})`)

type ReadText = Pick<MountedFile, 'bytes' | 'secret'> & { readonly as?: string }

/** By their paths from the project's folder. */
function textsBeyond({ project, mounted = [], scripts = [] }: Gathered): ReadonlyMap<string, ReadText> {
  return new Map<string, ReadText>([
    ...mounted.map((file) => [relative(project.directory, file.path), file] as const),
    ...scripts
      .filter(({ kind }) => kind !== 'dockerfile')
      .map(({ name, text }) => [name, { bytes: Buffer.from(text) }] as const),
  ])
}
