// Tells whether two images have the same whole entry in their configs, without keeping any entry: a weak password that was changed in
// place keeps its fingerprint, so fingerprints alone do not tell.
import { createHmac, randomBytes } from 'node:crypto'
import type { OpenedImage } from '../image/types.js'
import { configPieces } from './config-pieces.js'
import type { LocalFinding, Place } from './types.js'

/** Lives and dies with the process: what is made with it confirms no guess later. */
const KEY = randomBytes(32)

/** By fingerprint of each finding: a keyed hash of the whole entry that it stands in. In memory only. */
export type EntryMacs = ReadonlyMap<string, string>

export function entryMacs(opened: OpenedImage, findings: readonly LocalFinding[]): EntryMacs {
  const entries = new Map<string, string>()
  for (const { place, text } of configPieces(opened)) {
    entries.set(placeKey(place), createHmac('sha256', KEY).update(`${place.kind}\n`).update(text).digest('base64'))
  }
  return new Map(
    findings.flatMap(({ fingerprint, place }) => {
      const mac = entries.get(placeKey(place))
      return mac === undefined ? [] : [[fingerprint, mac] as const]
    }),
  )
}

/** By ordinal where there is one: keys of findings may be more (an option's name) or less (masked) than those of pieces. */
function placeKey(place: Place): string {
  const index = 'index' in place ? place.index : undefined
  return JSON.stringify([place.kind, index ?? place.key ?? null])
}
