// A .env file that no Compose file reads but a build copies into an image: its variables as pieces.
import { parseEnvFile } from '../compose/env-file.js'
import { UsageError } from '../support/errors.js'
import { tolerantSourceText } from '../support/source-text.js'
import { rawPiece, sourcePieces } from './source-piece.js'
import type { ProjectPlace } from './types.js'
import type { Piece } from './unit.js'

/** Variables first, then the file as it is; the latter alone where it is no such file. */
export function envFilePieces(path: string, bytes: Uint8Array): Piece[] {
  const place: ProjectPlace = { kind: 'env-file', path }
  return [...variablePieces(place, bytes), rawPiece(place, bytes)]
}

function variablePieces(place: ProjectPlace, bytes: Uint8Array): Piece[] {
  const source = tolerantSourceText(place.path, bytes)
  try {
    return parseEnvFile(source).flatMap(({ key, value, template = '', interpolated }) => {
      const stretch = { file: bytes, start: source.byteOffset(value.start), end: source.byteOffset(value.end) }
      if (template === '') return []
      const about = { text: template, key, interpolated: interpolated && template.includes('$'), command: false }
      return sourcePieces({ ...place, key }, stretch, about)
    })
  } catch (error) {
    if (error instanceof UsageError) return []
    throw error
  }
}
