// The values behind the first one of a list or a map: ["a", "b"], {"anna": "a", "bob": "b"}, the items of YAML.

/** Bytes behind the first value in which the others are looked for. */
export const LONGEST_LIST = 4096
/** Of one list. */
const MOST = 64

const IN_QUOTES = /[^"'`\\\r\n]{4,512}(?=["'`])/y

/** Without quotes, to the end of the line; a comment has a space before it. */
const IN_YAML = /[^\s"'`:#{[&*!|>][^\s"'`:]{3,511}(?=["']?[ \t]{0,8}(?:#[^\r\n]{0,80})?(?:\r?\n|$))/y

/** What stands behind a value and before the next, which begins where the match ends; each with what the next may consist of. */
const NEXT: readonly (readonly [between: RegExp, value: RegExp])[] = [
  // In quotes, with its name before it in a map; comments may stand behind the comma.
  [
    /["'`]\s{0,4},(?:\s{0,60}(?:#|\/\/)[^\r\n]{0,80})?\s{0,60}(?:["']?[\w.@-]{1,40}["']?[ ]{0,8}(?:=>|[:=])[ ]?)?["'`]/y,
    IN_QUOTES,
  ],
  // Nothing but spaces between them in an array of a shell, a line each in a map of Terraform's.
  [/["'](?:\s{1,40}|[ \t]{0,8}\r?\n\s{1,40}["']?[\w.@-]{1,40}["']?[ ]{0,20}=[ ]{0,2})["']/y, IN_QUOTES],
  // Each in a pair with its user.
  [/["']\s{0,4}\)\s{0,4},\s{0,60}\(["'][\w.@-]{1,40}["'],[ ]?["']/y, IN_QUOTES],
  // Without quotes in a list of YAML.
  [/[ ]?,[ ]{1,4}/y, /[^\s"'`,[\]{}()]{8,512}(?=[ ]?[,\]])/y],
  [/["']?[ \t]{0,8}(?:#[^\r\n]{0,80})?\r?\n[ \t]{0,40}-[ ]{1,3}["']?/y, IN_YAML],
  // In a map of YAML: as far in as the one before.
  [
    /(?<=\n([ \t]{1,40})["']?[\w.@-]{1,40}["']?:[ ]{1,3}[^\r\n]{1,512})["']?[ \t]{0,8}(?:#[^\r\n]{0,80})?\r?\n\1["']?[\w.@-]{1,40}["']?:[ ]{1,3}["']?/y,
    IN_YAML,
  ],
]

/** Where the values stand that follow the one which ends at `end`. */
export function furtherIn(text: string, end: number): readonly (readonly [from: number, to: number])[] {
  const spans: (readonly [number, number])[] = []
  const form = NEXT.find((each) => nextOf(text, end, each) !== undefined)
  if (form === undefined) return spans
  for (let next = nextOf(text, end, form); next !== undefined && spans.length < MOST; ) {
    spans.push(next)
    next = nextOf(text, next[1], form)
  }
  return spans
}

function nextOf(
  text: string,
  end: number,
  [between, value]: readonly [RegExp, RegExp],
): readonly [number, number] | undefined {
  between.lastIndex = end
  if (!between.test(text)) return undefined
  const from = between.lastIndex
  value.lastIndex = from
  return value.test(text) ? [from, value.lastIndex] : undefined
}
