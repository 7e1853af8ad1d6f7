// Edits made on one parse give what they give one after another.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { EditStep } from '../../../src/compose/edit.js'
import { replaceEntry } from '../../../src/compose/edit-entries.js'
import { grantSecrets } from '../../../src/compose/edit-grants.js'
import { removeEntry } from '../../../src/compose/edit-remove.js'
import { setWords } from '../../../src/compose/edit-words.js'
import { removeEnvEntry } from '../../../src/compose/env-file-edit.js'
import { loadProject } from '../../../src/compose/load.js'
import type { Part } from '../../../src/migrate/pending-edits.js'
import { Workbook } from '../../../src/migrate/workbook.js'

const FILE = '/project/compose.yaml'
const ENV = '/project/.env'
const TEXTS = [
  'services:\n  a:\n    image: x # ünï\n    environment:\n      ONE: a\n      TWO: b\n      THREE: c\n  b:\n    environment:\n      - ONE=a\n      - TWO=b\n    image: y\n  # about c\n  c:\n    environment: { ONE: a, TWO: b }\n    image: z',
  'x-env: &env\n  ONE: a\n  TWO: b\nservices:\n  a: &a\n    image: x\n    environment: *env\n  b:\n    <<: *a\n    environment:\n      ONE: a\n  c:\n    image: z\n    environment:\n      ? ONE\n      : a\n      TWO: |\n        b\n        c\n    secrets: []\n',
  'services: {a: {image: x, environment: {ONE: a, TWO: b}}, b: {image: y, environment: {ONE: a}}, c: {image: z, secrets: [s]}}\r\n',
]

interface Work {
  readonly step: EditStep
  readonly part: Part
}

const works: readonly Work[] = ['a', 'b', 'c'].flatMap((service) => {
  const path = ['services', service]
  const section = [...path, 'environment']
  return [
    ...['ONE', 'TWO', 'THREE'].flatMap((key): Work[] => [
      { step: (file) => removeEntry(file, { section, key }), part: { path: section, key, removed: true } },
      {
        step: (file) => replaceEntry(file, { section, key }, { key: `${key}_FILE`, value: `/run/secrets/${key}` }),
        part: { path: section, key },
      },
    ]),
    { step: (file) => grantSecrets(file, path, [{ source: 'one' }, { source: 'two' }]), part: { path } },
    { step: (file) => setWords(file, path, 'entrypoint', ['/bin/sh', service]), part: { path } },
  ]
})

async function textAfter(text: string, chosen: readonly Work[], isBatched: boolean): Promise<string> {
  const overlay = new Map([[FILE, Buffer.from(text)]])
  const book = new Workbook(await loadProject({ files: [FILE], profiles: [], env: {}, cwd: '/project', overlay }))
  for (const { step, part } of chosen) {
    try {
      book.compose(FILE, step, isBatched ? part : undefined)
    } catch {
      // Refused, in both ways.
    }
  }
  return Buffer.from(book.changes()[0]?.bytes ?? '').toString()
}

describe('migrate: edits that are made together', () => {
  for (const [index, text] of TEXTS.entries())
    it(`are as if made one after another: ${index}`, async () => {
      const property = fc.asyncProperty(fc.shuffledSubarray([...works]), async (chosen) => {
        assert.equal(await textAfter(text, chosen, true), await textAfter(text, chosen, false))
      })
      await fc.assert(property, { numRuns: 50 })
    })

  it('lines of an env file, also those that meet at its end', async () => {
    for (const text of ['A=1\nB=2\nC=3', 'A=1\r\nB=2\r\nC=3\r\n', 'A=1\nB=2\nA=3\nC="x\ny"\n']) {
      const property = fc.asyncProperty(fc.shuffledSubarray(['A', 'B', 'C']), async (keys) => {
        const overlay = new Map([
          [FILE, Buffer.from('services: {}\n')],
          [ENV, Buffer.from(text)],
        ])
        const load = { files: [FILE], profiles: [], env: {}, cwd: '/project', overlay }
        const [together, apart] = [new Workbook(await loadProject(load)), new Workbook(await loadProject(load))]
        for (const key of keys) {
          together.lines(ENV, (source) => removeEnvEntry(source, key))
          apart.text(ENV, (source) => removeEnvEntry(source, key))
        }
        const bytesOf = (book: Workbook) => Buffer.from(book.changes()[0]?.bytes ?? text).toString()
        assert.equal(bytesOf(together), bytesOf(apart))
      })
      await fc.assert(property)
    }
  })
})
