// The documents that list codes and the code that raises them say the same.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../../src/support/package-root.js'

const read = (...path: string[]): string => readFileSync(join(packageRoot(), ...path), 'utf8')

function sourceOf(...room: string[]): string {
  const folder = join('src', ...room)
  const files = readdirSync(join(packageRoot(), folder), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  return files.map((file) => read(folder, file)).join('\n')
}

const all = (text: string, pattern: RegExp): Set<string> =>
  new Set([...text.matchAll(pattern)].map(([, code = '']) => code))

/** The first cell of every row of a document's tables. */
const documented = (document: string): Set<string> => all(read('docs', document), /^\| `([A-Z_]+)` \|/gm)

const missing = (wanted: Set<string>, ...known: Set<string>[]): string[] =>
  [...wanted].filter((code) => !known.some((set) => set.has(code))).sort()

describe('the documents of codes', () => {
  const source = sourceOf()
  /** Issues are literals, or made by a function that takes code and effect; unpack/ hands some codes on without their effect. */
  const raised = new Set([
    ...all(source, /\bcode: '([A-Z_]+)'/g),
    ...all(source, /'([A-Z_]+)', '(?:skipped|partial|note)'/g),
    ...all(source, /\bconst ([A-Z]+_[A-Z_]+) = '\1'/g),
    ...all(sourceOf('unpack'), /'([A-Z]+_[A-Z_]+)'/g),
  ])
  /** "ERR_…" is Node's form: such an error is turned into one of ours before anybody sees it. */
  const errors = all(source, /\bcode(?:: string)? = '((?!ERR_)[A-Z_]+)'/g)

  it('list every code that an issue or a failure can have', () => {
    assert.ok(raised.size > 30)
    assert.deepEqual(missing(raised, documented('coverage-codes.md'), documented('exit-codes.md')), [])
  })

  it('list every code of an error', () => {
    assert.ok(errors.size > 5)
    assert.deepEqual(missing(errors, documented('exit-codes.md'), documented('coverage-codes.md')), [])
  })

  it('list no code that is never raised', () => {
    assert.deepEqual(missing(documented('coverage-codes.md'), raised), [])
    assert.deepEqual(missing(documented('exit-codes.md'), errors, raised), [])
  })
})
