// A dump of Redis or Valkey as an archive whose members are the databases in it. Strings that are compressed are found only so.
import type { Issue } from '../../support/issue.js'
import { ByteReader } from '../byte-reader.js'
import { alike, bareValues, beginsAs, isPassing, snakeCase } from '../cell-names.js'
import { CellText, inPieces, LEAST_VALUE } from '../cell-text.js'
import type { NestedEntry } from '../nested.js'
import { NoSense, RdbInput } from './rdb-input.js'
import { moduleStrings, nameText, rdbValues } from './rdb-values.js'

/** Bytes of a dump that are read. */
const MOST_BYTES = 64 * 1024 * 1024
/** The version in nine letters; then no key, but something of the dump. */
const MAGIC = /^(?:REDIS\d{4}|VALKEY\d{3})[\xf4-\xff]/
/** Values that stand with their name, of names alike, and such names in all: a value for each user must not take for ever. */
const [MOST_NAMED, MOST_NAMES] = [1000, 10_000]

/** What is no type of a value (rdb.h), from `SLOT` on. */
const [SLOT, FUNCTION, MODULE, IDLE, FREQUENCY, NOTE, SIZES, EXPIRES_MS, EXPIRES, DATABASE, END] = [
  0xf4, 0xf5, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
] as const
/** Of those that are followed by numbers, how many. */
const LENGTHS: Readonly<Record<number, number>> = { [SLOT]: 3, [IDLE]: 1, [SIZES]: 2 }

/** true for the beginning of a dump, given as latin1. */
export const isRedisDump = (text: string): boolean => MAGIC.test(text)

interface Dump {
  readonly input: RdbInput
  /** What comes next: the functions in front, then database by database; undefined behind the last one. */
  next: string | undefined
  broken: boolean
}

/** The databases. Never throws for bad input: an issue says that something could not be read. */
export async function* readRedis(
  bytes: AsyncIterable<Uint8Array>,
  on: (issue: Issue) => void,
): AsyncGenerator<NestedEntry> {
  const source = new ByteReader(bytes)
  const held = Buffer.from(await source.read(MOST_BYTES))
  const dump: Dump = { input: new RdbInput(held, 9), next: 'functions', broken: false }
  while (dump.next !== undefined) {
    const text = new CellText()
    yield { path: dump.next, body: inPieces(linesOf(dump, text)), at: (offset) => text.at(offset) }
  }
  if (dump.broken && (await source.next(1)) !== undefined) tellLarge(on)
  else if (dump.broken) tellBroken(on)
}

function tellLarge(on: (issue: Issue) => void): void {
  const detail = `A dump of Redis is larger than ${MOST_BYTES} bytes: what is behind them was scanned as it lies.`
  on({ code: 'LIMIT_DATABASE_SIZE', effect: 'partial', detail })
}

function tellBroken(on: (issue: Issue) => void): void {
  const detail =
    'A dump of Redis is damaged or holds something that is not known; what is behind it was scanned as it lies.'
  on({ code: 'REDIS_PARTIAL', effect: 'partial', detail })
}

/** The lines of one database: up to the next one or the end, of which `dump` tells. */
function* linesOf(dump: Dump, text: CellText): Generator<Buffer> {
  const names = new Map<string, number>()
  dump.next = undefined
  try {
    for (let row = 0; dump.next === undefined; ) {
      const opcode = dump.input.byte()
      if (opcode === END) return
      if (opcode >= SLOT) yield* aside(dump, opcode, text)
      else yield* entry(dump.input, opcode, ++row, names, text)
    }
  } catch (error) {
    if (!(error instanceof NoSense)) throw error
    dump.broken = true
  }
}

/** What stands between keys. */
function* aside(dump: Dump, opcode: number, text: CellText): Generator<Buffer> {
  const { input } = dump
  if (opcode === DATABASE) dump.next = `db${input.length()}`
  else if (opcode === FUNCTION) yield text.add({ name: 'function', value: input.string() ?? Buffer.alloc(0) })
  else if (opcode === MODULE) for (const _ of moduleStrings(input));
  else if (opcode === EXPIRES_MS || opcode === EXPIRES) input.skip(opcode === EXPIRES ? 4 : 8)
  else if (opcode === FREQUENCY) input.skip(1)
  else if (opcode === NOTE) for (let strings = 2; strings > 0; strings--) input.string()
  else if (LENGTHS[opcode] === undefined) throw new NoSense()
  else for (let lengths = LENGTHS[opcode]; lengths > 0; lengths--) input.length()
}

function* entry(
  input: RdbInput,
  type: number,
  row: number,
  names: Map<string, number>,
  text: CellText,
): Generator<Buffer> {
  const key = nameText(input.string() ?? Buffer.alloc(0))
  const passes = isPassing(snakeCase(key))
  let lines = 0
  for (const { field, value } of rdbValues(input, type)) {
    if (value.length < LEAST_VALUE) continue
    const name = field === undefined ? key : `${key}.${field}`
    const bare = passes || isBare(field ?? key, field === undefined, value) || !isAmongFirst(name, names)
    const line = text.add({ name, value, bare, row })
    lines += line.length
    yield line
  }
  if (lines > 0) yield text.gap()
}

/** Whether the value stands without its name, by the last part of that: `user:17:password`. */
function isBare(name: string, isSetting: boolean, value: Buffer): boolean {
  const last = snakeCase(name.slice(Math.max(0, name.length - 100)).replace(/^.*[:./]/s, ''))
  const bare = bareValues(last, isSetting, false)
  return bare !== undefined && beginsAs(bare, value)
}

/** Counts the value under its name, whatever numbers the name has in it. */
function isAmongFirst(name: string, names: Map<string, number>): boolean {
  const known = alike(name.slice(0, 200))
  const count = (names.get(known) ?? 0) + 1
  if (count === 1 && names.size >= MOST_NAMES) return false
  names.set(known, count)
  return count <= MOST_NAMED
}
