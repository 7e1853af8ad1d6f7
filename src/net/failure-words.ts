// A connection that failed, in words for people: which address, why, and what would mend it. No query of a URL, no credentials.

/** A printable form of a URL without its query, which may hold a signature. */
export function urlForPeople(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`
}

export function causeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code === undefined || message?.includes(code) ? (message ?? String(error)) : `${message} (${code})`
}

/** What would mend a failed connection. */
export function hintFor(error: unknown, host: string): string {
  const text = causeOf(error)
  if (/certificate|CERT|self.signed|UNABLE_TO|altname/i.test(text)) {
    return `If this host has its own certificate authority, name it with --registry-ca FILE; --insecure-registry ${host} leaves its certificate unverified.`
  }
  if (/wrong version number|packet length too long|SSL/i.test(text)) {
    return `The host seems to speak plain HTTP: --insecure-registry ${host} allows that.`
  }
  return 'Check the name, the network and the proxy settings (HTTPS_PROXY, NO_PROXY).'
}
