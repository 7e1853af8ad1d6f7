// Lines of configurations that give one of the program's settings its value. Reads nothing.

/** What a value may be: in quotes of either kind, or a word up to a blank; a comma or semicolon that ends the setting is none of it. */
const VALUE = String.raw`(?:"(?<secret>[^"]+)"|'(?<secret2>[^']+)'|(?<secret3>[^\s"'{#;][^\s"']*?)(?=[;,]?(?:\s|$)))`

/** A line that begins with one of `names` (an expression): `name value`, `name = value`, `name: value`, `name => value`. */
export function directive(names: string): RegExp {
  return new RegExp(String.raw`^\s*(?:${names})(?:\s*(?:[:=]=?|=>)\s*|\s+(?![:=]))${VALUE}`, 'di')
}

/** The same anywhere in a line that is no comment: `db { user = "a"; password = "b" }`. */
export function directiveWithin(names: string): RegExp {
  return new RegExp(
    String.raw`(?<=^(?!\s*(?:[#;!]|//|--|/\*))(?:[^\r\n]{0,400}[\s;{(,<])?)(?:${names})\s*[:=]>?\s*${VALUE}`,
    'dgi',
  )
}
