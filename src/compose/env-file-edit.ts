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

function entriesOf(source: SourceText, format: EnvFormat): readonly EnvEntry[] {
  return format === 'raw' ? parseRawEnvFile(source) : parseEnvFile(source)
}

/** Entries of `key` (the last one counts, but an earlier one would come back if only that went); refuses where there is none. */
function entriesOfKey(source: SourceText, key: string, format: EnvFormat): readonly EnvEntry[] {
  const all = entriesOf(source, format)
  const found = all.filter((entry) => entry.key === key)
  if (found.length === 0) throw new EditRefusedError('not-found', `there is no ${key}`, { file: source.file })
  const shared = found.find((entry) =>
    all.some(
      (other) =>
        other !== entry && other.statement.start < entry.statement.end && entry.statement.start < other.statement.end,
    ),
  )
  if (shared !== undefined)
    throw new EditRefusedError('form', `${key} shares its line with another entry`, {
      file: source.file,
      ...source.position(shared.keyRange.start),
    })
  return found
}

function removal(source: SourceText, { statement }: EnvEntry): TextEdit {
  const open = statement.end === source.text.length && !source.text.endsWith('\n')
  const before = open ? (/\r?\n$/.exec(source.text.slice(0, statement.start))?.[0].length ?? 0) : 0
  return { start: statement.start - before, end: statement.end, insert: '' }
}

/** Removes every entry of `key` with its lines. */
export function removeEnvEntry(source: SourceText, key: string, format: EnvFormat = 'dotenv'): readonly ByteEdit[] {
  return toByteEdits(
    source,
    entriesOfKey(source, key, format).map((entry) => removal(source, entry)),
  )
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
