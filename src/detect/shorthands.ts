// %{name} in a rule's pattern: parts that many rules need and that are easily got wrong. Expanded when a pack is read, so that nothing
// behind it knows of them.

/** "api_key" and its like, each written out: anchors are made of a name's own bytes. */
const KEYS = 'api access auth app private encryption signing master account client service write'
  .split(' ')
  .map((kind) => `${kind}[_.-]?key`)
  .join('|')

/** The next line of a YAML list. */
const YAML_ITEM = '\\r?\\n[ \\t]{0,24}-[ ]{1,3}["\']?'
const ITEM = `(?:["'](?:(?:,\\s{0,24}|[ ])["']|${YAML_ITEM})|${YAML_ITEM})`

const SHORTHANDS: Readonly<Record<string, string>> = {
  // A letter behind a backslash is the escape of a line end in a string ("a=1\nghp_…"), the dash of ${NAME:-value} no part of the value.
  edge: '(?<!(?<!\\\\)[0-9A-Za-z])',
  begin: '(?<!(?<!\\\\)[0-9A-Za-z]|_|(?<!:)-)',
  // Between a name and its value in any language: signs, line ends, a type, "value", "default", q{…}, "to". Only for values of a shape of
  // their own, which no word could have. What follows is tried only where a word begins, or base64's + and / behind a mark or a space.
  assign:
    '\\W{1,24}(?:(?:key|string|str|char|to|is|value|default|q)\\W{1,24}){0,2}(?:\\b|(?<=["\'\\x60=:\\s])(?=[/+-]))',
  // From one word of a command's list to the next: ["a", "b"], ["a" "b"] of an image's history, and the lines of YAML; `items` past up to
  // eight words between.
  item: ITEM,
  items: `(?:${ITEM}[^"'\\r\\n]{0,80}){0,8}?${ITEM}`,
  // A word of a command line, quoted or not, that the shell takes as it is; one a pattern.
  argument:
    '["\']?(?!\\$(?![A-Za-z]{1,4}[0-9][A-Za-z0-9]*[#*!^+~?@][A-Za-z]+[0-9])|[%{<"\'\\s`-])(?<secret>(?<=\')[^\'\\r\\n]{3,200}|(?<=")\\$?[^"$`\\r\\n]{3,200}|(?<!["\'])[^\\s"\'|;&<>\\\\$`]{3,200})',
  // What people call what they keep secret, with what may stand before it. Behind a sign or a quotation mark: nothing may stand before that.
  named: `[A-Za-z0-9_.-]{0,60}?(?:passw(?:or)?d|passphrase|passcode|pwd|secret(?:[_.-]?access)?(?:[_.-]?key(?:[_.-]?base)?)?|${KEYS}|token|[_.-]pass|dbpass|default_pass|credentials?|_salt)`,
}

/** `pattern` with its shorthands written out; what has the form of one and is none stays as it is. */
export function expandShorthands(pattern: string): string {
  return pattern.replace(/%\{([a-z]+)\}/g, (text, name: string) => SHORTHANDS[name] ?? text)
}
