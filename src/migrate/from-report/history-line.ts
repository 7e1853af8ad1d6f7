// Which line of a Dockerfile made a line of an image's history, as reports have it: values masked, in the forms of BuildKit, the classic
// builder and Buildah.
import type { Dockerfile, Instruction } from '../../dockerfile/types.js'
import { instructionOf } from '../../image/history.js'
import { MASK } from '../../scan/redact.js'

/** What build arguments and a shell before the command may have in words; a line of more is no builder's. */
const MOST_WORDS_BEFORE = 200
/** Something stands before the command, with no sign where it ends: build arguments, or a shell. */
const PREFIXED = /^(?:\|\d+ |\S*sh -|cmd(?:\.exe)? \/S |(?:powershell|pwsh)(?:\.exe)? -)/
const KEYWORD =
  /^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\s/
/** How a health check's command is recorded. */
const CHECK_IN_SHELL = /^&\{\["CMD-SHELL" "(.*)"\] "\d.*$/

const oneLine = (text: string): string =>
  text
    .replace(/\\\r?\n/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()

/** The one of `own`, lines of `dockerfile`, that made the line `createdBy` of the history; undefined where none says that. */
export function lineOfHistory(
  dockerfile: Dockerfile,
  own: readonly Instruction[],
  createdBy: string,
): Instruction | undefined {
  const made = oneLine(instructionOf(createdBy))
  // The classic builder and Buildah write a program that no shell runs as it is.
  const keyword = KEYWORD.exec(made)?.[1] ?? 'RUN'
  const rest = made.replace(new RegExp(`^${keyword}\\s+`), '').replace(CHECK_IN_SHELL, 'CMD $1')
  const lines = own.filter((line) => line.keyword === keyword)
  const saying = bestFit(dockerfile, lines, keyword === 'RUN' ? commandsIn(rest) : [rest])
  return saying ?? (keyword === 'RUN' ? undefined : onlyOne(lines, rest))
}

/** What may be the command in a RUN line: all of it, or what stands behind the arguments and the shell. */
function commandsIn(line: string): readonly string[] {
  if (!PREFIXED.test(line)) return [line]
  const starts = [...line.matchAll(/ /g)].slice(0, MOST_WORDS_BEFORE)
  return [line, ...starts.map(({ index }) => line.slice(index + 1))]
}

/** The longest text wins: what ends in another line's command is no such line. */
function bestFit(
  dockerfile: Dockerfile,
  lines: readonly Instruction[],
  said: readonly string[],
): Instruction | undefined {
  const masked = said.map((text) => text.split(MASK))
  let best: { readonly line: Instruction; readonly length: number } | undefined
  for (const line of lines)
    for (const text of formsOf(dockerfile, line)) {
      if (text.length > (best?.length ?? 0) && masked.some((parts) => fits(parts, text)))
        best = { line, length: text.length }
    }
  return best?.line
}

/** A line whose variables the builder replaced, or that it wrote in a form of its own, is known where there is just one of its keys. */
function onlyOne(lines: readonly Instruction[], rest: string): Instruction | undefined {
  const alike = lines.filter(({ pairs }) => pairs.every(({ key }) => ` ${rest}`.includes(` ${key}=`)))
  return alike.length === 1 ? alike[0] : undefined
}

/** true where `text` is `parts` with something in each of the gaps. */
function fits(parts: readonly string[], text: string): boolean {
  const [first = '', ...others] = parts
  const last = others.pop()
  if (last === undefined) return first === text
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  for (const part of others) {
    const found = text.indexOf(part, at + 1)
    if (found === -1) return false
    at = found + part.length
  }
  return at < text.length - last.length
}

/** How builders write the arguments of `line` into the history. */
function formsOf({ bytes }: Dockerfile, line: Instruction): readonly string[] {
  const { keyword, text, form, words, pairs, heredocs } = line
  const contents = heredocs.map(({ name, content: { start, end } }) => ({
    name,
    content: Buffer.from(bytes.subarray(start, end)).toString('utf8'),
  }))
  const quoted = (form === 'exec' ? words : ['/bin/sh', '-c', text]).map((word) => JSON.stringify(word)).join(' ')
  return [
    text,
    pairs.map(({ key, value = '' }) => `${key}=${value}`).join(' '),
    ...(keyword === 'RUN' ? [words.join(' ')] : []),
    ...(keyword === 'CMD' || keyword === 'ENTRYPOINT' ? [`[${quoted}]`] : []),
    ...(keyword === 'ADD' || keyword === 'COPY' ? [`${words.slice(0, -1).join(' ')} in ${words.at(-1)}`] : []),
    // A script alone is run by itself; one that a program reads stands behind the line, its end with it.
    ...(contents.length === 1 ? contents.map(({ content }) => content) : []),
    ...(contents.length > 0 ? [`${text} ${contents.map(({ name, content }) => `${content} ${name}`).join(' ')}`] : []),
  ]
    .map(oneLine)
    .filter((each) => each !== '')
}
