// Which program a command starts: what its options mean depends on that, and a host may be called as a program is ("mongo"). Knows how
// programs are started through others; nothing of what they do.
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
/** Start something in a container, behind the options of `exec` and its name. */
const ENGINE = /^(?:docker|docker-compose|podman|nerdctl|kubectl|oc)$/
const WITH_VALUE = /^(?:-[euwnc]|--(?:env|user|workdir|namespace|container|index))$/
/** Start what they are given, behind `--` where they have words of their own. */
const SCRIPT = /entrypoint|^wait/
const ASSIGNMENT = /^[A-Za-z_]\w*=/

/** The program that `words` come to start, by its base name, and which of them it is; undefined where they name none. */
export function programAt(words: readonly string[]): { readonly name: string; readonly index: number } | undefined {
  for (let at = 0; at < words.length; at++) {
    const name = posix.basename(words[at] ?? '')
    const own = STARTERS.get(name)
    const dashes = SCRIPT.test(name) ? words.indexOf('--', at) : -1
    // A number: how long, how often.
    if (name === '' || name === '--' || /^\d+[smhd]?$/.test(name) || ASSIGNMENT.test(words[at] ?? '')) continue
    if (dashes !== -1) at = dashes
    else if (ENGINE.test(name) && words.includes('exec', at)) at = containerAt(words, words.indexOf('exec', at))
    else if (own !== undefined) {
      while (/^-(?!-$)/.test(words[at + 1] ?? '')) at++
      at += own
    } else if (!/entrypoint/.test(name)) return name.startsWith('-') ? undefined : { name, index: at }
  }
  return undefined
}

/** Index of the container's name behind `exec`. */
function containerAt(words: readonly string[], exec: number): number {
  let at = exec + 1
  while (words[at]?.startsWith('-') === true) at += WITH_VALUE.test(words[at] ?? '') ? 2 : 1
  return at
}
