// Java keystores (JKS, JCEKS) and PKCS #12 that hold private keys, and whether a password that everybody knows opens them.
// Trust stores (certificates only) are none of it.
import { createHash, createHmac } from 'node:crypto'
import type { FileDetector, Match } from '../types.js'
import { fileMatch } from './match.js'
import { pkcs12Key } from './pkcs12-kdf.js'

const KEYSTORE = 'java-keystore'
const PKCS12 = 'pkcs12-keystore'

const JKS_MAGIC = 0xfeedfeed
const JCEKS_MAGIC = 0xcececece
const WELL_KNOWN = [
  'changeit',
  'changeme',
  'password',
  'secret',
  'keystore',
  'notasecret',
  'android',
  'storepass',
  '123456',
  '',
]

export const keystores: FileDetector = {
  ruleIds: [KEYSTORE, PKCS12],
  maxBytes: 4 * 1024 * 1024,
  accepts(path, head) {
    const magic = head.length >= 4 ? new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0) : 0
    if (magic === JKS_MAGIC || magic === JCEKS_MAGIC) return true
    return (
      head[0] === 0x30 &&
      /\.(?:p12|pfx|pkcs12|jks|keystore|ks|bks|truststore|store)$|(?:^|\/)(?:\.keystore|keystore|cacerts)$/i.test(path)
    )
  },
  scan(file) {
    if (file.length < 12) return []
    const magic = new DataView(file.buffer, file.byteOffset, file.byteLength).getUint32(0)
    if (magic === JKS_MAGIC || magic === JCEKS_MAGIC) return keystore(file)
    return pkcs12(file)
  },
}

/** After magic and version comes the number of entries, then each with its tag: 1 private key, 2 certificate, 3 secret key. */
function keystore(file: Uint8Array): readonly Match[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const tag = view.getUint32(8) === 0 || file.length < 16 ? 0 : view.getUint32(12)
  // Entries come in no order, so a key may stand behind certificates: its protection is marked by this OID.
  const hasKey = tag === 1 || tag === 3 || Buffer.from(file).includes(JAVA_KEY_PROTECTOR)
  if (!hasKey) return []
  return [
    found(
      KEYSTORE,
      file,
      WELL_KNOWN.some((password) => opensKeystore(file, password)),
    ),
  ]
}

/** 1.3.6.1.4.1.42.2.17.1.1, the key protection of JKS. */
const JAVA_KEY_PROTECTOR = Buffer.from('060a2b060104012a02110101', 'hex')

/** The store ends with SHA-1 of the password in UTF-16, a fixed phrase and all bytes before. */
function opensKeystore(file: Uint8Array, password: string): boolean {
  const body = file.subarray(0, file.length - 20)
  const hash = createHash('sha1')
    .update(Buffer.from(password, 'utf16le').swap16())
    .update('Mighty Aphrodite')
    .update(body)
  return hash.digest().equals(file.subarray(file.length - 20))
}

/** 1.2.840.113549.1.12.10.1.1 and .2: a key bag and a shrouded key bag (RFC 7292, 4.2). Keys stand in clear structure, their content encrypted. */
const KEY_BAGS = [Buffer.from('060b2a864886f70d010c0a0101', 'hex'), Buffer.from('060b2a864886f70d010c0a0102', 'hex')]

function pkcs12(file: Uint8Array): readonly Match[] {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  if (!KEY_BAGS.some((oid) => bytes.includes(oid))) return []
  return [
    found(
      PKCS12,
      file,
      WELL_KNOWN.some((password) => opensPkcs12(bytes, password)),
    ),
  ]
}

function found(ruleId: string, file: Uint8Array, open: boolean): Match {
  return fileMatch({
    ruleId,
    start: 0,
    end: file.length,
    value: file,
    ...(open ? { severity: 'critical', validity: 'plausible' } : { confidence: 'medium' }),
  })
}

interface Tlv {
  readonly tag: number
  readonly start: number
  readonly end: number
}

/** One DER element at `offset`, or undefined where none can be. */
function readTlv(bytes: Buffer, offset: number): Tlv | undefined {
  const tag = bytes[offset]
  const first = bytes[offset + 1]
  if (tag === undefined || first === undefined) return undefined
  const count = first & 0x80 ? first & 0x7f : 0
  if (count > 4 || offset + 2 + count > bytes.length) return undefined
  const length = count === 0 ? first : bytes.readUIntBE(offset + 2, count)
  const start = offset + 2 + count
  return start + length > bytes.length ? undefined : { tag, start, end: start + length }
}

function children(bytes: Buffer, parent: Tlv): readonly Tlv[] {
  const all: Tlv[] = []
  for (let at = parent.start; at < parent.end; ) {
    const child = readTlv(bytes, at)
    if (!child) break
    all.push(child)
    at = child.end
  }
  return all
}

const HASHES: Readonly<Record<string, { name: string; block: number }>> = {
  '2b0e03021a': { name: 'sha1', block: 64 },
  '608648016503040201': { name: 'sha256', block: 64 },
  '608648016503040202': { name: 'sha384', block: 128 },
  '608648016503040203': { name: 'sha512', block: 128 },
}

/** PFX ::= SEQUENCE { version, authSafe, macData }: the MAC over the safe's content shows whether the password is right (RFC 7292, 4 and B). */
function opensPkcs12(bytes: Buffer, password: string): boolean {
  const pfx = readTlv(bytes, 0)
  const [, authSafe, macData] = pfx ? children(bytes, pfx) : []
  if (!authSafe || !macData) return false
  const explicit = children(bytes, authSafe)[1]
  const octets = explicit && children(bytes, explicit)[0]
  const [digestInfo, salt, rounds] = children(bytes, macData)
  const [algorithm, digest] = digestInfo ? children(bytes, digestInfo) : []
  const oid = algorithm && children(bytes, algorithm)[0]
  if (!octets || !salt || !digest || !oid) return false
  const hash = HASHES[bytes.toString('hex', oid.start, oid.end)]
  const iterations =
    rounds && rounds.end - rounds.start <= 4 ? bytes.readUIntBE(rounds.start, rounds.end - rounds.start) : 1
  if (!hash || iterations > 100_000) return false
  const key = pkcs12Key({ hash, password, salt: bytes.subarray(salt.start, salt.end), iterations })
  return createHmac(hash.name, key)
    .update(bytes.subarray(octets.start, octets.end))
    .digest()
    .equals(bytes.subarray(digest.start, digest.end))
}
