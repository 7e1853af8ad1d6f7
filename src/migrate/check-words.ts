// Does a service start the same words after values moved? What a shim makes of passwords among them is for the shim's own tests.
import { isDeepStrictEqual } from 'node:util'
import type { Tree } from '../support/tree.js'
import { isSameCheck } from './check-healthcheck.js'
import { isExtendedShim } from './known-shim.js'
import { type Move, shimmedIn } from './plan-moves.js'

/** The sections, `command` or `entrypoint`, that would be others; `before`, `after`: a service of the resolved models; `moves`: its own. */
export function changedWords(
  service: string,
  before: Tree,
  after: Tree,
  moves: readonly Move[],
): readonly ('command' | 'entrypoint')[] {
  const isShimmed = moves.some((move) => shimmedIn(move).includes(service))
  const hasFlags = moves.some(({ strategy }) => strategy.by === 'flag')
  // A script may read a file now where it read a variable.
  if (!isShimmed) return isSameCheck(before['command'], after['command'], moves) ? [] : ['command']
  // The passwords are read by the shim, or in its script with all the words.
  if (hasFlags) return []
  const changed: ('command' | 'entrypoint')[] = []
  // Where there are none, those of the image are written out.
  if (Array.isArray(before['command']) && !isSameCheck(before['command'], after['command'], moves))
    changed.push('command')
  const program = wordsOf(before['entrypoint'])
  // An entrypoint of the Compose file drops those of the image.
  if (program.length > 0 && before['command'] === undefined && wordsOf(after['command']).length > 0)
    changed.push('command')
  const started = wordsOf(after['entrypoint'])
  const isBehind = isDeepStrictEqual(started.slice(-program.length), program)
  const moved = moves.map(({ candidate }) => candidate.variable)
  if (program.length > 0 && !isBehind && !isExtendedShim(program, started, moved)) changed.push('entrypoint')
  return changed
}

const wordsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])
