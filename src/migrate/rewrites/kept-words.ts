// Puts other text into the words of a service as they are written, in place of passwords: references stay, and Compose interpolates them
// as before.
import { isDeepStrictEqual } from 'node:util'
import {
  interpolate,
  type Lookup,
  templateVariables,
  type WrittenPart,
  writtenParts,
} from '../../compose/interpolate.js'
import { type PlacedWord, placedShellWords, splitShellWords } from '../../compose/shell-words.js'
import { shellWord } from '../../support/shell-word.js'
import type { WrittenWords } from '../service-words.js'
import { forCompose } from '../shim.js'

/** What is to stand at UTF-16 offsets of a word, or of a template's value; dollars single. */
export interface Replacement {
  readonly start: number
  readonly end: number
  readonly insert: string
}

export interface WordReplacement extends Replacement {
  readonly word: number
}

/** `template` with parts of its value replaced; undefined where one of them is only a part of what a variable's value gives. */
function replacedInValue(template: string, lookup: Lookup, replacements: readonly Replacement[]): string | undefined {
  return replacedParts(writtenParts(template, lookup), 0, replacements)
}

function replacedParts(
  parts: readonly WrittenPart[],
  from: number,
  replacements: readonly Replacement[],
): string | undefined {
  let start = from
  let text = ''
  for (const part of parts) {
    const end = start + part.value.length
    const own = replacements.filter((each) => each.start < end && each.end > start)
    const written = own.length === 0 ? part.written : replacedPart(part, start, own)
    if (written === undefined) return undefined
    text += written
    start = end
  }
  return text
}

function replacedPart(part: WrittenPart, from: number, own: readonly Replacement[]): string | undefined {
  const to = from + part.value.length
  const [first] = own
  if (own.some(({ start, end }) => start < from || end > to)) return undefined
  if (!part.isReference) return splice(part.value, from, own)
  if (first?.start === from && first.end === to) return forCompose(first.insert)
  if (part.operand === undefined) return undefined
  const inner = replacedParts(part.operand.parts, from, own)
  return inner === undefined ? undefined : part.operand.before + inner + part.operand.after
}

function splice(value: string, from: number, replacements: readonly Replacement[]): string {
  let at = 0
  let text = ''
  for (const { start, end, insert } of [...replacements].sort((a, b) => a.start - b.start)) {
    text += forCompose(value.slice(at, start - from) + insert)
    at = end - from
  }
  return text + forCompose(value.slice(at))
}

/** true where Compose interpolates variables into the words. */
export const hasReferences = (templates: readonly string[]): boolean =>
  templates.some((template) => templateVariables(template).length > 0)

/** The templates with `replacements` in their words; undefined where that cannot be done, or the words are not those of the templates. */
export function filledTemplates(
  { form, templates, words }: Pick<WrittenWords, 'form' | 'templates' | 'words'>,
  replacements: readonly WordReplacement[],
  lookup: Lookup,
): readonly string[] | undefined {
  if (form === 'text') {
    const text = filledText(templates[0] ?? '', words, replacements, lookup)
    return text === undefined ? undefined : [text]
  }
  const filled = templates.map((template, index) =>
    // What is no string (a number) has its text from YAML.
    templateVariables(template).length > 0 || template.includes('$')
      ? interpolate(template, lookup).value === words[index]
        ? replacedInValue(
            template,
            lookup,
            replacements.filter(({ word }) => word === index),
          )
        : undefined
      : splice(
          words[index] ?? '',
          0,
          replacements.filter(({ word }) => word === index),
        ),
  )
  return templates.length === words.length && filled.every((each) => each !== undefined) ? filled : undefined
}

/** A text that Compose splits into words: all replacements at once where they stand, else one by one. */
function filledText(
  template: string,
  words: readonly string[],
  replacements: readonly WordReplacement[],
  lookup: Lookup,
): string | undefined {
  const placed = placedShellWords(interpolate(template, lookup).value)
  if (
    !isDeepStrictEqual(
      placed?.map(({ text }) => text),
      words,
    )
  )
    return undefined
  const own = placed === undefined ? [] : replacements.map((each) => inText(placed, each))
  const text = own.includes(undefined)
    ? undefined
    : replacedInValue(
        template,
        lookup,
        own.filter((each) => each !== undefined),
      )
  const meant = words.map((word, index) =>
    replacedInWord(
      word,
      replacements.filter((each) => each.word === index),
    ),
  )
  const isMeant = text !== undefined && isDeepStrictEqual(splitShellWords(interpolate(text, lookup).value), meant)
  return isMeant ? text : triedText(template, words, replacements, lookup)
}

/** A replacement at its place in the text, spelled for the quotes there; undefined where it has several, or none will do. */
function inText(placed: readonly PlacedWord[], { word, start, end, insert }: WordReplacement): Replacement | undefined {
  const { offsets = [], quotes = [] } = placed[word] ?? {}
  const [first, last, quote = ''] = [offsets[start], offsets[end - 1], quotes[start]]
  const isWhole = quotes.slice(start, end).every((each) => each === quote)
  if (first === undefined || last === undefined || !isWhole) return undefined
  const spelled = spellings(insert).find((each) => {
    const [only, ...more] = splitShellWords(`${quote}${each}${quote}`) ?? []
    return only === insert && more.length === 0
  })
  return spelled === undefined ? undefined : { start: first, end: last + 1, insert: spelled }
}

function replacedInWord(word: string, replacements: readonly Replacement[]): string {
  let text = ''
  let at = 0
  for (const { start, end, insert } of [...replacements].sort((a, b) => a.start - b.start)) {
    text += word.slice(at, start) + insert
    at = end
  }
  return text + word.slice(at)
}

/** Each replacement is tried where the password stands, until the words come out as meant. */
function triedText(
  template: string,
  words: readonly string[],
  replacements: readonly WordReplacement[],
  lookup: Lookup,
): string | undefined {
  let text = template
  let meant = words
  // From the end, so that offsets in a word hold.
  for (const each of [...replacements].sort((a, b) => b.word - a.word || b.start - a.start)) {
    const secret = meant[each.word]?.slice(each.start, each.end) ?? ''
    const wanted = meant.map((word, index) =>
      index === each.word ? word.slice(0, each.start) + each.insert + word.slice(each.end) : word,
    )
    const found = firstOf(tries(text, secret, each.insert, lookup), (candidate) =>
      isDeepStrictEqual(splitShellWords(interpolate(candidate, lookup).value), wanted),
    )
    if (found === undefined) return undefined
    text = found
    meant = wanted
  }
  return text
}

function firstOf(candidates: Iterable<string>, fits: (candidate: string) => boolean): string | undefined {
  for (const candidate of candidates) if (fits(candidate)) return candidate
  return undefined
}

/** `insert` as it may have to be written for the quotes around it. */
const spellings = (insert: string): readonly string[] => [
  insert,
  insert.replace(/["\\`]/g, '\\$&'),
  shellWord(insert),
  insert.replaceAll("'", "'\\''"),
]

/** From the end, where replacements go on: the last place that holds the password still is the likeliest. Made as they are asked for. */
function* tries(template: string, secret: string, insert: string, lookup: Lookup): Generator<string> {
  const { value } = interpolate(template, lookup)
  for (
    let start = value.lastIndexOf(secret);
    start >= 0;
    start = start === 0 ? -1 : value.lastIndexOf(secret, start - 1)
  )
    for (const spelling of spellings(insert)) {
      const text = replacedInValue(template, lookup, [{ start, end: start + secret.length, insert: spelling }])
      if (text !== undefined) yield text
    }
}
