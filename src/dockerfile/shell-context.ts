// Where in a shell command a stretch of a Dockerfile stands: bare, or in which quotes. Only what is certain is told.
import type { Dockerfile, Instruction, Range } from './types.js'

export type ShellContext = 'bare' | 'single' | 'double'

const SPACE = /[ \t\r\n]/

interface Walk {
  readonly text: string
  at: number
  /** Innermost last; `$(` begins a context of its own. */
  readonly contexts: ShellContext[]
  /** A script of its own: its comments are the shell's. */
  readonly script: boolean
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
  } else if (context === 'bare' && character === '#' && SPACE.test(text[walk.at - 1] ?? ' ')) {
    if (!walk.script) return false
    while (walk.at + 1 < text.length && text[walk.at + 1] !== '\n') walk.at++
  }
  walk.at++
  return true
}

/** The heredoc of a RUN that is nothing but that, read by the shell as its script; undefined for others, and where it names a program. */
export function scriptOf({ bytes }: Dockerfile, { heredocs, text }: Instruction): Range | undefined {
  const [only, ...others] = heredocs
  if (only === undefined || others.length > 0 || !/^<<-?["']?\w+["']?$/.test(text.trim())) return undefined
  const { content } = only
  const begin = Buffer.from(bytes.subarray(content.start, content.start + 2)).toString('latin1')
  return begin === '#!' ? undefined : content
}

/** The context of [start, end), bytes in the shell form of `instruction` or in its script; undefined where it is not certain. */
export function shellContext(
  dockerfile: Dockerfile,
  instruction: Instruction,
  { start, end }: Range,
): ShellContext | undefined {
  const { textRange, heredocs, form } = instruction
  const script = scriptOf(dockerfile, instruction)
  const range = script ?? textRange
  if (form !== 'shell' || (heredocs.length > 0 && script === undefined)) return undefined
  if (start < range.start || end > range.end) return undefined
  // One character a byte, so that offsets stay.
  const text = Buffer.from(dockerfile.bytes.subarray(range.start, range.end)).toString('latin1')
  if (script !== undefined && text.includes('<<')) return undefined
  const walk: Walk = { text, at: 0, contexts: ['bare'], script: script !== undefined }
  while (walk.at < start - range.start) {
    if (script !== undefined && walk.text.startsWith('\\\n', walk.at)) walk.at += 2
    else if ((script !== undefined || !skipContinuation(walk)) && !step(walk)) return undefined
  }
  return walk.at === start - range.start ? walk.contexts.at(-1) : undefined
}
