// Texts of different origins put together as sentences.

/** `text` with a full stop behind it and, where it begins with a plain word (no host, path or command line, not this program), a capital. */
export function sentence(text: string): string {
  const trimmed = text.trim()
  const begun = /^(?!secretscan |docker )[a-z]+ /.test(trimmed)
    ? `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}`
    : trimmed
  return /[.!?]$/.test(begun) || begun === '' ? begun : `${begun}.`
}
