// Builds dist/: TypeScript, then the assets (WASM kernel, compiled rules, bundled engine client). One step a function.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleDockerode } from './bundle-dockerode.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = (name) => join(root, 'node_modules', '.bin', name)
const run = (program, args) => execFileSync(program, args, { cwd: root, stdio: 'inherit' })

function compileTypeScript() {
  run(bin('tsc'), ['-p', 'tsconfig.json'])
}

/** patterns/*.yaml -> one checked JSON file and the rules' anchors, so that start-up parses no YAML and works nothing out. */
async function compileRules() {
  const { parseRulePack } = await import('../dist/detect/rule-pack.js')
  const folder = join(root, 'patterns')
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
  const rules = files.flatMap((name) => parseRulePack(readFileSync(join(folder, name), 'utf8'), `patterns/${name}`))
  writeFileSync(join(root, 'dist', 'assets', 'rules.json'), JSON.stringify(rules))
  const { anchorTable } = await import('../dist/detect/rule-anchors.js')
  writeFileSync(join(root, 'dist', 'assets', 'anchors.json'), JSON.stringify(anchorTable(rules)))
}

/** The prefilter's kernel, with SIMD and without. */
function compileKernel() {
  for (const [name, ...features] of [
    ['prefilter-simd', '--enable', 'simd'],
    ['prefilter', '--disable', 'simd'],
  ]) {
    const output = join('dist', 'assets', `${name}.wasm`)
    const source = join('src', 'detect', 'prefilter', 'kernel.as.ts')
    run(bin('asc'), [
      source,
      '-o',
      output,
      ...features,
      '--runtime',
      'stub',
      '-O3',
      '--noAssert',
      '--use',
      'abort=',
      '--initialMemory',
      '1',
    ])
  }
}

async function compileImageConventions() {
  const { parse } = await import('yaml')
  const table = parse(readFileSync(join(root, 'src', 'migrate', 'image-conventions.yaml'), 'utf8'))
  writeFileSync(join(root, 'dist', 'assets', 'image-conventions.json'), JSON.stringify(table))
}

rmSync(join(root, 'dist'), { recursive: true, force: true })
// A manifest of an earlier build would hide new commands and flags; `npm pack` makes a new one.
rmSync(join(root, 'oclif.manifest.json'), { force: true })
mkdirSync(join(root, 'dist', 'assets'), { recursive: true })
compileTypeScript()
compileKernel()
await compileRules()
await compileImageConventions()
await bundleDockerode(root, join(root, 'dist'))
