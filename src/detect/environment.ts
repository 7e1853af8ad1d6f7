// A process's environment as Linux keeps it: NAME=value with a NUL behind each. Copies of /proc/1/environ lie in images and core dumps.

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,200}=/
/** How much is looked at to tell one. */
const HEAD = 4096

/** `bytes` as lines where they are an environment, else as they are. No byte moves. */
export function environmentAsLines(bytes: Uint8Array): Uint8Array {
  if (!startsLikeOne(bytes)) return bytes
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD)).toString('latin1')
  const whole = head.lastIndexOf('\0')
  const entries = head.slice(0, whole).split('\0')
  if (whole < 0 || !entries.every((entry) => NAME.test(entry)) || /[\x01-\x08\x0e-\x1a\x7f]/.test(head)) return bytes
  const lines = Uint8Array.from(bytes)
  for (let at = lines.indexOf(0); at >= 0; at = lines.indexOf(0, at + 1)) lines[at] = 0x0a
  return lines
}

/** Asked of each chunk: most begin with another character, or have a line end before the first NUL. */
function startsLikeOne(bytes: Uint8Array): boolean {
  const first = bytes[0] ?? 0
  const isLetter = first === 0x5f || ((first | 0x20) >= 0x61 && (first | 0x20) <= 0x7a)
  return isLetter && bytes.subarray(0, HEAD).includes(0)
}
