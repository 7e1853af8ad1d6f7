// Parses Dockerfiles with the place of every part. Tolerant: what BuildKit would refuse becomes a problem, and the rest is read on.
import { type SourceText, tolerantSourceText } from '../support/source-text.js'
import { type LogicalLine, lineReader, type Reader, takeLine, takeLogicalLine } from './lines.js'
import type { Dockerfile, DockerfileProblem, Flag, Heredoc, Instruction, KeyValue, Range, Stage } from './types.js'
import { execWords, heredocStarts, splitWords, unquote, variablesIn, type Word } from './words.js'

const KEYWORDS = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
)
const WITH_HEREDOC = ['ADD', 'COPY', 'RUN']
const PAIRED = ['ENV', 'ARG', 'LABEL']
const LISTS = ['ADD', 'COPY', 'FROM', 'EXPOSE', 'VOLUME']

interface Parsing {
  readonly source: SourceText
  readonly reader: Reader
  readonly problems: DockerfileProblem[]
}

/** A stretch of a logical line that is parsed as one instruction (the whole line, or what follows ONBUILD). */
interface Part {
  readonly line: LogicalLine
  readonly from: number
}

function rangeOf(parsing: Parsing, line: LogicalLine, start: number, end: number): Range {
  const at = (offset: number) => parsing.source.byteOffset(line.offsets[offset] ?? line.offsets.at(-1) ?? 0)
  return {
    start: at(start),
    end: end > start ? parsing.source.byteOffset((line.offsets[end - 1] ?? 0) + 1) : at(start),
  }
}

function problem(parsing: Parsing, line: LogicalLine, reason: string): void {
  parsing.problems.push({ line: parsing.source.position(line.offsets[0] ?? line.start).line, reason })
}

/** Leading words with two dashes; a bare `--` ends them. */
function readFlags(parsing: Parsing, line: LogicalLine, from: number): { flags: readonly Flag[]; rest: number } {
  const flags: Flag[] = []
  for (const word of splitWords(line.text, from, parsing.reader.escape)) {
    if (!word.text.startsWith('--')) return { flags, rest: word.start }
    if (word.text === '--') return { flags, rest: word.end }
    const [name = '', value] = unquote(word.text, parsing.reader.escape).slice(2).split(/=(.*)/s)
    flags.push({ name: name.toLowerCase(), value, ...rangeOf(parsing, line, word.start, word.end) })
  }
  return { flags, rest: line.text.length }
}

function pairOf(parsing: Parsing, line: LogicalLine, word: Word): KeyValue {
  const { escape: token } = parsing.reader
  const equals = word.text.indexOf('=')
  const written = equals === -1 ? '' : word.text.slice(equals + 1)
  return {
    key: unquote(equals === -1 ? word.text : word.text.slice(0, equals), token),
    value: equals === -1 ? undefined : unquote(written, token),
    variables: variablesIn(written, token),
    valueRange: rangeOf(parsing, line, word.end - written.length, word.end),
    ...rangeOf(parsing, line, word.start, word.end),
  }
}

/** `ENV KEY value with spaces`, the form without an equals sign. */
function oldPair(parsing: Parsing, line: LogicalLine, first: Word): readonly KeyValue[] {
  const { escape: token } = parsing.reader
  const text = line.text.trimEnd()
  const start = first.end + (/^[\t\v\f\r ]+/.exec(text.slice(first.end))?.[0].length ?? 0)
  const written = text.slice(start)
  if (written === '') {
    problem(parsing, line, 'a name without a value')
    return []
  }
  const valueRange = rangeOf(parsing, line, start, text.length)
  const range = { start: rangeOf(parsing, line, first.start, first.end).start, end: valueRange.end }
  return [
    { key: first.text, value: unquote(written, token), variables: variablesIn(written, token), valueRange, ...range },
  ]
}

function readPairs(parsing: Parsing, keyword: string, line: LogicalLine, from: number): readonly KeyValue[] {
  if (!PAIRED.includes(keyword)) return []
  const words = splitWords(line.text, from, parsing.reader.escape)
  const [first] = words
  if (first === undefined) return []
  if (keyword !== 'ARG' && !first.text.includes('=')) return oldPair(parsing, line, first)
  const pairs = words.filter((word) => keyword === 'ARG' || word.text.includes('='))
  if (pairs.length < words.length) problem(parsing, line, `a word of ${keyword} has no equals sign`)
  return pairs.map((word) => pairOf(parsing, line, word))
}

function readHeredocs(parsing: Parsing, line: LogicalLine): readonly Heredoc[] {
  return heredocStarts(line.text).map((start) => {
    const from = parsing.reader.at
    for (let next = takeLine(parsing.reader); next !== undefined; next = takeLine(parsing.reader)) {
      const text = parsing.reader.text.slice(next.start, next.end)
      if ((start.chomp ? text.replace(/^\t+/, '') : text) === start.name)
        return { ...start, content: contentRange(parsing, from, next.start) }
    }
    problem(parsing, line, `the heredoc ${start.name} does not end`)
    return { ...start, content: contentRange(parsing, from, parsing.reader.text.length) }
  })
}

