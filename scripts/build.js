// Builds dist/: TypeScript, then the assets (WASM kernels, compiled rules, bundled engine client), bundles and the commands' manifest.
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundleDockerode } from './bundle-dockerode.js'
import { bundleProgram } from './bundle-program.js'
import { kept } from './kept.js'
import { writeLicenses } from './licenses.js'
import { prepareStore } from './prepare-store.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = (name) => join(root, 'node_modules', '.bin', name)

function compileTypeScript() {
  execFileSync(bin('tsc'), ['-p', 'tsconfig.json'], { cwd: root, stdio: 'inherit' })
}

/** patterns/*.yaml -> one checked JSON file with their digest, the rules' anchors and the kernel's tables, so that start-up parses no YAML and works nothing out. */
async function compileRules() {
  const { parseRulePack } = await import('../dist/detect/rule-pack.js')
  const folder = join(root, 'patterns')
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
  const rules = files.flatMap((name) => parseRulePack(readFileSync(join(folder, name), 'utf8'), `patterns/${name}`))
  const { ruleSetOf } = await import('../dist/detect/rule-set.js')
  const ruleSet = ruleSetOf(rules)
  const { ids, digest } = ruleSet
  writeFileSync(join(root, 'dist', 'assets', 'rules.json'), inAscii(JSON.stringify(rules)))
  writeFileSync(join(root, 'dist', 'assets', 'rule-ids.json'), JSON.stringify({ ids, digest }))
  const trigrams = readFileSync(join(root, 'src', 'detect', 'pattern', 'trigrams.json'))
  writeFileSync(join(root, 'dist', 'assets', 'trigrams.json'), trigrams)
  const { anchorTable } = await import('../dist/detect/rule-anchors.js')
  const anchors = () => JSON.stringify(anchorTable(rules))
  const code = javaScriptIn(join(root, 'dist', 'detect'))
  const table = await kept(root, 'anchors', [JSON.stringify(ruleSet), trigrams, ...code], anchors)
  writeFileSync(join(root, 'dist', 'assets', 'anchors.json'), table)
  const { preparedAsset } = await import('../dist/detect/prepared-rules.js')
  writeFileSync(join(root, 'dist', 'assets', 'prepared.json'), inAscii(preparedAsset(ruleSet)))
}

/** JSON that is read without looking for characters of several bytes: reading UTF-8 takes longer than parsing. */
function inAscii(json) {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function javaScriptIn(folder) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.js'))
  return names.sort().map((name) => readFileSync(join(folder, name)))
}

/** The kernels of the detector, of what counts lines and of what knows texts again: WebAssembly, with SIMD and, of the detector's, without. */
async function compileKernels() {
  await Promise.all([
    compileKernel(['detect', 'prefilter', 'kernel.as.ts'], 'prefilter-simd', true),
    compileKernel(['detect', 'prefilter', 'kernel.as.ts'], 'prefilter', false),
    compileKernel(['scan', 'count.as.ts'], 'count', true),
    compileKernel(['scan', 'digest.as.ts'], 'digest', true),
  ])
}

async function compileKernel(source, name, simd) {
  const output = join('dist', 'assets', `${name}.wasm`)
  const features = [simd ? '--enable' : '--disable', 'simd']
  const size = ['-O3', '--noAssert', '--use', 'abort=', '--initialMemory', '1']
  const args = [join('src', ...source), '-o', output, ...features, '--runtime', 'stub', ...size]
  await promisify(execFile)(bin('asc'), args, { cwd: root })
}

/** patterns/published-keys.txt -> one JSON map from a key's id to who publishes it. */
function compilePublishedKeys() {
  const lines = readFileSync(join(root, 'patterns', 'published-keys.txt'), 'utf8').split('\n')
  const entries = lines.filter((line) => /^[0-9a-f]{32} /.test(line)).map((line) => [line.slice(0, 32), line.slice(33)])
  writeFileSync(join(root, 'dist', 'assets', 'published-keys.json'), JSON.stringify(Object.fromEntries(entries)))
}

async function compileImageConventions() {
  const { parse } = await import('yaml')
  const table = parse(readFileSync(join(root, 'src', 'migrate', 'image-conventions.yaml'), 'utf8'))
  writeFileSync(join(root, 'dist', 'assets', 'image-conventions.json'), JSON.stringify(table))
}

/** What oclif would find out by loading every command, each time the program starts. Defaults that the machine gives stay the machine's. */
async function writeManifest() {
  const { Plugin } = await import('@oclif/core')
  const plugin = new Plugin({
    root,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  })
  await plugin.load()
  writeFileSync(join(root, 'oclif.manifest.json'), JSON.stringify(plugin.manifest))
}

rmSync(join(root, 'dist'), { recursive: true, force: true })
// A manifest of an earlier build would hide new commands and flags.
rmSync(join(root, 'oclif.manifest.json'), { force: true })
mkdirSync(join(root, 'dist', 'assets'), { recursive: true })
compileTypeScript()
// Processes of their own, beside the rules, which take this one.
const kernels = compileKernels()
compilePublishedKeys()
await compileRules()
await kernels
await compileImageConventions()
const dist = join(root, 'dist')
const client = await bundleDockerode(root, dist)
await prepareStore(root, dist)
const program = await bundleProgram(root, dist)
writeLicenses([...client, ...program], root, dist)
await writeManifest()
