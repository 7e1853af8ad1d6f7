// Options of a program that a variable holds as one text, of which one is a secret: -Dspring.datasource.password=… of Java, Spring's
// --spring.datasource.password=…. Knows texts alone.
import { commandSecrets } from '../compose/command-secrets.js'
import type { UrlPassword } from '../compose/url-password.js'

/** Nothing that a shell or a program would take for more than text. */
const OPTIONS = /^\s*(?:-[\w.:/+@%,=*?&#~-]+\s*)+$/
const NAME = /(?:^|\s)(-{1,2}[A-Za-z][\w.-]*)=$/

/** The one secret of a text of options, with its option as `scheme`; undefined for any other text, and where two or none are secrets. */
export function loneOption(text: string): UrlPassword | undefined {
  if (!OPTIONS.test(text)) return undefined
  const [found, more] = commandSecrets([text])
  if (found === undefined || more !== undefined || found.by === 'url') return undefined
  const { start, value } = found
  const end = start + value.length
  const [, option] = NAME.exec(text.slice(0, start)) ?? []
  const isWhole = end === text.length || /\s/.test(text[end] ?? '')
  if (option === undefined || !isWhole || text.indexOf(value) !== start || text.includes(value, end)) return undefined
  return { start, end, password: value, user: '', scheme: option, host: '' }
}
