// Scanners side by side on files whose secrets are marked: which marked values each reports, and how much else. The files are tables as in
// test/unit/detect/cases, whose {alphabet count} become made-up characters; a value counts as found where a finding stands on its lines.
// Usage: node bench/marked.js TABLE... [--missing]     (after `npm run build` and `npx tsc -p tsconfig.test.json`)
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { madeUp, seeded } from '../build/test/unit/detect/cases/made-up.js'
import { readMarks } from '../dist/detect/marks.js'
import { runScanner, scanners } from './scanners.js'

const SEED = 7
const lineAt = (text, at) => text.slice(0, at).split('\n').length

/** Kinds of secrets, told by how the table writes them. */
const KINDS = {
  'with a prefix': (template) => /^[^{]+\{/.test(template),
  'random characters': (template) => template.startsWith('{'),
  'typed by a person': (template) => !template.includes('{'),
}

/** Writes the table's files into the folder; its marks, by file and lines. */
function expand(table, folder) {
  const random = seeded(SEED)
  const marks = []
  for (const section of readFileSync(table, 'utf8').split(/^=== /m).slice(1)) {
    const [path, ...lines] = section.replace(/\n+$/, '').split('\n')
    const content = lines.join('\n')
    const templates = [...content.matchAll(/«([^»]*)»/g)].map(([, template]) => template)
    const { text, secrets } = readMarks(madeUp(content, random))
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), `${text}\n`)
    for (const [index, { start, end }] of secrets.entries()) {
      const [first, last] = [lineAt(text, start), lineAt(text, end)]
      marks.push({ path, first, last, template: templates[index] })
    }
  }
  return marks
}

const meets = (one) => (other) => one.path === other.path && one.first <= other.last && one.last >= other.first

async function main(words) {
  const folder = mkdtempSync(join(tmpdir(), 'marked-'))
  try {
    const tables = words.filter((word) => !word.startsWith('--'))
    const marks = tables.flatMap((table) => expand(table, folder))
    const kinds = Object.entries(KINDS).map(([name, is]) => [name, marks.filter(({ template }) => is(template))])
    console.log(['scanner', 'all', ...kinds.map(([name]) => name), 'lines reported beside'].join(' | '))
    for (const scanner of scanners()) {
      const { found } = await runScanner(scanner, folder)
      const isFound = (mark) => found.some(meets(mark))
      const share = (some) => {
        const count = some.filter(isFound).length
        return `${count} of ${some.length} (${((100 * count) / some.length).toFixed(1)} %)`
      }
      const beside = found.filter((one) => !marks.some(meets(one)))
      const lines = new Set(beside.map(({ path, first }) => `${path}:${first}`))
      console.log([scanner.name, share(marks), ...kinds.map(([, some]) => share(some)), lines.size].join(' | '))
      if (!words.includes('--missing')) continue
      for (const { path, first, template } of marks.filter((mark) => !isFound(mark))) {
        console.log(`    misses ${path}:${first}  ${template.slice(0, 60)}`)
      }
      for (const line of lines) console.log(`    beside ${line}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await main(process.argv.slice(2))
