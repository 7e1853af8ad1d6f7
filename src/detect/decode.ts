// Encoded text inside text: finds runs that decode to something readable. Positions stay those of the encoded run.

export interface Encoded {
  /** Byte offsets in the text that holds it. */
  readonly start: number
  readonly end: number
  /** "base64", "hex", "percent", "unicode-escape", "utf-16le" … as findings name it. */
  readonly encoding: string
  readonly decoded: Uint8Array
  /** Offset in `decoded` -> offset in the text; where absent, a find stands for the whole run. */
  readonly map?: (offset: number) => number
}

/** Shorter runs hold no secret worth the name. */
const MIN_BASE64 = 16
const MIN_HEX = 24
/** Longer runs are pictures and programs, not credentials; nested archives are opened elsewhere. */
const MAX_RUN = 256 * 1024

const BASE64 = 1
const HEX = 2
const URL_SAFE = 4
const CLASS = new Uint8Array(256)
for (const character of '0123456789abcdefABCDEF') CLASS[character.charCodeAt(0)] = BASE64 | HEX
for (const character of 'ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ') CLASS[character.charCodeAt(0)] = BASE64
for (const character of '+/') CLASS[character.charCodeAt(0)] = BASE64
for (const character of '-_') CLASS[character.charCodeAt(0)] = BASE64 | URL_SAFE

/** At least nine of ten bytes printable, and no NUL: what people write secrets into. */
function isReadable(bytes: Uint8Array): boolean {
  if (bytes.length < 6) return false
  const sample = Math.min(bytes.length, 512)
  let odd = 0
  for (let index = 0; index < sample; index++) {
    const byte = bytes[index] ?? 0
    if (byte === 0 || (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 0x7f) odd++
    else if (byte >= 0x80) odd += 0.3
  }
  return odd <= sample / 20
}

/** Runs of base64, base64url and hex, and the escapes, in their order. Text as bytes; nothing outside `bytes` is read. */
export function* encodedRuns(bytes: Uint8Array): Generator<Encoded> {
  const wide = wideText(bytes)
  if (wide !== undefined) return yield wide
  let percents = 0
  let backslashes = 0
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number
    if (CLASS[byte] === 0) {
      if (byte === PERCENT_SIGN && isHexPair(bytes, index + 1)) percents++
      else if (byte === BACKSLASH_SIGN && isEscape(bytes, index + 1)) backslashes++
      continue
    }
    const start = index
    let kinds = 0
    let common = BASE64 | HEX
    while (index < bytes.length && CLASS[bytes[index] as number] !== 0) {
      const kind = CLASS[bytes[index++] as number] as number
      kinds |= kind
      common &= kind
    }
    const length = index - start
    if (length >= MIN_BASE64 && length <= MAX_RUN)
      yield* decodeRun(bytes, start, index, common === (BASE64 | HEX), (kinds & URL_SAFE) !== 0)
    index--
  }
  if (percents > 0) yield* escapes(bytes, 'percent')
  if (backslashes > 1) yield* escapes(bytes, 'unicode-escape')
}

function* decodeRun(bytes: Uint8Array, start: number, end: number, isHex: boolean, isUrl: boolean): Generator<Encoded> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
  if (isHex) {
    if (text.length < MIN_HEX || text.length % 2 !== 0) return
    const decoded = Buffer.from(text, 'hex')
    if (isReadable(decoded)) yield { start, end, encoding: 'hex', decoded }
    return
  }
  // A path or a word with dashes is no base64: its first bytes tell.
  if (!isReadable(Buffer.from(text.slice(0, 24), isUrl ? 'base64url' : 'base64'))) return
  const decoded = Buffer.from(text, isUrl ? 'base64url' : 'base64')
  let stop = end
  while (stop < bytes.length && stop < end + 2 && bytes[stop] === 0x3d) stop++
  if (isReadable(decoded)) yield { start, end: stop, encoding: isUrl ? 'base64url' : 'base64', decoded }
}

