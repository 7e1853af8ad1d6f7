// Where a moved value itself stands in a health check or command, and is a password there: it may be a name as well ("postgres").
import { commandSecrets } from '../../compose/command-secrets.js'
import { isAlsoNoSecret } from '../../compose/known-words.js'
import { isPlainWord } from '../../compose/secret-names.js'
import type { ComposeProject } from '../../compose/types.js'
import { escaped } from '../../support/regexp.js'

/** Shorter values are too likely to be a part of another word. */
const FOUND_AS_TEXT = 4
/** A word of its own, or right behind a one-letter option (-pVALUE). */
const BEFORE_TEXT = /(?:^|[^\w-])(?:-[A-Za-z])?$/
/** An option or a variable for passwords, or the user of a URL. */
const BEFORE_PASSWORD =
  /(?:(?<![\w-])-[pa]\s*["']?|(?:[Pp]ass(?:wd|word)?|PASS(?:WD|WORD)?|[Aa]uth|AUTH|[Ss]ecret|SECRET|[Tt]oken|TOKEN)(?:=|\s+)["']?|:\/\/[^\s/@]*:)$/
/** A secret that was read from its file, as Compose files write it, and what compares it. */
const READ = String.raw`\$\$\(cat \/run\/secrets\/[\w.-]+\)["']*`
const COMPARED_BEFORE = new RegExp(String.raw`${READ}\s*(?:==?|!=)\s*["']?$`)
/** Right before = stands the name of an option or a variable: --password=$PW. */
const COMPARED_AFTER = new RegExp(String.raw`^["']?(?:\s+=|\s*(?:==|!=))\s*["']*${READ}`)
/** Of what stands before a value, in UTF-16 units: there are no longer options. */
const CONTEXT = 200

/**
 * `text`, a script or some words, with `read` in place of the secret where that is a password: whatever its program takes one by, and where
 * the secret is neither short nor plain, nor no secret in the project, too, wherever it is a word of its own. `leading`: words in front of `text`.
 */
export function withoutValue(
  text: string,
  leading: readonly string[],
  secret: string,
  project: ComposeProject,
  read: (found: string, at: number, all: string) => string,
): string {
  const written = secret.replaceAll('$', '$$$$')
  if (!text.includes(written)) return text
  const option = leading.length === 0 ? '' : `${leading.at(-1)} `
  const all = commandSecrets([...leading, text])
  const given = all.filter(({ word, value }) => word === leading.length && value === written).map(({ start }) => start)
  const before = isPlainWord(secret) || isAlsoNoSecret(secret, project) ? BEFORE_PASSWORD : BEFORE_TEXT
  return text.replaceAll(new RegExp(`${escaped(written)}(?!\\w)`, 'g'), (found, at: number) => {
    const leadingText = (option + text.slice(0, at)).slice(-CONTEXT)
    const isFound = secret.length >= FOUND_AS_TEXT && before.test(leadingText)
    const following = text.slice(at + found.length, at + found.length + CONTEXT)
    const isCompared = COMPARED_BEFORE.test(leadingText) || COMPARED_AFTER.test(following)
    return isFound || isCompared || given.includes(at) ? read(found, at, text) : found
  })
}
