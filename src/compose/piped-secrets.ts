// Passwords that a script writes into a program's standard input: echo "user:…" | chpasswd, vncpasswd -f <<< "…".
import type { WordPart } from './command-words.js'
import { programAt } from './programs.js'
import type { SimpleCommand } from './shell-commands.js'

/** Programs, and options of any, that read a password there. */
const READS =
  /^(?:chpasswd|smbpasswd|passwd|vncpasswd|pdbedit|saslpasswd2|ftpasswd|pure-pw|kinit|cryptsetup|[\w.-]+-keystore(?:\.sh)?)\b|^(?:bao|vault) login|^openssl passwd|^(?:htpasswd|mkpasswd|slappasswd) .*-\w*[is]|--?password-stdin|--passphrase-fd|--with-token/

export interface PipedSecret extends WordPart {
  readonly by: 'login'
  readonly name: 'password'
}

/** The program that reads a password from its standard input. */
function readerOf({ words }: SimpleCommand): string | undefined {
  const all = words.map(({ text }) => text)
  if (/^sudo -\w*S/.test(all.join(' '))) return 'sudo'
  const { name = '', index = -1 } = programAt(all) ?? {}
  return READS.test([name, ...all.slice(index + 1)].join(' ')) ? name : undefined
}

/** What `command` writes to another program, or is given as a here-string. */
export function pipedSecrets(command: SimpleCommand): readonly PipedSecret[] {
  const program = programAt(command.words.map(({ text }) => text))
  const isWriter = program !== undefined && /^(?:echo|printf)$/.test(program.name)
  const reader = isWriter ? command.into : command
  const name = reader === undefined ? undefined : readerOf(reader)
  if (program === undefined || name === undefined) return []
  return command.words.flatMap(({ text }, word) => {
    const from = isWriter ? 0 : 3
    if (word <= program.index || (isWriter ? /^[-<>%]/.test(text) : !text.startsWith('<<<'))) return []
    return linesOf(text, from).flatMap(({ line, at }) => {
      const user = name === 'chpasswd' ? (/^[^\s:]+:/.exec(line)?.[0].length ?? 0) : 0
      const value = line.slice(user)
      return value === '' ? [] : [{ by: 'login' as const, name: 'password' as const, value, word, start: at + user }]
    })
  })
}

/** The lines of `text` from an offset on, as echo and printf make them, with where each begins. */
function linesOf(text: string, from: number): readonly { readonly line: string; readonly at: number }[] {
  let at = from
  return text
    .slice(from)
    .split(/(\\n|\n)/)
    .flatMap((line, index) => {
      const start = at
      at += line.length
      return index % 2 === 0 ? [{ line, at: start }] : []
    })
}
