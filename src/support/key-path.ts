// Paths of key files, as people name them, told from base64 that begins with a slash.

/** At least two names behind each other, or one behind ./ or ~/; none of them with a digit before a capital. */
const KEY_PATH =
  /^(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\](?![\w.-]*\d[\w.-]*[A-Z])[\w.@-]{1,40}){2,}$|^(?:~|\.{1,2})[/\\][\w.@/\\-]+$/

/** true where a variable that says "key" gives this path of one: /path/to/key. */
export const isKeyPath = (value: string): boolean => KEY_PATH.test(value)
