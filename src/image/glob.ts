// Arguments with "*", "?" or "[…]" that stand for several images of an engine. Asks no engine itself.
import picomatch from 'picomatch'
import type { SourceKind } from './types.js'

export interface ImageGlob {
  readonly kind: 'docker' | 'podman'
  readonly pattern: string
}

/**
 * The glob that `argument` is, if it is one for names of an engine's images: a file or a place that cannot list its images (registry,
 * archive, layout) has none. `source` is --source.
 */
export function parseImageGlob(argument: string, source?: SourceKind): ImageGlob | undefined {
  if (!/[*?[]/.test(argument) || /\.(?:tar|tar\.gz|tgz|tar\.zst)$/.test(argument)) return undefined
  if (source !== undefined && source !== 'docker' && source !== 'podman') return undefined
  // As with plain names, "docker:*" is the image docker in any version, "docker:team/*" a place and a glob.
  const [, prefix, rest = ''] =
    /^(docker(?=:.*[/:@])|podman|registry(?=:.*[/:@])|archive|oci):(.*)$/s.exec(argument) ?? []
  if (prefix === undefined) return { kind: source ?? 'docker', pattern: argument }
  if ((prefix !== 'docker' && prefix !== 'podman') || (source !== undefined && source !== prefix)) return undefined
  return { kind: prefix, pattern: rest }
}

/** What people leave out of a name: Docker Hub and its official images, and where Podman keeps what was built here. */
const UNSAID = /^(?:docker\.io\/(?:library\/)?|localhost\/)/

/**
 * Tells whether an engine's name of an image ("team/app:1", "team/app@sha256:…") is meant: without a tag in the pattern every tag is.
 * "*" goes up to the next slash, "**" across. Podman's "docker.io/team/app:1" and "localhost/team/app:1" are "team/app:1" too.
 */
export function imageMatcher(pattern: string): (name: string) => boolean {
  const matches = picomatch(pattern, { dot: true, nonegate: true, noextglob: true })
  const isMeant = (name: string) => matches(name) || matches(name.replace(/@.*$|:[^/:]*$/, ''))
  return (name) => isMeant(name) || isMeant(name.replace(UNSAID, ''))
}
