#!/usr/bin/env node
// The program's entry. Answers --version without loading the command line framework (bench: start-up).
import { readFileSync } from 'node:fs'

const argv = process.argv.slice(2)

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else {
  const { main } = await import('../dist/commands/shared/main.js')
  await main(argv, import.meta.url)
}
