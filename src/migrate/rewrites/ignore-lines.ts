// Lines that ignore files get, at their end and in their own line ends.
import type { Edit } from '../types.js'

/** Lines that an ignore file lacks, at its end. */
export function missingLines(text: string, lines: readonly string[]): readonly Edit[] {
  const present = new Set(text.split(/\r?\n/).map((line) => line.trim().replace(/^\.?\//, '')))
  const isThere = (line: string): boolean => {
    const folder = line.slice(0, Math.max(0, line.lastIndexOf('/')))
    return [line, `${folder}/`, folder, `${folder}/*`].some((each) => each !== '' && present.has(each))
  }
  const missing = lines.filter((line) => !isThere(line.replace(/^\.?\//, '')))
  if (missing.length === 0) return []
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const end = Buffer.byteLength(text)
  const open = text !== '' && !text.endsWith('\n')
  return [{ start: end, end, insert: `${open ? eol : ''}${missing.join(eol)}${eol}` }]
}
