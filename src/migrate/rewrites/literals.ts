// A secret in a Dockerfile's command makes room for the reading of its file: same bytes for the program, none in the image.
import { scriptIndex } from '../../compose/shell-script.js'
import { splitShellWords } from '../../compose/shell-words.js'
import { addFlag } from '../../dockerfile/edit.js'
import { shellContext } from '../../dockerfile/shell-context.js'
import type { Dockerfile, Instruction } from '../../dockerfile/types.js'
import { shellWord } from '../../support/shell-word.js'
import { fileMount } from '../build-mounts.js'
import { occurrencesOf } from '../literals.js'
import type { Move } from '../plan-moves.js'
import { quoteAt, quotedReading } from '../shell-quotes.js'
import { SHIM_NAME } from '../shim.js'
import type { Edit } from '../types.js'
import { RefusedError, type Workbook } from '../workbook.js'
import { grantBuild } from './grants.js'

const reading = (name: string): string => `$(cat /run/secrets/${name})`

/** Written for where the value stands. */
const IN_PLACE = {
  bare: (name: string) => `"${reading(name)}"`,
  double: reading,
  single: (name: string) => `'"${reading(name)}"'`,
} as const

export interface LiteralMove extends Move {
  readonly strategy: Extract<Move['strategy'], { readonly by: 'literal' }>
}

export function literalMoves(moves: readonly Move[]): readonly LiteralMove[] {
  return moves.flatMap((move) => (move.strategy.by === 'literal' ? [{ ...move, strategy: move.strategy }] : []))
}

/** The mount of a RUN line, where it has none of this secret yet. */
export function literalMount(dockerfile: Dockerfile, run: Instruction, name: string): string | undefined {
  const mounted = run.flags.some(({ value }) => value?.split(',').includes(`id=${name}`))
  return mounted ? undefined : fileMount(dockerfile, run, name)
}

/** Of an exec form: a script in it reads the file itself; else a shell reads it and becomes the program. */
function execForm({ keyword, words }: Instruction, secret: string, name: string): string {
  const script = scriptIndex(words)
  const read = words.map((word, index) => (index === script ? readInScript(word, secret, name) : word))
  if (!read.some((word) => word.includes(secret))) return jsonForm(read)
  const line = read
    .map((word) =>
      word
        .split(secret)
        .map((part) => (part === '' ? '' : shellWord(part)))
        .join(`"${reading(name)}"`),
    )
    .join(' ')
  return jsonForm([
    '/bin/sh',
    '-c',
    ...(keyword === 'ENTRYPOINT' ? [`exec ${line} "$@"`, SHIM_NAME] : [`exec ${line}`]),
  ])
}

const jsonForm = (words: readonly string[]): string => `[${words.map((word) => JSON.stringify(word)).join(', ')}]`

/** Inside the quotes that stand there, so that no shell takes the value for a part of the script. */
function readInScript(script: string, secret: string, name: string): string {
  const parts = script.split(secret)
  let at = 0
  return parts.reduce((text, part, index) => {
    if (index === 0) {
      at = part.length
      return part
    }
    const read = quotedReading(reading(name), quoteAt(script, at))
    at += secret.length + part.length
    return text + read + part
  }, '')
}

/** What `restored` gives back of the words of an exec form that became a shell. */
export function execWordsOf(words: readonly string[]): readonly string[] | undefined {
  const [shell, flag, script = '', name] = words
  if (shell !== '/bin/sh' || flag !== '-c' || !script.startsWith('exec ')) return undefined
  const own = name === SHIM_NAME ? script.replace(/ "\$@"$/, '') : script
  return splitShellWords(own.slice('exec '.length))
}

/** `text` with the value in place of its reading. Double quotes close around it go: the reading may have brought them. */
export function restored(text: string, secret: string, name: string): string {
  return [IN_PLACE.single(name), IN_PLACE.bare(name), IN_PLACE.double(name), `"${secret}"`].reduce(
    (all, each) => all.replaceAll(each, () => secret),
    text,
  )
}

export function rewriteLiteral(book: Workbook, { candidate, name, strategy }: LiteralMove): void {
  const { secret, value, services, id } = candidate
  book.dockerfile(value.file, (dockerfile) => {
    const found = occurrencesOf(dockerfile, secret, strategy.when)
    const instructions = [...new Set(found.map(({ instruction }) => instruction))]
    return instructions.flatMap((instruction): readonly Edit[] => {
      if (instruction.form === 'exec') return [replacedExec(dockerfile, instruction, secret, name)]
      const mount = strategy.when === 'build' ? literalMount(dockerfile, instruction, name) : undefined
      const own = found.filter((each) => each.instruction === instruction)
      return [
        ...(mount === undefined ? [] : addFlag(instruction, mount)),
        ...own.map(({ start, end }) => {
          const context = shellContext(dockerfile, instruction, { start, end })
          if (context === undefined)
            throw new RefusedError([id], `its quotes in line ${instruction.line} are not certain`)
          return { start, end, insert: IN_PLACE[context](name) }
        }),
      ]
    })
  })
  if (strategy.when === 'build') for (const service of services) grantBuild(book, service, { source: name }, id)
}

function replacedExec({ bytes }: Dockerfile, instruction: Instruction, secret: string, name: string): Edit {
  const { start, end } = instruction.textRange
  const opening = start + Buffer.from(bytes.subarray(start, end)).indexOf('[')
  return { start: opening, end, insert: execForm(instruction, secret, name) }
}
