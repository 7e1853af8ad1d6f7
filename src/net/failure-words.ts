// A connection that failed, in words for people: which address, why, and what would mend it. No query of a URL, no credentials.

/** A printable form of a URL without its query, which may hold a signature. */
export function urlForPeople(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`
}

export function causeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code === undefined || message?.includes(code) ? (message ?? String(error)) : `${message} (${code})`
}

/** Where the user says which authorities and insecure hosts there are. */
export type SetIn = 'flags' | 'sweep.yaml'

/** How `host` may be asked over plain HTTP, or without a verified certificate. */
export const insecureWords = (host: string, setIn: SetIn): string =>
  setIn === 'flags' ? `--insecure-registry ${host}` : `"insecure: true" for ${host} in sweep.yaml`

interface Trust {
  readonly setIn: SetIn
  /** PEM file of the authorities that were named. */
  readonly caFile?: string | undefined
}

function authorityWords({ setIn, caFile }: Trust): string {
  if (caFile !== undefined)
    return `Check that ${caFile} holds the authority of its certificate, and that this is made for that name and still valid`
  const named = setIn === 'flags' ? 'with --registry-ca FILE' : 'as "ca" in sweep.yaml'
  return `If this host has its own certificate authority, name it ${named}`
}

/** What would mend a failed connection. */
export function hintFor(error: unknown, host: string, trust: Trust): string {
  const text = causeOf(error)
  if (/certificate|CERT|self.signed|UNABLE_TO|altname/i.test(text)) {
    return `${authorityWords(trust)}; ${insecureWords(host, trust.setIn)} leaves its certificate unverified.`
  }
  if (/wrong version number|packet length too long|SSL/i.test(text)) {
    return `The host seems to speak plain HTTP: ${insecureWords(host, trust.setIn)} allows that.`
  }
  return 'Check the name, the network and the proxy settings (HTTPS_PROXY, NO_PROXY).'
}
