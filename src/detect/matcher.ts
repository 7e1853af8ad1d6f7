// One rule's pattern on one window: what it matches, judged by its surroundings, as a Match.

import { isAssigned, isBesideLiteralUser, isBesideUser, isPropertyDefault, isWholeEntry } from './beside-value.js'
import { isBinary } from './binary.js'
import { isCommented, isInDocumentation, isInExample, isInSentence } from './comments.js'
import type { CompiledRule } from './compiled-rules.js'
import { isProgram } from './file-kind.js'
import { isSelfMade, surenessAt } from './foreign-code.js'
import { furtherIn, LONGEST_LIST } from './further-values.js'
import { judgeGeneric } from './generic-value.js'
import { findParts, partReach } from './parts.js'
import { isPlaceholder } from './placeholder.js'
import type { Rule } from './rule.js'
import { secretSpan } from './secret-group.js'
import {
  isClientId,
  isGuidInBraces,
  isListedDigest,
  isNamedOtherwise,
  isNoAssignment,
  namesFile,
  namesSomethingPublic,
} from './service-context.js'
import { checkStructure, isChecksum } from './structure.js'
import type { Chunk, Confidence, Match, Severity, Validity } from './types.js'
import { looksRandom, readsAsExpression, readsAsWords } from './value-shape.js'
import type { Window } from './windows.js'

/** Bytes before and after a value that decide whether it is one. */
const SURROUNDINGS = 600

/** Bytes before a name that may say that it is part of a path. */
const BEFORE_NAME = 60

/** The value, in the text round it. */
export interface Found {
  readonly text: string
  readonly from: number
  readonly to: number
  /** Where the whole match of the pattern begins in `text`. */
  readonly start: number
  readonly name: string | undefined
}

/** Matches of one rule in one window, which is read once whatever it holds. */
export function matchWindow(compiled: CompiledRule, window: Window, chunk: Chunk): Match[] {
  const matches: Match[] = []
  if (!compiled.mayMatch(chunk.bytes, window.start, window.end)) return matches
  const text = latin1(chunk.bytes, window.start, window.end)
  let surroundings: Surroundings | undefined
  for (const found of matchesIn(compiled, window, text)) {
    const span = secretSpan(found.indices?.groups)
    const begins = window.start + found.index
    if (span === undefined || begins < window.from || begins >= window.to) continue
    surroundings ??= surroundingsOf(compiled, window, chunk)
    const { reach, start, wide } = surroundings
    const [from, to] = [window.start + span[0], window.start + span[1]]
    const base = Math.max(0, Math.min(from - reach, begins))
    const around = wide.slice(base - start, to + reach - start)
    const place = { text: around, from: from - base, to: to - base, start: begins - base, name: found.groups?.['name'] }
    const match = judge(compiled, place, chunk, base)
    if (match === undefined) continue
    matches.push(match)
    if (compiled.rule.list === true) matches.push(...furtherMatches(compiled, place, chunk, base))
  }
  return matches
}

/** The values that follow the first one in its list: looked for only where that was found. */
function furtherMatches(compiled: CompiledRule, first: Found, chunk: Chunk, base: number): Match[] {
  const text = latin1(chunk.bytes, base, Math.min(chunk.bytes.length, base + first.to + LONGEST_LIST))
  return furtherIn(text, first.to)
    .map(([from, to]) => judge(compiled, { ...first, text, from, to }, chunk, base))
    .filter((match) => match !== undefined)
}

/** The pattern's matches, none of which overlap. The rule's own object, and no matchAll, which would make another of it for each window. */
function* matchesIn(compiled: CompiledRule, { start, starts }: Window, text: string): Generator<RegExpExecArray> {
  if (starts === undefined) {
    const pattern = compiled.pattern()
    pattern.lastIndex = 0
    for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
      if (found[0] === '') pattern.lastIndex++
      yield found
    }
    return
  }
  const pattern = compiled.patternAt()
  let free = 0
  for (const begin of starts) {
    if (begin - start < free) continue
    pattern.lastIndex = begin - start
    const found = pattern.exec(text)
    if (found === null) continue
    free = found.index + Math.max(1, found[0].length)
    yield found
  }
}

/** What lies in and round a window, as text: made only where the pattern matches. */
interface Surroundings {
  readonly reach: number
  /** Where `wide` begins in the chunk. */
  readonly start: number
  readonly wide: string
}

function surroundingsOf({ rule }: CompiledRule, window: Window, chunk: Chunk): Surroundings {
  const reach = Math.max(SURROUNDINGS, partReach(rule))
  const start = Math.max(0, window.start - reach)
  return { reach, start, wide: latin1(chunk.bytes, start, Math.min(chunk.bytes.length, window.end + reach)) }
}

