// Passwords that WinSCP and mRemoteNG hide under keys which stand in their sources: plain to whoever has the file.
import { createDecipheriv, pbkdf2Sync } from 'node:crypto'
import type { FileDetector, Match } from '../types.js'
import { fileMatch, passwordMatch } from './match.js'
import { baseName, iniEntries, latin1 } from './text.js'

const WINSCP = 'winscp-password'
const MREMOTENG = 'mremoteng-password'

export const desktopPasswords: FileDetector = {
  ruleIds: [WINSCP, MREMOTENG],
  maxBytes: 4 * 1024 * 1024,
  accepts: (path) => /^(?:winscp\.ini|confcons\.xml(?:\..*)?)$/.test(baseName(path)),
  scan: (file, path) => (baseName(path) === 'winscp.ini' ? winscp(latin1(file)) : mremoteng(latin1(file))),
}

function winscp(text: string): readonly Match[] {
  const matches: Match[] = []
  let session = { name: '', host: '', user: '' }
  for (const { section, name, value, start, end } of iniEntries(text)) {
    if (section !== session.name) session = { name: section, host: '', user: '' }
    if (name === 'hostname') session.host = percentDecoded(value)
    if (name === 'username') session.user = percentDecoded(value)
    const found = { ruleId: WINSCP, start, end, key: name }
    if (name === 'passwordplain') matches.push(...passwordMatch({ ...found, value: percentDecoded(value) }))
    else if (name === 'password' && /^[0-9A-F]{8,}$/i.test(value)) {
      const plain = winscpPlain(value, session.user + session.host)
      matches.push(
        fileMatch(
          plain === undefined
            ? { ...found, value, severity: 'medium' }
            : { ...found, value: plain, decodedFrom: ['winscp'] },
        ),
      )
    }
  }
  return matches
}

const percentDecoded = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/**
 * WinSCP's SimpleDecryptNextChar: each byte is ~(byte ^ 0xA3). A flag, a version where the flag is 0xFF, the length, how many random bytes to
 * pass over; then the password, behind user and host where there was a flag. Undefined under a master password.
 */
function winscpPlain(hex: string, login: string): string | undefined {
  const bytes = Buffer.from(hex, 'hex').map((byte) => ~(byte ^ 0xa3) & 0xff)
  const hasLogin = bytes[0] === 0xff
  const at = hasLogin ? 2 : 0
  const length = bytes[at] ?? 0
  const start = at + 2 + (bytes[at + 1] ?? 0)
  const plain = Buffer.from(bytes.subarray(start, start + length)).toString('latin1')
  if (plain.length !== length || !/^[\x20-\x7e]+$/.test(plain)) return undefined
  return hasLogin && plain.startsWith(login) ? plain.slice(login.length) : plain
}

/** The password that mRemoteNG takes where nobody sets one. */
const MREMOTENG_DEFAULT = 'mR3m'
const NODE = /<Node\b[^<>]{0,8000}?\sPassword="([0-9A-Za-z+/]{60,2000}={0,2})"/g
const MOST_ROUNDS = 100_000
/** Deriving a key takes a millisecond a time: of a long list only so many are read. */
const MOST_READ = 200

function mremoteng(text: string): readonly Match[] {
  const rounds = Number(/\sKdfIterations="(\d{1,6})"/.exec(text)?.[1] ?? 1000)
  const matches: Match[] = []
  for (const found of text.matchAll(NODE)) {
    const [all, written = ''] = found
    const end = found.index + all.length - 1
    const readable = rounds <= MOST_ROUNDS && matches.length < MOST_READ
    const plain = readable ? mremotengPlain(Buffer.from(written, 'base64'), rounds) : undefined
    const place = { ruleId: MREMOTENG, start: end - written.length, end }
    matches.push(
      fileMatch(
        plain === undefined
          ? { ...place, value: written, severity: 'medium' }
          : { ...place, value: plain, decodedFrom: ['mremoteng'] },
      ),
    )
  }
  return matches
}

/** 16 bytes of salt, 16 of nonce, AES-256-GCM with the salt as associated data, the tag behind. */
function mremotengPlain(bytes: Buffer, rounds: number): string | undefined {
  if (bytes.length < 49) return undefined
  const salt = bytes.subarray(0, 16)
  const key = pbkdf2Sync(MREMOTENG_DEFAULT, salt, rounds, 32, 'sha1')
  const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(16, 32))
  cipher.setAAD(salt)
  cipher.setAuthTag(bytes.subarray(-16))
  try {
    return Buffer.concat([cipher.update(bytes.subarray(32, -16)), cipher.final()]).toString('latin1')
  } catch {
    return undefined
  }
}
