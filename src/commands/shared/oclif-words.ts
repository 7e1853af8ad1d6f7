// What oclif says of arguments and flags, in this program's words: one sentence, without its notes on how it parses.
import { stripVTControlCharacters } from 'node:util'

const EXCLUSIVE = /(--[\w-]+)(?:=\S*)? cannot also be provided when using (--[\w-]+)/
const NAMED = /^Missing \d+ required args?:\n((?:.+\n?)+?)(?:\n\n|$)/
const NO_COMMAND = /^Command (.+) not found\.?$/
const PARSED = /^Parsing (--[\w-]+) ?\n\s*([\s\S]+)$/
const CHOICE = /^Expected (--[\w-]+)=(.*) to be one of: (.+)$/s
const HELP_SUFFIX = /\nSee more help with --help\s*$/

/** `message` of one of oclif's own errors. */
export function oclifWords(message: string): string {
  const text = stripVTControlCharacters(message).replace(HELP_SUFFIX, '')
  const [, one, other] = EXCLUSIVE.exec(text) ?? []
  if (one !== undefined) return `${one} and ${other} cannot be given together.`
  const [, flag = '', given, choices] = CHOICE.exec(text) ?? []
  if (choices !== undefined) return `${flag} takes ${choices}, not ${given}.${beside(flag)}`
  const command = NO_COMMAND.exec(text)?.[1]
  if (command !== undefined) return `There is no command "${command}".`
  const missing = NAMED.exec(text)?.[1]
  if (missing !== undefined) {
    const names = missing
      .trim()
      .split('\n')
      .map((line) => /^(\S+)(?:\s{2,}(.*))?$/.exec(line.trim()))
    const said = names.map((name) => `${name?.[1]?.toUpperCase() ?? ''}${name?.[2] ? ` (${lower(name[2])})` : ''}`)
    return `${said.join(' and ')} must be given.`
  }
  const [, parsed = '', problem] = PARSED.exec(text) ?? []
  return problem === undefined ? text : `${parsed}: ${lower(problem)}`
}

/** What a flag is taken for by its name. */
const beside = (flag: string): string => (flag === '--from' ? ' A report is given with --from-report FILE.' : '')

/** For the middle of a sentence; a name in capitals stays. */
const lower = (text: string): string =>
  /^[A-Z][a-z]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text
