// The file that scanned bytes belong to, through archives and git packs: its place, and the name that rules go by.
import { isForeign } from '../detect/foreign-code.js'
import { gitFolder } from '../unpack/git-objects.js'
import type { NestedEntry } from '../unpack/nested.js'
import type { TableRows } from './table-rows.js'
import type { FilePlace } from './types.js'

/** The file that a text belongs to. */
export interface FileContext {
  readonly entry: number
  readonly place: FilePlace
  /** Git objects that are scanned elsewhere (files of the checkout), by ID. */
  readonly known?: ReadonlySet<string>
  /** Where the text is a table's. */
  readonly table?: TableRows
}

/**
 * The innermost name: rules bound to paths and formats go by it. What a compressed file holds stands where that file does
 * (usr/share/doc/gdb/check.log.gz is documentation), a member of an archive where the archive says, but in packages below the archive: it is
 * theirs. A program in Java may lie anywhere, with its own settings in it.
 */
export function nameOf({ gitPath, inside = [], path }: FilePlace): string {
  return gitPath ?? inside.reduce(memberName, path)
}

function memberName(outer: string, name: string): string {
  const folder = outer.slice(0, outer.lastIndexOf('/') + 1)
  if (!name.includes('/') && outer.startsWith(`${folder}${name}.`)) return `${folder}${name}`
  return isForeign(outer) && !/\.[ejw]ar$/i.test(outer) ? `${outer}!/${name}` : name
}

/** A git object takes the place of the file that holds it: it is the same object wherever git packs it. */
export function memberPlace(outer: FilePlace, { path, gitPath }: NestedEntry): FilePlace {
  if (gitPath === undefined) {
    const history = outer.gitPath === undefined ? {} : { gitPath: `${outer.gitPath}/${path}` }
    return { ...outer, inside: [...(outer.inside ?? []), path], ...history }
  }
  const { pathBase64: _, ...rest } = outer
  const folder = gitFolder(nameOf(outer))
  const id = folder === '' ? path : `${folder}/${path}`
  const within = outer.inside === undefined ? { path: id } : { inside: [...outer.inside.slice(0, -1), id] }
  return { ...rest, ...within, kind: 'git', ...(gitPath === '' ? {} : { gitPath }) }
}
