// What a container or service is started with, scanned as one text: the shared part of scan-container.ts and scan-services.ts.
import { type Belonging, belongingText, type RunSettings, runPieces } from './container-pieces.js'
import { scanStrings } from './scan-strings.js'
import type { ScanSession } from './session.js'
import type { Coverage, LocalFinding } from './types.js'
import type { Piece } from './unit.js'

export interface ScannedSettings {
  readonly findings: readonly LocalFinding[]
  readonly coverage: readonly Coverage[]
  readonly pieces: readonly Piece[]
  /** "shop/db (shop-db-1)", without any value that was found in the settings. */
  readonly reference: string
  /** The service for places of files; masked likewise. */
  readonly service?: string
}

/** `name`: the container's or service's own. */
export async function scanRunSettings(
  settings: RunSettings,
  name: string,
  belonging: Belonging | undefined,
  session: ScanSession,
): Promise<ScannedSettings> {
  const label = belonging === undefined ? name : belongingText(belonging)
  const reference = label === name || name === '' ? label : `${label} (${name})`
  const mask = [reference, belonging?.service ?? '']
  const bare = runPieces(settings)
  const plain = await scanStrings(bare, session.pool, { mask })
  const [shown = '', service = ''] = plain.masked
  if (service === '') return { ...plain, pieces: bare, reference: shown }
  // Labels are anybody's text: only once it is known to hold no value may the service's name stand in places and fingerprints.
  const pieces = runPieces(settings, service)
  const { findings, coverage } = await scanStrings(pieces, session.pool)
  return { findings, coverage, pieces, reference: shown, service }
}