/** A match of a pattern as a Match, or undefined where its rule or its surroundings say that it is none. */
function judge(compiled: CompiledRule, found: Found, chunk: Chunk, base: number): Match | undefined {
  const { rule } = compiled
  const { text, from } = found
  const to =
    rule.kind === 'generic' && chunk.path === undefined && isWholeEntry(found) ? lineEnd(text, found.to) : found.to
  const value = text.slice(from, to)
  const name = found.name ?? chunk.key
  const verdict = verdictOn(rule, value, name ?? '', found, chunk, base)
  if (verdict === undefined || isOther(rule, value, found) || isCode(rule, value, found, chunk)) return undefined
  const parts = findParts(rule, text, from, to)
  if (parts === undefined) return undefined
  const validity = checkStructure(rule.structure, value)
  const allowed = compiled.allowed(value, lineAt(text, from, to), chunk.path)
  const at = (offset: number) => chunk.offset + base + offset
  return {
    ruleId: rule.id,
    start: at(from),
    end: at(to),
    value: Buffer.from(value, 'latin1'),
    confidence: confidenceOf(rule, validity, parts.length, verdict.confidence, value),
    decodedFrom: [],
    validity,
    parts: parts.map((part) => ({
      role: part.role,
      start: at(part.start),
      end: at(part.end),
      value: Buffer.from(part.value, 'latin1'),
    })),
    ...severityOf(validity, verdict.severity),
    ...(name === undefined ? {} : { key: name }),
    ...(allowed === undefined ? {} : { allowed }),
  }
}

/**
 * Behind a service's name: a placeholder, the name of something, or random and no key. Behind "secret": the name of one that AWS keeps. A
 * format that has signs of its own is believed.
 */
function isOther({ kind, title }: Rule, value: string, found: Found): boolean {
  const { text, from, to, start } = found
  if (kind === 'generic') return isNoAssignment(found)
  if (
    kind === 'service' &&
    (isPlaceholder(value) ||
      readsAsWords(value) ||
      isListedDigest(text, from, to) ||
      isGuidInBraces(text, from, to) ||
      isNamedOtherwise(text.slice(start, from)) ||
      (isClientId(text.slice(start, from)) && !title.endsWith('client ID')) ||
      namesFile(text.slice(to, to + 6)))
  )
    return true
  if (kind === 'format' && (start === from || !/^[0-9a-f-]+$/i.test(value))) return false
  return kind !== 'file' && namesSomethingPublic(text.slice(Math.max(0, start - BEFORE_NAME), from))
}

function verdictOn(rule: Rule, value: string, name: string, found: Found, chunk: Chunk, base: number) {
  const { text, from, start } = found
  if (rule.kind !== 'generic') {
    const commented = () => isCommented(found) || isInExample(chunk, base + start)
    const documented = () => isInDocumentation(found, chunk, base + start)
    const confidence = surenessAt(chunk.path, rule.confidence, { selfMade: isSelfMade(rule), commented, documented })
    return { confidence, severity: undefined }
  }
  const verdict = judgeGeneric({
    tells: rule.tells ?? [],
    random: rule.random === true,
    // What is true of a password is so of each of "passwords".
    name: rule.list === true ? name.replace(/(?<=[a-z]{2})s$/i, '') : name,
    value,
    quoted: /["'`]/.test(text[from - 1] ?? '') || isPropertyDefault(found),
    variable: text[start - 1] === '$',
    inQuery: /(?:^|[^&])[?&]$/.test(text.slice(Math.max(0, start - 2), start)),
    commented: () => isCommented(found),
    bare: text[from - 1] === '=' && /\w/.test(text[from - 2] ?? ''),
    besideUser: () => isBesideUser(found),
    assigned: () => isAssigned(found),
    besideLiteralUser: () => isBesideLiteralUser(found),
    path: chunk.path,
    inSentence: () => isInSentence(found),
    binary: () => text.includes('\0') || isBinary(chunk),
  })
  if (verdict?.confidence !== 'medium' || !isInDocumentation(found, chunk, base + start)) return verdict
  return { ...verdict, confidence: 'low' as const }
}

/** Of a format that takes nearly anything: an expression in a program, outside of the strings of its line. */
function isCode({ kind }: Rule, value: string, { text, from }: Found, { path }: Chunk): boolean {
  if (kind !== 'format' || path === undefined || !isProgram(path) || !readsAsExpression(value)) return false
  const before = text.slice(text.lastIndexOf('\n', from - 1) + 1, from)
  return (before.match(/(?<!\\)["'`]/g) ?? []).length % 2 === 0
}

/** A rule with parts is surer with all of them. */
function lowered(rule: Rule, found: number, confidence: Confidence): Confidence {
  if (found >= (rule.requires?.length ?? 0)) return confidence
  return confidence === 'high' ? 'medium' : 'low'
}

/** A checksum alone that does not fit (a token cut or mistyped) is shown; words behind the prefix, and what is not of the format at all, are not. */
function confidenceOf(
  rule: Rule,
  validity: Validity,
  found: number,
  confidence: Confidence,
  value: string,
): Confidence {
  const possible = lowered(rule, found, confidence)
  if (validity !== 'implausible') return possible
  const [, body = ''] = /^[a-z]+_(?:pat_)?(.+)$/.exec(value) ?? []
  const isMadeUp = body !== '' && !looksRandom(body)
  return isChecksum(rule.structure) && possible !== 'low' && !isMadeUp ? 'medium' : 'low'
}

/** What is probably no real secret is none to stop a build for. */
function severityOf(validity: Validity, severity: Severity | undefined): { severity?: Severity } {
  if (validity === 'implausible') return { severity: 'low' }
  return severity === undefined ? {} : { severity }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

function lineAt(text: string, from: number, to: number): string {
  return text.slice(text.lastIndexOf('\n', from) + 1, lineEnd(text, to))
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}
