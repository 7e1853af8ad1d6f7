// A shim of an earlier migration is given more variables, at its place: a service has one shim, however often it is migrated.
import { isDeepStrictEqual } from 'node:util'
import { replaceValue } from '../../compose/edit-entries.js'
import { shellWord } from '../../compose/shell-words.js'
import type { ComposeProject } from '../../compose/types.js'
import { extendedShim, knownShim } from '../known-shim.js'
import { writtenWords } from '../service-words.js'
import { forCompose, shimEntrypoint } from '../shim.js'
import type { Workbook } from '../workbook.js'
import { shimHome } from './shim-in-place.js'
import type { ShimParts } from './shim-parts.js'

/** true where the service had a shim of ours, which has all of `parts` now; false, and nothing is changed, where it needs one of its own. */
export function extendShim(book: Workbook, project: ComposeProject, parts: ShimParts): boolean {
  const { service, flags, exports, newlines, handedOn } = parts
  const written = writtenWords(project, service, 'entrypoint')
  const shim = knownShim(written?.words)
  if (written === undefined || shim === undefined || flags.length > 0) return false
  const { file, path, form, templates, words } = written
  const isOwn = file === shimHome(book, parts) && isDeepStrictEqual(path, ['services', service, 'entrypoint'])
  if (!isOwn || book.othersBeside(service, parts.values, file).length > 0) return false
  const script = extendedShim(shim, exports, newlines, handedOn)
  const at = form === 'text' ? path : [...path, 2]
  const text = form === 'text' ? replacedText(templates[0] ?? '', words[2] ?? '', script) : forCompose(script)
  if (text === undefined) return false
  book.compose(file, (open) => replaceValue(open, at, text), { path: ['services', service] })
  return true
}

/** An entrypoint that is one text, as Compose splits it, with another script. */
function replacedText(template: string, before: string, after: string): string | undefined {
  const begin = (script: string) => shimEntrypoint(script, []).map(forCompose).map(shellWord).join(' ')
  return template.startsWith(begin(before)) ? begin(after) + template.slice(begin(before).length) : undefined
}
