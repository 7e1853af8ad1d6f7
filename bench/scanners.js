// Other scanners of secrets, and how each is called on a folder with verification off and everything asked for that it would read. Those
// that are not on PATH are left out. What they find comes as files and lines, so that it can be set side by side.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative, resolve } from 'node:path'
import { measured, root } from './measured.js'

const place = mkdtempSync(join(tmpdir(), 'scanners-'))
process.on('exit', () => rmSync(place, { recursive: true, force: true }))
const output = join(place, 'report.json')
/** A home of their own: no settings and ignore files of whoever runs this. Kingfisher keeps its compiled rules there. */
const home = join(place, 'home')
mkdirSync(home)

const written = () => (existsSync(output) ? JSON.parse(readFileSync(output, 'utf8') || 'null') : undefined)
const jsonLines = (text) => text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))

function secretlintrc() {
  const path = join(place, 'secretlintrc.json')
  writeFileSync(path, '{"rules":[{"id":"@secretlint/secretlint-rule-preset-recommend"}]}')
  return path
}

const leaksIn = (path) => [
  ...['dir', path, '--no-banner', '--redact', '--exit-code', '0', '--max-archive-depth', '4'],
  ...['-f', 'json', '-r', output],
]

const leaks = (name) => ({
  name,
  program: name,
  arguments: leaksIn,
  // An archive in which layers are archives.
  image: leaksIn,
  found: () => (written() ?? []).map((one) => ({ path: one.File, first: one.StartLine, last: one.EndLine })),
})

const KINGFISHER = [
  ...['--no-validate', '--no-update-check', '--no-dedup', '--redact'],
  ...['--format', 'json', '-o', output],
]

const kingfisher = (name, options) => ({
  name,
  program: 'kingfisher',
  arguments: (folder) => ['scan', folder, '--git-history', 'none', ...KINGFISHER, ...options],
  image: (archive) => ['scan', 'docker', '--archive', archive, ...KINGFISHER, ...options],
  // Of a pair it names the line of one half, and the value of the other: that may stand on the next lines, too.
  found: () =>
    (written()?.findings ?? []).map(({ finding: { path, line, dependent_captures: others = {} } }) => ({
      path,
      first: line,
      last: line + (Object.keys(others).length > 0 ? 2 : 0),
    })),
})

const TRIVY = [
  ...['--scanners', 'secret', '--offline-scan', '--skip-version-check', '--disable-telemetry', '--quiet'],
  ...['--format', 'json', '--output', output],
]

const JSON_ONLY = ['--no-cache', '--json', '--fail-on', 'never']

/** In the order of the tables: how each is called on a folder, and the places (file, first and last line) in what it gives out. */
const SCANNERS = [
  {
    name: 'secretscan',
    program: process.execPath,
    arguments: (folder) => [join(root, 'bin', 'run.js'), 'dir', folder, ...JSON_ONLY],
    image: (archive) => [join(root, 'bin', 'run.js'), 'image', archive, ...JSON_ONLY],
    found: (text) =>
      JSON.parse(text)
        .findings.flatMap(({ location, related }) => [location, ...related.map((other) => other.location)])
        .map(({ path, line, endLine = line }) => ({ path, first: line, last: endLine })),
  },
  leaks('gitleaks'),
  leaks('betterleaks'),
  kingfisher('kingfisher', []),
  kingfisher('kingfisher -c low', ['--confidence', 'low']),
  {
    name: 'trufflehog',
    program: 'trufflehog',
    arguments: (folder) => ['filesystem', folder, '--no-verification', '--no-update', '--json'],
    image: (archive) => ['docker', '--image', `file://${archive}`, '--no-verification', '--no-update', '--json'],
    found: (text) =>
      jsonLines(text)
        .filter((line) => 'DetectorName' in line)
        .map(({ SourceMetadata: { Data } }) => Data.Filesystem ?? Data.Docker)
        .map(({ file, line }) => ({ path: file, first: line, last: line })),
  },
  {
    name: 'trivy',
    program: 'trivy',
    arguments: (folder) => ['filesystem', folder, ...TRIVY],
    image: (archive) => ['image', '--input', archive, ...TRIVY],
    found: () =>
      (written()?.Results ?? []).flatMap(({ Target, Secrets }) =>
        (Secrets ?? []).map(({ StartLine, EndLine }) => ({ path: Target, first: StartLine, last: EndLine })),
      ),
  },
  {
    name: 'secretlint',
    program: 'secretlint',
    arguments: (folder) => [
      ...[`${folder}/**/*`, '--format', 'json', '--maskSecrets', '--no-gitignore'],
      ...['--secretlintrc', secretlintrc(), '--output', output],
    ],
    found: () =>
      (written() ?? []).flatMap(({ filePath, messages }) =>
        messages.map(({ loc }) => ({ path: filePath, first: loc.start.line, last: loc.end.line })),
      ),
  },
]

const isThere = (program) =>
  existsSync(program) || process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, program)))

/** Those that can be run here. */
export const scanners = () => SCANNERS.filter(({ program }) => isThere(program))

/** Runs one on the folder: seconds by the clock, peak bytes of memory, and what it found, by paths inside the folder. */
export async function runScanner(scanner, folder) {
  const run = await runOn(scanner, scanner.arguments(folder))
  return { ...run, found: run.found.map((one) => ({ ...one, path: inside(folder, one.path) })) }
}

/** The same on an archive of `docker save`; undefined where it reads none. */
export const runOnImage = async (scanner, archive) =>
  scanner.image === undefined ? undefined : runOn(scanner, scanner.image(archive))

async function runOn(scanner, words) {
  rmSync(output, { force: true })
  const { seconds, peak, output: text } = await measured(scanner.program, words, { HOME: home })
  return { seconds, peak, found: scanner.found(text) }
}

function inside(folder, path) {
  const whole = resolve(folder, path)
  return relative(folder, existsSync(whole) ? whole : resolve(path))
}

/** What the program says its version is, on one line. */
export function versionOf({ program, name }) {
  if (name === 'secretscan') return ''
  try {
    const text = execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return /\d+\.\d+(?:\.\d+)?/.exec(text)?.[0] ?? ''
  } catch {
    return ''
  }
}
