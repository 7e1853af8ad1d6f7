// Scans the images that a Compose project builds before they are migrated: the scan of `secretscan image`, its report kept in memory.
import { Writable } from 'node:stream'
import type { ResolvedSettings } from '../../config/resolve.js'
import type { Settings } from '../../config/settings.js'
import { reportJson } from '../../report/json.js'
import { scanImages } from './image-scan.js'
import { makeReport } from './scan.js'

/** What the image scan's own flags say there; what the settings hold of them is meant for that command. */
const AS_GIVEN = {
  all: false,
  dangling: false,
  source: 'docker',
  'base-image': 'auto',
  origin: [],
  exposure: [],
  'skip-layers': false,
  'skip-config': false,
  'show-suppressed': false,
  'show-secrets': false,
  since: undefined,
} satisfies Partial<Settings>

/** @returns a JSON report. Suppressions and the rules are those of the settings. */
export async function scanProjectImages(
  images: readonly string[],
  resolved: ResolvedSettings,
  version: string,
): Promise<string> {
  const settings: Settings = { ...resolved.settings, ...AS_GIVEN }
  const report = await makeReport({
    resolved: { ...resolved, settings },
    version,
    title: '',
    progress: false,
    scan: (rules, context) => scanImages(images, settings, rules, context),
  })
  const chunks: Buffer[] = []
  const out = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk)
      done()
    },
  })
  await reportJson(report, out, { color: false, quiet: true, showSuppressed: false })
  return Buffer.concat(chunks).toString('utf8')
}
