// A file that was copied into the image stays out of it, and is mounted at its place instead.
import { grantSecret } from '../../compose/edit-grants.js'
import { removeInstruction } from '../../dockerfile/edit.js'
import type { Candidate } from '../candidates.js'
import type { Move } from '../plan-moves.js'
import { RefusedError, type Workbook } from '../workbook.js'
import { missingLines } from './ignore-lines.js'

export function rewriteCopiedFile(book: Workbook, { candidate, name }: Move): void {
  const { copied } = candidate
  if (copied === undefined) return
  for (const { dockerfile } of copied.removed) removeCopy(book, candidate, dockerfile)
  book.text(copied.ignoreFile, (source) => missingLines(source.text, [copied.ignoreLine]))
  for (const { service, target } of copied.mounts) {
    const home = book.homeBeside(service, [], 'secrets')
    if (home === undefined)
      throw new RefusedError([candidate.id], `${service} has no block of its own to grant a secret in`)
    book.compose(home, (open) => grantSecret(open, ['services', service], { source: name, target }))
  }
}

/** One instruction that copies just the file. Found by its words: lines before it may have gone. */
function removeCopy(book: Workbook, { id, value, copied }: Candidate, file: string): void {
  book.dockerfile(file, (dockerfile) => {
    const own = dockerfile.instructions.find(
      ({ keyword, words }) =>
        (keyword === 'COPY' || keyword === 'ADD') &&
        words.length === 2 &&
        words[0]?.replace(/^["']|["']$/g, '').replace(/^(?:\.?\/)+/, '') === copied?.ignoreLine.slice(1),
    )
    if (own === undefined) throw new RefusedError([id], `the line that copies ${value.file} is not found`)
    return removeInstruction(dockerfile, own)
  })
}
