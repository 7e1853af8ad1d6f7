// What stands beside a value that a rule matched: the sign that assigns it, its user, the end of its entry.
import type { Found } from './matcher.js'

/** Bytes before and after a name in which the account stands that it is the password of. */
const NEAR_NAME = 200
const USER = /(?:user(?:_?name)?|login|host(?:name)?)["']?\s{0,3}[:=]\s{0,3}["']?[^\s"'{[]/i
const LITERAL_USER =
  /(?:user(?:_?name)?|login|uid)["']?\s{0,3}(?:=>|:=|[:=])\s{0,3}["'](?!user|login|name|e-?mail)[a-z][\w.@-]{1,40}["']/

/** Bytes before a value in which the sign stands that assigns it. */
const SIGN = 8
const ASSIGNED = /(?:^|[^=!<>~])=[ ]{0,3}\(?[@bNLru]?["'`]$/

const near = ({ text, from, start }: Found): string => text.slice(Math.max(0, start - NEAR_NAME), from + NEAR_NAME)

export const isBesideUser = (found: Found): boolean => USER.test(near(found))

export const isBesideLiteralUser = (found: Found): boolean => LITERAL_USER.test(near(found))

/** The macro of C whose value it is, and the method that sets it: `#define DB_PASSWORD "…"`, `.password("…")`. */
const DEFINED = /#[ ]?define[ \t]{1,8}$/
const SET = /\.(?:with_?|set_?)?pass(?:word|wd|phrase)\(["']$/i
const LONGEST_SETTER = 24

/** In quotes behind a single "=", a macro's name or a method's that sets it. */
export const isAssigned = ({ text, from, start }: Found): boolean =>
  ASSIGNED.test(text.slice(Math.max(0, from - SIGN), from)) ||
  SET.test(text.slice(Math.max(0, from - LONGEST_SETTER), from)) ||
  DEFINED.test(text.slice(Math.max(0, start - LONGEST_SETTER), start))

/** `${mail.password:value}` of Spring: delimited as if by quotes. */
export const isPropertyDefault = ({ text, from, to, start }: Found): boolean =>
  text[to] === '}' && text[from - 1] === ':' && text.slice(start - 2, start) === '${'

/** KEY=value as an image's config has it: the value is all that follows, spaces included. */
export function isWholeEntry({ text, from, start, name }: Found): boolean {
  return (
    name !== undefined &&
    text[from - 1] === '=' &&
    (start === 0 || text[start - 1] === '\n') &&
    text.startsWith(`${name}=`, start)
  )
}
