// A shim of an earlier migration is given more variables, at its place: a service has one shim, however often it is migrated.
import { isDeepStrictEqual } from 'node:util'
import { replaceValue } from '../../compose/edit-entries.js'
import type { ComposeProject } from '../../compose/types.js'
import { shellWord } from '../../support/shell-word.js'
import { extendedShim, knownShim } from '../known-shim.js'
import { writtenWords } from '../service-words.js'
import { forCompose, shimEntrypoint } from '../shim.js'
import type { Workbook } from '../workbook.js'
import { keepCommand, shimHome } from './shim-in-place.js'
import type { ShimParts } from './shim-parts.js'

/** The shell, its option, the script and its name. */
const SHIM_WORDS = 4

/** true where the service had a shim of ours, which has all of `parts` now; false, and nothing is changed, where it needs one of its own. */
export function extendShim(book: Workbook, project: ComposeProject, parts: ShimParts): boolean {
  const { service, flags, exports, newlines, handedOn } = parts
  const written = writtenWords(project, service, 'entrypoint')
  const shim = knownShim(written?.words)
  if (written === undefined || shim === undefined) return false
  const { file, path, form, templates, words } = written
  const isOwn = file === shimHome(book, parts) && isDeepStrictEqual(path, ['services', service, 'entrypoint'])
  const textWith = (script: string) =>
    form === 'text' ? replacedText(templates[0] ?? '', words[2] ?? '', script) : forCompose(script)
  if (!isOwn || book.othersBeside(service, parts.values, file).length > 0 || textWith('') === undefined) return false
  // The program and its words stand in the script itself.
  if (flags.length > 0 && shim.options.program !== undefined) return false
  const read = flags.length === 0 ? {} : keepCommand(book, project, parts, SHIM_WORDS)
  if (read === undefined) return false
  const text = textWith(extendedShim(shim, exports, newlines, { ...read, handedOn })) ?? ''
  const at = form === 'text' ? path : [...path, 2]
  book.compose(file, (open) => replaceValue(open, at, text), { path: ['services', service] })
  return true
}

/** An entrypoint that is one text, as Compose splits it, with another script. */
function replacedText(template: string, before: string, after: string): string | undefined {
  const begin = (script: string) => shimEntrypoint(script, []).map(forCompose).map(shellWord).join(' ')
  return template.startsWith(begin(before)) ? begin(after) + template.slice(begin(before).length) : undefined
}
