// Where in a shell command a stretch of a Dockerfile stands: bare, or in which quotes. Only what is certain is told.
import type { Dockerfile, Instruction } from './types.js'

export type ShellContext = 'bare' | 'single' | 'double'

const SPACE = /[ \t\r\n]/

interface Walk {
  readonly text: string
  at: number
  /** Innermost last; `$(` begins a context of its own. */
  readonly contexts: ShellContext[]
}

/** Skips what the Dockerfile's reader takes out: a continuation, and lines between that are comments or blank. */
function skipContinuation(walk: Walk): boolean {
  const continued = /^\\[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*/.exec(walk.text.slice(walk.at))?.[0]
  if (continued === undefined) return false
  walk.at += continued.length
  const comment = /^(?:[ \t]*#[^\n]*(?:\n|$))+/.exec(walk.text.slice(walk.at))?.[0]
  walk.at += comment?.length ?? 0
  return true
}

/** One step of the shell's reading; false: it cannot be followed. */
function step(walk: Walk): boolean {
  const { text, contexts } = walk
  const character = text[walk.at] ?? ''
  const context = contexts.at(-1)
  if (context !== 'single' && character === '`') return false
  if (context !== 'single' && character === '\\') walk.at++
  else if (character === "'" && context === 'bare') {
    if (text[walk.at - 1] === '$') return false
    contexts.push('single')
  } else if (character === "'" && context === 'single') contexts.pop()
  else if (character === '"' && context === 'bare') contexts.push('double')
  else if (character === '"' && context === 'double') contexts.pop()
  else if (context !== 'single' && text.startsWith('$(', walk.at)) {
    contexts.push('bare')
    walk.at++
  } else if (context === 'bare' && character === '(') contexts.push('bare')
  else if (context === 'bare' && character === ')') {
    if (contexts.length > 1) contexts.pop()
  } else if (context === 'bare' && character === '#' && SPACE.test(text[walk.at - 1] ?? ' ')) return false
  walk.at++
  return true
}

/** The context of [start, end), bytes in the shell form of `instruction`; undefined where it is not certain. */
export function shellContext(
  { bytes }: Dockerfile,
  instruction: Instruction,
  { start, end }: { readonly start: number; readonly end: number },
): ShellContext | undefined {
  const { textRange, heredocs, form } = instruction
  if (form !== 'shell' || heredocs.length > 0 || start < textRange.start || end > textRange.end) return undefined
  // One character a byte, so that offsets stay.
  const text = Buffer.from(bytes.subarray(textRange.start, textRange.end)).toString('latin1')
  const walk: Walk = { text, at: 0, contexts: ['bare'] }
  while (walk.at < start - textRange.start) if (!skipContinuation(walk) && !step(walk)) return undefined
  return walk.at === start - textRange.start ? walk.contexts.at(-1) : undefined
}
