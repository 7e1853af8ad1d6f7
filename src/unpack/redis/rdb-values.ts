// What stands under one key of Redis: its strings, with the field of a hash that each belongs to. Scores, numbers and times are passed over.
import { type Elements, packedElements } from './packed.js'
import { NoSense, type RdbInput } from './rdb-input.js'

export interface RdbValue {
  /** Of a hash. */
  readonly field?: string
  readonly value: Buffer
}

/** Bytes of a key or field that are read as its name. */
const LONGEST_NAME = 200

/** A key or a field, which may be as long as a value. */
export const nameText = (bytes: Buffer): string => bytes.toString('utf8', 0, LONGEST_NAME)

type Reader = (input: RdbInput) => Iterable<RdbValue>

/** Types of values by their number (rdb.h). */
const READERS: Readonly<Record<number, Reader>> = {
  0: (input) => plain([input.string()]),
  1: strings,
  2: strings,
  3: (input) => times(input, () => plain([input.string(), skipScore(input)])),
  4: (input) => times(input, () => pairs([input.string(), input.string()])),
  5: (input) => times(input, () => plain([input.string(), skipped(input, 8)])),
  7: moduleStrings,
  9: nothing,
  10: (input) => plain(elements(input, 'ziplist')),
  11: nothing,
  12: (input) => plain(elements(input, 'ziplist')),
  13: (input) => pairs(elements(input, 'ziplist')),
  14: (input) => times(input, () => plain(elements(input, 'ziplist'))),
  15: (input) => stream(input, 15),
  16: (input) => pairs(elements(input, 'listpack')),
  17: (input) => plain(elements(input, 'listpack')),
  18: (input) =>
    times(input, () => (input.length() === 1 ? plain([input.string()]) : plain(elements(input, 'listpack')))),
  19: (input) => stream(input, 19),
  20: (input) => plain(elements(input, 'listpack')),
  21: (input) => stream(input, 21),
  // Valkey's, of version 9: a time behind each value.
  22: (input) => times(input, () => pairs([input.string(), input.string(), skipped(input, 8)])),
  24: (input) => {
    input.skip(8)
    return times(input, () => {
      input.length()
      return pairs([input.string(), input.string()])
    })
  },
  25: (input) => {
    input.skip(8)
    return pairs(elements(input, 'listpack'), 3)
  },
}

/** The strings under a key of the type. @throws NoSense where the type is not known. */
export function rdbValues(input: RdbInput, type: number): Iterable<RdbValue> {
  const read = READERS[type]
  if (read === undefined) throw new NoSense()
  return read(input)
}

function* times(input: RdbInput, read: () => Iterable<RdbValue>): Generator<RdbValue> {
  for (let left = input.length(); left > 0; left--) yield* read()
}

function strings(input: RdbInput): Iterable<RdbValue> {
  return times(input, () => plain([input.string()]))
}

function* plain(values: Elements): Generator<RdbValue> {
  for (const value of values) if (value !== undefined) yield { value }
}

/** Field and value by turns; `step` of three: then the time when the field goes. */
function* pairs(list: Elements, step = 2): Generator<RdbValue> {
  let field: Buffer | undefined
  let place = 0
  for (const element of list) {
    if (place === 0) field = element
    else if (place === 1 && element !== undefined) yield { value: element, ...(field && { field: nameText(field) }) }
    place = (place + 1) % step
  }
}

function elements(input: RdbInput, kind: 'ziplist' | 'listpack'): Elements {
  const packed = input.string()
  return packed === undefined ? [] : packedElements(kind, packed)
}

function skipped(input: RdbInput, length: number): undefined {
  input.skip(length)
  return undefined
}

function nothing(input: RdbInput): readonly never[] {
  input.string()
  return []
}

/** A score as text, behind its length; of three lengths each is a number itself. */
function skipScore(input: RdbInput): undefined {
  const length = input.byte()
  return skipped(input, length > 252 ? 0 : length)
}

/** Entries in listpacks, then where the stream ends, then who reads it. */
function* stream(input: RdbInput, type: 15 | 19 | 21): Generator<RdbValue> {
  yield* times(input, () => {
    input.string()
    return plain(elements(input, 'listpack'))
  })
  for (let numbers = type === 15 ? 3 : 8; numbers > 0; numbers--) input.length()
  for (let groups = input.length(); groups > 0; groups--) skipGroup(input, type)
}

function skipGroup(input: RdbInput, type: 15 | 19 | 21): void {
  input.string()
  for (let numbers = type === 15 ? 2 : 3; numbers > 0; numbers--) input.length()
  for (let pending = input.length(); pending > 0; pending--) {
    input.skip(16 + 8)
    input.length()
  }
  for (let consumers = input.length(); consumers > 0; consumers--) {
    input.string()
    input.skip(type === 21 ? 16 : 8)
    for (let pending = input.length(); pending > 0; pending--) input.skip(16)
  }
}

/** What a module kept, part by part, each behind its kind. */
export function* moduleStrings(input: RdbInput): Generator<RdbValue> {
  input.length()
  for (let kind = input.length(); kind !== 0; kind = input.length()) {
    if (kind === 1 || kind === 2) input.length()
    else if (kind === 3) input.skip(4)
    else if (kind === 4) input.skip(8)
    else if (kind === 5) yield* plain([input.string()])
    else throw new NoSense()
  }
}
