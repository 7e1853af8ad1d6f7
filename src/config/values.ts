// One setting's value from text (flags, variables) or from YAML, checked against its row; every error names where the value came from.
import { UsageError } from '../support/errors.js'
import { printable, shorten } from '../support/printable.js'
import type { SettingDefinition } from './setting.js'

export type SettingValue = boolean | number | string | readonly string[]

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
}

/** Bytes of "512", "10MB", "1.5 GiB" (units of 1024); undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const parts = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim())
  const unit = UNITS[(parts?.[2] ?? '').toLowerCase()]
  if (parts === null || unit === undefined) return undefined
  const bytes = Math.round(Number(parts[1]) * unit)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

function refuse(where: string, value: unknown, expected: string): never {
  throw new UsageError(`${where}: "${shorten(printable(String(value)), 60)}" is not ${expected}`)
}

function oneOf(choices: readonly string[], value: unknown, where: string): string {
  // YAML reads an unquoted 2 as a number.
  const word = typeof value === 'number' ? String(value) : value
  if (typeof word === 'string' && choices.includes(word)) return word
  return refuse(where, value, `one of ${choices.join(', ')}`)
}

function text(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '') return value
  return refuse(where, value, 'a text')
}

function listOf(value: unknown, where: string): readonly string[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value]
  return entries.map((entry) => text(entry, where))
}

function wholeNumber(value: unknown, minimum: number, where: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum) return value
  return refuse(where, value, `a whole number, ${minimum} or more`)
}

function bytes(value: unknown, where: string): number {
  const parsed = typeof value === 'string' ? parseBytes(value) : value
  if (typeof parsed === 'number' && Number.isSafeInteger(parsed) && parsed > 0) return parsed
  return refuse(where, value, 'a size such as 512, 10MB or 1.5GB')
}

/** A value as YAML gives it. Throws UsageError that begins with `where`. */
export function checkValue(row: SettingDefinition, value: unknown, where: string): SettingValue {
  switch (row.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? value : refuse(where, value, 'true or false')
    case 'choice':
      return oneOf(row.choices, value, where)
    case 'choices':
      return listOf(value, where).map((entry) => oneOf(row.choices, entry, where))
    case 'text':
      return text(value, where)
    case 'list':
      return listOf(value, where)
    case 'count':
      return wholeNumber(value, row.minimum, where)
    case 'bytes':
      return bytes(value, where)
  }
}

/** A value as a variable gives it: lists are separated by commas. Throws UsageError that begins with `where`. */
export function parseValue(row: SettingDefinition, value: string, where: string): SettingValue {
  switch (row.kind) {
    case 'boolean':
      if (/^(1|true|yes|on)$/i.test(value)) return true
      if (/^(0|false|no|off)$/i.test(value)) return false
      return refuse(where, value, 'true or false')
    case 'choices':
    case 'list':
      return checkValue(
        row,
        value
          .split(',')
          .map((entry) => entry.trim())
          .filter((entry) => entry !== ''),
        where,
      )
    case 'count':
      return checkValue(row, /^\d+$/.test(value.trim()) ? Number(value) : value, where)
    default:
      return checkValue(row, value, where)
  }
}
