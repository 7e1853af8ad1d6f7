// The licences of the packages that a bundle holds, as they ask for: dist/vendor/LICENSES.txt.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const LICENSE_NAMES = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license']

/** `inputs`: paths of bundled modules below `root`, as esbuild's metafile names them. Writes the text once for all bundles in `dist`. */
export function writeLicenses(inputs, root, dist) {
  const packages = new Set(inputs.map((path) => /node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]).filter(Boolean))
  const texts = [...packages].sort().map((folder) => {
    const file = LICENSE_NAMES.map((name) => join(root, folder, name)).find((path) => existsSync(path))
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    return `${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(file, 'utf8')}`
  })
  writeFileSync(join(dist, 'vendor', 'LICENSES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`))
}
