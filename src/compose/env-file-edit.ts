// Edits of .env and env_file texts as bytes: entries removed, renamed or given another value; all other lines stay.
import { type ByteEdit, type TextEdit, toByteEdits } from '../support/byte-edits.js'
import type { SourceText } from '../support/source-text.js'
import { type EnvEntry, type EnvFormat, parseEnvFile, parseRawEnvFile } from './env-file.js'
import { EditRefusedError } from './errors.js'

const PLAIN = /^[A-Za-z0-9_./:@%+=,~-]*$/

/** `value` as written after `KEY=` so that Compose reads exactly `value`. */
export function envValueText(value: string): string {
  if (PLAIN.test(value)) return value
  if (!/['\\\r]/.test(value)) return `'${value}'`
  const escaped = value.replace(/[\\"$\r\n]/g, (character) =>
    character === '\n' ? '\\n' : character === '\r' ? '\\r' : `\\${character}`,
  )
  return `"${escaped}"`
}

interface Entries {
  readonly byKey: ReadonlyMap<string, readonly EnvEntry[]>
  /** Those that share a line with another one. */
  readonly shared: ReadonlySet<EnvEntry>
}

const parsed = new WeakMap<SourceText, Map<EnvFormat, Entries>>()

/** Parsed once for each text. */
function entriesOf(source: SourceText, format: EnvFormat): Entries {
  const ofSource = parsed.get(source) ?? new Map<EnvFormat, Entries>()
  parsed.set(source, ofSource)
  const entries = ofSource.get(format) ?? indexed(format === 'raw' ? parseRawEnvFile(source) : parseEnvFile(source))
  ofSource.set(format, entries)
  return entries
}

/** `entries` in the order of the text. */
function indexed(entries: readonly EnvEntry[]): Entries {
  const byKey = new Map<string, EnvEntry[]>()
  const shared = new Set<EnvEntry>()
  for (const [index, entry] of entries.entries()) {
    const own = byKey.get(entry.key)
    if (own === undefined) byKey.set(entry.key, [entry])
    else own.push(entry)
    const before = entries[index - 1]
    if (before === undefined || before.statement.end <= entry.statement.start) continue
    shared.add(before)
    shared.add(entry)
  }
  return { byKey, shared }
}

/** Entries of `key` (the last one counts, but an earlier one would come back if only that went); refuses where there is none. */
function entriesOfKey(source: SourceText, key: string, format: EnvFormat): readonly EnvEntry[] {
  const { byKey, shared } = entriesOf(source, format)
  const found = byKey.get(key) ?? []
  if (found.length === 0) throw new EditRefusedError('not-found', `there is no ${key}`, { file: source.file })
  const first = found.find((entry) => shared.has(entry))
  if (first !== undefined)
    throw new EditRefusedError('form', `${key} shares its line with another entry`, {
      file: source.file,
      ...source.position(first.keyRange.start),
    })
  return found
}

/** The lines of the entry, but for a comment behind it, which then begins its line. */
function removal(source: SourceText, { statement, value }: EnvEntry, format: EnvFormat): TextEdit {
  const comment = format === 'raw' ? null : /^\s+(?=#)/.exec(source.text.slice(value.end, statement.end))
  if (comment !== null && !comment[0].includes('\n'))
    return { start: statement.start, end: value.end + comment[0].length, insert: '' }
  const open = statement.end === source.text.length && !source.text.endsWith('\n')
  const before = open ? (/\r?\n$/.exec(source.text.slice(0, statement.start))?.[0].length ?? 0) : 0
  return { start: statement.start - before, end: statement.end, insert: '' }
}

/** Removes every entry of `key`; comments stay. */
export function removeEnvEntry(source: SourceText, key: string, format: EnvFormat = 'dotenv'): readonly ByteEdit[] {
  return toByteEdits(
    source,
    entriesOfKey(source, key, format).map((entry) => removal(source, entry, format)),
  )
}

/** Replaces a part of the one entry of `key`, whose value is written as `text`; nothing where that is done. */
export function replaceInEnvEntry(
  source: SourceText,
  key: string,
  { text, start, end, insert }: TextEdit & { readonly text: string },
  format: EnvFormat = 'dotenv',
): readonly ByteEdit[] {
  const [found, ...more] = entriesOfKey(source, key, format)
  const at = found?.value.start ?? 0
  const written = source.text.slice(at, found?.value.end)
  if (more.length === 0 && written === text.slice(0, start) + insert + text.slice(end)) return []
  if (more.length > 0 || written !== text)
    throw new EditRefusedError('form', `${key} is written otherwise`, { file: source.file })
  return toByteEdits(source, [{ start: at + start, end: at + end, insert }])
}

/** Gives every entry of `key` another name and value; `export`, space and comments stay. `value` is what Compose is to read. */
export function replaceEnvEntry(
  source: SourceText,
  key: string,
  entry: { readonly key: string; readonly value: string },
  format: EnvFormat = 'dotenv',
): readonly ByteEdit[] {
  if (format === 'raw' && /[\r\n]/.test(entry.value))
    throw new EditRefusedError('form', 'a raw env file holds values of one line only', { file: source.file })
  const edits = entriesOfKey(source, key, format).flatMap((found): TextEdit[] => {
    if (found.template === undefined)
      throw new EditRefusedError('form', `${key} has no value of its own`, { file: source.file })
    const text = format === 'raw' ? entry.value : envValueText(entry.value)
    return [
      { ...found.keyRange, insert: entry.key },
      { ...found.value, insert: text },
    ]
  })
  return toByteEdits(source, edits)
}
