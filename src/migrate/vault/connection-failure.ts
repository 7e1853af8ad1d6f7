// A connection to Vault that failed, in sentences that say what to do. Nothing of a request goes into them: it may hold a token or a value.
import { UnreachableError } from '../../support/errors.js'

/** How a connection failed. `sent`: the request may have reached Vault, so what came of it is not known. */
export class VaultConnectionError extends UnreachableError {
  readonly sent: boolean
  readonly worthRetrying: boolean

  constructor(message: string, hint: string, { sent, retry }: { sent: boolean; retry: boolean }) {
    super(message, { hint })
    this.sent = sent
    this.worthRetrying = retry
  }
}

type Kind = readonly [RegExp, (address: string) => readonly [string, string], { sent: boolean; retry: boolean }]

const NEVER = { sent: false, retry: false }
const LATER = { sent: false, retry: true }
const MAYBE = { sent: true, retry: true }

const KINDS: readonly Kind[] = [
  [
    /ECONNREFUSED/,
    (at) => [`Nothing listens at ${at} (connection refused).`, 'Check the address and the port; is Vault running?'],
    LATER,
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    (at) => [`The host of ${at} is not known.`, 'Check the name in VAULT_ADDR and the network.'],
    NEVER,
  ],
  [
    /EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/,
    (at) => [`There is no way to ${at}.`, 'Check the address, the network and the proxy (HTTPS_PROXY, NO_PROXY).'],
    LATER,
  ],
  [
    /ALTNAME/,
    (at) => [
      `The certificate of Vault at ${at} is for another name.`,
      'Use the name that it is for in VAULT_ADDR, or give that name with VAULT_TLS_SERVER_NAME.',
    ],
    NEVER,
  ],
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/,
    (at) => [`The certificate of Vault at ${at} has expired or is not valid yet.`, 'Have it renewed; check the clock.'],
    NEVER,
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|CERT_(?:UNTRUSTED|SIGNATURE|REJECTED)|INVALID_CA/,
    (at) => [
      `The certificate of Vault at ${at} is by no authority that is trusted here.`,
      'Name its certificate authority with VAULT_CACERT (--vault-cacert).',
    ],
    NEVER,
  ],
  [
    /ALERT|HANDSHAKE/,
    (at) => [
      `Vault at ${at} refuses the TLS handshake.`,
      'It may ask for a client certificate: VAULT_CLIENT_CERT and VAULT_CLIENT_KEY, by an authority that it trusts.',
    ],
    NEVER,
  ],
  [
    /WRONG_VERSION|PACKET_LENGTH|EPROTO|HTTP_REQUEST/,
    (at) => [`${at} speaks no TLS.`, 'If it is a server for trials, write http:// in its address.'],
    NEVER,
  ],
  [
    /UND_ERR_CONNECT_TIMEOUT/,
    (at) => [`Vault at ${at} does not answer (timeout).`, 'Check the address and the network.'],
    NEVER,
  ],
  [
    /TimeoutError|TIMEDOUT|TIMEOUT/,
    (at) => [
      `Vault at ${at} has not answered in time.`,
      'Try again; VAULT_CLIENT_TIMEOUT (--vault-timeout) sets how long to wait.',
    ],
    { sent: true, retry: false },
  ],
  [
    /ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_ABORTED|HPE_|UND_ERR_RES_CONTENT_LENGTH/,
    (at) => [
      `The connection to Vault at ${at} broke off.`,
      'Try again; check what stands in between (proxy, load balancer).',
    ],
    MAYBE,
  ],
]

/** Codes of an error and of what caused it, e.g. "TypeError ECONNRESET": no message, which may quote. */
function codesOf(error: unknown): string {
  const { code, name, cause, errors } = error as { code?: unknown; name?: unknown; cause?: unknown; errors?: unknown }
  const own = [name, code].filter((each) => typeof each === 'string' && /^[A-Za-z_0-9]{3,60}$/.test(each))
  const first = Array.isArray(errors) ? errors[0] : undefined
  return [
    ...own,
    ...(cause === undefined ? [] : [codesOf(cause)]),
    ...(first === undefined ? [] : [codesOf(first)]),
  ].join(' ')
}

/** The failed connection, without the error it came from: that holds the request. */
export function connectionFailure(error: unknown, address: string): VaultConnectionError {
  const codes = codesOf(error)
  // With TLS 1.3 a server learns after the handshake that it got no certificate, and hangs up.
  const { socket } = error as { socket?: { bytesRead?: number } }
  if (address.startsWith('https:') && codes.includes('UND_ERR_SOCKET') && socket?.bytesRead === 0)
    return new VaultConnectionError(
      `Vault at ${address} closes the connection before it answers.`,
      'It may ask for a client certificate: VAULT_CLIENT_CERT and VAULT_CLIENT_KEY, by an authority that it trusts.',
      MAYBE,
    )
  const kind = KINDS.find(([pattern]) => pattern.test(codes))
  if (kind === undefined)
    return new VaultConnectionError(
      `Vault at ${address} cannot be reached${codes === '' ? '' : ` (${codes})`}.`,
      'Check the address and the network; vault status shows whether it answers.',
      MAYBE,
    )
  const [message, hint] = kind[1](address)
  return new VaultConnectionError(message, hint, kind[2])
}
