// Puts dockerode into one file, dist/vendor/dockerode.js, so that an installed secretscan needs neither it nor what it pulls in (ssh2
// with compiled parts, protobufjs with an install script). Why: docs/adr/0001-bundle-the-engine-client.md.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'

/** Of dockerode's dependencies those that only ssh hosts and BuildKit sessions need. */
const LEFT_OUT = /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader)$/

const leaveOut = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: LEFT_OUT }, ({ path }) => ({ path, namespace: 'left-out' }))
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {}' }))
  },
}

/** CommonJS modules inside an ES module need a `require` for Node's own modules. */
const banner = { js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)" }

function* compiledModules(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* compiledModules(path)
    else if (entry.name.endsWith('.js')) yield path
  }
}

function pointTo(bundle, dist) {
  for (const path of compiledModules(dist)) {
    if (path === bundle) continue
    const text = readFileSync(path, 'utf8')
    const from = relative(dirname(path), bundle).replace(/^(?!\.)/, './')
    const pointed = text.replace(/(from|import\()(\s*)'dockerode'/g, `$1$2'${from}'`)
    if (pointed !== text) writeFileSync(path, pointed)
  }
}

/** Writes the bundle below `dist` and points the compiled modules that import dockerode to it. Resolves to the modules that are in it. */
export async function bundleDockerode(root, dist) {
  const bundle = join(dist, 'vendor', 'dockerode.js')
  const { metafile } = await build({
    stdin: { contents: "export { default } from 'dockerode'", resolveDir: root },
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner,
    plugins: [leaveOut],
    metafile: true,
    absWorkingDir: root,
    preserveSymlinks: true,
    logLevel: 'warning',
  })
  pointTo(bundle, dist)
  return Object.keys(metafile.inputs)
}