const PERCENT_SIGN = 0x25
const BACKSLASH_SIGN = 0x5c
/** What an escape stands in: the run without spaces or quotes round it. */
const ESCAPED_RUN = {
  percent: /[^\s"'<>]{1,2000}/g,
  'unicode-escape': /[^\s"'<>]{1,2000}/g,
} as const
type EscapeKind = keyof typeof ESCAPED_RUN

const isHex = (byte: number | undefined): boolean => byte !== undefined && ((CLASS[byte] ?? 0) & HEX) !== 0
const isHexPair = (bytes: Uint8Array, at: number): boolean => isHex(bytes[at]) && isHex(bytes[at + 1])

/** \uXXXX, \xXX or three octal digits. */
function isEscape(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at]
  if (byte === 0x75) return isHexPair(bytes, at + 1) && isHexPair(bytes, at + 3)
  if (byte === 0x78) return isHexPair(bytes, at + 1)
  return byte !== undefined && byte >= 0x30 && byte <= 0x33 && isHexPair(bytes, at + 1)
}

function* escapes(bytes: Uint8Array, encoding: EscapeKind): Generator<Encoded> {
  const mark = encoding === 'percent' ? PERCENT_SIGN : BACKSLASH_SIGN
  const isMark = encoding === 'percent' ? isHexPair : isEscape
  for (const [from, to] of regions(bytes, mark, isMark)) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
    for (const match of text.matchAll(ESCAPED_RUN[encoding])) {
      const plain = encoding === 'percent' ? withoutPercents(match[0]) : withoutEscapes(match[0])
      if (plain === match[0]) continue
      const decoded = Buffer.from(plain, 'latin1')
      if (isReadable(decoded))
        yield { start: from + match.index, end: from + match.index + match[0].length, encoding, decoded }
    }
  }
}

/** What lies within reach of an escape, merged where it touches. */
function* regions(
  bytes: Uint8Array,
  mark: number,
  isMark: (bytes: Uint8Array, at: number) => boolean,
): Generator<readonly [number, number]> {
  const REACH = 1024
  let from = -1
  let to = -1
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    if (!isMark(bytes, at + 1)) continue
    if (from >= 0 && at - REACH > to) {
      yield [from, to]
      from = -1
    }
    if (from < 0) from = Math.max(0, at - REACH)
    to = Math.min(bytes.length, at + REACH)
  }
  if (from >= 0) yield [from, to]
}

function withoutPercents(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

function withoutEscapes(text: string): string {
  return text.replace(
    /\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2}))/g,
    (_, wide?: string, hex?: string, octal?: string) => {
      const code = Number.parseInt(wide ?? hex ?? octal ?? '', octal === undefined ? 16 : 8)
      return code < 0x100
        ? String.fromCharCode(code)
        : Buffer.from(String.fromCharCode(code), 'utf8').toString('latin1')
    },
  )
}

/** UTF-16 by its byte order mark, or by NULs at every second place. */
function wideText(bytes: Uint8Array): Encoded | undefined {
  if (bytes.length < 8) return undefined
  const marked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const little = marked ? bytes[0] === 0xff : zerosAt(bytes, 1) && !zerosAt(bytes, 0)
  const big = marked ? !little : zerosAt(bytes, 0) && !zerosAt(bytes, 1)
  if (!little && !big) return undefined
  const skip = marked ? 2 : 0
  const units = Math.floor((bytes.length - skip) / 2)
  const decoded = new Uint8Array(units)
  const low = little ? 0 : 1
  for (let unit = 0; unit < units; unit++) {
    const at = skip + unit * 2
    // One byte a unit keeps positions simple; what is no latin1 becomes a mark that no pattern takes.
    decoded[unit] = (bytes[at + 1 - low] ?? 0) === 0 ? (bytes[at + low] ?? 0) : 0xff
  }
  return {
    start: 0,
    end: bytes.length,
    encoding: little ? 'utf-16le' : 'utf-16be',
    decoded,
    map: (offset) => skip + offset * 2,
  }
}

/** true where at least three of four bytes at even (0) or odd (1) places are NUL. */
function zerosAt(bytes: Uint8Array, parity: 0 | 1): boolean {
  const sample = Math.min(bytes.length, 256)
  let zeros = 0
  for (let index = parity; index < sample; index += 2) if (bytes[index] === 0) zeros++
  return zeros >= (sample / 2) * 0.75
}
