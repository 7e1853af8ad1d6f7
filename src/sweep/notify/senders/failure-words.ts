// What a receiver did that took no message, in words: by the codes of node and undici, which stand behind.

const SILENT = /^(?:UND_ERR_(?:HEADERS|BODY|CONNECT)_TIMEOUT|ETIMEDOUT)$/
const CLOSED = /^(?:UND_ERR_SOCKET|ECONNRESET|EPIPE|ECONNECTION|ESOCKET)$/
const UNTRUSTED = /^(?:CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*|ERR_TLS_CERT_.*)$/
const UNKNOWN = /^(?:ENOTFOUND|EAI_AGAIN)$/

/** A sentence. `code` is the error's, `seconds` how long a receiver may be silent. */
export function unreachedText(receiver: string, code: string, seconds: number): string {
  if (SILENT.test(code)) return `${receiver} did not answer within ${seconds} seconds (${code}).`
  if (CLOSED.test(code)) return `${receiver} ended the connection before it had answered (${code}).`
  if (UNTRUSTED.test(code))
    return `${receiver} has a certificate that no known authority vouches for (${code}); see ca.`
  if (UNKNOWN.test(code)) return `${receiver} is a name that is not found (${code}).`
  return `${receiver} cannot be reached (${code}).`
}
