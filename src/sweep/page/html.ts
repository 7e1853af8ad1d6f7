// HTML that can only be put together escaped: what stands in a template's hole is text, unless it is HTML made here.
import { grouped } from '../../support/grouped.js'
import { printable } from '../../support/printable.js'

/** Made by `html` alone. */
export class Html {
  readonly #text: string

  constructor(parts: readonly string[]) {
    this.#text = parts.join('')
  }

  toString(): string {
    return this.#text
  }
}

export type Hole = Html | string | number | undefined | false | readonly Hole[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text for an element or a quoted attribute: control and bidirectional characters are made visible, the five special ones escaped. */
function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

function filled(hole: Hole): string {
  if (hole instanceof Html) return hole.toString()
  if (hole === undefined || hole === false) return ''
  if (typeof hole === 'string') return escaped(hole)
  if (typeof hole === 'number') return escaped(grouped(hole))
  return hole.map(filled).join('')
}

/** A template whose holes are escaped. Attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...holes: readonly Hole[]): Html {
  return new Html(strings.flatMap((text, index) => (index < holes.length ? [text, filled(holes[index])] : [text])))
}

/** A path of this server with a query, e.g. link('/findings', { rule: 'x' }); undefined values are left out. */
export function link(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') parameters.set(name, String(value))
  const text = parameters.toString()
  return text === '' ? path : `${path}?${text}`
}
