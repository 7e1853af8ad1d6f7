// The files that a plan starts from, and what of them may be hashed.
import { isPlainWord } from '../compose/secret-names.js'
import type { LocatedValue } from '../compose/types.js'
import { TextIndex } from '../support/text-index.js'
import { contextIgnores } from './builds.js'
import { dockerfilesOf } from './dockerfile-candidates.js'
import { entriesOf } from './env-file-readers.js'
import type { Gathered } from './plan.js'
import { maskedSha256 } from './project-files.js'
import type { PlanInput } from './types.js'

/** Files that are no part of the Compose project but change with it. */
export function otherFiles({
  ignoreFiles,
  references,
  agent,
}: Pick<Gathered, 'ignoreFiles' | 'references' | 'agent'>): ReadonlyMap<string, Uint8Array> {
  return new Map([
    ...ignoreFiles,
    ...(references === undefined ? [] : [[references.file, references.bytes] as const]),
    ...(agent === undefined ? [] : [[agent.configFile, agent.bytes] as const]),
  ])
}

/** A file as it was read; "" for one that is to be made. */
export function bytesOf({ project, builds, ...others }: Gathered, file: string): Uint8Array {
  return (
    project.files.find((each) => each.file === file)?.bytes ??
    otherFiles(others).get(file) ??
    dockerfilesOf(builds).find((each) => each.file === file)?.bytes ??
    contextIgnores(builds).get(file) ??
    new Uint8Array()
  )
}

/** Every place in which a value that is known to be secret stands, entries of .env that a command interpolates among them. */
export function secretPlaces({ project, known }: Pick<Gathered, 'project' | 'known'>): readonly LocatedValue[] {
  return known.flatMap((candidate) => [
    candidate.value,
    candidate.source,
    ...candidate.shadowed,
    ...entriesOf(candidate, project),
  ])
}

/** Shorter values are masked by their place only: as text they would black out half the file. */
const MASKED_AS_TEXT = 4

/**
 * Values that are masked wherever they stand, in comments too. A value that is also a name or an open value of the project
 * ("wordpress") is masked at its own places only: to mask the others would tell that they are equal. What detection reports and is no
 * plain word is never open.
 */
export function textsToMask({ project, known, secretTexts }: Gathered): readonly string[] {
  const own = new Set(secretPlaces({ project, known }))
  const open = new Set(
    project.values.flatMap((value) => (own.has(value) ? [] : [value.resolved, value.service, value.key])),
  )
  const reported = new Set(secretTexts.filter((text) => !isPlainWord(text)))
  return [
    ...new Set([...known.filter(({ doubtful }) => doubtful !== true).map(({ secret }) => secret), ...secretTexts]),
  ]
    .filter((secret) => secret.length >= MASKED_AS_TEXT && (reported.has(secret) || !open.has(secret)))
    .flatMap(spellings)
}

/** A value as it may stand in files: dollars doubled for Compose, quoted or escaped for a shell, and that again for YAML. */
function spellings(secret: string): readonly string[] {
  const doubled = [secret, secret.replaceAll('$', '$$$$')]
  if (!/["'\\]/.test(secret)) return doubled
  const forShell = (text: string) => [text, text.replaceAll("'", "'\\''"), text.replace(/["'\\]/g, '\\$&')]
  const forYaml = (text: string) => [text, text.replaceAll("'", "''"), text.replace(/["\\]/g, '\\$&')]
  return [...new Set(doubled.flatMap(forShell).flatMap(forYaml))]
}

/** Without the whole lines of every value that is a secret, so that no hash stands over one. `files`: absolute, and as the plan names them. */
export function inputsOf(
  gathered: Gathered,
  files: readonly { readonly file: string; readonly path: string }[],
): readonly PlanInput[] {
  const places = secretPlaces(gathered)
  const texts = new TextIndex(textsToMask(gathered).map((text) => [byteText(Buffer.from(text)), text]))
  return files.map(({ file, path }) => {
    const bytes = bytesOf(gathered, file)
    const ranges = [...places.filter((value) => value.file === file), ...texts.places(byteText(bytes))]
    const cut = mergeRanges(ranges.map(({ start, end }) => wholeLines(bytes, start, end)))
    return { path, cut, maskedSha256: maskedSha256(bytes, cut) }
  })
}

/** One character a byte. */
const byteText = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1')

function wholeLines(bytes: Uint8Array, start: number, end: number): { start: number; end: number } {
  const from = bytes.lastIndexOf(0x0a, Math.max(0, start - 1)) + 1
  const to = bytes.indexOf(0x0a, end)
  return { start: start === 0 ? 0 : from, end: to < 0 ? bytes.length : to }
}

function mergeRanges(ranges: readonly { start: number; end: number }[]): readonly { start: number; end: number }[] {
  const merged: { start: number; end: number }[] = []
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end)
    else merged.push({ ...range })
  }
  return merged
}
