// Traefik's labels for the users of a middleware, and their form that reads a file (Traefik: BasicAuth and DigestAuth, usersFile).

const USERS = /^(traefik\.http\.middlewares\.([^.]+)\.(?:basicauth|digestauth)\.users)$/i

export interface UsersLabel {
  readonly middleware: string
  /** The label that names a file instead. */
  readonly fileKey: string
}

/** undefined where `key` is no such label. */
export function usersLabel(key: string | undefined): UsersLabel | undefined {
  const [, own = '', middleware = ''] = USERS.exec(key ?? '') ?? []
  return own === '' ? undefined : { middleware, fileKey: `${own}file` }
}

/** A label lists users with commas, a file has one a line. */
export function usersFile(users: string): string {
  return users
    .split(',')
    .map((user) => user.trim())
    .filter((user) => user !== '')
    .join('\n')
}
