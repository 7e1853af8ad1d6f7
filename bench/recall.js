// Are the rules' examples still found where secrets really stand: inside JSON, YAML, scripts, minified code, encoded, in archives?
// Prints how many are, by container, and which are not; with --places, each rule's value also in every place where people write one
// (recall-places.js). Usage: node bench/recall.js [--missing] [--places]     (after `npm run build`)
import { crc32 } from 'node:zlib'
import { readMarks } from '../dist/detect/marks.js'
import { loadRuleSet } from '../dist/detect/rule-set.js'
import { createUnitScanner } from '../dist/scan/unit-scanner.js'
import { PLACES } from './recall-places.js'

const MINIFIED = '!function(e,t){var n=e.r;if(!n)return t.x;for(var i=0;i<n.length;i++)t.push(n[i])}(a,b);'.repeat(80)
const indented = (text) => text.replace(/^/gm, '    ')
const oneLine = (text) => !text.includes('\n')
const base64 = (text) => Buffer.from(text).toString('base64')

/** By name: the path of the file, and what it holds; undefined where nobody would write such a text so. */
const CONTAINERS = {
  bare: (text, path) => [path, text],
  JSON: (text) => ['app/config.json', JSON.stringify({ app: { name: 'shop', config: text } })],
  'JSON, indented': (text) => ['app/config.json', JSON.stringify({ app: { config: text.split('\n') } }, null, 2)],
  YAML: (text) => ['deploy/app.yaml', `kind: ConfigMap\ndata:\n  config: |\n${indented(text)}\n  other: 1\n`],
  '.env': (text) => (oneLine(text) ? ['app/.env', `MODE=prod\n${text}\nPORT=80\n`] : undefined),
  'shell script': (text) => ['app/start.sh', `#!/bin/sh\nset -e\ncat > config <<'END'\n${text}\nEND\nexec app\n`],
  'minified JavaScript': (text) => ['dist/app.js', `${MINIFIED}var c=${JSON.stringify(text)};${MINIFIED}`],
  'base64 in a Kubernetes secret': (text) => [
    'deploy/s.yaml',
    `kind: Secret\ndata:\n  config: ${base64(`${text}\n`)}\n`,
  ],
  'base64 twice': (text) => ['deploy/s.yaml', `config: ${base64(`inner: ${base64(`${text}\n`)}`)}\n`],
  'UTF-16': (text) => ['app/config.txt', Buffer.from(`\ufeff${text}`, 'utf16le')],
  'a jar': (text) => ['app/lib/app.jar', storedZip('config.txt', Buffer.from(text))],
}

/** A zip archive of one file, not compressed. */
function storedZip(name, content) {
  const common = Buffer.alloc(26)
  common.writeUInt16LE(20, 0)
  common.writeUInt32LE(crc32(content), 10)
  common.writeUInt32LE(content.length, 14)
  common.writeUInt32LE(content.length, 18)
  common.writeUInt16LE(name.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), content])
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), common, Buffer.alloc(14), Buffer.from(name)])
  const end = Buffer.alloc(18)
  end.writeUInt16LE(1, 4)
  end.writeUInt16LE(1, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(local.length, 12)
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end])
}

const rules = await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] })
const scanner = createUnitScanner({ rules, maxDecodeDepth: 3, maxArchiveDepth: 4, showSecrets: true })

/** The values that a scan of the file reports by default. */
async function reported(path, content) {
  const bytes = Buffer.from(content)
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
  const files = [{ entry: 0, path, start: 0, length: bytes.length }]
  const { findings } = await scanner.scan({ kind: 'batch', bytes: buffer, files, names: [] })
  return findings
    .filter(({ allowed, confidence, validity }) => !allowed && confidence !== 'low' && validity !== 'implausible')
    .map(({ ruleId, secret }) => ({ ruleId, value: secret.value }))
}

const rows = new Map()
const rowOf = (name) => {
  const row = rows.get(name) ?? { total: 0, found: 0, byRule: 0, missing: [] }
  rows.set(name, row)
  return row
}
// A rule bound to paths is found in files of that name alone, a generic one judges by the file.
const tried = rules.rules.filter(
  ({ pattern, paths, kind }) => pattern !== undefined && paths === undefined && kind !== 'generic',
)

async function tryContainers(rule, index, { text, secrets }, path = 'config.txt') {
  const values = secrets.map(({ start, end }) => text.slice(start, end))
  for (const [name, contain] of Object.entries(CONTAINERS)) {
    const file = contain(text, path)
    if (file === undefined) continue
    const found = await reported(...file)
    const row = rowOf(name)
    row.total++
    // In JSON a line end is two characters, in YAML spaces follow it, and so it is in the value.
    const plain = (value) => value.replaceAll(/\\n|\s+/g, '')
    const same = (value) => (found) => plain(found.value) === plain(value)
    if (values.every((value) => found.some(same(value)))) row.found++
    else row.missing.push(`${rule.id} ${index + 1}`)
    if (values.every((value) => found.some((one) => one.ruleId === rule.id && same(value)(one)))) row.byRule++
  }
}

/** Words of the name that the example assigns its only value to; undefined where it does not. */
function nameIn({ text, secrets }) {
  if (secrets.length !== 1 || /[\s"'`\\<>]/.test(text.slice(secrets[0].start, secrets[0].end))) return undefined
  const name = /([A-Za-z][\w.-]{2,60})\\?["'`]?\]?\s*(?:=>|[:=,]|:=)\s*\\?["'`]?$/.exec(text.slice(0, secrets[0].start))
  const words = name?.[1]
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  return words?.filter((word) => word !== '')
}

async function tryPlaces(rule, marked) {
  const words = nameIn(marked)
  if (words === undefined) return false
  const [{ start, end }] = marked.secrets
  const value = marked.text.slice(start, end)
  for (const [name, place] of Object.entries(PLACES)) {
    const row = rowOf(`${rule.kind}: ${name}`)
    const found = (await reported(...place(words, value))).filter((one) => one.value === value)
    row.total++
    if (found.length > 0) row.found++
    else row.missing.push(rule.id)
    if (found.some(({ ruleId }) => ruleId === rule.id)) row.byRule++
  }
  return true
}

for (const rule of tried) {
  const examples = rule.examples.map(({ text, path }) => ({ ...readMarks(text), path }))
  for (const [index, example] of examples.entries()) await tryContainers(rule, index, example, example.path)
  if (!process.argv.includes('--places')) continue
  for (const example of examples) if (await tryPlaces(rule, example)) break
}
const percent = (part, total) => `${((100 * part) / total).toFixed(1)} %`
for (const [name, { total, found, byRule, missing }] of rows) {
  console.log(
    `${name.padEnd(36)} ${percent(found, total).padStart(8)} of ${total} found, ${percent(byRule, total)} by their own rule`,
  )
  if (process.argv.includes('--missing')) for (const example of missing) console.log(`    ${example}`)
}
