// Which program a command starts: what its options mean depends on that, and a host may be called as a program is ("mongo"). Knows how
// programs are started through others, and where the commands of a shell script begin; nothing of what they do.
import { posix } from 'node:path'

/** Start what follows them; the number of their own words before that. */
const STARTERS: ReadonlyMap<string, number> = new Map([
  ['CMD', 0],
  ['CMD-SHELL', 0],
  ['exec', 0],
  ['env', 0],
  ['sudo', 0],
  ['nice', 0],
  ['nohup', 0],
  ['time', 0],
  ['command', 0],
  ['eval', 0],
  ['stdbuf', 0],
  ['setsid', 0],
  ['tini', 0],
  ['dumb-init', 0],
  ['catatonit', 0],
  ['docker-init', 0],
  ['init', 0],
  ['xargs', 0],
  ['timeout', 0],
  ['gosu', 1],
  ['su-exec', 1],
  ['if', 0],
  ['then', 0],
  ['else', 0],
  ['elif', 0],
  ['while', 0],
  ['until', 0],
  ['do', 0],
  ['!', 0],
  ['{', 0],
])
/** Start what they are given, behind `--` where they have words of their own. */
const SCRIPT = /entrypoint|^wait/
const ASSIGNMENT = /^[A-Za-z_]\w*=/

/** The base name of the program that `words` come to start; undefined where they name none. */
export function programOf(words: readonly string[]): string | undefined {
  for (let at = 0; at < words.length; at++) {
    const name = posix.basename(words[at] ?? '')
    const own = STARTERS.get(name)
    const dashes = SCRIPT.test(name) ? words.indexOf('--', at) : -1
    // A number: how long, how often.
    if (name === '' || name === '--' || /^\d+[a-z]?$/.test(name) || ASSIGNMENT.test(words[at] ?? '')) continue
    if (dashes !== -1) at = dashes
    else if (own !== undefined) {
      while (/^-(?!-$)/.test(words[at + 1] ?? '')) at++
      at += own
    } else if (!/entrypoint/.test(name)) return name.startsWith('-') ? undefined : name
  }
  return undefined
}

interface Open {
  readonly start: number
  readonly quote: string
  readonly closing: string
}

/** Of a shell script, the program of the command that an offset stands in. */
export function programsIn(script: string): (offset: number) => string | undefined {
  let starts: readonly Start[] | undefined
  return (offset) => {
    starts ??= commandStarts(script)
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle]?.from ?? 0) <= offset) low = middle
      else high = middle
    }
    const start = starts[low]?.start ?? 0
    return programOf(
      script
        .slice(start, Math.min(offset, start + LONGEST))
        .trim()
        .split(/\s+/),
    )
  }
}

/** Characters in which a command names its program. */
const LONGEST = 1000

/** From the offset `from` on the command that begins at `start`. */
interface Start {
  readonly from: number
  readonly start: number
}

/** Where the commands of a script begin: behind an operator, in `$(…)`, and in the script of another shell (`-c "…"`). */
function commandStarts(script: string): readonly Start[] {
  const starts: Start[] = [{ from: 0, start: 0 }]
  const outer: Open[] = []
  let start = 0
  let quote = ''
  const begin = (at: number, from = at) => {
    start = at
    starts.push({ from, start })
  }
  const enter = (at: number, closing: string) => {
    outer.push({ start, quote, closing })
    begin(at)
    quote = ''
  }
  for (let at = 0; at < script.length; at++) {
    const character = script[at] ?? ''
    const around = outer.at(-1)
    if (character === '\\' && quote !== "'") at++
    else if (quote === '' && character === around?.closing) {
      outer.pop()
      quote = around.quote
      begin(around.start, at + 1)
    } else if (quote !== "'" && character === '$' && script[at + 1] === '(') enter(++at + 1, ')')
    else if (quote !== "'" && character === '`') enter(at + 1, '`')
    else if (quote !== '') quote = character === quote ? '' : quote
    else if (character === '"' || character === "'") {
      if (/\s-[A-Za-z]*c\s*$/.test(script.slice(Math.max(start, at - 20), at))) enter(at + 1, character)
      else quote = character
    } else if (character === '(') enter(at + 1, ')')
    else if (/[;&|\n]/.test(character)) begin(at + 1)
  }
  return starts
}
