// Which words are shells, and which word of a command one runs as its script. Says nothing of what stands in it.
import { posix } from 'node:path'

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash', 'ksh', 'mksh', 'zsh'])
/** They hand `-c` to the shell of a user. */
const SWITCHES: ReadonlySet<string> = new Set(['su', 'runuser'])
/** Of bash: their argument is the next word. */
const WITH_FILE: ReadonlySet<string> = new Set(['--rcfile', '--init-file'])

const base = (word: string): string => posix.basename(word)

/** true of the name or path of a POSIX shell. */
export const isShell = (word: string): boolean => SHELLS.has(base(word))

/** Index of the word that a shell among `words` runs (`sh -c SCRIPT`); undefined where none does. */
export function scriptIndex(words: readonly string[]): number | undefined {
  for (const [at, word] of words.entries()) {
    const found = isShell(word)
      ? operandAfter(words, at + 1)
      : SWITCHES.has(base(word))
        ? switchedAfter(words, at + 1)
        : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/** The first word that is no option, where one of the options is `-c` (POSIX, sh: `-c [option…] command_string`). */
function operandAfter(words: readonly string[], from: number): number | undefined {
  let isCommand = false
  for (let at = from; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--') return isCommand && at + 1 < words.length ? at + 1 : undefined
    if (word.startsWith('--')) {
      if (WITH_FILE.has(word)) at++
      continue
    }
    if (!/^[-+][A-Za-z]+$/.test(word)) return isCommand ? at : undefined
    if (word.startsWith('-') && word.includes('c')) isCommand = true
    // -o pipefail, -euo pipefail, -O extglob
    if (/[oO]/.test(word)) at++
  }
  return undefined
}

function switchedAfter(words: readonly string[], from: number): number | undefined {
  const at = words.findIndex((word, index) => index >= from && (word === '-c' || word === '--command'))
  return at === -1 || at + 1 >= words.length ? undefined : at + 1
}
