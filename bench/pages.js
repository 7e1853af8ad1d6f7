// How long people wait for what a store holds: pages at the first look and the next, /metrics, the end of a sweep's counting, and commands.
// node bench/pages.js [--store folder|postgres://…] (after npm run build): fills a store of 104,000 findings in 20,000 images of 5,000
// repositories. A database that is named is emptied first.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startPage } from '../dist/sweep/page/server.js'
import { updateGroupCounts } from '../dist/sweep/reading/group-counts.js'
import { openStore } from '../dist/sweep/store/open-store.js'
import { keepUp } from '../dist/sweep/store/upkeep.js'

const program = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin', 'run.js')
const { values } = parseArgs({ options: { store: { type: 'string', default: 'folder' } } })

const REPOSITORIES = 5000
const TEAMS = 50
const IMAGES = 20_000
const OWN = 5
const BASES = 200
const SHARED = 20

const DOCUMENT = `jsonb_build_object('fingerprint', f.fingerprint, 'ruleId', f.rule_id, 'severity', f.severity, 'confidence', 'high',
  'validity', 'unchecked', 'secret', '{"shown":"****","guessable":true}'::jsonb, 'span', '{"offset":1,"line":1}'::jsonb,
  'decodedFrom', '[]'::jsonb, 'related', '[]'::jsonb, 'place', jsonb_build_object('kind', 'file', 'path', 'srv/' || f.fingerprint))`

/** Image n has the tag reg.example.com/team-T/app-R:vN, a layer of its own with five findings and one of 200 bases with twenty. */
const FILL = `
INSERT INTO sweep (trigger, status, rules, started_at, finished_at)
  SELECT 'schedule', 'done', 'rules', now() - make_interval(days => 60 - n), now() - make_interval(days => 60 - n) + interval '1 hour' FROM generate_series(1, 60) n;
INSERT INTO repository (host, name) SELECT 'reg.example.com', 'team-' || n % ${TEAMS} || '/app-' || n FROM generate_series(0, ${REPOSITORIES - 1}) n;
INSERT INTO image (digest, image_id, platform, description, config, bytes, status, rules, finished_in)
  SELECT 'sha256:i' || n, 'sha256:c' || n, 'linux/amd64', jsonb_build_object('imageId', 'sha256:c' || n, 'platform', 'linux/amd64',
    'annotations', '{}'::jsonb, 'layers', jsonb_build_array(
      jsonb_build_object('index', 0, 'blobId', 'sha256:base' || n % ${BASES}, 'createdBy', 'COPY . /srv'),
      jsonb_build_object('index', 1, 'blobId', 'sha256:own' || n, 'createdBy', 'RUN step ' || n))),
    '', 1, 'done', 'rules', 1 FROM generate_series(0, ${IMAGES - 1}) n;
INSERT INTO resolved_image SELECT digest, id FROM image;
INSERT INTO tag (repository_id, name, digest) SELECT r.id, 'v' || n, 'sha256:i' || n FROM generate_series(0, ${IMAGES - 1}) n
  JOIN repository r ON r.name = 'team-' || (n % ${REPOSITORIES}) % ${TEAMS} || '/app-' || n % ${REPOSITORIES};
INSERT INTO image_layer SELECT id, 0, 'sha256:base' || substr(digest, 9)::bigint % ${BASES} FROM image;
INSERT INTO image_layer SELECT id, 1, 'sha256:own' || substr(digest, 9) FROM image;
INSERT INTO finding (fingerprint, rule_id, severity, confidence, first_seen_in, last_seen_in)
  SELECT 'v1:own' || n, 'rule-' || n % 150, (ARRAY['critical', 'high', 'medium', 'low'])[1 + n % 4], 'high', 1 + n % 60, 60 FROM generate_series(0, ${IMAGES * OWN - 1}) n;
INSERT INTO finding (fingerprint, rule_id, severity, confidence, first_seen_in, last_seen_in)
  SELECT 'v1:base' || n, 'rule-' || n % 150, (ARRAY['critical', 'high', 'medium', 'low'])[1 + n % 4], 'high', 1, 60 FROM generate_series(0, ${BASES * SHARED - 1}) n;
INSERT INTO occurrence (fingerprint, subject, rules, ordinal, document)
  SELECT f.fingerprint, CASE WHEN f.fingerprint LIKE 'v1:base%' THEN 'sha256:base' || substr(f.fingerprint, 8)::bigint % ${BASES}
    ELSE 'sha256:own' || substr(f.fingerprint, 7)::bigint % ${IMAGES} END, 'rules', 0, ${DOCUMENT} FROM finding f;
INSERT INTO image_finding (image_id, occurrence_id, exposure, layer_index, origin)
  SELECT l.image_id, o.id, 'final', l.index, 'unknown' FROM occurrence o JOIN image_layer l ON l.digest = o.subject;
INSERT INTO acknowledgement (fingerprint, reason) SELECT fingerprint, 'a test key' FROM finding WHERE fingerprint LIKE 'v1:own%7';
ANALYZE;`

