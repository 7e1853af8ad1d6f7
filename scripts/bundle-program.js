// Puts the commands and the detection worker into few files: hundreds of modules take longer to find and open than to run. The modules
// themselves stay beside them, for what is imported one by one (benchmarks, scripts).
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from 'esbuild'

function* modulesIn(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* modulesIn(path)
    else if (entry.name.endsWith('.js')) yield path
  }
}

/** What is started or looked up by its own path: commands, the program's beginning, hooks, workers. Others are only imported. */
function entryPoints(dist) {
  const commands = [...modulesIn(join(dist, 'commands'))].filter((path) => {
    const name = relative(join(dist, 'commands'), path)
    return name !== 'base.js' && !name.startsWith('shared')
  })
  const shared = ['main.js', 'command-not-found.js'].map((name) => join(dist, 'commands', 'shared', name))
  return [...commands, ...shared, join(dist, 'scan', 'worker.js')]
}

/** The bundled engine client is loaded by itself, and only where an engine is spoken to. */
const keepVendor = {
  name: 'keep-vendor',
  setup({ onResolve }) {
    onResolve({ filter: /\/vendor\// }, () => ({ path: '../vendor/dockerode.js', external: true }))
  },
}

/** Replaces each entry point in `dist` by its bundle; what several need goes to dist/chunks. */
export async function bundleProgram(dist) {
  await build({
    entryPoints: entryPoints(dist),
    outdir: dist,
    outbase: dist,
    chunkNames: 'chunks/[name]-[hash]',
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    plugins: [keepVendor],
    logLevel: 'warning',
  })
}
