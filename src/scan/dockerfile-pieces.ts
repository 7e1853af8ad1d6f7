// The texts of a Dockerfile in which people put secrets, as pieces: ENV, ARG and LABEL, commands, heredocs, and the file as it is.
import type { Dockerfile, Instruction, KeyValue, Range } from '../dockerfile/types.js'
import { rawPiece, sourcePieces, writtenText } from './source-piece.js'
import type { ProjectPlace } from './types.js'
import type { Piece } from './unit.js'

const COMMANDS = new Set(['RUN', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK'])

/** Pieces of one Dockerfile. `place`: the file, and the service that builds it. */
export function dockerfilePieces(dockerfile: Dockerfile, place: ProjectPlace): Piece[] {
  const parts = dockerfile.instructions.flatMap((instruction) =>
    instructionPieces(instruction, dockerfile.bytes, place),
  )
  return [...parts, rawPiece(place, dockerfile.bytes)]
}

function instructionPieces(instruction: Instruction, file: Uint8Array, place: ProjectPlace): Piece[] {
  const { onbuild, pairs, keyword, textRange, heredocs } = instruction
  if (onbuild !== undefined) return instructionPieces(onbuild, file, place)
  if (pairs.length > 0) return pairs.flatMap((pair) => pairPiece(pair, file, place))
  if (!COMMANDS.has(keyword)) return []
  return [textRange, ...heredocs.map(({ content }) => content)].flatMap((range) => commandPieces(range, file, place))
}

/** A value with references is looked at as written. */
function pairPiece({ key, value, valueRange, variables }: KeyValue, file: Uint8Array, place: ProjectPlace): Piece[] {
  if (value === undefined || value === '') return []
  const stretch = { file, ...valueRange }
  const interpolated = variables.length > 0
  const text = interpolated ? writtenText(stretch) : value
  return sourcePieces({ ...place, key }, stretch, { text, key, interpolated, command: false })
}

function commandPieces(range: Range, file: Uint8Array, place: ProjectPlace): Piece[] {
  const text = Buffer.from(file.subarray(range.start, range.end)).toString('utf8')
  return sourcePieces(place, { file, ...range }, { text, interpolated: true, command: true })
}
