// Secrets in binary forms: DER and OpenPGP private keys, GnuPG's key files, Kerberos keytabs, Tor keys, VNC passwords, Chrome's
// logins, Oracle's wallets.
import { createPrivateKey } from 'node:crypto'
import type { FileDetector } from '../types.js'
import { fileMatch } from './match.js'
import { baseName, latin1 } from './text.js'

const DER = 'der-private-key'
const GNUPG = 'gnupg-private-key'
const KEYTAB = 'kerberos-keytab'
const TOR = 'tor-hidden-service-key'

const VNC = 'vnc-password'
const CHROME = 'chrome-saved-logins'
const WALLET = 'oracle-auto-login-wallet'

const VNC_PATH = /(?:^|\/)\.vnc\/passwd$/i
/** How every cwallet.sso begins; its password stands in the file, obfuscated. */
const WALLET_HEADER = '\xa1\xf8\x4e'
const TOR_HEADER = '== ed25519v1-secret: type0 ==\0\0\0'

export const binaryKeys: FileDetector = {
  ruleIds: [DER, GNUPG, KEYTAB, TOR, VNC, CHROME, WALLET],
  maxBytes: 1024 * 1024,
  accepts(path, head) {
    const base = baseName(path)
    if (/\.(?:keytab|gpg|pgp|key)$|^secring|^login data(?: for account)?$/.test(base)) return true
    if (base === 'cwallet.sso' || VNC_PATH.test(path) || latin1(head.subarray(0, 32)).startsWith(TOR_HEADER))
      return true
    return head[0] === 0x30 && /\.(?:der|pk8|p8|pkcs8|priv|pvk)$/.test(base)
  },
  scan(file, path) {
    const ruleId = kindOf(file, path)
    if (ruleId === undefined) return []
    // GnuPG's own word for a key under a passphrase.
    const isProtected = ruleId === GNUPG && latin1(file.subarray(0, 512)).includes('protected-private-key')
    const severity = isProtected ? ({ severity: 'medium' } as const) : {}
    return [fileMatch({ ruleId, start: 0, end: file.length, value: file, validity: 'plausible', ...severity })]
  },
}

function kindOf(file: Uint8Array, path: string): string | undefined {
  const head = latin1(file.subarray(0, 64))
  if (head.startsWith(TOR_HEADER)) return TOR
  if (head.startsWith(WALLET_HEADER)) return file.length > 100 ? WALLET : undefined
  // Up to three passwords of eight bytes under a published DES key: as good as plain.
  if (VNC_PATH.test(path)) return file.length > 0 && file.length <= 24 && file.length % 8 === 0 ? VNC : undefined
  if (head.startsWith('SQLite format 3')) return hasChromeLogin(file) ? CHROME : undefined
  if (/^\(\d{1,3}:(?:protected-)?private-key|^(?:Created: [^\n]{1,40}\n)?Key: \((?:protected-)?private-key/.test(head))
    return GNUPG
  if (isSecretKeyPacket(file, path)) return GNUPG
  if (file[0] === 0x05 && file[1] === 0x02 && file.length > 20 && /keytab/i.test(baseName(path))) return KEYTAB
  return file[0] === 0x30 && isDerKey(file) ? DER : undefined
}

/** RFC 9580, 4.2: a packet of type 5 (secret key) or 7 (secret subkey) comes first, in the old or the new form of header. */
function isSecretKeyPacket(file: Uint8Array, path: string): boolean {
  if (!/\.(?:gpg|pgp)$|^secring/i.test(baseName(path))) return false
  const tag = file[0] ?? 0
  const type = tag & 0x40 ? tag & 0x3f : (tag & 0x3c) >> 2
  return (tag & 0x80) !== 0 && (type === 5 || type === 7) && file.length > 32
}

/** Chrome marks each encrypted password with the version of its key; a table without logins holds no address either. */
function hasChromeLogin(file: Uint8Array): boolean {
  const text = latin1(file)
  return text.includes('password_value') && /https?:\/\/[\s\S]{1,600}?v1[01][^\x20-\x7e]/.test(text)
}

function isDerKey(file: Uint8Array): boolean {
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    try {
      createPrivateKey({ key: Buffer.from(file), format: 'der', type })
      return true
    } catch {
      // Not of this type.
    }
  }
  return false
}
