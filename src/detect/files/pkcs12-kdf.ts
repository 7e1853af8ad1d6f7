// The key derivation of PKCS #12 for its MAC (RFC 7292, appendix B.2, ID 3).
import { createHash } from 'node:crypto'

export interface Pkcs12KeyOptions {
  readonly hash: { readonly name: string; readonly block: number }
  readonly password: string
  readonly salt: Uint8Array
  readonly iterations: number
}

/** The MAC key: one output block of the hash. The password is taken as BMPString with its closing zero. */
export function pkcs12Key({ hash, password, salt, iterations }: Pkcs12KeyOptions): Buffer {
  const secret = Buffer.concat([Buffer.from(password, 'utf16le').swap16(), Buffer.alloc(2)])
  const diversifier = Buffer.alloc(hash.block, 3)
  let key = createHash(hash.name)
    .update(diversifier)
    .update(filled(salt, hash.block))
    .update(filled(secret, hash.block))
    .digest()
  for (let round = 1; round < iterations; round++) key = createHash(hash.name).update(key).digest()
  return key
}

/** `bytes` repeated up to a whole number of blocks. */
function filled(bytes: Uint8Array, block: number): Buffer {
  const length = block * Math.ceil(bytes.length / block)
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, bytes)
}
