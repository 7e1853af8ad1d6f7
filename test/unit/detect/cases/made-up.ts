// The tables of this folder, read: {alnum 32} becomes 32 made-up characters, so that no file of the repository holds a token.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { packageRoot } from '../../../../src/support/package-root.js'

const DIGITS = '0123456789'
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = UPPER.toLowerCase()

const ALPHABETS: Readonly<Record<string, string>> = {
  digits: DIGITS,
  hex: `${DIGITS}abcdef`,
  HEX: `${DIGITS}ABCDEF`,
  lower: DIGITS + LOWER,
  upper: DIGITS + UPPER,
  letters: UPPER + LOWER,
  alnum: DIGITS + UPPER + LOWER,
  base32: `${UPPER}234567`,
  bech32: 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L',
  url: `${DIGITS}${UPPER}${LOWER}-_`,
  b64body: `${DIGITS}${UPPER}${LOWER}+/`,
  b64crypt: `./${DIGITS}${UPPER}${LOWER}`,
}

/** Made-up characters, the same in every run for the same seed. */
export type Random = (alphabet: string, count: number) => string

export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return (alphabet, count) => {
    const characters = ALPHABETS[alphabet] ?? ''
    return Array.from({ length: count }, () => characters[next() % characters.length]).join('')
  }
}

/** Shapes that are more than characters of one alphabet. */
const SHAPES: Readonly<Record<string, (random: Random) => string>> = {
  uuid: (random) => [8, 4, 4, 4, 12].map((count) => random('hex', count)).join('-'),
  UUID: (random) => [8, 4, 4, 4, 12].map((count) => random('HEX', count)).join('-'),
  jwt: (random) =>
    [
      { alg: 'HS256', typ: 'JWT' },
      { sub: random('digits', 9), iat: 1_790_000_000 },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .concat(random('url', 43))
      .join('.'),
  github: (random) => withChecksum(random('alnum', 30)),
  npm: (random) => withChecksum(random('alnum', 30)),
}

/** GitHub's and npm's tokens end in the CRC-32 of what stands before, in base 62. */
function withChecksum(body: string): string {
  const characters = ALPHABETS['alnum'] ?? ''
  let rest = crc32(body)
  let checksum = ''
  for (let place = 0; place < 6; place++) {
    checksum = (characters[rest % 62] ?? '') + checksum
    rest = Math.floor(rest / 62)
  }
  return body + checksum
}

/** `text` with every {alphabet count} and {shape} replaced by made-up characters. */
export function madeUp(text: string, random: Random): string {
  return text.replace(
    /\{(?:([A-Za-z0-9]+) (\d+)|([A-Za-z]+))\}/g,
    (whole, alphabet: string, count: string, shape: string) => {
      if (alphabet !== undefined) return alphabet in ALPHABETS ? random(alphabet, Number(count)) : whole
      return SHAPES[shape]?.(random) ?? whole
    },
  )
}

export interface Section {
  readonly path: string
  readonly lines: readonly string[]
}

/** The sections of a table of this folder: what stands below each line "=== path". */
export function readTable(name: string): readonly Section[] {
  const text = readFileSync(join(packageRoot(), 'test', 'unit', 'detect', 'cases', name), 'utf8')
  return text
    .split(/^=== /m)
    .slice(1)
    .map((section) => {
      const [path = '', ...lines] = section.replace(/\n+$/, '').split('\n')
      return { path, lines }
    })
}

/** A line of a table as the text of a file: ⏎ ends a line. */
export const asText = (line: string): string => line.replaceAll('⏎', '\n')
