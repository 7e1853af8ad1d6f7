// Names that a registry lists: those outside the grammar of the distribution specification are never asked for, and listed as failures.
import { isRepositoryName, isTagName } from '../../image/reference.js'
import { CorruptImageError } from '../../support/errors.js'
import { printable, shorten } from '../../support/printable.js'

/** Characters of a name that is none. */
const SHOWN = 200

/** `name`, or where it is none what stands for it in the store and in messages, which is none either. */
const shownUnless = (isName: (name: string) => boolean, name: string): string =>
  isName(name) ? name : shorten(printable(name), SHOWN) || '(empty)'

export const listedRepository = (name: string): string => shownUnless(isRepositoryName, name)
export const listedTag = (name: string): string => shownUnless(isTagName, name)

/** What globs are to match of such a name: none matches "..", and what is no name is to be told. */
export const forGlobs = (name: string): string => name.replace(/(?<=^|\/)\.+(?=\/|$)/g, '-')

/** @throws CorruptImageError for what is no repository's name. */
export function checkRepository(host: string, name: string): void {
  if (!isRepositoryName(name)) throw noName(host, 'a repository', name)
}

/** @throws CorruptImageError for what is no tag. */
export function checkTag(host: string, tag: string): void {
  if (!isTagName(tag)) throw noName(host, 'a tag', tag)
}

function noName(host: string, what: string, name: string): CorruptImageError {
  return new CorruptImageError(`${host} lists ${what} "${printable(name)}", which is no name: it was not asked for.`, {
    hint: 'The registry or something on the way is broken or lies.',
  })
}
