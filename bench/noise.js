// What do the rules report in folders that hold no secrets? Prints each rule's findings of medium confidence or higher per 100 MB, and
// where they are. Values are shown redacted: a folder thought to be free of secrets may not be.
// Usage: node bench/noise.js [FOLDER ...] [--show-secrets]    (after `npm run build`)
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { loadRuleSet } from '../dist/detect/rule-set.js'
import { redact } from '../dist/scan/redact.js'
import { createTextScan } from '../dist/scan/text-scan.js'
import { printable } from '../dist/support/printable.js'

const FOLDERS = ['node_modules', '/usr/lib/python3', '/usr/lib/python3.11', '/etc', '/usr/share']
const LARGEST = 64e6
const SHOWN = 100
const words = process.argv.slice(2)
const showSecrets = words.includes('--show-secrets')
const given = words.filter((word) => !word.startsWith('--'))

function* filesIn(path) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    // What the build keeps in node_modules is made of the patterns themselves.
    if (entry.isDirectory()) yield* entry.name === '.cache' ? [] : filesIn(child)
    else if (entry.isFile()) yield child
  }
}

const rules = await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] })
const scan = createTextScan({ rules, maxDecodeDepth: 3, maxArchiveDepth: 4, showSecrets })
let bytesRead = 0
let files = 0
let tooLarge = 0
const findings = []

function lineOf(bytes, offset) {
  let line = 1
  for (let at = bytes.indexOf(10); at >= 0 && at < offset; at = bytes.indexOf(10, at + 1)) line++
  return line
}

for (const folder of given.length > 0 ? given : FOLDERS) {
  for (const path of filesIn(folder)) {
    if (statSync(path).size > LARGEST) {
      tooLarge++
      continue
    }
    const bytes = readFileSync(path)
    files++
    bytesRead += bytes.length
    const { matches } = scan.whole(bytes, { path: path.replace(/^\//, ''), isFile: true })
    for (const match of matches) {
      if (match.allowed !== undefined || match.validity === 'implausible' || match.confidence === 'low') continue
      const { shown, value } = redact(match.value, { showSecrets })
      const { kind } = scan.rules.get(match.ruleId)
      const key = match.key === undefined ? '' : `${match.key} = `
      const text = printable(`${path}:${lineOf(bytes, match.start)}  ${key}${(value ?? shown).slice(0, SHOWN)}`)
      findings.push({ rule: match.ruleId, kind, confidence: match.confidence, text })
    }
  }
}

const per100MB = (count) => ((count / bytesRead) * 100e6).toFixed(2)
const byRule = new Map()
for (const finding of findings) byRule.set(finding.rule, [...(byRule.get(finding.rule) ?? []), finding])
for (const [rule, list] of [...byRule].sort((a, b) => b[1].length - a[1].length)) {
  console.log(`${rule} (${list[0].kind}): ${list.length}, ${per100MB(list.length)} per 100 MB`)
  for (const { confidence, text } of list) console.log(`    ${confidence.padEnd(6)}  ${text}`)
}
const count = (confidence) => findings.filter((finding) => finding.confidence === confidence).length
console.log(
  `${files} files, ${(bytesRead / 1e6).toFixed(0)} MB${tooLarge > 0 ? `, ${tooLarge} larger ones left out` : ''}`,
)
console.log(`per 100 MB: ${per100MB(count('high'))} of high confidence, ${per100MB(count('medium'))} of medium`)
