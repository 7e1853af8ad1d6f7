// Offline checks of a value's inner structure: checksums, encodings, dates. They say plausible or implausible; nothing is asked anywhere.
import { crc32 } from 'node:zlib'
import type { StructureCheck } from './rule.js'
import type { Validity } from './types.js'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const CHECKSUM_LENGTH = 6

function base62(value: number): string {
  let text = ''
  for (let rest = value; rest > 0; rest = Math.floor(rest / 62)) text = BASE62.charAt(rest % 62) + text
  return text.padStart(CHECKSUM_LENGTH, '0')
}

/** Tokens of the form prefix_BODY whose last six characters are the CRC-32 of the rest of BODY in base 62 (GitHub's and npm's scheme). */
function hasBase62Checksum(value: string): boolean {
  const body = value.slice(value.lastIndexOf('_') + 1)
  if (body.length <= CHECKSUM_LENGTH) return false
  const payload = body.slice(0, -CHECKSUM_LENGTH)
  return base62(crc32(payload)) === body.slice(-CHECKSUM_LENGTH)
}

function jsonOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

/**
 * A header that names an algorithm and a payload that is an object (RFC 7519, section 7.2). One whose "exp" has passed (section 4.1.4)
 * is a token that nobody accepts any more.
 */
function judgeJwt(value: string): Validity {
  const [header, payload] = value.split('.', 2).map((part) => jsonOf(Buffer.from(part, 'base64url').toString('utf8')))
  if (typeof header?.['alg'] !== 'string' || payload === undefined) return 'implausible'
  const expires = payload['exp']
  return typeof expires === 'number' && expires * 1000 < Date.now() ? 'inactive' : 'plausible'
}

/** Text that parses as a private key, or says that it is encrypted; escaped newlines are undone. */
function isPem(value: string): boolean {
  const text = value.replaceAll('\\n', '\n').replaceAll('\\r', '').trim()
  if (/ENCRYPTED|Proc-Type: 4|BEGIN PGP/.test(text)) return true
  // Documentation leaves the rest out: "MIIEvQIBADAN...".
  if (/\.{1,3}\s{0,4}-----END /.test(text)) return false
  if (/BEGIN OPENSSH/.test(text))
    return Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64').toString('latin1', 0, 14) === 'openssh-key-v1'
  // All others are DER, which starts with a SEQUENCE, also where the window or odd line ends cut the key; parsing costs a hundred times that.
  const body = text.replace(/-----[^-]+-----|^[ \t]{0,40}[A-Za-z-]{1,40}: .*$/gm, '')
  return Buffer.from(body.replace(/[^A-Za-z0-9+/=]/g, '').slice(0, 4), 'base64')[0] === 0x30
}

/** Key IDs carry the account number in base 32 (A–Z, 2–7); an account number has at most 12 digits. */
function isAwsKeyId(value: string): boolean {
  const body = value.slice(4)
  if (!/^[A-Z2-7]{16}$/.test(body)) return false
  let bits = 0n
  for (const character of body.slice(0, 10))
    bits = (bits << 5n) | BigInt('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character))
  const account = ((bits >> 2n) & 0x7fffffffff80n) >> 7n
  return account < 1_000_000_000_000n
}

function isBase64Json(value: string): boolean {
  return jsonOf(Buffer.from(value, 'base64').toString('utf8')) !== undefined
}

function isServiceAccount(value: string): boolean {
  return /"type"\s*:\s*"service_account"/.test(value) && /"private_key"\s*:\s*"-----BEGIN/.test(value)
}

/** Double every second digit from the right; the sum is a multiple of ten (ISO/IEC 7812-1). */
function isLuhn(value: string): boolean {
  const digits = value.replace(/\D/g, '')
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return digits.length > 1 && sum % 10 === 0
}

const CHECKS: Readonly<Record<Exclude<StructureCheck, 'jwt'>, (value: string) => boolean>> = {
  'github-crc32': hasBase62Checksum,
  'npm-crc32': hasBase62Checksum,
  pem: isPem,
  'base64-json': isBase64Json,
  'aws-key-id': isAwsKeyId,
  'service-account-json': isServiceAccount,
  slack: (value) => !/(?:X{4,}|0{8,}|1234567)/i.test(value),
  stripe: (value) => /^(?:sk|rk|whsec|pk)_/.test(value),
  luhn: isLuhn,
  'url-userinfo': (value) => value.length > 0,
}

/** Whether `value` has the inner structure of its format. */
export function checkStructure(check: StructureCheck | undefined, value: string): Validity {
  if (check === undefined) return 'unchecked'
  if (check === 'jwt') return judgeJwt(value)
  return CHECKS[check](value) ? 'plausible' : 'implausible'
}

const CHECKSUMS: ReadonlySet<StructureCheck | undefined> = new Set<StructureCheck>([
  'github-crc32',
  'npm-crc32',
  'aws-key-id',
])

/** Whether a value that fails `check` has its format's shape all the same, and only what is computed from it does not fit. */
export function isChecksum(check: StructureCheck | undefined): boolean {
  return CHECKSUMS.has(check)
}
