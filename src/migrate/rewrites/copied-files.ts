// A file that was copied into the image stays out of it, and is mounted at its place instead.
import { grantSecret } from '../../compose/edit.js'
import { removeInstruction } from '../../dockerfile/edit.js'
import type { Move } from '../plan-moves.js'
import { RefusedError, type Workbook } from '../workbook.js'
import { missingLines } from './ignore-lines.js'

export function rewriteCopiedFile(book: Workbook, { candidate, name }: Move): void {
  const { copied, services, value } = candidate
  if (copied === undefined) return
  if (copied.line !== undefined) {
    book.dockerfile(copied.dockerfile, (dockerfile) => {
      // Found by its words: lines before it may have gone.
      const file = copied.ignoreLine.slice(1)
      const own = dockerfile.instructions.find(
        ({ keyword, words }) =>
          (keyword === 'COPY' || keyword === 'ADD') &&
          words.length === 2 &&
          words[0]?.replace(/^["']|["']$/g, '').replace(/^(?:\.?\/)+/, '') === file,
      )
      if (own === undefined) throw new RefusedError([candidate.id], `the line that copies ${value.file} is not found`)
      return removeInstruction(dockerfile, own)
    })
  }
  book.text(copied.ignoreFile, (source) => missingLines(source.text, [copied.ignoreLine]))
  for (const service of services) {
    const home = book.homeOf(service, 'secrets') ?? book.homeOf(service)
    if (home === undefined)
      throw new RefusedError([candidate.id], `${service} has no block of its own to grant a secret in`)
    book.compose(home, (open) => grantSecret(open, ['services', service], { source: name, target: copied.target }))
  }
}
