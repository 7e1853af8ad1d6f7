// Passwords that programs hide under a key which stands in their own source: they are plain to whoever has the file.
import { createDecipheriv } from 'node:crypto'
import { jsonStrings } from '../../support/json-strings.js'
import type { FileDetector, Match } from '../types.js'
import { fileMatch, passwordMatch } from './match.js'
import { baseName, iniEntries, latin1 } from './text.js'

const MYLOGIN = 'mysql-login-path-password'
const RCLONE = 'rclone-password'
const DBEAVER = 'dbeaver-password'

/** DBeaver's DefaultSecureStorage and rclone's fs/config/obscure: both published constants, no secrets. */
const DBEAVER_KEY = Buffer.from([186, 187, 74, 159, 119, 74, 184, 83, 201, 108, 45, 101, 61, 254, 84, 74])
const RCLONE_KEY = Buffer.from('9c935b48730a554d6bfd7c63c886a92bd390198eb8128afbf4de162b8b95f638', 'hex')

export const revealed: FileDetector = {
  ruleIds: [MYLOGIN, RCLONE, DBEAVER],
  maxBytes: 1024 * 1024,
  accepts: (path) => /^(?:\.mylogin\.cnf|\.?rclone\.conf|credentials-config\.json)$/.test(baseName(path)),
  scan(file, path) {
    const base = baseName(path)
    if (base === '.mylogin.cnf') return mylogin(file)
    return base === 'credentials-config.json' ? dbeaver(file) : rclone(file)
  },
}

/** Four zero bytes, 20 bytes of key, then lines: length (little endian) and AES-128-ECB. The key's bytes fold into 16 by XOR. */
function mylogin(file: Uint8Array): readonly Match[] {
  const bytes = Buffer.from(file)
  if (bytes.length < 28) return []
  const key = Buffer.alloc(16)
  for (let i = 0; i < 20; i++) key[i % 16] = (key[i % 16] ?? 0) ^ (bytes[4 + i] ?? 0)
  const matches: Match[] = []
  for (let at = 24; at + 4 < bytes.length; ) {
    const length = bytes.readUInt32LE(at)
    const start = at + 4
    const end = start + length
    if (length === 0 || length % 16 !== 0 || end > bytes.length) break
    const line = deciphered('aes-128-ecb', key, Buffer.alloc(0), bytes.subarray(start, end))
    const value = /^password\s*=\s*"?(.*?)"?\s*$/.exec(line?.toString('latin1') ?? '')?.[1]
    if (value) matches.push(fileMatch({ ruleId: MYLOGIN, start, end, value, decodedFrom: ['mylogin'] }))
    at = end
  }
  return matches
}

const RCLONE_SECRETS =
  /^(?:pass|password|password2|key_file_pass|bearer_token|client_secret|secret_access_key|token|service_account_credentials)$/

function rclone(file: Uint8Array): readonly Match[] {
  const matches: Match[] = []
  for (const { name, value, start, end } of iniEntries(latin1(file))) {
    if (!RCLONE_SECRETS.test(name)) continue
    const plain = name.startsWith('pass') || name.endsWith('pass') ? unobscured(value) : undefined
    const found = { ruleId: RCLONE, start, end, key: name }
    matches.push(
      ...passwordMatch(plain === undefined ? { ...found, value } : { ...found, value: plain, decodedFrom: ['rclone'] }),
    )
  }
  return matches
}

/** base64url of a 16-byte IV and AES-256-CTR. */
function unobscured(value: string): string | undefined {
  const bytes = Buffer.from(value, 'base64url')
  if (bytes.length < 17) return undefined
  const plain = deciphered('aes-256-ctr', RCLONE_KEY, bytes.subarray(0, 16), bytes.subarray(16))?.toString('latin1')
  return plain !== undefined && /^[\x20-\x7e\x80-\xff]+$/.test(plain) ? plain : undefined
}

/** The whole file is AES-128-CBC with its IV in front; the JSON inside names users and passwords. */
function dbeaver(file: Uint8Array): readonly Match[] {
  const bytes = Buffer.from(file)
  if (bytes.length < 32 || bytes.length % 16 !== 0) return []
  const plain = deciphered('aes-128-cbc', DBEAVER_KEY, bytes.subarray(0, 16), bytes.subarray(16))
  if (!plain) return []
  const values = [...jsonStrings(plain.toString('latin1'))].filter(({ path }) => path.at(-1) === 'password')
  return values.flatMap(({ value, path }) =>
    passwordMatch({
      ruleId: DBEAVER,
      start: 0,
      end: bytes.length,
      value,
      key: path[0] ?? 'password',
      decodedFrom: ['dbeaver'],
    }),
  )
}

function deciphered(cipher: string, key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Buffer | undefined {
  try {
    const stream = createDecipheriv(cipher, key, cipher.endsWith('ecb') ? null : iv)
    return Buffer.concat([stream.update(bytes), stream.final()])
  } catch {
    return undefined
  }
}
