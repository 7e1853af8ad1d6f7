// The built-in rules on the tables of this folder: what they must find and leave, in the places where people write it.
import assert from 'node:assert/strict'
import { readMarks } from '../../../../src/detect/marks.js'
import { plainValue, reported } from '../reported.js'
import { asText, madeUp, readTable, type Section, seeded } from './made-up.js'

/** Every line is tried with several made-up values: a rule must not find one of them by luck. */
const SEEDS = [1, 2, 3]

interface Span {
  readonly start: number
  readonly end: number
}

/** The marked values that no finding covers, nor a part of one. */
function missed(line: string, path: string, seed: number): readonly string[] {
  const { text, secrets } = readMarks(madeUp(asText(line), seeded(seed)))
  const found = reported(`${text}\n`, path).flatMap((match): Span[] => [match, ...match.parts])
  const inBytes = (index: number) => Buffer.byteLength(text.slice(0, index))
  return secrets
    .filter(({ start, end }) => !found.some((one) => one.start <= inBytes(start) && one.end >= inBytes(end)))
    .map(({ start, end }) => text.slice(start, end))
}

/** What is found where nothing is marked. */
function unmarked(content: string, path: string, seed: number): readonly string[] {
  const { text, secrets } = readMarks(madeUp(content, seeded(seed)))
  const marks = secrets.map(({ start, end }) => ({
    start: Buffer.byteLength(text.slice(0, start)),
    end: Buffer.byteLength(text.slice(0, end)),
  }))
  return reported(`${text}\n`, path)
    .filter((match) => !marks.some(({ start, end }) => match.start < end && match.end > start))
    .map((match) => `${match.ruleId}: ${plainValue(match)}`)
}

function eachLine(table: string, check: (line: string, path: string) => void): void {
  for (const { path, lines } of readTable(table))
    describe(`${table}: ${path}`, () => {
      for (const line of lines.filter((each) => each.trim() !== '')) it(line, () => check(line, path))
    })
}

for (const table of [
  'found-services.txt',
  'found-services-2.txt',
  'found-formats.txt',
  'found-passwords.txt',
  'found-requests.txt',
  'found-guesses.txt',
  'found-commands.txt',
  'found-commands-2.txt',
  'found-suites.txt',
  'found-suites-2.txt',
])
  eachLine(table, (line, path) => {
    for (const seed of SEEDS) assert.deepEqual(missed(line, path, seed), [])
  })

eachLine('silent.txt', (line, path) => {
  for (const seed of SEEDS) {
    const text = madeUp(asText(line), seeded(seed))
    assert.deepEqual(
      reported(`${text}\n`, path).map((match) => `${match.ruleId}: ${plainValue(match)}`),
      [],
    )
  }
})

for (const table of [
  'whole-files.txt',
  'whole-files-2.txt',
  'whole-files-3.txt',
  'whole-files-4.txt',
  'whole-files-5.txt',
  'whole-files-6.txt',
  'whole-files-7.txt',
  'whole-files-8.txt',
  'whole-files-9.txt',
  'whole-files-10.txt',
])
  describe(`${table}: what is marked and nothing else`, () => {
    for (const { path, lines } of readTable(table))
      it(path, () => {
        for (const seed of SEEDS) {
          const text = lines.join('\n')
          assert.deepEqual(missed(text, path, seed), [])
          assert.deepEqual(unmarked(text, path, seed), [])
        }
      })
  })

describe('files of programs that keep passwords', () => {
  const files: readonly Section[] = readTable('files.txt')
  for (const { path, lines } of files)
    it(path, () => assert.deepEqual(missed(lines.join('\n'), path, SEEDS[0] ?? 1), []))
})
