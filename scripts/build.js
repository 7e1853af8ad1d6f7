// Builds dist/: TypeScript, then the assets (WASM kernel, compiled rules, bundled engine client). One step a function.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = (name) => join(root, 'node_modules', '.bin', name)
const run = (program, args) => execFileSync(program, args, { cwd: root, stdio: 'inherit' })

function compileTypeScript() {
  run(bin('tsc'), ['-p', 'tsconfig.json'])
}

rmSync(join(root, 'dist'), { recursive: true, force: true })
mkdirSync(join(root, 'dist', 'assets'), { recursive: true })
compileTypeScript()