async function timed(name, work) {
  const start = performance.now()
  const result = await work()
  console.log(`  ${name.padEnd(48)} ${((performance.now() - start) / 1000).toFixed(2)} s`)
  return result
}

function get(url, path) {
  return new Promise((resolve, reject) => {
    request(new URL(path, url), (response) => {
      response.resume()
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`${path}: ${response.statusCode}`)),
      )
    })
      .on('error', reject)
      .end()
  })
}

const PATHS = [
  '/teams',
  '/repositories',
  '/rules',
  '/',
  '/findings',
  '/layers',
  '/sweeps',
  '/metrics',
  '/repositories?page=40',
  '/findings?repository=reg.example.com/team-7',
  '/findings?q=app-77',
]

async function lookAtPages(database) {
  const page = await startPage({
    // A server's pages are made ahead; here the first look is what is measured.
    database: { ...database, kind: 'embedded' },
    titles: new Map(),
    version: '0',
    port: 0,
    allowedHosts: [],
    onError: (error) => console.error(error),
  })
  for (const path of PATHS) await timed(`${path}, first look`, () => get(page.url, path))
  await timed('/teams, the next one', () => get(page.url, '/teams'))
  await database.query(`INSERT INTO acknowledgement (fingerprint, reason) VALUES ('v1:own1', 'x')`)
  await database.query(`INSERT INTO recount VALUES ('v1:own1')`)
  await timed('/teams, behind an acknowledgement', () => get(page.url, '/teams'))
  await page.close()
}

function runCommand(folder, words) {
  const { status, stderr } = spawnSync(process.execPath, [program, 'sweep', ...words], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status === null || status > 3) throw new Error(`sweep ${words.join(' ')} ended with ${status}: ${stderr}`)
}

const folder = mkdtempSync(join(tmpdir(), 'secretscan-pages-'))
const isFolder = values.store === 'folder'
const place = isFolder ? './store' : `{ url: "${values.store}", keyFile: ./key }`
writeFileSync(join(folder, 'key'), '0'.repeat(64), { mode: 0o600 })
writeFileSync(join(folder, 'sweep.yaml'), `store: ${place}\nregistries: [{ host: reg.example.com }]\n`, { mode: 0o600 })
if (!isFolder)
  execFileSync('psql', [values.store, '-qc', 'DROP SCHEMA IF EXISTS secretscan CASCADE'], { stdio: 'ignore' })
const location = isFolder ? { kind: 'folder', folder: join(folder, 'store') } : { kind: 'postgres', url: values.store }
const database = await openStore(location, { mode: 'own' })
try {
  await timed('filling the store', () => database.script(FILL))
  await keepUp(database)
  await timed('counting at the end of a sweep', () => updateGroupCounts(database))
  await lookAtPages(database)
} finally {
  await database.close()
}
await timed('sweep findings --new', () => runCommand(folder, ['findings', '--new', '--format', 'json']))
await timed('sweep findings --image team-7/*', () =>
  runCommand(folder, ['findings', '--image', 'team-7/*', '--format', 'json']),
)
await timed('sweep findings', () => runCommand(folder, ['findings', '--format', 'json']))
await timed('sweep status', () => runCommand(folder, ['status']))
await timed('sweep export', () => runCommand(folder, ['export', '--output', join(folder, 'out.jsonl')]))
rmSync(folder, { recursive: true, force: true })
