// What no service hands out as a token, whatever it is called: too short, with one sign among letters and digits, or in no alphabet of computers.

/** Names of what a service makes; what a person makes up ("password", "secret") may look like anything. */
const TOKEN_NAME = /(?:token|api[_.-]?key|access[_.-]?key)$/i

/** The shortest that services hand out have eight characters. */
const LEAST = 8

/**
 * Letters and digits with a single sign of those that no token's alphabet has, in their midst: a copy that was damaged, or a test's wrong value.
 * A generator that knows signs takes one for every third character.
 */
const SPOILED = /^(?=.{20,300}$)[0-9A-Za-z_-]+[?^$%&~!][0-9A-Za-z_-]+$/

/** OpenAI's prefix and little behind it, as examples have it; an address of a server, with a user before it. */
const NO_KEY = /^sk-.{1,8}$|^[^@]{1,40}@[\w.-]+[:/]/

/** true where `value` stands under the name of a token and cannot be one. In settings a person may have made up a short one. */
export const isNoToken = (name: string, value: string, inSettings: boolean): boolean =>
  TOKEN_NAME.test(name) &&
  ((!inSettings && value.length < LEAST) || /[\x80-\xff]/.test(value) || NO_KEY.test(value) || SPOILED.test(value))