function contentRange(parsing: Parsing, start: number, end: number): Range {
  return { start: parsing.source.byteOffset(start), end: parsing.source.byteOffset(end) }
}

interface Form {
  readonly form: 'exec' | 'shell'
  readonly words: readonly string[]
}

function formOf(keyword: string, text: string): Form {
  const command = keyword === 'HEALTHCHECK' ? text.replace(/^CMD\s+/i, '') : text
  const exec = PAIRED.includes(keyword) || keyword === 'FROM' ? undefined : execWords(command)
  if (exec !== undefined) return { form: 'exec', words: exec }
  return { form: 'shell', words: LISTS.includes(keyword) ? text.split(/\s+/).filter((word) => word !== '') : [] }
}

function parsePart(parsing: Parsing, { line, from }: Part, stage: number): Omit<Instruction, 'end' | 'endLine'> {
  const [first] = splitWords(line.text, from, parsing.reader.escape)
  const keywordEnd = from + (/^[^\t\v\f\r ]+/.exec(line.text.slice(from))?.[0].length ?? 0)
  const keyword = line.text.slice(from, keywordEnd).toUpperCase()
  if (!KEYWORDS.has(keyword)) problem(parsing, line, 'an unknown instruction')
  const { flags, rest } = readFlags(parsing, line, keywordEnd)
  const end = Math.max(rest, line.text.trimEnd().length)
  const start = rest + (line.text.slice(rest, end).length - line.text.slice(rest, end).trimStart().length)
  const text = line.text.slice(start, end)
  const onbuild = keyword === 'ONBUILD' && text !== '' ? parsePart(parsing, { line, from: start }, stage) : undefined
  const heredocs = WITH_HEREDOC.includes(keyword) && execWords(text) === undefined ? readHeredocs(parsing, line) : []
  const keywordRange = rangeOf(parsing, line, from, keywordEnd)
  return {
    keyword,
    keywordRange,
    start: keywordRange.start,
    line: parsing.source.position(line.offsets[first?.start ?? from] ?? line.start).line,
    flags,
    text,
    textRange: rangeOf(parsing, line, start, end),
    ...formOf(keyword, text),
    pairs: readPairs(parsing, keyword, line, start),
    heredocs,
    stage,
    ...(onbuild === undefined ? {} : { onbuild: ended(parsing, line, onbuild) }),
  }
}

/** Adds the end: that of the arguments, or of the last heredoc's end marker. */
function ended(parsing: Parsing, line: LogicalLine, instruction: Omit<Instruction, 'end' | 'endLine'>): Instruction {
  const heredocs = instruction.heredocs.length > 0 || (instruction.onbuild?.heredocs.length ?? 0) > 0
  const { text } = parsing.reader
  let end = heredocs ? parsing.reader.at : line.next
  while (end > line.start && /[\r\n]/.test(text[end - 1] ?? '')) end--
  return { ...instruction, end: parsing.source.byteOffset(end), endLine: parsing.source.position(end).line }
}

function stageOf(from: Instruction, stages: readonly Stage[]): Stage {
  const [base = '', as, name] = from.words
  const named = as?.toLowerCase() === 'as' ? name?.toLowerCase() : undefined
  const baseStage = stages.findLast((stage) => stage.name !== undefined && stage.name === base.toLowerCase())?.index
  return { index: stages.length, name: named, base, baseStage, from }
}

/** Parses a Dockerfile; never throws for its content. */
export function parseDockerfile(file: string, bytes: Uint8Array): Dockerfile {
  const source = tolerantSourceText(file, bytes)
  const parsing: Parsing = { source, reader: lineReader(source.text), problems: [] }
  const instructions: Instruction[] = []
  const stages: Stage[] = []
  for (let line = takeLogicalLine(parsing.reader); line !== undefined; line = takeLogicalLine(parsing.reader)) {
    const indent = line.text.length - line.text.trimStart().length
    const opens = /^FROM\s/i.test(line.text.trimStart())
    const instruction = ended(
      parsing,
      line,
      parsePart(parsing, { line, from: indent }, stages.length - (opens ? 0 : 1)),
    )
    instructions.push(instruction)
    if (instruction.keyword === 'FROM') stages.push(stageOf(instruction, stages))
  }
  if (instructions.length === 0) parsing.problems.push({ line: 1, reason: 'the file has no instructions' })
  return {
    file,
    bytes,
    directives: parsing.reader.directives,
    escape: parsing.reader.escape,
    instructions,
    stages,
    problems: parsing.problems,
  }
}
