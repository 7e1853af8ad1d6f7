// Holds the rooms of src/ to one direction of imports (docs/architecture.md). Types may come from anywhere.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const src = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src')

/** A room may import (values) from itself and from the rooms listed. */
const ALLOWED = {
  commands: [
    'config',
    'scan',
    'image',
    'detect',
    'compose',
    'dockerfile',
    'suppress',
    'report',
    'migrate',
    'sweep',
    'registry',
    'net',
    'support',
  ],
  config: ['support'],
  sweep: ['scan', 'image', 'detect', 'registry', 'net', 'report', 'suppress', 'config', 'support'],
  migrate: ['scan', 'image', 'detect', 'compose', 'dockerfile', 'unpack', 'registry', 'net', 'support'],
  scan: ['image', 'detect', 'compose', 'dockerfile', 'suppress', 'unpack', 'registry', 'net', 'support'],
  suppress: ['support'],
  image: ['registry', 'unpack', 'net', 'support'],
  detect: ['unpack', 'support'],
  compose: ['support'],
  dockerfile: ['support'],
  registry: ['net', 'support'],
  unpack: ['support'],
  net: ['support'],
  report: ['support'],
  support: [],
}

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* files(path)
    else if (entry.name.endsWith('.ts')) yield path
  }
}

let wrong = 0
for (const file of files(src)) {
  const room = relative(src, file).split(sep)[0]
  const text = readFileSync(file, 'utf8')
  for (const [, typeOnly, specifier] of text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'/gms,
  )) {
    if (typeOnly) continue
    const target = relative(src, resolve(dirname(file), specifier)).split(sep)[0]
    if (target === room || target === '..' || ALLOWED[room]?.includes(target)) continue
    console.error(`${relative(src, file)}: ${room} must not import from ${target} (${specifier})`)
    wrong++
  }
}
process.exitCode = wrong === 0 ? 0 : 1
