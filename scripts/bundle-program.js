// Puts the commands and the detection worker into few files, with the packages that every start needs: hundreds of modules take longer to
// find and open than to run. The modules themselves stay beside them, for what is imported one by one (benchmarks, scripts).
// Why: docs/adr/0009-bundle-the-program-and-inline-less.md.
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
    onResolve({ filter: /\/vendor\/dockerode\.js$/ }, () => ({ path: '../vendor/dockerode.js', external: true }))
  },
}

/**
 * Of undici only agents and requests are used. Its fetch, WebSocket, mocks and caches are more than half of it, and what asks Node for
 * `Headers` makes Node load a copy of its own: together a tenth of a scan that finds everything in the cache.
 */
const onlyRequests = {
  name: 'only-requests',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/lib\/(?:cache|interceptor|mock|web)\// }, ({ importer }) =>
      /\/undici\/index\.js$/.test(importer) ? { path: 'unused', namespace: 'unused' } : undefined,
    )
    onLoad({ filter: /^unused$/, namespace: 'unused' }, () => ({
      contents: 'module.exports = new Proxy({}, { get: () => class Unused {} })',
    }))
  },
}

/** Packages that are loaded late and by few commands, find files beside themselves, or are oclif's own plugins. */
const APART = [
  '@electric-sql/pglite',
  '@inquirer/prompts',
  '@oclif/plugin-autocomplete',
  '@oclif/plugin-help',
  'node-vault',
  'nodemailer',
  'pg',
  'pg-boss',
  'xz-decompress',
  'zstddec',
]

/** CommonJS modules inside an ES module need a `require` for Node's own modules. */
const banner = {
  js: "import { createRequire as requireFrom } from 'node:module';const require = requireFrom(import.meta.url);",
}

/** Replaces each entry point in `dist` by its bundle; what several need goes to dist/chunks. Resolves to the modules that are in them. */
export async function bundleProgram(root, dist) {
  const { metafile } = await build({
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
    external: APART,
    minifySyntax: true,
    minifyWhitespace: true,
    banner,
    metafile: true,
    absWorkingDir: root,
    preserveSymlinks: true,
    plugins: [keepVendor, onlyRequests],
    logLevel: 'warning',
  })
  return Object.keys(metafile.inputs)
}
